"""Figures of bars: what a network's parameters and multiply-accumulates consist of, and peak memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from bench.numbers import count, size
from bench.report import canvas
from bench.report.canvas import EDGE, WIDTH, Heading
from bench.report.layers import CATEGORIES
from bench.report.style import CATEGORY_COLOURS, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BAR, _LABEL = 24.0, 10.0


def composition(layers: pd.DataFrame, value: str) -> pd.DataFrame:
    """Sum of `value` by network and category of layer, and its share of the network's total."""
    kept = ["arch", "title", "fingerprint", "image_size", "category"]
    table = layers.groupby(kept, sort=False)[value].sum().reset_index()
    total = table.groupby(["arch", "fingerprint", "image_size"])[value].transform("sum")
    table = table.assign(total=total, share=(table[value] / total.where(total > 0)).fillna(0.0))
    table = table[table[value] > 0]
    rank = table["category"].map({category: place for place, category in enumerate(CATEGORIES)})
    networks = {name: place for place, name in enumerate(dict.fromkeys(table["title"]))}
    order = pd.DataFrame({"network": table["title"].map(networks), "rank": rank}).sort_values(["network", "rank"])
    return table.loc[order.index].reset_index(drop=True)


def stacked_shares(table: pd.DataFrame, value: str, name: str, heading: Heading) -> Figure:
    """One bar a network, divided by category of layer, its total written beside it.

    Args:
        table: what `composition` gives.
        name: of the total, for the heads of the columns.
    """
    titles = list(dict.fromkeys(table["title"]))
    figure = canvas.blank(canvas.heading_height(heading) + 24 + len(titles) * _BAR + 44)
    top = canvas.write_heading(figure, heading)
    top = legend(figure, {c: CATEGORY_COLOURS[c] for c in CATEGORIES if c in set(table["category"])}, top)
    axes = row_axes(figure, titles, top, room=62)
    starts = dict.fromkeys(titles, 0.0)
    for row in table.to_dict("records"):
        title, share = row["title"], row["share"]
        place, colour = titles.index(title), CATEGORY_COLOURS[row["category"]]
        axes.barh(place, 100 * share, left=100 * starts[title], height=0.68, color=colour, lw=0)
        if share >= 0.1:
            axes.text(100 * (starts[title] + share / 2), place, f"{100 * share:.0f} %", size=9, ha="center",
                      va="center_baseline", color=readable_on(colour))  # fmt: skip
        starts[title] += share
    totals = table.drop_duplicates("title").set_index("title")["total"]
    for place, title in enumerate(titles):
        axes.annotate(count(totals[title]), (100, place), xytext=(8, 0), textcoords="offset points", size=_LABEL,
                      va="center_baseline", annotation_clip=False)  # fmt: skip
    axes.set_xlim(0, 100)
    axes.set_xlabel(f"Share of {name}, %; total at the right")
    return figure


def peak_memory(table: pd.DataFrame, heading: Heading, looks: Mapping[str, Look]) -> Figure:
    """Peak memory of a training step, one bar a network.

    Args:
        table: columns arch, title, training_peak_bytes; one row a network.
    """
    titles = list(table["title"])
    figure = canvas.blank(canvas.heading_height(heading) + len(titles) * _BAR + 46)
    top = canvas.write_heading(figure, heading)
    axes = row_axes(figure, titles, top, room=70)
    sizes = [float(value) / 2**20 for value in table["training_peak_bytes"]]
    axes.barh(range(len(titles)), sizes, height=0.62, color=[looks[arch].colour for arch in table["arch"]], lw=0)
    for place, value in enumerate(table["training_peak_bytes"]):
        axes.annotate(size(value), (sizes[place], place), xytext=(5, 0), textcoords="offset points", size=_LABEL,
                      va="center_baseline", annotation_clip=False)  # fmt: skip
    axes.set_xlim(0, max([*sizes, 1.0]))
    axes.set_xlabel("Peak memory of a training step, MiB")
    return figure


def row_axes(figure: Figure, titles: list[str], top: float, room: float) -> Axes:
    """Axes with a row for each title, first on top, the names in full where they fit."""
    names = [canvas.shorten(title, _LABEL, WIDTH * 0.42) for title in titles]
    left = max(canvas.text_size(name, _LABEL)[0] for name in names) + EDGE + 8
    axes = canvas.axes_at(figure, left=left, top=top + 2, right=room, bottom=42)
    axes.set_ylim(len(titles) - 0.5, -0.5)
    axes.set_yticks(range(len(titles)), names, parse_math=False)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    return axes


def legend(figure: Figure, colours: Mapping[str, str], top: float) -> float:
    """Names of the categories in one or two lines, each behind a patch of its colour.  Returns where it ends."""
    from matplotlib.patches import Rectangle

    height = figure.get_figheight() * 72
    x, y = EDGE, top + 8
    for category, colour in colours.items():
        width = canvas.text_size(category, 9.5)[0]
        if x + 14 + width > WIDTH - EDGE:
            x, y = EDGE, y + 14
        corner = (x / WIDTH, 1 - (y + 4) / height)
        figure.add_artist(Rectangle(corner, 9 / WIDTH, 9 / height, color=colour, lw=0))
        figure.text((x + 13) / WIDTH, 1 - y / height, category, size=9.5, va="center_baseline")
        x += 13 + width + 12
    return y + 12


def readable_on(colour: str) -> str:
    """Black or white, whichever is seen on `colour`."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#000000" if 0.3 * red + 0.59 * green + 0.11 * blue > 128 else "#ffffff"
