"""Figures of rates beside chance: a row a network, a dot with its interval a rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench import numbers
from bench.report.figures import canvas
from bench.report.figures.bars import archs_of, row_axes
from bench.report.figures.canvas import Heading
from bench.report.figures.key import key_height, write_key
from bench.report.style import INK, PAPER, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW, _VALUE = 15.0, 9.0
_SHAPES = (("o", 7.0), ("o", 7.0), ("s", 6.4), ("^", 7.0), ("D", 5.8))
"""Marker of each kind of rate, and its size in points."""


@dataclass(frozen=True)
class Dots:
    """What is drawn."""

    value: str
    """Column of the rates; its bounds are in the columns that end in _low and _high."""
    name: str
    """Of the x axis, without a word of the interval, which is added where there is one."""
    kind: str = ""
    """Column that tells several rates of a network apart, each by a sign of its own."""
    beside: tuple[str, str] | None = None
    """Column of another rate to hold each against, drawn as a stroke, and its name."""


def dots(
    table: pd.DataFrame,
    drawn: Dots,
    chance: float,
    heading: Heading,
    looks: Mapping[str, Look],
    runs: pd.DataFrame | None = None,
) -> Figure:
    """Rates by network with their intervals beside the level of chance.

    Args:
        table: columns arch, title and those of `drawn`; one row a rate.
        runs: the same of single runs and their key, small dots behind the rates.
    """
    titles = list(dict.fromkeys(table["title"]))
    kinds = sorted(set(table[drawn.kind]), key=str.lower) if drawn.kind else [""]
    tall = max(26.0, _ROW * len(kinds) + 8)
    key = _key(kinds, drawn, runs=_several(runs))
    figure = canvas.blank(canvas.heading_height(heading) + key_height(key) + len(titles) * tall + 60)
    top = write_key(figure, key, canvas.write_heading(figure, heading))
    axes = row_axes(figure, titles, top + 14, 46, archs_of(table))
    axes.set_xlim(0, 1)
    said = canvas.interval_words(canvas.bounds_of(table, drawn.value), axes.get_xlim())
    canvas.name_x(figure, axes, drawn.name + said)
    axes.axvline(chance, color=INK, lw=1, ls=(0, (2, 3)), alpha=0.8, zorder=1)
    axes.annotate(f"chance {numbers.percent(chance)}", (chance, 1), xycoords=("data", "axes fraction"), xytext=(0, 3),
                  textcoords="offset points", size=9, ha="center", va="bottom")  # fmt: skip
    for row in table.to_dict("records"):
        own = [kind for kind in kinds if not kind or kind in set(table[table["title"] == row["title"]][drawn.kind])]
        index = own.index(row[drawn.kind]) if drawn.kind else 0
        place = titles.index(row["title"]) + (index - (len(own) - 1) / 2) * _ROW / tall
        sign = _sign(kinds, row[drawn.kind] if drawn.kind else "", looks[row["arch"]].colour)
        _rate(axes, row, drawn, place, sign, looks[row["arch"]].colour, _of_row(runs, drawn, row))
    return figure


def _several(runs: pd.DataFrame | None) -> bool:
    return runs is not None and bool(runs["key"].nunique() > runs["title"].nunique())


def _of_row(runs: pd.DataFrame | None, drawn: Dots, row: Mapping[Any, Any]) -> list[float]:
    if runs is None:
        return []
    same = runs["title"] == row["title"]
    same &= runs[drawn.kind] == row[drawn.kind] if drawn.kind else True
    return [float(value) for value in runs[same][drawn.value].dropna()]


def _rate(
    axes: Axes,
    row: Mapping[Any, Any],
    drawn: Dots,
    place: float,
    sign: Mapping[str, Any],
    colour: str,
    runs: Sequence[float],
) -> None:
    value, low, high = (row[f"{drawn.value}{bound}"] for bound in ("", "_low", "_high"))
    made: list[Any] = []
    if len(runs) > 1:
        made += axes.plot(runs, [place] * len(runs), "o", ms=3, color=colour, alpha=0.5, mew=0, zorder=2)
    if drawn.beside is not None and not numbers.missing(row[drawn.beside[0]]):
        made += axes.plot([row[drawn.beside[0]]], [place], "|", ms=10, color=INK, mew=1.6, zorder=2)
    if not numbers.missing(low):
        made.append(axes.hlines(place, max(0.0, low), min(1.0, high), color=colour, lw=1.8, alpha=0.75, zorder=2))
    made += axes.plot([value], [place], ls="", **sign, zorder=3, clip_on=False)
    made.append(axes.annotate(numbers.percent(value), (1, place), xytext=(8, 0), textcoords="offset points",
                              size=_VALUE, va="center_baseline", annotation_clip=False))  # fmt: skip
    canvas.belongs_to(row["arch"], *made)


def _key(kinds: Sequence[str], drawn: Dots, *, runs: bool) -> dict[str, dict[str, Any]]:
    """The signs by what they mean; none where a rate is all there is."""
    signs = {kind: _sign(kinds, kind, INK) for kind in kinds if kind}
    if drawn.beside is not None:
        signs[drawn.beside[1]] = {"marker": "|", "ms": 10, "mew": 1.6}
    return signs | ({"a run": {"marker": "o", "ms": 3, "mew": 0}} if runs and signs else {})


def _sign(kinds: Sequence[str], kind: str, colour: str) -> dict[str, Any]:
    """Filled for the first kind, hollow and of another shape for each other."""
    place = kinds.index(kind)
    shape, size = _SHAPES[place % len(_SHAPES)]
    filled = {"mfc": colour, "mec": PAPER, "mew": 0.8}
    return {"marker": shape, "ms": size} | ({"mfc": PAPER, "mec": colour, "mew": 1.6} if place else filled)
