"""Which figures a report has: a picture for every scope and every question that its data can answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

import archs
from bench import numbers
from bench.report import speeds, tables
from bench.report.engines import WHERE
from bench.report.figures import bars, confusions, pareto, plots, told, verdict_bars
from bench.report.figures.canvas import sentences
from bench.report.figures.costs import costs
from bench.report.figures.costs import told as front_told
from bench.report.figures.experiment_gallery import experiment_pictures
from bench.report.figures.gains import cases, gains_by_engine
from bench.report.figures.gains import told as gains_told
from bench.report.figures.kin import kin
from bench.report.figures.picture import Picture, counted, own_looks, scoped
from bench.report.figures.roofline import note as roofline_note
from bench.report.figures.roofline import roofline, roofline_table
from bench.report.figures.roofline import told as roofline_told
from bench.report.frames import SCOPE, Frames
from bench.report.overview import PEAK, fairest, network_looks, plain
from bench.report.style import Look

MOST_BARS = 12
"""Networks in one figure of compositions, and with a matrix of confusions each; of more, only the five."""


def pictures(
    frames: Frames,
    summary: pd.DataFrame,
    experiments: Mapping[str, pd.DataFrame],
    confused: pd.DataFrame,
    claims: pd.DataFrame,
) -> list[Picture]:
    """All figures, in the order of the page.

    Args:
        experiments: tables of the experiments by name, and that of engines.
        confused: what `confusions.confusions` gives.
        claims: what `claims.claims_table` gives.
    """
    look = network_looks(frames, summary)
    found = [
        *_claims(claims),
        *_by_scope(frames, summary, confused, look),
        *_engines(experiments["engines"], look),
        *_by_size(frames),
        *experiment_pictures(frames, experiments, look),
    ]
    return _distinct(found)


def _claims(claims: pd.DataFrame) -> Iterator[Picture]:
    provisional = int((claims["standing"] != "citable").sum())
    note = f"{provisional} of the verdicts are provisional" if provisional else ""
    for by, title in (("document", "Claims by document and verdict"), ("topic", "Claims by topic and verdict")):
        table = verdict_bars.tallies(claims, by)
        if len(table):
            yield counted(
                f"claims-by-{by}", title, f"{len(claims)} claims of {claims['document'].nunique()} documents", table,
                verdict_bars.told(table), partial(verdict_bars.verdict_bars, table), note,
            )  # fmt: skip


def _by_scope(
    frames: Frames, summary: pd.DataFrame, confused: pd.DataFrame, look: Mapping[str, Look]
) -> Iterator[Picture]:
    timed = plain(fairest(speeds.throughput(frames.throughput, frames.complexity)))
    for scope, rows in tables.groups(summary, SCOPE):
        cases = tables.same_scope(timed, scope)
        for cost in costs(rows, cases, frames.throughput, tables.same_scope(frames.accuracy, scope)):
            draw = partial(
                pareto.accuracy_against, cost.table, cost.axis, looks=own_looks(look, cost.table), tick=cost.tick,
                more_is_better=cost.more_is_better,
            )  # fmt: skip
            yield scoped(
                f"accuracy-by-{cost.name}", cost.title, scope, cost.table, front_told(cost), draw, note=cost.note
            )
        yield from _curves(frames, scope, look)
        yield from _confusions(tables.same_scope(confused, scope), scope)
        # Of one batch size alone there is nothing to draw by it.
        several = cases[cases.groupby("mode")["batch"].transform("nunique") > 1]
        if len(several):
            yield scoped(
                "throughput-by-batch", "Throughput by batch size", scope, several, told.rates(several),
                partial(plots.throughput_by_batch, several, looks=own_looks(look, several)),
                tall=several["mode"].nunique() > 1,
            )  # fmt: skip
        roof = roofline_table(cases, frames.complexity)
        if len(roof):
            yield scoped(
                "roofline", f"Roofline, inference at batch {roof['batch'].iloc[0]}", scope, roof, roofline_told(roof),
                partial(roofline, roof, looks=own_looks(look, roof)), note=roofline_note(roof),
            )  # fmt: skip
        peaks = rows.dropna(subset=["training_peak_bytes"])
        peaks = peaks[["arch", "title", *PEAK, "memory_batch", "standing"]]
        if len(peaks) and peaks["memory_batch"].nunique() == 1:
            yield scoped(
                "peak-memory", f"Memory of a training step, batch {peaks['memory_batch'].iloc[0]}", scope, peaks,
                told.extremes(list(peaks["title"]), list(peaks["training_peak_bytes"]), numbers.size),
                partial(bars.peak_memory, peaks, looks=own_looks(look, peaks)),
            )  # fmt: skip


def _curves(frames: Frames, scope: dict[str, Any], look: Mapping[str, Look]) -> Iterator[Picture]:
    for source, value, name, title, axis in (
        (frames.curves, "validation_accuracy", "learning-validation-accuracy", "Validation accuracy while training",
         "Validation accuracy"),
        (frames.losses, "train_loss", "learning-train-loss", "Training loss",
         "Training loss, cross-entropy in nats"),
    ):  # fmt: skip
        measured = tables.same_scope(source, scope).dropna(subset=[value])
        for some in kin(measured):
            data = some.of(measured)[["arch", "title", "seed", "num_classes", "images", value, "standing"]]
            if len(data):
                yield scoped(
                    name + some.suffix, title + some.title, scope, data, told.curves(data, value),
                    partial(plots.learning_curves, data, value, axis, looks=own_looks(look, data)), note=some.note,
                )  # fmt: skip


def _confusions(confused: pd.DataFrame, scope: dict[str, Any]) -> Iterator[Picture]:
    many = confused["title"].nunique() > MOST_BARS
    drawn = confused[confused["arch"].isin(archs.FIVE)] if many else confused
    if drawn.empty:
        return
    worst = confusions.worst(drawn)
    for _, own in tables.groups(drawn, ["arch", "title", "fingerprint"]):
        title = own["title"].iloc[0]
        strongest = f"The strongest colour is {numbers.percent(worst)} of a class, the most of any network drawn"
        yield scoped(
            f"confusions-{own['arch'].iloc[0]}".replace("/", "-"), f"What {title} takes for what", scope, own,
            confusions.told(own), partial(confusions.matrix, own, worst), tall=True,
            note=sentences(confusions.left_out(own), strongest),
        )  # fmt: skip


def _engines(table: pd.DataFrame, look: Mapping[str, Look]) -> Iterator[Picture]:
    for scope, rows in tables.groups(fairest(table), WHERE):
        for mode, batch, part in cases(rows):
            yield scoped(
                f"engines-{mode}-{batch}", f"What engines and precisions gain, {mode} at batch {batch}", scope, part,
                gains_told(part), partial(gains_by_engine, part, looks=own_looks(look, part)),
            )  # fmt: skip


def _by_size(frames: Frames) -> Iterator[Picture]:
    for scope, every in tables.groups(frames.layers.drop_duplicates(_LAYER), ["image_size"]):
        many = every["title"].nunique() > MOST_BARS
        layers = every[every["arch"].isin(archs.FIVE)] if many else every
        for value, title, name in (
            ("parameters", "Where the parameters are", "parameters"),
            ("macs", "Where the computation is", "multiply-accumulates"),
        ):
            data = bars.composition(layers, value)
            single = bars.layer_shares(layers, value)
            if len(data):
                yield counted(
                    f"{value}-by-layer-{scope['image_size']}-px", title, f"{scope['image_size']} px · exact counts",
                    data, told.shares(data, value), partial(bars.stacked_shares, data, single, name),
                )  # fmt: skip


_LAYER = ["arch", "fingerprint", "image_size", "position", "layer", "category", "parameters", "macs"]


def _distinct(found: list[Picture]) -> list[Picture]:
    """Names without doubles: two scopes may differ only in signs that a file name cannot have."""
    seen: dict[str, int] = {}
    named = []
    for picture in found:
        number = seen[picture.name] = seen.get(picture.name, 0) + 1
        name = picture.name if number == 1 else f"{picture.name}-{number}"
        named.append(replace(picture, name=name))
    return named
