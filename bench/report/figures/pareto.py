"""Accuracy against a cost: every network with its intervals, and the front of those that none beats in both."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import archs
from bench import numbers
from bench.report.figures import canvas
from bench.report.figures.canvas import Heading
from bench.report.figures.labels import Box
from bench.report.figures.plots import label_points, scatter_height
from bench.report.style import INK, PAPER, Look

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ENOUGH_TO_STAND_OUT = 5
MOST_NAMES = 8


def accuracy_against(
    table: pd.DataFrame,
    axis: str,
    heading: Heading,
    looks: Mapping[str, Look],
    *,
    tick: Callable[[float], str] = canvas.short,
    more_is_better: bool = False,
) -> Figure:
    """Test accuracy against a cost on a logarithmic axis, one labelled point a network, the front as a step line.

    Networks far below the others are named above it and not drawn: with them on the axis the others were one point.

    Args:
        table: columns `bench.report.figures.costs.COLUMNS`, one row a network.
        axis: name of the cost with its unit.
        tick: labels of the cost's axis.
    """
    if len(trained := set(table["trained_on"]) - {""}) == 1:
        heading = heading.noting(f"Accuracy after {trained.pop()}")
    far = far_below(table)
    if far.any():
        names = numbers.listing([f"{one.title} ({one.test_accuracy:.3f})" for one in table[far].itertuples()])
        heading = heading.noting(f"Far below and not drawn: {names}")
        table = table[~far]
    unnamed = len(table) - int(_named(table).sum())
    if unnamed:
        heading = heading.noting(f"Without a name: {unnamed} relatives behind the front")
    figure = canvas.blank(scatter_height(len(table)))
    top = canvas.write_heading(figure, heading)
    axes = canvas.axes_at(figure, left=46, top=top + 20, right=24, bottom=40)
    rows = table.to_dict("records")
    _limits(axes, table, tick)
    crosses = _front(axes, table[table["on_front"]], more_is_better=more_is_better)
    for row in rows:
        crosses += _point(axes, row, looks[row["arch"]])
    canvas.name_x(figure, axes, axis)
    hollow = "; hollow: surely behind" * bool(table["surely_behind"].any())
    canvas.name_y(axes, f"Test accuracy{_intervals(axes, table)}{hollow}")
    places = {row["title"]: tuple(axes.transData.transform((row["cost"], row["test_accuracy"]))) for row in rows}
    named = table[_named(table)]
    crosses += [Box(x - 5, y - 5, x + 5, y + 5) for title, (x, y) in places.items() if title not in set(named["title"])]
    label_points(
        figure, axes, list(named["arch"]), list(named["title"]), [places[one] for one in named["title"]], crosses
    )
    return figure


def _named(table: pd.DataFrame) -> pd.Series[bool]:
    """Whose names are written: of many networks only the five and those on the front."""
    return table["on_front"].astype(bool) | table["arch"].isin(archs.FIVE) | (len(table) <= MOST_NAMES)


def far_below(table: pd.DataFrame) -> pd.Series[bool]:
    """Which networks lie below the middle half by more than 1.5 times its width (Tukey), and are not on the front."""
    lower, upper = table["test_accuracy"].quantile([0.25, 0.75])
    outside = (table["test_accuracy"] < lower - 1.5 * (upper - lower)) & ~table["on_front"].astype(bool)
    return outside if len(table) >= _ENOUGH_TO_STAND_OUT else outside & False


def _intervals(axes: Axes, table: pd.DataFrame) -> str:
    """What is said of the accuracies' intervals, and whether any of either axis is cut."""
    accuracy, cost = (
        canvas.interval_words(canvas.bounds_of(table, name), ends)
        for name, ends in (("accuracy", axes.get_ylim()), ("cost", axes.get_xlim()))
    )
    return accuracy.removesuffix(canvas.CUT) + canvas.CUT * (canvas.CUT in accuracy + cost)


def _limits(axes: Axes, table: pd.DataFrame, tick: Callable[[float], str]) -> None:
    """Room for the points, and for intervals as far as they do not crush the points."""
    least, most = float(table["cost"].min()), float(table["cost"].max())
    span = max(math.log10(most / least), 0.5)
    canvas.log_ticks(axes, "x", least / 10 ** (0.18 * span), most * 10 ** (0.18 * span), tick)
    means = table["test_accuracy"].to_numpy(dtype=float)
    reach = max(0.05, float(np.ptp(means)) / 2)
    bounds = table[["test_accuracy", "accuracy_low", "accuracy_high"]].to_numpy(dtype=float)
    low, high = max(np.nanmin(bounds), means.min() - reach), min(np.nanmax(bounds), means.max() + reach)
    room = max(0.02, 0.12 * (high - low))
    axes.set_ylim(max(-0.02, low - room), min(1.02, high + room))


def _front(axes: Axes, front: pd.DataFrame, *, more_is_better: bool) -> list[Box]:
    """Draw what no network of the table goes beyond: at each cost the best accuracy to be had for it.

    Returns boxes along the line, in points, which labels had better leave free.
    """
    ordered = front.sort_values("cost", kind="stable")
    xs, ys = [float(x) for x in ordered["cost"]], [float(y) for y in ordered["test_accuracy"]]
    (left, right), bottom = axes.get_xlim(), axes.get_ylim()[0]
    if more_is_better:
        # Up to each network's speed its own accuracy is to be had, beyond it that of the next faster one.
        after = [*ys[1:], bottom]
        corners = [(left, ys[0])] + [(x, y) for x, *pair in zip(xs, ys, after, strict=True) for y in pair]
    else:
        before = [bottom, *ys[:-1]]
        corners = [(x, y) for x, *pair in zip(xs, before, ys, strict=True) for y in pair] + [(right, ys[-1])]
    axes.plot(*zip(*corners, strict=True), color=INK, lw=1.2, alpha=0.55, zorder=1, solid_joinstyle="miter")
    return [
        Box(min(x0, x1) - 1, min(y0, y1) - 1, max(x0, x1) + 1, max(y0, y1) + 1)
        for (x0, y0), (x1, y1) in pairwise(axes.transData.transform(corners))
    ]


def _point(axes: Axes, row: Mapping[Any, Any], look: Look) -> list[Box]:
    """Draw one network.  Returns the boxes of its intervals, in points, which labels had better leave free."""
    x, y = row["cost"], row["test_accuracy"]
    ends = [((x, row["accuracy_low"]), (x, row["accuracy_high"])), ((row["cost_low"], y), (row["cost_high"], y))]
    boxes = []
    for ends_of_one in ends:
        if np.isnan(np.array(ends_of_one, dtype=float)).any():
            continue
        (line,) = axes.plot(*zip(*ends_of_one, strict=True), color=look.colour, lw=1.6, alpha=0.75, zorder=2)
        canvas.belongs_to(row["arch"], line)
        (x0, y0), (x1, y1) = axes.transData.transform(ends_of_one)
        boxes.append(Box(x0 - 1, y0 - 1, x1 + 1, y1 + 1))
    face, edge, width = (PAPER, look.colour, 1.5) if row["surely_behind"] else (look.colour, PAPER, 0.8)
    (marker,) = axes.plot([x], [y], look.marker, color=face, mec=edge, mew=width, ms=8, zorder=3, clip_on=False)
    canvas.belongs_to(row["arch"], marker)
    return boxes
