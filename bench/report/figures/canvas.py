"""The frame that all figures share: sizes in points, title block, axes, text measured before it is placed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bench.numbers import missing, significant
from bench.report.style import INK

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 400.0
EDGE = 6.0
"""Free strip around everything."""
_TITLE_SIZE, _SUBTITLE_SIZE, _AXIS_SIZE, _LINE = 12.5, 9.0, 10.0, 12.5
_SMALLEST = 8.5
"""What a line may shrink to that would leave the figure."""
_FINE = 200
"""Dots an inch at which text is measured: at fewer, its letters are rounded to places that make it seem narrower."""


@dataclass(frozen=True)
class Heading:
    """What a figure says about itself, above the axes."""

    title: str
    subtitle: str
    mark: str = ""
    """Why it may not be cited; empty where it may."""
    note: str = ""
    """What its data hold that nobody would expect, as runs that did not train."""

    def noting(self, more: str) -> Heading:
        """The heading with one more sentence in its note."""
        return replace(self, note=sentences(self.note, more))


def sentences(*parts: str) -> str:
    """Those of the parts that say something, one after the other."""
    return ". ".join(filter(None, parts))


def blank(height: float) -> Figure:
    """A figure `WIDTH` by `height` points that draws with Agg and is known to no global state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72)
    FigureCanvasAgg(figure)
    return figure


def belongs_to(arch: str, *artists: Artist) -> None:
    """Name what is drawn of a network, in the SVG by the id "net:nin:3", so that the page can hide it.

    Artists are numbered within their figure; they have to be in one.
    """
    for artist in artists:
        counted = vars(artist.get_figure(root=True))
        counted["named"] = counted.get("named", 0) + 1
        artist.set_gid(f"net:{arch}:{counted['named']}")


def heading_lines(heading: Heading) -> list[str]:
    """The subtitle, broken between its parts where it is too wide, and the note, broken between its words."""
    return [*_broken(heading.subtitle, " · "), *(_broken(heading.note, " ") if heading.note else [])]


def _broken(text: str, between: str) -> list[str]:
    lines = [""]
    for part in text.split(between):
        longer = f"{lines[-1]}{between}{part}" if lines[-1] else part
        if lines[-1] and text_size(longer, _SUBTITLE_SIZE)[0] > WIDTH - 2 * EDGE:
            lines.append(part)
        else:
            lines[-1] = longer
    return [shorten(line, _SUBTITLE_SIZE, WIDTH - 2 * EDGE) for line in lines]


def write_heading(figure: Figure, heading: Heading) -> float:
    """Draw the title block.  Returns how many points it takes from the top."""
    height = figure.get_figheight() * 72
    y = EDGE
    _text(figure, height, y, heading.title, _fitting(heading.title, _TITLE_SIZE, "bold"), weight="bold")
    y += 18
    for line in heading_lines(heading):
        _text(figure, height, y, line, _SUBTITLE_SIZE)
        y += _LINE
    if heading.mark:
        _text(figure, height, y, heading.mark, _SUBTITLE_SIZE, weight="bold", style="italic")
        y += _LINE
    return y + 4


def heading_height(heading: Heading) -> float:
    """What `write_heading` will take, for figures whose height follows from their content."""
    return EDGE + 22 + _LINE * (len(heading_lines(heading)) + bool(heading.mark))


def _text(figure: Figure, height: float, y: float, text: str, size: float, **properties: Any) -> None:
    figure.text(EDGE / WIDTH, 1 - y / height, text, size=size, va="top", ha="left", parse_math=False, **properties)


def axes_at(figure: Figure, left: float, top: float, right: float, bottom: float) -> Axes:
    """Axes between the given distances from the figure's edges, in points."""
    height = figure.get_figheight() * 72
    return figure.add_axes(
        (left / WIDTH, bottom / height, (WIDTH - left - right) / WIDTH, (height - top - bottom) / height)
    )


@lru_cache(maxsize=4096)
def text_size(text: str, size: float, weight: str = "normal") -> tuple[float, float]:
    """Width and height of a line of text, in points.

    Figures of one report ask for the same names and ticks again and again, and laying out a text is slow.
    """
    figure = blank(72)
    figure.set_dpi(_FINE)
    box = figure.text(0, 0, text, size=size, weight=weight, parse_math=False).get_window_extent()
    return float(box.width) * 72 / _FINE, float(box.height) * 72 / _FINE


def _fitting(text: str, size: float, weight: str = "normal") -> float:
    """`size`, or what lets the text fit between the figure's edges."""
    return max(_SMALLEST, size * min(1.0, (WIDTH - 2 * EDGE) / text_size(text, size, weight)[0]))


