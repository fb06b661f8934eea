"""Which figures of the experiments, of kept activations and of three heads a report has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench import numbers
from bench.report import activation_tables, bars, experiment_bars, experiment_maps, experiment_plots, tables
from bench.report import experiment_tables as exact
from bench.report.canvas import Heading
from bench.report.experiment_dots import Dots, dots
from bench.report.experiment_plots import Lines, lines
from bench.report.frames import SCOPE, Frames
from bench.report.picture import Picture
from bench.report.plots import learning_curves
from bench.report.sections import scope_words
from bench.report.style import Look, standing_mark
from bench.report.writers import slug

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Looks = Mapping[str, Look]
MAPS_IN_A_FIGURE = 4
"""Networks whose maps are shown below each other."""

GAP = Lines("train_images", "Training images", "gap", "Training minus test accuracy", scale="log", level=("", 0.0))
GAP_PANELS = ("dropout", {name: f"Training minus test accuracy, dropout {name}" for name in ("as defined", "off")})
BY_RATE = Lines(
    "peak_learning_rate", "Peak learning rate", "held_out_accuracy", "Held-out accuracy; a small dot is a run",
    scale="log", write="{:g}".format, least=-0.02, most=1.02,
)  # fmt: skip
STARTED = Lines(
    "peak_learning_rate", "Peak learning rate", "started", "Share of runs that started",
    scale="log", write="{:g}".format, least=-0.04, most=1.04,
)  # fmt: skip
TRANSFORMATIONS = {
    "shift": ("Accuracy by shift", "Shift, pixels"),
    "scale": ("Accuracy by scale", "Size of the garment, times that in training"),
    "rotation": ("Accuracy by rotation", "Rotation, degrees"),
}
QUADRANTS = Dots("test_accuracy", "Test accuracy in telling the quarter, 95 % interval")
POINTING = Dots(
    "hit_rate", "Share of images pointed at rightly, 95 % interval",
    kind="map", beside=("elsewhere", "on another image's garment"),
)  # fmt: skip


def experiment_pictures(frames: Frames, measured: Mapping[str, pd.DataFrame], looks: Looks) -> Iterator[Picture]:
    """In the order of the tables; a question that was not measured has none.

    Args:
        measured: tables of the experiments by the names of their layouts.
    """
    for scope, table in tables.groups(measured["overfitting"], SCOPE):
        yield from _overfitting(table, scope, looks)
    for scope, table in tables.groups(measured["convergence"], SCOPE):
        runs, checks, gradients = (
            tables.same_scope(frame, scope) for frame in (frames.convergence, frames.checks, frames.gradients)
        )
        if (table["member"] != table["protocol"]).any():
            yield from _by_rate(table, runs, scope, looks)
        else:
            yield from _in_time(table, checks, gradients, scope, looks)
    for scope, curves in tables.groups(exact.by_strength(frames.robustness), SCOPE):
        yield from _robustness(curves, tables.same_scope(frames.robustness, scope), scope, looks)
    for scope, table in tables.groups(measured["quadrants"], SCOPE):
        yield from _quadrants(table, scope, looks)
    for scope, table in tables.groups(measured["localisation"], SCOPE):
        yield from _pointing(table, tables.same_scope(frames.localisation, scope), scope, looks)
        yield from _maps(tables.same_scope(frames.examples, scope), scope)
    for scope, table in tables.groups(measured["branches"], SCOPE):
        yield from _branches(table, scope)
    yield from _kept(activation_tables.layer_shares(frames.memory_layers))
    yield from _heads(frames.layers)


def _picture(
    name: str,
    title: str,
    scope: Mapping[str, Any],
    data: pd.DataFrame,
    told: str,
    draw: Callable[[Heading], Figure],
    *,
    runs: pd.DataFrame | None = None,
    tall: bool = False,
) -> Picture:
    """With the note of how many of its `runs` did not train."""
    words = scope_words(scope)
    heading = Heading(title, words, standing_mark(tables.weakest(data["standing"])), "" if runs is None else _ill(runs))
    text = ". ".join(part for part in (f"{title}; {words}", heading.mark, heading.note, told) if part)
    return Picture(f"{name}-{slug(words)}", heading, text, data, lambda: draw(heading), tall)


def _ill(runs: pd.DataFrame) -> str:
    """How many of the runs ended badly; they are among the means.

    Args:
        runs: columns seeds, stuck_at_chance and diverged of a table, or outcome and key of a frame.
    """
    if "outcome" in runs:
        outcomes = list(runs.drop_duplicates("key")["outcome"])
        total, stuck, diverged = len(outcomes), outcomes.count("stuck at chance"), outcomes.count("diverged")
    else:
        total, stuck, diverged = (int(runs[name].sum()) for name in ("seeds", "stuck_at_chance", "diverged"))
    ended = [f"{stuck} stuck at chance"] * bool(stuck) + [f"{diverged} diverged"] * bool(diverged)
    return f"Of {total} runs {numbers.listing(ended)}; they count as they are" if ended else ""


def _told(rows: pd.DataFrame, value: str, write: Callable[[float], str] = "{:.3f}".format) -> str:
    """The numbers of a figure in words; a network that has several is told by its last."""
    last = rows.dropna(subset=[value]).drop_duplicates("title", keep="last")
    return ", ".join(f"{title} {write(number)}" for title, number in zip(last["title"], last[value], strict=True)) + "."


def _overfitting(table: pd.DataFrame, scope: Mapping[str, Any], looks: Looks) -> Iterator[Picture]:
    yield _picture(
        "overfitting", "Overfitting by number of training images", scope, table,
        f"With the most images: {_told(table.sort_values('train_images', kind='stable'), 'gap')}",
        lambda heading: lines(table, GAP, heading, looks, panels=GAP_PANELS), runs=table,
        tall=table["dropout"].nunique() > 1,
    )  # fmt: skip


def _by_rate(table: pd.DataFrame, runs: pd.DataFrame, scope: Mapping[str, Any], looks: Looks) -> Iterator[Picture]:
    told = f"At the largest: {_told(table.sort_values('peak_learning_rate', kind='stable'), 'held_out_accuracy')}"
    yield _picture(
        "accuracy-by-learning-rate", "Held-out accuracy by learning rate", scope, table, told,
        lambda heading: lines(table, BY_RATE, heading, looks, runs=runs),
    )  # fmt: skip
    if table["seeds"].max() < exact.ENOUGH_RUNS:
        return
    yield _picture(
        "started-by-learning-rate", "Runs that got off the ground", scope, table,
        f"At the largest: {_told(table.sort_values('peak_learning_rate', kind='stable'), 'started', numbers.percent)}",
        lambda heading: lines(table, STARTED, heading, looks), runs=table,
    )  # fmt: skip


def _in_time(
    table: pd.DataFrame, checks: pd.DataFrame, gradients: pd.DataFrame, scope: Mapping[str, Any], looks: Looks
) -> Iterator[Picture]:
    kept = ["arch", "title", "seed", "num_classes", "images", "seconds", "held_out_accuracy", "standing"]
    if checks["seed"].notna().any():
        yield _picture(
            "convergence", "Held-out accuracy while training", scope, checks[kept],
            f"At the end: {_told(table, 'held_out_accuracy')}",
            lambda heading: learning_curves(checks, "held_out_accuracy", "Held-out accuracy", heading, looks),
            runs=table,
        )  # fmt: skip
    ratios = exact.gradient_ratios(gradients)
    if len(ratios):
        yield _picture(
            "gradient-ratio", "Gradient of the first layer over that of the last", scope, ratios,
            f"At the end: {_told(ratios, 'gradient_ratio', lambda ratio: numbers.significant(ratio, 2))}",
            lambda heading: experiment_plots.gradient_ratio(ratios, heading, looks), runs=table,
        )  # fmt: skip


def _robustness(curves: pd.DataFrame, runs: pd.DataFrame, scope: Mapping[str, Any], looks: Looks) -> Iterator[Picture]:
    for name, (title, axis) in TRANSFORMATIONS.items():
        data = curves[curves["transformation"] == name]
        if len(data):
            kind = Lines(
                "strength", axis, "accuracy", "Test accuracy",
                write=lambda value: f"{value:.3g}", least=-0.02, most=1.02,
            )  # fmt: skip
            yield _picture(
                f"robustness-{name}", title, scope, data, f"At the strongest: {_told(data, 'accuracy')}",
                lambda heading, data=data, kind=kind: lines(data, kind, heading, looks), runs=runs,  # type: ignore[misc]
            )  # fmt: skip


def _quadrants(table: pd.DataFrame, scope: Mapping[str, Any], looks: Looks) -> Iterator[Picture]:
    yield _picture(
        "quadrants", "Which quarter the garment lies in", scope, table, _told(table, "test_accuracy"),
        lambda heading: dots(table, QUADRANTS, exact.QUARTER, heading, looks), runs=table,
    )  # fmt: skip


def _pointing(table: pd.DataFrame, runs: pd.DataFrame, scope: Mapping[str, Any], looks: Looks) -> Iterator[Picture]:
    data = table.dropna(subset=["hit_rate"])
    if data.empty:
        return
    single = runs[runs["images"] > 0]
    single = single.assign(hit_rate=single["hits"] / single["images"])
    pairs = zip(data["title"], data["map"], data["hit_rate"], strict=True)
    told = ", ".join(f"{title} by {kind} {numbers.percent(rate)}" for title, kind, rate in pairs)
    yield _picture(
        "localisation", "Where networks look that were trained on labels", scope, data, f"{told}.",
        lambda heading: dots(data, POINTING, float(data["chance"].iloc[0]), heading, looks, single), runs=runs,
    )  # fmt: skip


def _maps(examples: pd.DataFrame, scope: Mapping[str, Any]) -> Iterator[Picture]:
    """Networks beside each other where they saw the same canvases; of several runs with examples the first."""
    from bench.data import CLASSES

    if examples.empty:
        return
    first = examples.sort_values("seed", kind="stable").drop_duplicates(["title", "map", "position"])
    first = first.loc[[index for index in examples.index if index in set(first.index)]]
    alike: dict[Any, list[str]] = {}
    for title, part in first.groupby("title", sort=False):
        seen = tuple(zip(part["position"], part["label"], part["box"], part["canvas"], strict=True))
        alike.setdefault(seen, []).append(str(title))
    for titles in alike.values():
        figures = -(-len(titles) // MAPS_IN_A_FIGURE)
        for index in range(figures):
            shown = first[
                first["title"].isin(titles[index * len(titles) // figures : (index + 1) * len(titles) // figures])
            ]
            data = shown.assign(
                true_class=[CLASSES[label] for label in shown["label"]],
                predicted_class=[CLASSES[label] for label in shown["predicted"]],
                box=[" ".join(map(str, box)) for box in shown["box"]],
                cells=["; ".join(" ".join(f"{cell:g}" for cell in row) for row in rows) for rows in shown["cells"]],
            )
            kept = ["arch", "title", "seed", "map", "position", "true_class", "predicted_class", "box", "cells"]
            right = shown[shown["label"] == shown["predicted"]].groupby("title")["label"].size()
            told = ", ".join(f"{title} right in {right.get(title, 0)}" for title in dict.fromkeys(shown["title"]))
            yield _picture(
                "class-maps", "Maps of the true class over garments", scope, data[[*kept, "standing"]],
                f"Of {shown['position'].nunique()} pictures: {told}.",
                lambda heading, shown=shown: experiment_maps.class_maps(shown, CLASSES, heading),  # type: ignore[misc]
            )  # fmt: skip


def _branches(table: pd.DataFrame, scope: Mapping[str, Any]) -> Iterator[Picture]:
    for title, own in table.groupby("title", sort=False):
        worst = own.sort_values("lost", ascending=False, kind="stable").iloc[0].to_dict()
        yield _picture(
            f"branches-{slug(str(worst['arch']))}", f"What each branch is worth: {title}", scope, own,
            f"Most is lost without {worst['branch']} of {worst['module']}: {experiment_maps.points(worst)} points.",
            lambda heading, own=own: experiment_maps.heat_map(own, heading),  # type: ignore[misc]
            runs=own.iloc[:1],
        )  # fmt: skip


def _kept(shares: pd.DataFrame) -> Iterator[Picture]:
    for scope, table in tables.groups(shares[shares["total_bytes"] > 0], ["image_size", "batch"]):
        title, words = "What layers keep for the backward pass", f"{scope['image_size']} px · exact counts"
        heading = Heading(f"{title}, batch {scope['batch']}", words)
        told = _told(table, "total_bytes", numbers.size)
        yield Picture(
            f"kept-by-layer-{scope['image_size']}-px-batch-{scope['batch']}", heading,
            f"{heading.title}; {words}. {told}", table,
            lambda table=table, heading=heading: experiment_bars.kept_by_layer(table, heading),  # type: ignore[misc]
        )  # fmt: skip


def _heads(layers: pd.DataFrame) -> Iterator[Picture]:
    single = layers.drop_duplicates(["arch", "fingerprint", "image_size", "position", "layer", "parameters"])
    for scope, own in tables.groups(single, ["image_size"]):
        table = activation_tables.heads(bars.composition(own, "parameters"))
        if len(table):
            words = f"{scope['image_size']} px · exact counts"
            heading = Heading("Parameters: fully connected or averaged", words)
            told = _told(table, "total", numbers.count)
            yield Picture(
                f"parameters-of-heads-{scope['image_size']}-px", heading, f"{heading.title}; {words}. {told}", table,
                lambda table=table, heading=heading: experiment_bars.parameters_of_heads(table, heading),  # type: ignore[misc]
            )  # fmt: skip
