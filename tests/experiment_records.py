"""Made-up records of the experiments, as reports show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import factories
from scipy import stats as scipy_stats

import archs
from bench.protocols import get_protocols
from bench.records import Example, LayerMemory, Localisation, Memory, Record

LONG = ("nin-no1x1-params", "alexnet-as-nin-x025", "googlenet-no-reductions-params")
TWELVE = (*archs.FIVE, *LONG, "alexnet-gap", "vgg16-gap", "nin-no-last-relu", "nin-3x3-params")


def localised(arch: str, rates: Mapping[Any, int], *, examples: Sequence[Example] = (), **changes: Any) -> Record:
    """A run on 1,000 images with the hits on other images' objects and examples."""
    record = factories.localisation(arch, hits=rates, **changes)
    assert isinstance(record.result, Localisation)
    pointing = tuple(one.model_copy(update={"hits_elsewhere": 400, "map_side": 3}) for one in record.result.pointing)
    result = record.result.model_copy(update={"pointing": pointing, "examples": tuple(examples)})
    return record.model_copy(update={"result": result})


def example(label: int, predicted: int, corner: int = 2) -> Example:
    """A bright square of 14 pixels on a black canvas of 28 under a map of nine cells."""
    square = range(corner, corner + 14)
    return Example(
        label=label,
        predicted=predicted,
        box=(corner, corner, corner + 14, corner + 14),
        canvas=tuple(tuple(200 if i in square and j in square else 0 for j in range(28)) for i in range(28)),
        map=((5.0, 1.0, 0.0), (1.0, 0.5, 0.0), (-1.0, 0.0, 0.0)),
    )


def kept(arch: str, bytes_by_type: Sequence[tuple[str, int]], **changes: Any) -> Record:
    """Memory with one layer for each pair."""
    record = factories.memory(arch, **changes)
    assert isinstance(record.result, Memory)
    layers = tuple(
        LayerMemory(name=f"features.{place}", type=kind, output_elements=size // 4, saved_bytes=size)
        for place, (kind, size) in enumerate(bytes_by_type)
    )
    return record.model_copy(update={"result": record.result.model_copy(update={"layers": layers})})


def everything(names: Sequence[str], seeds: int = 2) -> list[Record]:
    """All experiments with each of the networks."""
    records: list[Record] = []
    for place, name in enumerate(names):
        share = 0.5 + 0.4 * place / len(names)
        for seed in range(seeds):
            for protocol in get_protocols("overfitting28"):
                records.append(factories.overfitting(name, test=share - 0.01 * seed, seed=seed, protocol=protocol.name))
            for protocol in (*get_protocols("starts28"), *get_protocols("tuning28")):
                score = (0.1, share, share)[(seed + place) % 3]
                records.append(factories.convergence(name, accuracies=(score,), seed=seed, protocol=protocol.name))
            norms = [(0.01 * share * (1 + seed), 1.0)] * 5
            records.append(factories.convergence(name, accuracies=(0.3, share), seed=seed, gradients=norms))
            records.append(factories.robustness(name, clean=share + 0.01 * seed, seed=seed))
            records.append(factories.quadrants(name, score=share + 0.01 * seed, seed=seed))
            seen = [example(9, 9), example(3, 6)] if seed == 0 else []
            rates = {"class map": 700 + seed, "Grad-CAM": 600} if place % 2 else {"Grad-CAM": 650 + seed}
            records.append(localised(name, rates, examples=seen, seed=seed))
        records.append(kept(name, [("Conv2d", 4_000), ("ReLU", 6_000), ("Linear", 40)], protocol="budget28"))
        records.append(factories.complexity(name))
    records += [factories.branches(lost=[[0.1, -0.02], [0.03, 0.0]], seed=seed) for seed in range(seeds)]
    return records


def t_interval(values: Sequence[float]) -> list[float]:
    bounds = scipy_stats.ttest_1samp(values, 0).confidence_interval(0.95)
    return [float(bounds.low), float(bounds.high)]
