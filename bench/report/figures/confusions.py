"""What networks take for what, drawn and told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bench import numbers
from bench.report.confusions import most_confused
from bench.report.figures import canvas
from bench.report.figures.canvas import EDGE, WIDTH, Heading
from bench.report.style import INK, PAPER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CELL, _SIZE = 25.0, 9.5
_RAMP = ("#f2efe9", "#e3b590", "#c66f4a", "#8e2f1f")
"""From no image to as many as the most confused pair has."""


def pair_words(row: dict[Any, Any]) -> str:
    """ "Shirt taken for Pullover 18 %"."""
    return f"{row['true_class']} taken for {row['predicted_class']} {numbers.percent(row['share'])}"


def told(table: pd.DataFrame) -> str:
    """The best and the worst known class of one network, and its most confused pairs."""
    right = table[table["true"] == table["predicted"]].sort_values("share", kind="stable").to_dict("records")
    best, worst = right[-1], right[0]
    pairs = ", ".join(pair_words(row) for row in most_confused(table).to_dict("records"))
    count = int(table["seeds"].iloc[0])
    ends = f"{best['true_class']} ({numbers.percent(best['share'])} right)", worst["true_class"]
    return (
        f"In {count} run{'s' if count > 1 else ''} best known is {ends[0]}, least {ends[1]} "
        f"({numbers.percent(worst['share'])}). Most confused: {pairs or 'none'}."
    )


def left_out(table: pd.DataFrame) -> str:
    """How many images of one network are in no cell, and of which class most; nothing where all are."""
    classes = table.groupby("true_class", sort=False).agg(decided=("images", "sum"), undecided=("undecided", "first"))
    undecided, every = classes["undecided"], classes["decided"] + classes["undecided"]
    if not undecided.any():
        return ""
    most = str(undecided.idxmax())
    return (
        f"Without {undecided.sum():,} of {every.sum():,} images that got the same score for every class; of a class at "
        f"most {undecided[most]:,} of {every[most]:,} ({most})"
    )


def worst(table: pd.DataFrame) -> float:
    """The largest share of a class that is taken for another, which ends the scale of colours."""
    return float(table.loc[table["true"] != table["predicted"], "share"].max())


def matrix(table: pd.DataFrame, most: float, heading: Heading) -> Figure:
    """Rows are true classes, columns what they are taken for, in per cent of the row; the worst pairs below.

    Right answers have no colour: they would outshine what the figure is about.

    Args:
        table: rows of `confusions` of one network and place.
        most: `worst` of all networks that are shown, so that one colour is one share in all of them.
    """
    import seaborn as sns
    from matplotlib.colors import LinearSegmentedColormap

    names = list(dict.fromkeys(table.sort_values("true")["true_class"]))
    shares = table.pivot(index="true", columns="predicted", values="share").to_numpy(dtype=float)
    wrong = np.where(np.eye(len(names), dtype=bool), 0.0, shares)
    pairs = most_confused(table).to_dict("records")
    longest = max(canvas.text_size(name, _SIZE)[0] for name in names)
    heads, left = longest + 10, longest + EDGE + 8
    figure = canvas.blank(canvas.heading_height(heading) + heads + len(names) * _CELL + 34 + 14 * len(pairs))
    top, height = canvas.write_heading(figure, heading), figure.get_figheight() * 72
    axes = canvas.axes_at(figure, left=left, top=top + heads, right=EDGE + 4, bottom=34 + 14 * len(pairs))
    sns.heatmap(
        wrong, mask=np.eye(len(names), dtype=bool), ax=axes, cbar=False, linewidths=1.2, linecolor=PAPER, vmin=0,
        vmax=max(most, 0.02), cmap=LinearSegmentedColormap.from_list("confused", _RAMP),
        annot=np.vectorize(_cell)(shares), fmt="", annot_kws={"size": 9}, square=False,
    )  # fmt: skip
    for place, share in enumerate(np.diag(shares)):
        axes.text(place + 0.5, place + 0.5, _cell(share), size=9, ha="center", va="center", weight="bold", color=INK)
    axes.grid(visible=False)
    middles = [place + 0.5 for place in range(len(names))]
    axes.set_xticks(middles, names, rotation=90, size=_SIZE, parse_math=False)
    axes.set_yticks(middles, names, rotation=0, size=_SIZE, parse_math=False)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    lines = ["Rows: true class; columns: taken for; % of the row", *("· " + pair_words(row) for row in pairs)]
    for place, line in enumerate(reversed(lines)):
        text = canvas.shorten(line, 9.5, WIDTH - 2 * EDGE)
        figure.text(EDGE / WIDTH, (8 + 14 * place) / height, text, size=9.5, parse_math=False)
    return figure


def _cell(share: float) -> str:
    """Per cent without the sign; nothing where it rounds to nothing."""
    return f"{100 * share:.0f}" if share > 0.005 else ""
