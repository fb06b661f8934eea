"""Figures of bars: what each layer keeps for the backward pass, and where the parameters of three heads lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bench.numbers import count, size
from bench.report.figures import canvas
from bench.report.figures.bars import archs_of, legend, readable_on, row_axes
from bench.report.figures.canvas import Heading
from bench.report.layers import CATEGORIES, KINDS
from bench.report.style import CATEGORY_COLOURS, PAPER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BAR = 24.0
KIND_COLOURS = {
    "convolution": "#5b7083",
    "activation function": "#c9587c",
    "pooling": "#15a68e",
    "normalisation": "#7d4f9e",
    "linear": "#9fb1c1",
    "other": "#8a8a8a",
}


def kept_by_layer(table: pd.DataFrame, heading: Heading) -> Figure:
    """One bar a network, a piece of it each layer in the order of the forward pass, its total beside it.

    Args:
        table: what `activation_tables.layer_shares` gives, of one image size and batch.
    """
    titles = list(dict.fromkeys(table["title"]))
    figure = canvas.blank(canvas.heading_height(heading) + 40 + len(titles) * _BAR + 44)
    top = canvas.write_heading(figure, heading)
    kept = table[table["saved_bytes"] > 0]
    top = legend(figure, {kind: KIND_COLOURS[kind] for kind in KINDS if kind in set(kept["kind"])}, top)
    axes = row_axes(figure, titles, top, 66, archs_of(table))
    for title, layers in kept.groupby("title", sort=False):
        place, start = titles.index(str(title)), 0.0
        shares = [100 * float(share) for share in layers["share"]]
        starts = [start := start + share for share in [0.0, *shares[:-1]]]
        colours = [KIND_COLOURS[kind] for kind in layers["kind"]]
        arch = str(layers["arch"].iloc[0])
        # A hair of paper between layers, thinner than the thinnest that is to be seen.
        pieces = axes.barh([place] * len(shares), shares, left=starts, height=0.68, color=colours, ec=PAPER, lw=0.5)
        canvas.belongs_to(arch, *pieces)
        for begin, share, colour in zip(starts, shares, colours, strict=True):
            if canvas.text_size(f"{share:.0f} %", 9)[0] + 6 <= share / 100 * axes.bbox.width:
                text = axes.text(begin + share / 2, place, f"{share:.0f} %", size=9, ha="center",
                                 va="center_baseline", color=readable_on(colour))  # fmt: skip
                canvas.belongs_to(arch, text)
    totals = table.drop_duplicates("title").set_index("title")["total_bytes"]
    for place, title in enumerate(titles):
        axes.annotate(size(float(totals[title])), (100, place), xytext=(8, 0), textcoords="offset points", size=10,
                      va="center_baseline", annotation_clip=False)  # fmt: skip
    axes.set_xlim(0, 100)
    canvas.name_x(figure, axes, "Share, %, first layer at the left; total at the right")
    return figure


def parameters_of_heads(table: pd.DataFrame, heading: Heading) -> Figure:
    """Parameters themselves, not their shares, one bar a network divided by category of layer.

    Args:
        table: what `activation_tables.heads` gives.
    """
    titles = list(dict.fromkeys(table["title"]))
    figure = canvas.blank(canvas.heading_height(heading) + 30 + len(titles) * _BAR + 46)
    top = canvas.write_heading(figure, heading)
    top = legend(figure, {c: CATEGORY_COLOURS[c] for c in CATEGORIES if c in set(table["category"])}, top)
    axes = row_axes(figure, titles, top, 62, archs_of(table))
    most = float(table["total"].max())
    for place, title in enumerate(titles):
        start = 0.0
        own = table[table["title"] == title]
        for row in own.to_dict("records"):
            value, colour = float(row["parameters"]), CATEGORY_COLOURS[row["category"]]
            axes.barh(place, value, left=start, height=0.68, color=colour, lw=0)
            if value >= 0.13 * most:
                axes.text(start + value / 2, place, count(value), size=9, ha="center", va="center_baseline",
                          color=readable_on(colour))  # fmt: skip
            start += value
        axes.annotate(count(start), (start, place), xytext=(6, 0), textcoords="offset points", size=10,
                      va="center_baseline", annotation_clip=False)  # fmt: skip
    axes.set_xlim(0, most)
    ticks = [tick for tick in axes.get_xticks() if tick <= most]
    axes.set_xticks(ticks, [canvas.short(tick) if tick else "0" for tick in ticks])
    axes.set_xlabel("Parameters; total beside each bar")
    return figure
