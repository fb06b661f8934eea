"""Figures of lines: what an experiment found by number of images, learning rate, strength or step; a line a network.

Pure functions from a DataFrame with the rows of one scope.  A network is known by its title; where networks share a
place on the x axis, their intervals stand side by side.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from bench.report.figures import canvas
from bench.report.figures.canvas import Heading
from bench.report.figures.plots import End, label_ends, label_height, label_room, line_of
from bench.report.style import INK, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANEL = 150.0
_SIDE_BY_SIDE = 16.0
"""Points over which the networks at one place of the x axis are spread at most."""
_SIDE = 14.0
"""Points between the outermost values and the ends of the x axis."""
_LARGEST_PART = 0.6
"""How far beyond the means, as a share of their own span, an interval may push the axis."""


@dataclass(frozen=True)
class Lines:
    """What is drawn against what."""

    x: str
    x_name: str
    y: str
    """Column of the means; its bounds are in the columns that end in _low and _high."""
    y_name: str
    """Without a word of the interval, which is added where there is one."""
    scale: Literal["linear", "log"] = "linear"
    """Of the x axis."""
    write: Callable[[float], str] = canvas.short
    """Tick labels of the x axis."""
    least: float = -math.inf
    most: float = math.inf
    """Ends of the y axis that no interval pushes it beyond."""
    whole: bool = False
    """Whether the y axis goes from `least` to `most` whatever was found."""
    level: tuple[str, float] | None = None
    """Name and height of a line across the axes."""


def lines(
    table: pd.DataFrame,
    kind: Lines,
    heading: Heading,
    looks: Mapping[str, Look],
    *,
    panels: tuple[str, Mapping[str, str]] | None = None,
    runs: pd.DataFrame | None = None,
) -> Figure:
    """Means with their intervals by the values of one column.

    Args:
        table: columns arch, title and those of `kind`; one row a point.
        panels: a column that divides the rows into panels, one above the other with the same axes, and the name of
            the y axis by its values, in the order of the panels.
        runs: columns title and those of `kind`; each run is a small dot, and the means have no intervals then.
    """
    column, names = panels or ("", {"": kind.y_name})
    shown = {value: name for value, name in names.items() if not column or value in set(table[column])}
    titles = list(dict.fromkeys(table["title"]))
    tall = max(_PANEL, label_height(titles) + 20) if len(shown) > 1 else max(180.0, label_height(titles))
    figure = canvas.blank(canvas.heading_height(heading) + len(shown) * (tall + 66))
    top = canvas.write_heading(figure, heading)
    room, below = label_room(titles), figure.get_figheight() * 72 - top
    limits = (kind.least, kind.most) if kind.whole else _limits(table, kind, runs)
    for index, (value, name) in enumerate(shown.items()):
        start = index * (tall + 66)
        axes = canvas.axes_at(figure, left=46, top=top + start + 22, right=room, bottom=below - start - tall - 22)
        part = table[table[column] == value] if column else table
        _x_axis(figure, axes, kind, sorted(set(table[kind.x])))
        axes.set_ylim(*limits)
        said = "" if runs is not None else canvas.interval_words(canvas.bounds_of(part, kind.y), limits)
        canvas.name_y(axes, name + said)
        _draw(axes, part, kind, looks, titles, runs)
        if kind.level is not None:
            _across(axes, *kind.level)
        last = part.sort_values(kind.x, kind="stable").drop_duplicates("title", keep="last")
        ends = [End(row["arch"], row["title"], row[kind.x], row[kind.y]) for row in last.to_dict("records")]
        label_ends(figure, axes, ends, looks)
    return figure


def _limits(table: pd.DataFrame, kind: Lines, runs: pd.DataFrame | None) -> tuple[float, float]:
    """Room for all means and runs, and for intervals as far as they do not crush the means."""
    drawn = [float(y) for y in table[kind.y]]
    drawn += [] if runs is None else [float(y) for y in runs[kind.y]]
    drawn += [] if kind.level is None else [kind.level[1]]
    low, high = min(drawn), max(drawn)
    reach = max(_LARGEST_PART * (high - low), 0.05)
    bounds = [] if runs is not None else [y for bound in ("low", "high") for y in table[f"{kind.y}_{bound}"].dropna()]
    low, high = max(min([low, *bounds]), low - reach), min(max([high, *bounds]), high + reach)
    room = max(0.06 * (high - low), 0.01)
    return max(low - room, kind.least), min(high + room, kind.most)


def _draw(
    axes: Axes,
    table: pd.DataFrame,
    kind: Lines,
    looks: Mapping[str, Look],
    titles: Sequence[str],
    runs: pd.DataFrame | None,
) -> None:
    from matplotlib.transforms import ScaledTranslation

    # Only intervals hide each other; where there are none, points stand where they belong.
    bounded = runs is None and bool(table[f"{kind.y}_low"].notna().any())
    step = min(3.0, _SIDE_BY_SIDE / max(1, len(titles) - 1)) if bounded else 0.0
    faint = 0.6 if len(titles) <= 6 else 0.35
    for title, own in table.groupby("title", sort=False):
        arch = str(own["arch"].iloc[0])
        look = looks[arch]
        aside = (titles.index(str(title)) - (len(titles) - 1) / 2) * step
        beside = axes.transData + ScaledTranslation(aside / 72, 0, axes.figure.dpi_scale_trans)
        style: dict[str, Any] = {"color": look.colour, "transform": beside}
        if runs is None:
            known = own.dropna(subset=[f"{kind.y}_low", f"{kind.y}_high"])
            bounds = (known[f"{kind.y}_low"], known[f"{kind.y}_high"])
            canvas.belongs_to(arch, axes.vlines(known[kind.x], *bounds, lw=1.6, alpha=faint, zorder=2, **style))
        else:
            single = runs[runs["title"] == title]
            dots = axes.plot(single[kind.x], single[kind.y], "o", ms=3.6, alpha=0.55, mew=0, zorder=2, **style)
            canvas.belongs_to(arch, *dots)
        ordered = own.sort_values(kind.x, kind="stable")
        line_of(axes, arch, list(ordered[kind.x]), list(ordered[kind.y]), look, zorder=3, **style)


def _x_axis(figure: Figure, axes: Axes, kind: Lines, values: list[float]) -> None:
    """Ticks at the values themselves, as many of them as can be told apart."""
    from matplotlib.ticker import FixedLocator, NullLocator

    least, most = float(values[0]), float(values[-1])
    share = _SIDE / (axes.bbox.width - 2 * _SIDE)
    if kind.scale == "log":
        axes.set_xscale("log")
        room = (most / least) ** share if most > least else 1.5
        axes.set_xlim(least / room, most * room)
    else:
        room = share * (most - least) or 0.5
        axes.set_xlim(least - room, most + room)
    kept = spaced(figure, axes, values, kind.write)
    axes.xaxis.set_major_locator(FixedLocator(kept))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_ticklabels([kind.write(value) for value in kept])
    canvas.name_x(figure, axes, kind.x_name)


def spaced(figure: Figure, axes: Axes, values: Sequence[float], write: Callable[[float], str]) -> list[float]:
    """The largest even selection of `values` whose labels stay clear of each other on the x axis of `axes`."""
    places = [float(axes.transData.transform((value, 1))[0]) for value in values]
    widths = [canvas.text_size(write(value), 10)[0] for value in values]
    for every in range(1, len(values)):
        kept = range(0, len(values), every)
        gaps = [places[right] - places[left] - (widths[left] + widths[right]) / 2 for left, right in pairwise(kept)]
        if min(gaps) >= 3:
            return [values[i] for i in kept]
    return list(values[:1])


def _across(axes: Axes, name: str, height: float) -> None:
    axes.axhline(height, color=INK, lw=1, ls=(0, (2, 3)), alpha=0.7, zorder=1)
    if name:
        axes.annotate(
            name, (0, height), xycoords=("axes fraction", "data"), xytext=(4, 3), textcoords="offset points", size=9,
            va="bottom",
        )  # fmt: skip


def gradient_ratio(table: pd.DataFrame, heading: Heading, looks: Mapping[str, Look]) -> Figure:
    """First over last layer's gradient norm by step, to a logarithmic scale, with its interval over runs.

    Args:
        table: what `experiment_tables.gradient_ratios` gives of one scope.
    """
    titles = list(dict.fromkeys(table["title"]))
    figure = canvas.blank(canvas.heading_height(heading) + max(180.0, label_height(titles)) + 62)
    top = canvas.write_heading(figure, heading)
    axes = canvas.axes_at(figure, left=46, top=top + 20, right=label_room(titles), bottom=40)
    means = [float(value) for value in table["gradient_ratio"]]
    low, high = min(means), max(means)
    # That both are the same is worth seeing where they come near it.
    if low < 30 and high > 1 / 30:
        low, high = min(low, 1.0), max(high, 1.0)
        axes.axhline(1.0, color=INK, lw=1, ls=(0, (2, 3)), alpha=0.7, zorder=1)
    span = max(math.log10(high / low), 0.5)
    canvas.log_ticks(axes, "y", low / 10 ** (0.08 * span), high * 10 ** (0.08 * span))
    axes.yaxis.set_ticklabels([_power(float(tick)) for tick in axes.get_yticks()])
    ends: list[End] = []
    for title, own in table.groupby("title", sort=False):
        arch = str(own["arch"].iloc[0])
        known = own.dropna(subset=["gradient_ratio_low"])
        bounds = (known["gradient_ratio_low"].astype(float), known["gradient_ratio_high"].astype(float))
        canvas.belongs_to(arch, axes.fill_between(known["step"], *bounds, color=looks[arch].colour, alpha=0.16, lw=0))
        steps, ratios = list(own["step"]), list(own["gradient_ratio"])
        line_of(axes, arch, steps, ratios, looks[arch], markevery=[len(own) - 1])
        ends.append(End(arch, str(title), steps[-1], ratios[-1]))
    axes.set_xlim(0, 1.03 * float(table["step"].max()))
    axes.set_xlabel("Training step")
    said = canvas.interval_words(canvas.bounds_of(table, "gradient_ratio"), axes.get_ylim())
    canvas.name_y(axes, f"Gradient norm, first layer over last{said}")
    label_ends(figure, axes, ends, looks)
    return figure


def _power(tick: float) -> str:
    """0.01 as it is, 0.0003 as 3·10⁻⁴."""
    if 0.001 <= tick < 10_000:
        return canvas.short(tick)
    digits, exponent = f"{tick:.1e}".replace(".0e", "e").split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{'' if digits == '1' else f'{digits}·'}10{raised}"