def shorten(text: str, size: float, width: float) -> str:
    """`text`, with an ellipsis for its middle where it is wider than `width` points: names of relatives begin alike."""
    if text_size(text, size)[0] <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if text_size(_without_middle(text, middle), size)[0] <= width:
            low = middle
        else:
            high = middle - 1
    return _without_middle(text, low)


def _without_middle(text: str, kept: int) -> str:
    return f"{text[: kept - kept // 2].rstrip()}…{text[len(text) - kept // 2 :].lstrip()}"


def in_lines(text: str, size: float, width: float) -> list[str]:
    """`text` as it is, or where it is wider than `width` points, in two lines broken at a space.

    A line that is still too wide is shortened.
    """
    words, first = text.split(" "), 1
    while first < len(words) and text_size(" ".join(words[: first + 1]), size)[0] <= width:
        first += 1
    return [shorten(" ".join(part), size, width) for part in (words[:first], words[first:]) if part]


INTERVAL, RUNS, CUT = ", 95 % interval", ", mean and runs", ", cut at the edge"
"""Behind the name of an axis along which intervals or single runs are drawn; and where one is longer than the axis."""
SOME_INTERVAL = ", interval"
"""The same of an interval whose coverage hangs on how many processes there were: the table of its rows tells it."""
LOG = "; log scale"
"""Behind the name of an axis that was made logarithmic before it was named."""


def interval_words(bounds: Iterable[tuple[Any, Any]], ends: Sequence[float], said: str = INTERVAL) -> str:
    """What the bounds are where any of them is known, and `CUT` behind it where one leaves the ends of its axis."""
    known = [pair for pair in bounds if not any(missing(bound) for bound in pair)]
    left, right = min(ends), max(ends)
    return said * bool(known) + CUT * any(low < left or high > right for low, high in known)


def bounds_of(table: pd.DataFrame, value: str) -> Iterator[tuple[Any, Any]]:
    """What the columns of `value` that end in _low and _high have, row by row."""
    return zip(table[f"{value}_low"], table[f"{value}_high"], strict=True)


def name_y(axes: Axes, text: str) -> None:
    """The y axis' name, lying above it, where it is read without tilting the head; says if it is logarithmic.

    In smaller letters where it would leave the figure.
    """
    axes.set_ylabel("")
    text += LOG * (axes.get_yscale() == "log")
    axes.annotate(
        text, (0, 1), xytext=(-axes.bbox.x0 + EDGE, 7), xycoords="axes fraction", textcoords="offset points",
        size=_fitting(text, _AXIS_SIZE), color=INK, ha="left", va="bottom",
    )  # fmt: skip


def name_x(figure: Figure, axes: Axes, text: str) -> None:
    """The x axis' name in the middle of the axes or as near as the figure's edges allow; says if it is logarithmic."""
    text += LOG * (axes.get_xscale() == "log")
    axes.set_xlabel(text)
    left, right = axes.bbox.x0, axes.bbox.x1
    half = text_size(text, 10.5)[0] / 2
    middle = max(EDGE + half, min((left + right) / 2, WIDTH - EDGE - half))
    axes.xaxis.label.set_x((middle - left) / (right - left))


def log_ticks(axes: Axes, axis: str, low: float, high: float, write: Callable[[float], str] | None = None) -> None:
    """A logarithmic axis from `low` to `high` with round ticks, written as 20 k, 5 M, 1 G if not told otherwise."""
    from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

    line = axes.xaxis if axis == "x" else axes.yaxis
    (axes.set_xscale if axis == "x" else axes.set_yscale)("log")
    (axes.set_xlim if axis == "x" else axes.set_ylim)(low, high)
    ticks: list[float] = []
    for steps in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)):
        ticks = [m * 10.0**e for e in range(-9, 16) for m in steps if low <= m * 10.0**e <= high]
        if len(ticks) >= 3:
            break
    if len(ticks) < 3:
        # Less than a factor of two: equal steps, as on a linear axis.
        values = (float(tick) for tick in MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))
        ticks = [tick for tick in values if low <= tick <= high]
    line.set_major_locator(FixedLocator(ticks))
    line.set_minor_locator(NullLocator())
    line.set_ticklabels([(write or short)(tick) for tick in ticks])


def short(value: float) -> str:
    """A round number on an axis: 0.5, 20, 300, 5 k, 10 M."""
    for factor, prefix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= factor:
            return f"{value / factor:g} {prefix}"
    return f"{value:g}" if value >= 1 else significant(value, 1)
