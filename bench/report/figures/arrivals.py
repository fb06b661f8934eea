"""When runs arrive at an accuracy: a table of runs, and a figure with a row a network and a sign a run.

A run that never arrives is not left out: it is drawn where its watching ended, and counts in the restricted mean.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench import numbers
from bench.report.figures import canvas
from bench.report.figures.bars import archs_of, row_axes
from bench.report.figures.canvas import Heading
from bench.report.figures.key import Signs, key_height, write_key
from bench.report.frames import NETWORK
from bench.report.style import PAPER, Look
from bench.report.tables import groups
from bench.stats import Estimate, restricted_mean

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TARGET = 0.8
"""Share of held-out images: the accuracy at which the documents' claims about convergence are decided."""
_ROW, _VALUE = 26.0, 9.0
_STEP, _TALLEST = 6.5, 26.0
"""Points between runs that stand on each other, less where the most of them would make a row that much higher."""
_TOLD_APART = 60
"""Signs that are told apart along the axis."""
_ARRIVED = {"marker": "o", "ms": 5, "mew": 1.2}
_ENDED = {"marker": ">", "ms": 6, "mew": 1.2, "mfc": PAPER}


def arrivals(checks: pd.DataFrame, target: float = TARGET) -> pd.DataFrame:
    """One row a run: images seen when its held-out accuracy was first at least `target`, or where it ended.

    A run arrives where somebody looks, so that no number of images is known better than to `looked_every`.

    Args:
        checks: the frame of that name, of one scope.
    """
    rows = []
    for about, run in groups(checks.sort_values("images", kind="stable"), [*NETWORK, "seed", "key", "standing"]):
        there = run[run["held_out_accuracy"] >= target]
        images = int((there if len(there) else run.iloc[-1:])["images"].iloc[0])
        every = int(run["images"].diff().max()) if len(run) > 1 else images
        rows.append(about | {"target": target, "images": images, "arrived": bool(len(there)), "looked_every": every})
    table = pd.DataFrame(
        rows, columns=["arch", "title", "seed", "target", "images", "arrived", "looked_every", "standing", "key"]
    )
    order = {title: place for place, title in enumerate(dict.fromkeys(checks["title"]))}
    return table.sort_values(["title", "seed"], key=lambda c: c.map(order) if c.name == "title" else c, kind="stable")


def _horizon(table: pd.DataFrame) -> float:
    """Images up to which every run was watched that had not arrived by then."""
    ended = table[~table["arrived"]]["images"]
    return float(ended.min() if len(ended) else table["images"].max())


def means(table: pd.DataFrame) -> dict[str, Estimate]:
    """By title, the mean number of images to the target, or to the end of the run that ended first.

    A network of which no run arrived has no mean that would say anything.
    """
    horizon, found = _horizon(table), {}
    for title, runs in table.groupby("title", sort=False):
        seen = [bool(one) for one in runs["arrived"] & (runs["images"] <= horizon)]
        if any(seen):
            found[str(title)] = restricted_mean([min(float(x), horizon) for x in runs["images"]], seen, horizon)
    return found


def note(table: pd.DataFrame) -> str:
    """How often somebody looked, and what the means make of runs that did not arrive."""
    looked = f"Looked at every {numbers.count(table['looked_every'].max())} images"
    if table["arrived"].all():
        return looked
    most = numbers.count(_horizon(table))
    return f"{looked}; runs count in the means up to {most} images, where the first ended without arriving"


def told(table: pd.DataFrame) -> str:
    """How many runs of each network arrived, and after how many images on average, or after how many at least."""
    found, parts = means(table), []
    for title in dict.fromkeys(table["title"]):
        runs = table[table["title"] == title]
        parts.append(f"{title} {int(runs['arrived'].sum())} of {len(runs)} runs")
        if title in found:
            least = "" if (runs["arrived"] & (runs["images"] <= _horizon(table))).all() else "at least "
            parts[-1] += f", after {least}{numbers.count(found[title].value)} images on average"
    return f"{'; '.join(parts)}."


def levels(places: Sequence[float], apart: float) -> list[int]:
    """For each of the places the lowest level on which none before it is nearer than `apart`."""
    found: list[int] = []
    for place in places:
        near = {level for level, other in zip(found, places, strict=False) if abs(other - place) < apart}
        found.append(min(set(range(len(near) + 1)) - near))
    return found


def time_to_target(table: pd.DataFrame, heading: Heading, looks: Mapping[str, Look]) -> Figure:
    """Images seen until the target on a logarithmic axis: runs as signs, the restricted mean with its interval.

    Runs that arrived together stand on each other, so that each is seen.

    Args:
        table: what `arrivals` gives.
    """
    titles = list(dict.fromkeys(table["title"]))
    found, ends = means(table), (float(table["images"].min()) / 1.3, float(table["images"].max()) * 1.3)
    apart = math.log(ends[1] / ends[0]) / _TOLD_APART
    level = table.groupby("title")["images"].transform(lambda images: levels([math.log(x) for x in images], apart))
    step = min(_STEP, _TALLEST / max(1, level.max()))
    row, raised = _ROW + step * level.max(), step * level.max() / 2
    key = _key(canvas.interval_words([one[1:] for one in found.values()], ends))
    figure = canvas.blank(canvas.heading_height(heading) + key_height(key) + len(titles) * row + 62)
    top = write_key(figure, key, canvas.write_heading(figure, heading))
    axes = row_axes(figure, titles, top + 2, 74, archs_of(table))
    canvas.log_ticks(axes, "x", *ends)
    for place, title in enumerate(titles):
        runs = table[table["title"] == title]
        arch = str(runs["arch"].iloc[0])
        colour, style = looks[arch].colour, {"clip_on": False, "zorder": 3, "ls": ""}
        heights = place + (raised - 4 - step * level[runs.index]) / row
        for there, sign in ((runs["arrived"], _ARRIVED), (~runs["arrived"], _ENDED)):
            given: dict[str, Any] = {"mec": colour, "mfc": colour, **sign, **style}
            canvas.belongs_to(arch, *axes.plot(runs["images"][there], heights[there], **given))
        if title in found:
            (mean, low, high), below = found[title], place + (raised + 5) / row
            if low is not None and high is not None:
                reach = max(low, ends[0]), min(high, ends[1])
                canvas.belongs_to(arch, axes.hlines(below, *reach, color=colour, lw=1.8, alpha=0.75))
            canvas.belongs_to(arch, *axes.plot([mean], [below], "|", ms=10, mew=2, color=colour, zorder=3))
        text = f"{int(runs['arrived'].sum())} of {len(runs)}"
        written = axes.annotate(text, (1, place), xycoords=("axes fraction", "data"), xytext=(10, 0), size=_VALUE + 1,
                                textcoords="offset points", va="center_baseline", annotation_clip=False)  # fmt: skip
        canvas.belongs_to(arch, written)
    canvas.name_x(figure, axes, "Training images seen; at the right, runs that arrived")
    return figure


def _key(intervals: str) -> Signs:
    """The signs by what they mean.

    Args:
        intervals: what is said of those of the means.
    """
    mean = {"marker": "|", "ms": 10, "mew": 2}
    return {"a run reached it": _ARRIVED, "a run ended before": _ENDED, f"mean{intervals}": mean}
