"""Figures of rates beside chance: a row a network, a dot with its interval a rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench import numbers
from bench.report.figures import canvas
from bench.report.figures.bars import archs_of, row_axes
from bench.report.figures.canvas import EDGE, WIDTH, Heading
from bench.report.style import INK, PAPER, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW, _VALUE = 15.0, 9.0


@dataclass(frozen=True)
class Dots:
    """What is drawn."""

    value: str
    """Column of the rates; its bounds are in the columns that end in _low and _high."""
    name: str
    """Of the x axis, without a word of the interval, which is added where there is one."""
    kind: str = ""
    """Column that tells several rates of a network apart."""
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
    """Rates by network with their intervals beside the level of chance; kinds are filled, hollow and so on.

    Args:
        table: columns arch, title and those of `drawn`; one row a rate.
        runs: the same of single runs and their key, small dots behind the rates.
    """
    titles = list(dict.fromkeys(table["title"]))
    kinds = sorted(set(table[drawn.kind]), key=str.lower) if drawn.kind else [""]
    tall = max(26.0, _ROW * len(kinds) + 8)
    key = [kind for kind in kinds if kind] or ([] if drawn.beside is None else [""])
    figure = canvas.blank(canvas.heading_height(heading) + 18 * bool(key) + len(titles) * tall + 60)
    top = canvas.write_heading(figure, heading)
    top = _key(figure, kinds, drawn, top, runs=_several(runs)) if key else top
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
        hollow = bool(drawn.kind) and kinds.index(row[drawn.kind]) > 0
        _rate(axes, row, drawn, place, hollow=hollow, look=looks[row["arch"]], runs=_of_row(runs, drawn, row))
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
    *,
    hollow: bool,
    look: Look,
    runs: Sequence[float],
) -> None:
    value, low, high = (row[f"{drawn.value}{bound}"] for bound in ("", "_low", "_high"))
    made: list[Any] = []
    if len(runs) > 1:
        made += axes.plot(runs, [place] * len(runs), "o", ms=3, color=look.colour, alpha=0.5, mew=0, zorder=2)
    if drawn.beside is not None and not numbers.missing(row[drawn.beside[0]]):
        made += axes.plot([row[drawn.beside[0]]], [place], "|", ms=10, color=INK, mew=1.6, zorder=2)
    if not numbers.missing(low):
        made.append(axes.hlines(place, max(0.0, low), min(1.0, high), color=look.colour, lw=1.8, alpha=0.75, zorder=2))
    made += axes.plot([value], [place], "o", ms=7, color=look.colour, mfc=PAPER if hollow else look.colour,
                      mec=look.colour if hollow else PAPER, mew=1.6 if hollow else 0.8, zorder=3,
                      clip_on=False)  # fmt: skip
    made.append(axes.annotate(numbers.percent(value), (1, place), xytext=(8, 0), textcoords="offset points",
                              size=_VALUE, va="center_baseline", annotation_clip=False))  # fmt: skip
    canvas.belongs_to(row["arch"], *made)


def _key(figure: Figure, kinds: Sequence[str], drawn: Dots, top: float, *, runs: bool) -> float:
    """What the signs mean, in one line under the heading."""
    from matplotlib.lines import Line2D

    height, x, y = figure.get_figheight() * 72, EDGE + 4, top + 7
    signs: list[tuple[str, dict[str, Any]]] = [
        (kind, {"marker": "o", "ms": 7, "mfc": PAPER if index else INK, "mec": INK, "mew": 1.4})
        for index, kind in enumerate(kinds)
        if kind
    ]
    if runs:
        signs.append(("a run", {"marker": "o", "ms": 3, "mfc": INK, "mew": 0}))
    if drawn.beside is not None:
        signs.append((drawn.beside[1], {"marker": "|", "ms": 10, "mec": INK, "mew": 1.6}))
    for name, sign in signs:
        figure.add_artist(Line2D([x / WIDTH], [1 - y / height], ls="", **sign))
        figure.text((x + 8) / WIDTH, 1 - y / height, name, size=9.5, va="center_baseline")
        x += 8 + canvas.text_size(name, 9.5)[0] + 16
    return top + 18
