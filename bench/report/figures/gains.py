"""The figure of what engines and precisions gain: a row a network, a dot with its interval an engine and precision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench import numbers
from bench.report.engines import against, kind, kinds
from bench.report.figures import canvas
from bench.report.figures.bars import archs_of, row_axes
from bench.report.figures.canvas import Heading
from bench.report.figures.key import key_height, write_key
from bench.report.style import INK, PAPER, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW, _VALUE = 14.0, 9.0
_SHAPES = (("o", 6.4), ("s", 6.0), ("^", 6.6), ("D", 5.4), ("v", 6.6), ("P", 6.8), ("X", 6.8), ("h", 6.6))


def cases(table: pd.DataFrame) -> Iterator[tuple[str, int, pd.DataFrame]]:
    """What is drawn: of each mode the smallest and the largest batch that all of its networks ran as asked for.

    Args:
        table: rows of `engines.gains` of one scope, one a network, mode, batch, engine and precision.
    """
    fair = table[table["batch"] == table["requested_batch"]]
    for mode in dict.fromkeys(table["mode"]):
        own = fair[fair["mode"] == mode]
        networks = table[table["mode"] == mode]["title"].nunique()
        whole = [batch for batch, part in own.groupby("batch") if part["title"].nunique() == networks]
        for batch in sorted({min(whole), max(whole)} if whole else ()):
            part = own[own["batch"] == batch]
            value, _ = against(part)
            known = part.dropna(subset=[value])
            if known["title"].nunique() > 1:
                yield mode, batch, known


def gains_by_engine(table: pd.DataFrame, heading: Heading, looks: Mapping[str, Look]) -> Figure:
    """Rates as multiples of PyTorch's own, on a logarithmic axis with a line where nothing is gained.

    Args:
        table: one part that `cases` gives.
    """
    value, over = against(table)
    titles, signed = list(dict.fromkeys(table["title"])), kinds(table)
    signs = {name: _sign(signed, name, INK) for name in signed}
    tall = _ROW * len(signed) + 10
    figure = canvas.blank(canvas.heading_height(heading) + key_height(signs) + len(titles) * tall + 60)
    top = write_key(figure, signs, canvas.write_heading(figure, heading))
    axes = row_axes(figure, titles, top + 14, 40, archs_of(table))
    shown = [float(one) for bound in ("", "_low", "_high") for one in table[f"{value}{bound}"].dropna()]
    canvas.log_ticks(axes, "x", min(0.9, min(shown) / 1.08), max(1.12, max(shown) * 1.08))
    said = canvas.interval_words(canvas.bounds_of(table, value), axes.get_xlim())
    canvas.name_x(figure, axes, f"Times {over}{said}")
    axes.axvline(1, color=INK, lw=1, ls=(0, (2, 3)), alpha=0.8, zorder=1)
    axes.annotate("no gain", (1, 1), xycoords=("data", "axes fraction"), xytext=(0, 3), textcoords="offset points",
                  size=_VALUE, ha="center", va="bottom")  # fmt: skip
    for row in table.to_dict("records"):
        place = titles.index(row["title"]) + (signed.index(kind(row)) - (len(signed) - 1) / 2) * _ROW / tall
        _draw(axes, row, value, place, _sign(signed, kind(row), looks[row["arch"]].colour))
    return figure


def _draw(axes: Axes, row: Mapping[Any, Any], value: str, place: float, sign: Mapping[str, Any]) -> None:
    low, high = row[f"{value}_low"], row[f"{value}_high"]
    made: list[Any] = []
    if not numbers.missing(low):
        made.append(axes.hlines(place, low, high, color=sign["mec"], lw=1.8, alpha=0.75, zorder=2))
    made += axes.plot([row[value]], [place], ls="", **sign, zorder=3, clip_on=False)
    made.append(axes.annotate(numbers.times(row[value]), (1, place), xycoords=("axes fraction", "data"), xytext=(8, 0),
                              textcoords="offset points", size=_VALUE, va="center_baseline",
                              annotation_clip=False))  # fmt: skip
    canvas.belongs_to(row["arch"], *made)


def _sign(signed: Sequence[str], name: str, colour: str) -> dict[str, Any]:
    place = signed.index(name)
    shape, size = _SHAPES[place % len(_SHAPES)]
    return {"marker": shape, "ms": size, "mec": colour, "mew": 1.6, "mfc": PAPER if place % 2 else colour}


def told(table: pd.DataFrame) -> str:
    """Each engine and precision with every network's gain, the largest first."""
    value, over = against(table)
    parts = []
    for name in kinds(table):
        own = table[[kind(row) == name for row in table.to_dict("records")]].sort_values(
            value, ascending=False, kind="stable"
        )
        gains = [f"{row['title']} {numbers.times(row[value])}" for row in own.to_dict("records")]
        parts.append(f"{name}: {', '.join(gains)}")
    return f"Times the rate of {over}. {'; '.join(parts)}."
