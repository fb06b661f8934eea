"""Forest plots of a comparison: a row a number, its ratio or difference with the interval."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench.report.compare.verdicts import Compared
from bench.report.compare.words import effect_words, points, ratio, scope_heading
from bench.report.figures import canvas
from bench.report.figures.bars import row_axes
from bench.report.figures.canvas import Heading
from bench.report.figures.key import Signs, key_height, write_key
from bench.report.figures.picture import Picture
from bench.report.style import INK, PAPER, Look, looks, standing_mark
from bench.report.tables import weakest
from bench.report.writers import slug

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW, _MOST_ROWS = 21.0, 40
_VERDICTS = ("beyond noise", "within noise", "not judged")


def forests(compared: Sequence[Compared], names: tuple[str, str]) -> list[Picture]:
    """A figure for each scope and kind of number that is not an exact count, in the order of the table.

    Where all of its numbers are the same in both folders there is nothing to draw.
    """
    look = looks((one.pair.this.subject.arch, one.pair.this.family) for one in compared)
    drawn = [one for one in compared if one.pair.this.case.figure and _has_place(one)]
    place = {id(one): index for index, one in enumerate(compared)}
    drawn.sort(key=lambda one: (_figure(one), place[id(one)]))
    pictures = []
    for (kind, scope, name), group in groupby(drawn, key=_figure):
        rows = list(group)
        if all(one.verdict == "same" for one in rows):
            continue
        for part, start in enumerate(range(0, len(rows), _MOST_ROWS)):
            of = f" ({part + 1})" if len(rows) > _MOST_ROWS else ""
            pictures.append(_picture(rows[start : start + _MOST_ROWS], f"{name}{of}", kind, scope, names, look))
    order = {scope_heading(one): index for index, one in reversed(list(enumerate(compared)))}
    return sorted(pictures, key=lambda picture: order[picture.heading.subtitle])


def _figure(one: Compared) -> tuple[str, str, str]:
    return one.pair.this.kind, scope_heading(one), one.pair.this.case.figure


def _has_place(one: Compared) -> bool:
    """A ratio to or of nothing is nowhere on a logarithmic axis."""
    return one.form == "difference" or 0 < one.effect < math.inf


def _picture(
    rows: list[Compared], name: str, kind: str, scope: str, names: tuple[str, str], look: Mapping[str, Look]
) -> Picture:
    mark = standing_mark(weakest([side.standing for one in rows for side in (one.pair.this, one.pair.other)]))
    heading = Heading(name[0].upper() + name[1:], scope, mark)
    data = pd.DataFrame(_rows(rows), columns=["arch", "title", "label", "effect", "low", "high", "verdict"])
    told = "; ".join(
        f"{title}: {effect_words(one)}, {one.verdict}" for title, one in zip(_titles(rows), rows, strict=True)
    )
    about = "difference in percentage points" if rows[0].form == "difference" else "ratio"
    description = f"{heading.title}, {about}, {names[0]} against {names[1]}; {scope}. {told}."
    return Picture(
        f"compare-{slug(f'{kind} {name} {scope}')}", heading, description, data,
        partial(forest, rows, heading, names, look),
    )  # fmt: skip


def _rows(rows: Sequence[Compared]) -> Iterator[dict[str, object]]:
    for one in rows:
        this = one.pair.this
        about = {"arch": this.subject.arch, "title": this.title, "label": this.case.label}
        yield about | {"effect": one.effect, "low": one.low, "high": one.high, "verdict": one.verdict}


def _titles(rows: Sequence[Compared]) -> list[str]:
    several = len({one.pair.this.case.label for one in rows}) > 1
    return [one.pair.this.title + (f", {one.pair.this.case.label}" if several else "") for one in rows]


def forest(rows: Sequence[Compared], heading: Heading, names: tuple[str, str], look: Mapping[str, Look]) -> Figure:
    """Effects of one form, a row each; filled is beyond noise, hollow within it, a cross not judged."""
    difference = rows[0].form == "difference"
    used = {"within noise" if one.verdict == "same" else one.verdict for one in rows}
    key: Signs = {verdict: _sign(verdict, INK) for verdict in _VERDICTS if verdict in used}
    figure = canvas.blank(canvas.heading_height(heading) + key_height(key) + len(rows) * _ROW + 64)
    top = write_key(figure, key, canvas.write_heading(figure, heading))
    axes = row_axes(figure, _titles(rows), top + 4, room=52)
    bounds = [value for one in rows for value in (one.effect, one.low, one.high) if value is not None]
    if difference:
        bounds = [100 * value for value in bounds]
    _scale(axes, bounds, difference=difference)
    left, right = (canvas.shorten(name, 10.5, 130) for name in names)
    unit = f"{left} less {right}, percentage points" if difference else f"{left} over {right}"
    canvas.name_x(figure, axes, unit)
    axes.axvline(0 if difference else 1, color=INK, lw=1, ls=(0, (2, 3)), alpha=0.8, zorder=1)
    for place, one in enumerate(rows):
        _row(axes, place, one, look[one.pair.this.subject.arch], 100.0 if difference else 1.0)
    return figure


def _row(axes: Axes, place: int, one: Compared, look: Look, factor: float) -> None:
    effect = factor * one.effect
    if one.low is not None and one.high is not None:
        axes.hlines(place, factor * one.low, factor * one.high, color=look.colour, lw=1.8, alpha=0.75, zorder=2)
    axes.plot([effect], [place], color=look.colour, ls="", zorder=3, clip_on=False, **_sign(one.verdict, look.colour))
    text = points(one.effect) if one.form == "difference" else ratio(one.effect)
    axes.annotate(text, (1, place), xycoords=("axes fraction", "data"), xytext=(8, 0), textcoords="offset points",
                  size=9, va="center_baseline", annotation_clip=False)  # fmt: skip


def _sign(verdict: str, colour: str) -> dict[str, Any]:
    if verdict == "beyond noise":
        return {"marker": "o", "ms": 7, "mfc": colour, "mec": PAPER, "mew": 0.8}
    if verdict == "not judged":
        return {"marker": "x", "ms": 6, "mec": colour, "mew": 1.8}
    return {"marker": "o", "ms": 6.4, "mfc": PAPER, "mec": colour, "mew": 1.6}


def _scale(axes: Axes, bounds: Sequence[float], *, difference: bool) -> None:
    from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

    low, high = min([*bounds, 0.0 if difference else 1.0]), max([*bounds, 0.0 if difference else 1.0])
    if difference:
        room = max(0.06 * (high - low), 0.05)
        axes.set_xlim(low - room, high + room)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        return
    room = max((high / low) ** 0.06, 1.005)
    low, high = low / room, high * room
    if high / low > 5:
        canvas.log_ticks(axes, "x", low, high)
        return
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    ticks = [tick for tick in MaxNLocator(5).tick_values(low, high) if low <= tick <= high]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels([f"{tick:g}" for tick in ticks])
