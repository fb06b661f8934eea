"""Which figures a report has: a picture for every scope and every question that its data can answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

import archs
from bench import numbers
from bench.report import bars, plots, speeds, tables
from bench.report.canvas import Heading
from bench.report.experiment_gallery import experiment_pictures
from bench.report.frames import SCOPE, Frames
from bench.report.overview import fairest, networks, plain
from bench.report.picture import Picture
from bench.report.roofline import roofline, roofline_table, told
from bench.report.sections import scope_words
from bench.report.style import Look, looks, standing_mark
from bench.report.writers import slug

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def pictures(frames: Frames, summary: pd.DataFrame, experiments: Mapping[str, pd.DataFrame]) -> list[Picture]:
    """All figures, in the order of the page; `experiments` are their tables by name."""
    names = networks(frames, summary)
    look = looks(zip(names["arch"], names["family"], strict=True))
    found = [*_by_scope(frames, summary, look), *_by_size(frames), *experiment_pictures(frames, experiments, look)]
    return _distinct(found)


def _by_scope(frames: Frames, summary: pd.DataFrame, look: Mapping[str, Look]) -> Iterator[Picture]:
    timed = plain(fairest(speeds.throughput(frames.throughput, frames.complexity)))
    for scope, rows in tables.groups(summary, SCOPE):
        words = scope_words(scope)
        mark = standing_mark(tables.weakest(rows["standing"]))

        def picture(
            name: str,
            title: str,
            data: pd.DataFrame,
            told: str,
            draw: Callable[[pd.DataFrame, Heading], Figure],
            words: str = words,
            mark: str = mark,
            tall: bool = False,
        ) -> Picture:
            heading = Heading(title, words, mark)
            text = f"{title}; {words}{f'; {mark}' if mark else ''}. {told}"
            return Picture(f"{name}-{slug(words)}", heading, text, data, lambda: draw(data, heading), tall)

        yield from _accuracies(rows, picture, look)
        yield from _curves(frames, scope, picture, look)
        cases = tables.same_scope(timed, scope)
        if len(cases):
            yield picture(
                "throughput-by-batch", "Throughput by batch size", cases,
                _told(cases.drop_duplicates(["arch"], keep="last"), "images_per_second", "images/s", numbers.rate),
                lambda data, heading: plots.throughput_by_batch(data, heading, look),
                tall=cases["mode"].nunique() > 1,
            )  # fmt: skip
        roof = roofline_table(cases, frames.complexity)
        if len(roof):
            yield picture(
                "roofline", f"Roofline, inference at batch {roof['batch'].iloc[0]}", roof, told(roof),
                lambda data, heading: roofline(data, heading, look),
            )  # fmt: skip
        peaks = rows.dropna(subset=["training_peak_bytes"])
        peaks = peaks[["arch", "title", "training_peak_bytes", "memory_batch", "standing"]]
        if len(peaks) and peaks["memory_batch"].nunique() == 1:
            yield picture(
                "peak-memory", f"Memory of a training step, batch {peaks['memory_batch'].iloc[0]}", peaks,
                _told(peaks, "training_peak_bytes", "", numbers.size),
                lambda data, heading: bars.peak_memory(data, heading, look),
            )  # fmt: skip


def _accuracies(rows: pd.DataFrame, picture: Callable[..., Picture], look: Mapping[str, Look]) -> Iterator[Picture]:
    batches = rows["training_batch"].dropna()
    at = f", batch {batches.iloc[0]}" if len(batches) else ""
    for name, cost, title, unit in (
        ("accuracy-by-macs", "macs", "Accuracy against computation", "Multiply-accumulates per image (MACs)"),
        ("accuracy-by-parameters", "parameters", "Accuracy against size", "Parameters"),
        (
            "accuracy-by-throughput",
            "training_images_per_second",
            "Accuracy against training speed",
            f"Training throughput, images/s{at}",
        ),
    ):
        kept = ["arch", "title", cost, "test_accuracy", "accuracy_low", "accuracy_high", "interval", "seeds"]
        data = rows.dropna(subset=[cost, "test_accuracy"])[[*kept, "standing"]]
        data = data[data[cost] > 0]
        if len(data):
            yield picture(
                name, title, data, _told(data, "test_accuracy", "", "{:.3f}".format),
                lambda data, heading, cost=cost, unit=unit: plots.accuracy_against(data, cost, unit, heading, look),
            )  # fmt: skip


def _curves(
    frames: Frames, scope: dict[str, Any], picture: Callable[..., Picture], look: Mapping[str, Look]
) -> Iterator[Picture]:
    for source, value, title, axis in (
        (frames.curves, "validation_accuracy", "Validation accuracy while training", "Validation accuracy"),
        (frames.losses, "train_loss", "Training loss", "Training loss, cross-entropy in nats"),
    ):
        data = tables.same_scope(source, scope).dropna(subset=[value])
        kept = ["arch", "title", "seed", "num_classes", "images", value, "standing"]
        if len(data):
            last = data.sort_values("images", kind="stable").groupby(["arch", "title"], sort=False)[value].last()
            yield picture(
                f"learning-{slug(value)}", title, data[kept],
                f"At the end: {_told(last.reset_index(), value, '', '{:.3f}'.format)}",
                lambda data, heading, value=value, axis=axis: plots.learning_curves(data, value, axis, heading, look),
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
            if data.empty:
                continue
            heading = Heading(title, f"{scope['image_size']} px · exact counts")
            told = _told(data.drop_duplicates("title"), "total", name, numbers.count)
            yield Picture(
                f"{value}-by-layer-{scope['image_size']}-px", heading, f"{title}; {heading.subtitle}. {told}", data,
                lambda data=data, value=value, name=name, heading=heading: bars.stacked_shares(  # type: ignore[misc]
                    data, value, name, heading
                ),
            )  # fmt: skip


MOST_BARS = 12
"""Networks in one figure of compositions; of more, only the five."""
_LAYER = ["arch", "fingerprint", "image_size", "position", "layer", "category", "parameters", "macs"]


def _told(data: pd.DataFrame, value: str, unit: str, write: Callable[[Any], str]) -> str:
    pairs = [f"{title} {write(number)}" for title, number in zip(data["title"], data[value], strict=True)]
    return f"{', '.join(pairs)}{f' {unit}' if unit else ''}."


def _distinct(found: list[Picture]) -> list[Picture]:
    """Names without doubles: two scopes may differ only in signs that a file name cannot have."""
    seen: dict[str, int] = {}
    named = []
    for picture in found:
        number = seen[picture.name] = seen.get(picture.name, 0) + 1
        name = picture.name if number == 1 else f"{picture.name}-{number}"
        named.append(replace(picture, name=name))
    return named
