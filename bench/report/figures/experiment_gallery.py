"""Which figures of the experiments, of kept activations and of three heads a report has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from bench import numbers
from bench.report import activation_tables, tables
from bench.report import experiment_tables as exact
from bench.report.figures import arrivals, bars, experiment_bars, experiment_maps, experiment_plots, told
from bench.report.figures.canvas import sentences
from bench.report.figures.experiment_dots import Dots, dots
from bench.report.figures.experiment_plots import Lines, lines
from bench.report.figures.kin import kin
from bench.report.figures.picture import Picture, counted, own_looks, scoped
from bench.report.figures.plots import learning_curves
from bench.report.frames import SCOPE, Frames
from bench.report.style import Look
from bench.report.writers import slug

Looks = Mapping[str, Look]
MAPS_IN_A_FIGURE = 4
"""Networks whose maps are shown below each other."""
ENOUGH_RATES = 3
"""A network that was trained at fewer learning rates has no curve over them."""

GAP = Lines("train_images", "Training images", "gap", "Training minus test accuracy", scale="log", level=("", 0.0))
GAP_PANELS = ("dropout", {name: f"Training minus test accuracy, dropout {name}" for name in ("as defined", "off")})
BY_RATE = Lines(
    "peak_learning_rate", "Peak learning rate", "held_out_accuracy", "Held-out accuracy",
    scale="log", write="{:g}".format, least=-0.02, most=1.02,
)  # fmt: skip
STARTED = Lines(
    "peak_learning_rate", "Peak learning rate", "started", "Share of runs that started",
    scale="log", write="{:g}".format, least=-0.04, most=1.04, whole=True,
)  # fmt: skip
TRANSFORMATIONS = {
    "shift": ("Accuracy by shift", "Shift, pixels"),
    "scale": ("Accuracy by scale", "Size of the garment, times that in training"),
    "rotation": ("Accuracy by rotation", "Rotation, degrees"),
}
QUADRANTS = Dots("test_accuracy", "Test accuracy in telling the quarter")
POINTING = Dots(
    "hit_rate", "Share of images pointed at rightly",
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
    for scope, table in tables.groups(measured["search"], SCOPE):
        yield from _by_rate(table, tables.same_scope(frames.convergence, scope), scope, looks)
    yield from _kept(activation_tables.layer_shares(frames.memory_layers))
    yield from _heads(frames.layers)


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


def _overfitting(table: pd.DataFrame, scope: Mapping[str, Any], looks: Looks) -> Iterator[Picture]:
    as_defined = table[table["dropout"] == table["dropout"].iloc[0]]
    yield scoped(
        "overfitting", "Overfitting by number of training images", scope, table,
        f"From the fewest images to the most: {told.ends(as_defined, 'train_images', 'gap')}",
        partial(lines, table, GAP, looks=own_looks(looks, table), panels=GAP_PANELS), note=_ill(table),
        tall=table["dropout"].nunique() > 1,
    )  # fmt: skip


def _by_rate(table: pd.DataFrame, runs: pd.DataFrame, scope: Mapping[str, Any], looks: Looks) -> Iterator[Picture]:
    """Curves of the networks with at least `ENOUGH_RATES` rates.  The others are named and not drawn: a point or two on
    an axis of rates look as if there were nothing beside them, and the tables have them all."""
    rate = "peak_learning_rate"
    enough = table.groupby("title")[rate].transform("nunique") >= ENOUGH_RATES
    left_out = list(dict.fromkeys(table[~enough]["title"]))
    table, runs = table[enough], runs[runs["title"].isin(table[enough]["title"])]
    if table.empty:
        return
    note = f"At fewer than {ENOUGH_RATES} rates, and left out: {numbers.listing(left_out)}" if left_out else ""
    several = bool((table["seeds"] > 1).any())
    places = runs[["title", rate, "held_out_accuracy"]] if several else None
    kind = replace(BY_RATE, y_name=f"{BY_RATE.y_name}; {'a small dot is a run' if several else 'one run a point'}")
    yield scoped(
        "accuracy-by-learning-rate", "Held-out accuracy by learning rate", scope, table,
        f"Best rate of each: {_best_rates(table)} From the smallest to the largest: "
        f"{told.ends(table, rate, 'held_out_accuracy')}",
        partial(lines, table, kind, looks=own_looks(looks, table), runs=places), note=note,
    )  # fmt: skip
    if table["seeds"].max() < exact.ENOUGH_RUNS:
        return
    yield scoped(
        "started-by-learning-rate", "Runs that got off the ground", scope, table,
        f"From the smallest learning rate to the largest: {told.ends(table, rate, 'started', numbers.percent)}",
        partial(lines, table, STARTED, looks=own_looks(looks, table)),
        note=sentences(note, _ill(table)),
    )  # fmt: skip


def _best_rates(table: pd.DataFrame) -> str:
    best = table.sort_values("held_out_accuracy", ascending=False, kind="stable").drop_duplicates("title")
    rows = best.sort_index().to_dict("records")
    return ", ".join(f"{row['title']} {row['peak_learning_rate']:g}" for row in rows) + "."


def _in_time(
    table: pd.DataFrame, checks: pd.DataFrame, gradients: pd.DataFrame, scope: Mapping[str, Any], looks: Looks
) -> Iterator[Picture]:
    kept = ["arch", "title", "seed", "num_classes", "images", "seconds", "held_out_accuracy", "standing"]
    if checks["seed"].notna().any():
        for some in kin(checks):
            data = some.of(checks)[kept]
            yield scoped(
                f"convergence{some.suffix}", f"Held-out accuracy while training{some.title}", scope, data,
                told.curves(data, "held_out_accuracy"),
                partial(
                    learning_curves, data, "held_out_accuracy", "Held-out accuracy", looks=own_looks(looks, data)
                ),
                note=sentences(some.note, _ill(some.of(table))),
            )  # fmt: skip
        arrived = arrivals.arrivals(checks)
        if arrived["arrived"].any():
            target = numbers.percent(float(arrived["target"].iloc[0]))
            yield scoped(
                "time-to-target", f"Training images until {target} held-out accuracy", scope, arrived,
                arrivals.told(arrived), partial(arrivals.time_to_target, arrived, looks=own_looks(looks, arrived)),
                note=sentences(arrivals.note(arrived), _ill(table)),
            )  # fmt: skip
    ratios = exact.gradient_ratios(gradients)
    for some in kin(gradients) if len(ratios) else ():
        data = some.of(ratios)
        yield scoped(
            f"gradient-ratio{some.suffix}", f"Gradient of the first layer over that of the last{some.title}", scope,
            data,
            "From the first steps to the last: "
            + told.ends(data, "step", "gradient_ratio", lambda ratio: numbers.significant(ratio, 2)),
            partial(experiment_plots.gradient_ratio, data, looks=own_looks(looks, data)),
            note=sentences(some.note, _ill(some.of(table))),
        )  # fmt: skip


def _robustness(curves: pd.DataFrame, runs: pd.DataFrame, scope: Mapping[str, Any], looks: Looks) -> Iterator[Picture]:
    for name, (title, axis) in TRANSFORMATIONS.items():
        data = curves[curves["transformation"] == name]
        if len(data):
            kind = Lines("strength", axis, "accuracy", "Test accuracy", write="{:.3g}".format, least=-0.02, most=1.02)
            strongest = f"{data['strength'].max():.3g}"
            yield scoped(
                f"robustness-{name}", title, scope, data,
                f"From {data['strength'].min():.3g} to {strongest}: {told.ends(data, 'strength', 'accuracy')}",
                partial(lines, data, kind, looks=own_looks(looks, data)), note=_ill(runs),
            )  # fmt: skip


def _quadrants(table: pd.DataFrame, scope: Mapping[str, Any], looks: Looks) -> Iterator[Picture]:
    yield scoped(
        "quadrants", "Which quarter the garment lies in", scope, table,
        f"Chance is {numbers.percent(exact.QUARTER)}. "
        + told.ranked(list(table["title"]), list(table["test_accuracy"]), told.share),
        partial(dots, table, QUADRANTS, exact.QUARTER, looks=own_looks(looks, table)), note=_ill(table),
    )  # fmt: skip


def _pointing(table: pd.DataFrame, runs: pd.DataFrame, scope: Mapping[str, Any], looks: Looks) -> Iterator[Picture]:
    data = table.dropna(subset=["hit_rate"])
    if data.empty:
        return
    single = runs[runs["images"] > 0]
    single = single.assign(hit_rate=single["hits"] / single["images"])[["title", "key", "map", "hit_rate"]]
    chance = float(data["chance"].iloc[0])
    names = [f"{title} by {kind}" for title, kind in zip(data["title"], data["map"], strict=True)]
    yield scoped(
        "localisation", "Where networks look that were trained on labels", scope, data,
        f"Chance is {numbers.percent(chance)}. {told.ranked(names, list(data['hit_rate']), numbers.percent)}",
        partial(dots, data, POINTING, chance, looks=own_looks(looks, data), runs=single), note=_ill(runs),
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
            kept = ["arch", "title", "seed", "outcome", "map", "position"]
            kept += ["true_class", "predicted_class", "box", "cells", "standing"]
            right = shown[shown["label"] == shown["predicted"]].groupby("title")["label"].size()
            counts = ", ".join(f"{title} right in {right.get(title, 0)}" for title in dict.fromkeys(shown["title"]))
            drawn = shown[["title", "outcome", "map", "position", "label", "predicted", "box", "canvas", "cells"]]
            yield scoped(
                "class-maps", "Maps of the true class over garments", scope, data[kept],
                f"Of {shown['position'].nunique()} pictures: {counts}.",
                partial(experiment_maps.class_maps, drawn, tuple(CLASSES)), note=_learnt_nothing(shown),
            )  # fmt: skip


def _learnt_nothing(shown: pd.DataFrame) -> str:
    """Which of the runs that are shown did not learn."""
    ill = shown[shown["outcome"] != "trained"].drop_duplicates("title").to_dict("records")
    runs = [f"{row['title']}, seed {row['seed']} ({row['outcome']})" for row in ill]
    return f"Maps of a run that learnt nothing tell nothing of its network: {'; '.join(runs)}" if runs else ""


def _branches(table: pd.DataFrame, scope: Mapping[str, Any]) -> Iterator[Picture]:
    for title, own in table.groupby("title", sort=False):
        ordered = own.sort_values("lost", ascending=False, kind="stable").to_dict("records")
        most, least = ordered[0], ordered[-1]
        yield scoped(
            f"branches-{slug(str(most['arch']))}", f"What each branch is worth: {title}", scope, own,
            f"Most is lost without the {most['branch']} branch of {most['module']}, {experiment_maps.points(most)} "
            f"points, least without the {least['branch']} branch of {least['module']}, "
            f"{experiment_maps.points(least)}.",
            partial(experiment_maps.heat_map, own), note=_ill(own.iloc[:1]),
        )  # fmt: skip


def _kept(shares: pd.DataFrame) -> Iterator[Picture]:
    for scope, table in tables.groups(shares[shares["total_bytes"] > 0], ["image_size", "batch"]):
        yield counted(
            f"kept-by-layer-{scope['image_size']}-px-batch-{scope['batch']}",
            f"What layers keep for the backward pass, batch {scope['batch']}",
            f"{scope['image_size']} px · exact counts", table, told.shares(table, "saved_bytes", numbers.size),
            partial(experiment_bars.kept_by_layer, table),
        )  # fmt: skip


def _heads(layers: pd.DataFrame) -> Iterator[Picture]:
    single = layers.drop_duplicates(["arch", "fingerprint", "image_size", "position", "layer", "parameters"])
    for scope, own in tables.groups(single, ["image_size"]):
        table = activation_tables.heads(bars.composition(own, "parameters"))
        if len(table):
            yield counted(
                f"parameters-of-heads-{scope['image_size']}-px", "Parameters: fully connected or averaged",
                f"{scope['image_size']} px · exact counts", table, told.shares(table, "parameters"),
                partial(experiment_bars.parameters_of_heads, table),
            )  # fmt: skip
