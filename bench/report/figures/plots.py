"""Figures, as pure functions from a DataFrame: learning curves, throughput; and the names beside points and lines.

Each function takes rows of one scope only, since numbers of two scopes do not compare.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from bench.report.figures import canvas
from bench.report.figures.canvas import EDGE, WIDTH, Heading
from bench.report.figures.labels import Box, leader_end, place_labels, spread
from bench.report.style import INK, PAPER, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LABEL, _GAP, _ROOM = 10.0, 13.0, WIDTH * 0.48


def scatter_height(points: int) -> float:
    """Height of a figure of labelled points that leaves their names room."""
    return 300.0 + 7 * max(0, points - 8)


def label_points(
    figure: Figure, axes: Axes, archs: list[str], texts: list[str], points: list[Any], bars: list[Box]
) -> None:
    """Write a network's name near each point, away from `bars` and from each other, with a line where it is far."""
    texts = ["\n".join(canvas.in_lines(text, _LABEL, _ROOM)) for text in texts]
    frame = axes.bbox
    bounds = Box(frame.x0 + 1, frame.y0 + 2, WIDTH - EDGE, frame.y1)
    boxes = place_labels(points, [canvas.text_size(text, _LABEL) for text in texts], bars, bounds)
    for arch, text, point, box in zip(archs, texts, points, boxes, strict=True):
        _write(figure, arch, text, box.left, (box.bottom + box.top) / 2)
        end = leader_end(point, box, points)
        if end is not None:
            _line(figure, arch, [point[0], end[0]], [point[1], end[1]], color=INK, lw=0.7, alpha=0.6)


def _write(figure: Figure, arch: str, text: str, x: float, y: float) -> None:
    height = figure.get_figheight() * 72
    written = figure.text(x / WIDTH, y / height, text, size=_LABEL, ha="left", va="center_baseline", parse_math=False)
    canvas.belongs_to(arch, written)


def _line(figure: Figure, arch: str, xs: list[float], ys: list[float], **style: Any) -> None:
    from matplotlib.lines import Line2D

    height = figure.get_figheight() * 72
    line = figure.add_artist(Line2D([x / WIDTH for x in xs], [y / height for y in ys], **style))
    canvas.belongs_to(arch, line)


_NEAR_CHANCE = 0.15
"""How far above chance a line has to come down for chance to be drawn: elsewhere it would crush what there is."""


def learning_curves(curves: pd.DataFrame, value: str, name: str, heading: Heading, looks: Mapping[str, Look]) -> Figure:
    """A quantity by training images seen: the mean over seeds and, where there are several, each run as a thin line.

    No interval: of three runs one of which does not train it would reach where no accuracy can be, and hide which.

    Args:
        curves: columns arch, title, seed, images, num_classes and the one called `value`.
        name: of the quantity, with its unit.
    """
    known = curves.dropna(subset=[value])
    titles = list(dict.fromkeys(known["title"]))
    tall = max(200.0, label_height(titles))
    figure = canvas.blank(canvas.heading_height(heading) + tall + 60)
    top = canvas.write_heading(figure, heading)
    axes = canvas.axes_at(figure, left=46, top=top + 20, right=label_room(titles), bottom=40)
    means = known.groupby(["arch", "title", "images"], sort=False)[value].mean().reset_index()
    means = means.sort_values("images", kind="stable")
    runs = _runs(axes, known, value, looks)
    for arch, own in _networks(means):
        # Many markers on one line hide it; the last one still tells whose it is.
        marked = [len(own) - 1] if len(own) > 13 else None
        line_of(axes, arch, list(own["images"]), list(own[value]), looks[arch], markevery=marked)
    _fit_values(axes, means[value], value)
    chance = 1 / known["num_classes"].iloc[0]
    if value.endswith("accuracy") and means[value].min() < chance + _NEAR_CHANCE:
        _chance(axes, chance)
    _image_ticks(axes, float(known["images"].max()), single=known["images"].nunique() == 1)
    canvas.name_y(axes, name + canvas.interval_words(runs, axes.get_ylim(), canvas.RUNS))
    last = means.drop_duplicates("title", keep="last").to_dict("records")
    label_ends(figure, axes, [End(row["arch"], row["title"], row["images"], row[value]) for row in last], looks)
    return figure


