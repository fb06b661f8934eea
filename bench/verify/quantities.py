"""The numbers of a result that a repetition is held to, by what they are called."""

from __future__ import annotations

from collections.abc import Mapping

from bench.records import (
    Accuracy,
    Branches,
    Convergence,
    Localisation,
    Overfitting,
    Quadrants,
    Result,
    Robustness,
    Throughput,
)


def cases(result: Throughput) -> dict[str, list[float]]:
    """Images a second in each round, by case."""
    return {
        f"{case.mode}, {case.engine}, {case.precision}, batch {case.requested_batch}: images/s": [
            case.batch / seconds for seconds in case.step_seconds
        ]
        for case in result.cases
    }


def shares(result: Result | None) -> Mapping[str, float]:
    """What a training run came to: its accuracies at the end."""
    if isinstance(result, Accuracy | Quadrants):
        return {"test accuracy": result.test_accuracy}
    if isinstance(result, Overfitting):
        return {"training accuracy": result.epochs[-1].train_accuracy, "test accuracy": result.test_accuracy}
    if isinstance(result, Convergence):
        return {"held-out accuracy": result.checks[-1].held_out_accuracy}
    if isinstance(result, Robustness):
        worst = {f"lowest accuracy, {curve.transformation}": min(curve.accuracies) for curve in result.curves}
        return {"clean accuracy": result.clean_accuracy, **worst}
    if isinstance(result, Localisation):
        hits = {f"on the garment, {one.map}": one.hits / one.images for one in result.pointing if one.images}
        return {"test accuracy": result.test_accuracy, **hits}
    if isinstance(result, Branches):
        return {"accuracy with all branches": result.accuracy}
    raise TypeError(f"{type(result).__name__} is not of a training run")
