"""How the claims came out, by document and by topic: a bar each, divided by verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bench.claims.model import VERDICTS
from bench.report.figures import canvas
from bench.report.figures.bars import legend, readable_on, row_axes
from bench.report.figures.canvas import Heading
from bench.report.style import PAPER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {
    "supported": "#1a7f4b",
    "refuted": "#b3261e",
    "mixed": "#7c3f9e",
    "inconclusive": "#f0c75e",
    "not measured": "#d6dae0",
    "not testable": "#8a929c",
}
"""As the page has them beside the claims."""
_BAR = 26.0


def tallies(claims: pd.DataFrame, by: str) -> pd.DataFrame:
    """One row a group and verdict that occurs in it: how many claims, of how many in the group.

    Args:
        claims: what `bench.report.web.claims.claims_table` gives.
        by: column "document" or "topic".
    """
    counts = claims.groupby([by, "verdict"], sort=True).size().rename("claims").reset_index()
    totals = counts.groupby(by)["claims"].transform("sum")
    rank = counts["verdict"].map({verdict: place for place, verdict in enumerate(VERDICTS)})
    named = [f"Document {one}" if by == "document" else str(one).capitalize() for one in counts[by]]
    table = counts.assign(group=named, total=totals, _rank=rank).sort_values([by, "_rank"], kind="stable")
    return table[["group", "verdict", "claims", "total"]].reset_index(drop=True)


def told(table: pd.DataFrame) -> str:
    """Each group's verdicts in words."""
    parts = []
    for group, own in table.groupby("group", sort=False):
        counts = ", ".join(f"{count} {verdict}" for verdict, count in zip(own["verdict"], own["claims"], strict=True))
        parts.append(f"{group}: {counts}")
    return f"{'; '.join(parts)}."


def verdict_bars(table: pd.DataFrame, heading: Heading) -> Figure:
    """A bar for each group as long as it has claims, a piece for each verdict with its count.

    Args:
        table: what `tallies` gives.
    """
    groups = list(dict.fromkeys(table["group"]))
    figure = canvas.blank(canvas.heading_height(heading) + 36 + len(groups) * _BAR + 46)
    top = canvas.write_heading(figure, heading)
    top = legend(figure, {verdict: COLOURS[verdict] for verdict in VERDICTS if verdict in set(table["verdict"])}, top)
    axes = row_axes(figure, groups, top, room=40)
    most = float(table["total"].max())
    for place, group in enumerate(groups):
        start = 0.0
        own = table[table["group"] == group]
        for verdict, count in zip(own["verdict"], own["claims"], strict=True):
            axes.barh(place, count, left=start, height=0.7, color=COLOURS[verdict], ec=PAPER, lw=0.8)
            if count / most >= 0.03 * len(str(count)):
                axes.text(start + count / 2, place, str(count), size=9, ha="center", va="center_baseline",
                          color=readable_on(COLOURS[verdict]))  # fmt: skip
            start += count
        axes.annotate(str(own["total"].iloc[0]), (start, place), xytext=(6, 0), textcoords="offset points", size=10,
                      va="center_baseline", annotation_clip=False)  # fmt: skip
    axes.set_xlim(0, most)
    canvas.name_x(figure, axes, "Number of claims; their sum beside each bar")
    return figure
