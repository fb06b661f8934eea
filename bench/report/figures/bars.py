"""Figures of bars: what a network's parameters and multiply-accumulates consist of, and peak memory."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from bench.numbers import UNITS, count, significant, size
from bench.report.figures import canvas
from bench.report.figures.canvas import EDGE, WIDTH, Heading
from bench.report.layers import CATEGORIES
from bench.report.style import CATEGORY_COLOURS, INK, PAPER, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BAR, _LABEL, _SMALL = 24.0, 10.0, 8.5
_PATCH = 2.0
"""Points by which the plain patch behind a label reaches beyond it."""


NO_ARCHS: Mapping[str, str] = MappingProxyType({})


def archs_of(table: pd.DataFrame) -> dict[str, str]:
    """Networks by title."""
    return dict(zip(table["title"], table["arch"], strict=True))


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


def layer_shares(layers: pd.DataFrame, value: str) -> pd.DataFrame:
    """The share of every layer in its network's total, in the order of drawing: by category, then by position."""
    kept = layers[layers[value] > 0]
    total = kept.groupby(["arch", "fingerprint", "image_size"])[value].transform("sum")
    rank = kept["category"].map({category: place for place, category in enumerate(CATEGORIES)})
    ordered = kept.assign(share=kept[value] / total, _rank=rank).sort_values(["_rank", "position"], kind="stable")
    return ordered[["arch", "title", "category", "share"]].reset_index(drop=True)


def stacked_shares(table: pd.DataFrame, layers: pd.DataFrame, name: str, heading: Heading) -> Figure:
    """One bar a network, divided by category of layer and within each by layer, its total written beside it.

    Args:
        table: what `composition` gives.
        layers: what `layer_shares` gives.
        name: of the total, for the heads of the columns.
    """
    titles = list(dict.fromkeys(table["title"]))
    figure = canvas.blank(canvas.heading_height(heading) + 24 + len(titles) * _BAR + 44)
    top = canvas.write_heading(figure, heading)
    top = legend(figure, {c: CATEGORY_COLOURS[c] for c in CATEGORIES if c in set(table["category"])}, top)
    axes = row_axes(figure, titles, top, 62, archs_of(table))
    for place, title in enumerate(titles):
        own, arch = table[table["title"] == title], str(table[table["title"] == title]["arch"].iloc[0])
        single = layers[layers["title"] == title]
        shares = [100 * float(share) for share in single["share"]]
        colours = [CATEGORY_COLOURS[category] for category in single["category"]]
        # A hair of paper between layers, which joins the thinnest of them.
        pieces = axes.barh([place] * len(shares), shares, left=[0.0, *accumulate(shares[:-1])], height=0.68,
                           color=colours, ec=PAPER, lw=0.4)  # fmt: skip
        total = axes.annotate(count(own["total"].iloc[0]), (100, place), xytext=(8, 0), textcoords="offset points",
                              size=_LABEL, va="center_baseline", annotation_clip=False)  # fmt: skip
        canvas.belongs_to(arch, *pieces, total)
        start = 0.0
        for category, share in zip(own["category"], own["share"], strict=True):
            if canvas.text_size(f"{100 * share:.0f} %", 9)[0] + 2 * _PATCH <= share * axes.bbox.width:
                colour = readable_on(CATEGORY_COLOURS[category])
                text = axes.text(100 * (start + share / 2), place, f"{100 * share:.0f} %", size=9, ha="center",
                                 va="center_baseline", color=colour, bbox=_plain(category))  # fmt: skip
                canvas.belongs_to(arch, text)
            start += share
    axes.set_xlim(0, 100)
    canvas.name_x(figure, axes, f"Share of {name}, %, a piece each layer; total at the right")
    return figure


def _plain(category: str) -> dict[str, object]:
    """A patch without lines behind a label."""
    return {"facecolor": CATEGORY_COLOURS[category], "edgecolor": "none", "boxstyle": f"square,pad={_PATCH / 9}"}


def peak_memory(table: pd.DataFrame, heading: Heading, looks: Mapping[str, Look]) -> Figure:
    """Peak memory of a training step, one bar a network.

    Args:
        table: columns arch, title, training_peak_bytes and the interval about it; one row a network.
    """
    titles = list(table["title"])
    figure = canvas.blank(canvas.heading_height(heading) + len(titles) * _BAR + 46)
    top = canvas.write_heading(figure, heading)
    axes = row_axes(figure, titles, top, 70, archs_of(table))
    peaks = table[["training_peak_bytes", "training_peak_low", "training_peak_high"]].astype(float)
    # One unit for all, that of the largest, so that bars and axis agree.
    unit = size(float(peaks["training_peak_high"].max())).split()[-1]
    peaks /= UNITS[unit]
    for place, (arch, (peak, low, high)) in enumerate(zip(table["arch"], peaks.to_numpy(), strict=True)):
        (bar,) = axes.barh(place, peak, height=0.62, color=looks[arch].colour, lw=0)
        spread = axes.plot([low, high], [place, place], color=INK, lw=1.2) if low < high else []
        text = axes.annotate(f"{significant(peak)} {unit}", (high, place), xytext=(5, 0), size=_LABEL,
                             textcoords="offset points", va="center_baseline", annotation_clip=False)  # fmt: skip
        canvas.belongs_to(arch, bar, *spread, text)
    axes.set_xlim(0, peaks["training_peak_high"].max() or 1.0)
    several = bool((peaks["training_peak_low"] < peaks["training_peak_high"]).any())
    canvas.name_x(figure, axes, f"Peak memory of a training step, {unit}{canvas.SOME_INTERVAL * several}")
    return figure


def row_axes(figure: Figure, titles: list[str], top: float, room: float, archs: Mapping[str, str] = NO_ARCHS) -> Axes:
    """Axes with a row for each title, first on top, long names in two lines.

    Args:
        archs: networks by title, where rows are networks.
    """
    names = [_row_name(title) for title in titles]
    left = max(canvas.text_size(*name)[0] for name in names) + EDGE + 8
    axes = canvas.axes_at(figure, left=left, top=top + 2, right=room, bottom=42)
    axes.set_ylim(len(titles) - 0.5, -0.5)
    axes.set_yticks(range(len(titles)), [name for name, _ in names], parse_math=False)
    for title, (_, points), label in zip(titles, names, axes.get_yticklabels(), strict=True):
        label.set(size=points, linespacing=1.0)
        if title in archs:
            canvas.belongs_to(archs[title], label)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    return axes


def _row_name(title: str) -> tuple[str, float]:
    """What is written of a title before its row, and in which size."""
    room = WIDTH * 0.42
    if canvas.text_size(title, _LABEL)[0] <= room:
        return title, _LABEL
    return "\n".join(canvas.in_lines(title, _SMALL, room)), _SMALL


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
