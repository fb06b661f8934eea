"""Figures, as pure functions from a DataFrame: accuracy against cost, learning curves, throughput.

Each function takes rows of one scope only, since numbers of two scopes do not compare.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bench.report import canvas
from bench.report.canvas import EDGE, WIDTH, Heading
from bench.report.labels import Box, leader_end, place_labels, spread
from bench.report.style import INK, PAPER, Look
from bench.stats import mean_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LABEL, _GAP = 10.0, 13.0


def accuracy_against(table: pd.DataFrame, cost: str, unit: str, heading: Heading, looks: Mapping[str, Look]) -> Figure:
    """Test accuracy with its interval against a cost on a logarithmic axis; one labelled point a network.

    Args:
        table: columns arch, title, test_accuracy, accuracy_low, accuracy_high and the one called `cost`.
        unit: name of the cost with its unit, for the axis.
    """
    import seaborn as sns

    figure = canvas.blank(300)
    top = canvas.write_heading(figure, heading)
    axes = canvas.axes_at(figure, left=46, top=top + 20, right=24, bottom=40)
    costs = [float(value) for value in table[cost]]
    lows, highs = list(table["accuracy_low"]), list(table["accuracy_high"])
    span = max(math.log10(max(costs) / min(costs)), 0.5)
    canvas.log_ticks(axes, "x", min(costs) / 10 ** (0.18 * span), max(costs) * 10 ** (0.18 * span))
    _accuracy_limits(axes, [*table["test_accuracy"], *lows, *highs])
    axes.vlines(costs, lows, highs, colors=[looks[arch].colour for arch in table["arch"]], lw=1.6, alpha=0.75, zorder=2)
    sns.scatterplot(
        data=table.assign(**{cost: costs}), x=cost, y="test_accuracy", hue="arch", style="arch", ax=axes, s=64,
        palette={arch: looks[arch].colour for arch in table["arch"]},
        markers={arch: looks[arch].marker for arch in table["arch"]},
        edgecolor=PAPER, linewidth=0.8, legend=False, zorder=3,
    )  # fmt: skip
    axes.set_xlabel(unit)
    canvas.name_y(axes, "Test accuracy, 95 % interval")
    points = [tuple(point) for point in axes.transData.transform(list(zip(costs, table["test_accuracy"], strict=True)))]
    ends = [axes.transData.transform([(x, low), (x, high)]) for x, low, high in zip(costs, lows, highs, strict=True)]
    bars = [Box(end[0][0] - 1, end[0][1], end[1][0] + 1, end[1][1]) for end in ends]
    label_points(figure, axes, list(table["title"]), points, bars)
    return figure


def _accuracy_limits(axes: Axes, values: list[float]) -> None:
    present = [value for value in values if not pd.isna(value)]
    low, high = min(present), max(present)
    room = max(0.02, 0.12 * (high - low))
    axes.set_ylim(max(-0.02, low - room), min(1.02, high + room))


def label_points(figure: Figure, axes: Axes, texts: list[str], points: list[Any], bars: list[Box]) -> None:
    """Write a text near each point, away from `bars` and from each other, with a line where it is far."""
    texts = [canvas.shorten(figure, text, _LABEL, WIDTH * 0.45) for text in texts]
    frame = axes.bbox
    bounds = Box(frame.x0 + 1, frame.y0 + 2, WIDTH - EDGE, frame.y1)
    boxes = place_labels(points, [canvas.text_size(figure, text, _LABEL) for text in texts], bars, bounds)
    for text, point, box in zip(texts, points, boxes, strict=True):
        _write(figure, text, box.left, (box.bottom + box.top) / 2)
        end = leader_end(point, box)
        if end is not None:
            _line(figure, [point[0], end[0]], [point[1], end[1]])


def _write(figure: Figure, text: str, x: float, y: float) -> None:
    height = figure.get_figheight() * 72
    figure.text(x / WIDTH, y / height, text, size=_LABEL, ha="left", va="center_baseline", parse_math=False)


def _line(figure: Figure, xs: list[float], ys: list[float]) -> None:
    from matplotlib.lines import Line2D

    height = figure.get_figheight() * 72
    line = Line2D([x / WIDTH for x in xs], [y / height for y in ys], color=INK, lw=0.7, alpha=0.6)
    figure.add_artist(line)


def learning_curves(curves: pd.DataFrame, value: str, name: str, heading: Heading, looks: Mapping[str, Look]) -> Figure:
    """A quantity by training images seen: the mean over seeds and, where there are several, its t interval.

    Args:
        curves: columns arch, title, images, num_classes and the one called `value`.
        name: of the quantity, with its unit.
    """
    import seaborn as sns

    figure = canvas.blank(300)
    top = canvas.write_heading(figure, heading)
    known = curves.dropna(subset=[value])
    titles = dict(zip(known["arch"], known["title"], strict=True))
    axes = canvas.axes_at(figure, left=46, top=top + 20, right=label_room(figure, titles.values()), bottom=40)
    means = known.groupby(["arch", "images"], sort=False)[value].mean().reset_index()
    _bands(axes, known, value, looks)
    sns.lineplot(
        data=means, x="images", y=value, hue="arch", style="arch", ax=axes, errorbar=None, estimator=None, legend=False,
        palette={arch: looks[arch].colour for arch in titles}, markers={arch: looks[arch].marker for arch in titles},
        dashes={arch: looks[arch].dashes or "" for arch in titles}, markeredgecolor=PAPER, markersize=7,
    )  # fmt: skip
    for line in axes.lines:
        # Many markers on one line hide it; the last one still tells whose it is.
        end = np.size(line.get_xdata()) - 1
        if end > 12:
            line.set_markevery([end])
    if value.endswith("accuracy"):
        _chance(axes, 1 / known["num_classes"].iloc[0])
    _fit_values(axes, means[value], value)
    _image_ticks(axes, float(known["images"].max()), single=known["images"].nunique() == 1)
    canvas.name_y(axes, name)
    last = means.sort_values("images", kind="stable").drop_duplicates("arch", keep="last")
    ends = [(titles[row["arch"]], row["images"], row[value], looks[row["arch"]]) for row in last.to_dict("records")]
    label_ends(figure, axes, ends)
    return figure


def _fit_values(axes: Axes, values: pd.Series[float], value: str) -> None:
    """Room for the lines; a loss is drawn to a logarithmic scale, since the first steps tower over the rest."""
    if value == "train_loss" and values.min() > 0:
        canvas.log_ticks(axes, "y", 0.85 * values.min(), 1.15 * values.max())
        return
    low, high = axes.get_ylim()
    room = 0.04 * (high - low)
    # An interval may reach where no accuracy and no loss can be; the axis does not.
    most = 1.02 if value.endswith("accuracy") else math.inf
    axes.set_ylim(max(low - room, -0.02), min(high + room, most))


def _bands(axes: Axes, known: pd.DataFrame, value: str, looks: Mapping[str, Look]) -> None:
    for arch, runs in known.groupby("arch", sort=False):
        bounds = [
            (images, *mean_interval(list(part[value]))[1:]) for images, part in runs.groupby("images") if len(part) > 1
        ]
        if bounds:
            images, lows, highs = zip(*bounds, strict=True)
            axes.fill_between(images, lows, highs, color=looks[str(arch)].colour, alpha=0.16, lw=0)


def _image_ticks(axes: Axes, most: float, *, single: bool) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_xlim(0, most * (1.25 if single else 1.03))
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: canvas.short(x) if x else "0"))
    axes.set_xlabel("Training images seen")


def _chance(axes: Axes, chance: float) -> None:
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, chance - 0.03), high)
    axes.axhline(chance, color=INK, lw=1, ls=(0, (2, 3)), alpha=0.7, zorder=1)
    # At the right: every network begins at chance, so that the left is crowded.
    axes.annotate(
        "chance", (1, chance), xycoords=("axes fraction", "data"), xytext=(-4, 3), textcoords="offset points", size=9,
        ha="right", va="bottom",
    )  # fmt: skip


def label_room(figure: Figure, titles: Iterable[str]) -> float:
    """Points to leave at the right of the axes for the names of lines."""
    widest = max((canvas.text_size(figure, title, _LABEL)[0] for title in titles), default=0)
    return min(widest, WIDTH * 0.4) + 24


def label_ends(figure: Figure, axes: Axes, ends: list[tuple[str, float, float, Look]]) -> None:
    """Names beside the right edge, moved apart where lines end close together, each tied to its line."""
    frame = axes.bbox
    points = axes.transData.transform([(x, y) for _, x, y, _ in ends])
    low, high = axes.bbox.y0 - 2, axes.bbox.y1 + 2
    heights = spread([float(point[1]) for point in points], _GAP, low, high)
    for (text, _, _, look), point, height in zip(ends, points, heights, strict=True):
        start = frame.x1 + 16
        text = canvas.shorten(figure, text, _LABEL, WIDTH - EDGE - start)
        _write(figure, text, start, height)
        _tie(figure, [point[0] + 6, frame.x1 + 4, frame.x1 + 13], [point[1], point[1], height], look)


def _tie(figure: Figure, xs: list[float], ys: list[float], look: Look) -> None:
    from matplotlib.lines import Line2D

    tall = figure.get_figheight() * 72
    line = Line2D([x / WIDTH for x in xs], [y / tall for y in ys], color=look.colour, lw=1, alpha=0.8)
    figure.add_artist(line)


def throughput_by_batch(table: pd.DataFrame, heading: Heading, looks: Mapping[str, Look]) -> Figure:
    """Images a second by batch size, both axes logarithmic: inference above, training below.

    Args:
        table: columns arch, title, mode, batch, images_per_second, low, high; one row a case.
    """
    titles = dict(zip(table["arch"], table["title"], strict=True))
    modes = [mode for mode in ("inference", "training") if mode in set(table["mode"])]
    panel = max(150.0, _GAP * len(titles) + 20)
    figure = canvas.blank(canvas.heading_height(heading) + len(modes) * (panel + 66))
    top = canvas.write_heading(figure, heading)
    room = label_room(figure, titles.values())
    below = figure.get_figheight() * 72 - top
    for index, mode in enumerate(modes):
        start = index * (panel + 66)
        axes = canvas.axes_at(figure, left=46, top=top + start + 22, right=room, bottom=below - start - panel - 22)
        _throughput_panel(figure, axes, table[table["mode"] == mode], mode, looks)
    return figure


def _throughput_panel(figure: Figure, axes: Axes, cases: pd.DataFrame, mode: str, looks: Mapping[str, Look]) -> None:
    import seaborn as sns

    cases = cases.sort_values("batch", kind="stable").drop_duplicates(["arch", "batch"])
    batches = sorted(set(cases["batch"]))
    low, high = float(cases["low"].min()), float(cases["high"].max())
    span = max(math.log10(high / low), 0.4)
    canvas.log_ticks(axes, "y", low / 10 ** (0.1 * span), high * 10 ** (0.1 * span))
    axes.set_xscale("log", base=2)
    axes.set_xlim(batches[0] / 1.35, batches[-1] * 1.35)
    axes.set_xticks(batches, [str(batch) for batch in batches])
    axes.minorticks_off()
    for arch, own in cases.groupby("arch", sort=False):
        axes.vlines(own["batch"], own["low"], own["high"], color=looks[str(arch)].colour, lw=1.6, alpha=0.75)
    archs_here = list(dict.fromkeys(cases["arch"]))
    sns.lineplot(
        data=cases, x="batch", y="images_per_second", hue="arch", style="arch", ax=axes, errorbar=None, estimator=None,
        palette={a: looks[a].colour for a in archs_here}, markers={a: looks[a].marker for a in archs_here},
        dashes={a: looks[a].dashes or "" for a in archs_here}, markeredgecolor=PAPER, markersize=7, legend=False,
    )  # fmt: skip
    axes.set_xlabel("Batch size, images")
    canvas.name_y(axes, f"{mode.capitalize()}, images/s")
    ends = cases.drop_duplicates("arch", keep="last")
    label_ends(
        figure,
        axes,
        [(row["title"], row["batch"], row["images_per_second"], looks[row["arch"]]) for row in ends.to_dict("records")],
    )