def _networks(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Rows of each network with its name; two edited forms of one network are two."""
    for _, own in table.groupby("title", sort=False):
        yield str(own["arch"].iloc[0]), own


def line_of(axes: Axes, arch: str, xs: list[float], ys: list[float], look: Look, **style: Any) -> None:
    """A network's line in its colour and dashes, with its markers."""
    given = {"color": look.colour, "dashes": look.dashes or (None, None), "marker": look.marker, "ms": 7, "mec": PAPER}
    (line,) = axes.plot(xs, ys, **{**given, "mew": 0.8, **style})
    canvas.belongs_to(arch, line)


def _fit_values(axes: Axes, values: pd.Series[float], value: str) -> None:
    """Room for the lines; a loss is drawn to a logarithmic scale, since the first steps tower over the rest."""
    if value == "train_loss" and values.min() > 0:
        canvas.log_ticks(axes, "y", 0.85 * values.min(), 1.15 * values.max())
        return
    # As far as the runs reach, where they do not crush the means.
    reach = max(0.03, (values.max() - values.min()) / 2)
    low, high = axes.get_ylim()
    low, high = max(low, values.min() - reach), min(high, values.max() + reach)
    room = 0.04 * (high - low)
    most = 1.02 if value.endswith("accuracy") else math.inf
    axes.set_ylim(max(low - room, -0.02), min(high + room, most))


def _runs(axes: Axes, known: pd.DataFrame, value: str, looks: Mapping[str, Look]) -> list[tuple[float, float]]:
    """Draw each run of the networks that have several.  Returns the ends of what each run's values span."""
    spans: list[tuple[float, float]] = []
    for arch, runs in _networks(known):
        for _, run in runs.groupby("seed") if runs["seed"].nunique() > 1 else ():
            ordered = run.sort_values("images", kind="stable")
            (line,) = axes.plot(
                ordered["images"], ordered[value], color=looks[arch].colour, lw=0.8, alpha=0.45, zorder=1
            )
            canvas.belongs_to(arch, line)
            spans.append((float(run[value].min()), float(run[value].max())))
    return spans


def _image_ticks(axes: Axes, most: float, *, single: bool) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_xlim(0, most * (1.25 if single else 1.03))
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: canvas.short(x) if x else "0"))
    axes.set_xlabel("Training images seen")


def _chance(axes: Axes, chance: float) -> None:
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, chance - 0.03), high)
    axes.axhline(chance, color=INK, lw=1, ls=(0, (2, 3)), alpha=0.7, zorder=1)
    # At the right: every network begins at chance, so that the left is crowded.
    axes.annotate(
        "chance", (1, chance), xycoords=("axes fraction", "data"), xytext=(-4, 3), textcoords="offset points", size=9,
        ha="right", va="bottom",
    )  # fmt: skip


def label_room(titles: Iterable[str]) -> float:
    """Points to leave at the right of the axes for the names of lines."""
    lines = (line for title in titles for line in canvas.in_lines(title, _LABEL, _ROOM))
    return max((canvas.text_size(line, _LABEL)[0] for line in lines), default=0) + 24


def label_height(titles: Iterable[str]) -> float:
    """Points that the names of lines take where they stand close together."""
    return _GAP * sum(len(canvas.in_lines(title, _LABEL, _ROOM)) for title in titles)


class End(NamedTuple):
    """Where the line of a network ends, in the data's units."""

    arch: str
    title: str
    x: float
    y: float


def label_ends(figure: Figure, axes: Axes, ends: list[End], looks: Mapping[str, Look]) -> None:
    """Names beside the right edge, moved apart where lines end close together, each tied to its line.

    A line that ends before others do is tied by dots, so that nobody takes the tie for a part of it.
    """
    frame = axes.bbox
    points = axes.transData.transform([(end.x, end.y) for end in ends])
    furthest = max(point[0] for point in points)
    # Below the name of the y axis, which may be long enough to lie over them.
    low, high = frame.y0 - 2, frame.y1 - 2
    names = [canvas.in_lines(end.title, _LABEL, _ROOM) for end in ends]
    # From below, so that what is to be written last of a name comes first.
    heights = iter(spread([float(p[1]) for p, name in zip(points, names, strict=True) for _ in name], _GAP, low, high))
    for end, point, name in zip(ends, points, names, strict=True):
        own = [next(heights) for _ in name]
        for line, height in zip(reversed(name), own, strict=True):
            _write(figure, end.arch, line, frame.x1 + 16, height)
        tie = [point[0] + 6, frame.x1 + 4, frame.x1 + 13], [point[1], point[1], sum(own) / len(own)]
        style = "-" if point[0] > furthest - 1 else (0, (1, 3))
        _line(figure, end.arch, *tie, color=looks[end.arch].colour, lw=1, alpha=0.8, ls=style)


def throughput_by_batch(table: pd.DataFrame, heading: Heading, looks: Mapping[str, Look]) -> Figure:
    """Images a second by batch size, both axes logarithmic: inference above, training below.

    Args:
        table: columns arch, title, mode, batch, images_per_second, low, high; one row a case.
    """
    titles = list(dict.fromkeys(table["title"]))
    modes = [mode for mode in ("inference", "training") if mode in set(table["mode"])]
    panel = max(150.0, label_height(titles) + 20)
    figure = canvas.blank(canvas.heading_height(heading) + len(modes) * (panel + 66))
    top = canvas.write_heading(figure, heading)
    room = label_room(titles)
    below = figure.get_figheight() * 72 - top
    for index, mode in enumerate(modes):
        start = index * (panel + 66)
        axes = canvas.axes_at(figure, left=46, top=top + start + 22, right=room, bottom=below - start - panel - 22)
        _throughput_panel(figure, axes, table[table["mode"] == mode], mode, looks)
    return figure


def _throughput_panel(figure: Figure, axes: Axes, cases: pd.DataFrame, mode: str, looks: Mapping[str, Look]) -> None:
    cases = cases.sort_values("batch", kind="stable").drop_duplicates(["title", "batch"])
    batches = sorted(set(cases["batch"]))
    low, high = float(cases["low"].min()), float(cases["high"].max())
    span = max(math.log10(high / low), 0.4)
    canvas.log_ticks(axes, "y", low / 10 ** (0.1 * span), high * 10 ** (0.1 * span))
    axes.set_xscale("log", base=2)
    axes.set_xlim(batches[0] / 1.35, batches[-1] * 1.35)
    axes.set_xticks(batches, [str(batch) for batch in batches])
    axes.minorticks_off()
    for arch, own in _networks(cases):
        look = looks[arch]
        bars = axes.vlines(own["batch"], own["low"], own["high"], color=look.colour, lw=1.6, alpha=0.75)
        canvas.belongs_to(arch, bars)
        line_of(axes, arch, list(own["batch"]), list(own["images_per_second"]), look)
    canvas.name_x(figure, axes, "Batch size, images")
    said = canvas.interval_words(zip(cases["low"], cases["high"], strict=True), axes.get_ylim(), canvas.SOME_INTERVAL)
    canvas.name_y(axes, f"{mode.capitalize()}, images/s{said}")
    last = cases.drop_duplicates("title", keep="last").to_dict("records")
    ends = [End(row["arch"], row["title"], row["batch"], row["images_per_second"]) for row in last]
    label_ends(figure, axes, ends, looks)
