"""What the signs of a figure mean, under its heading, in as many lines as it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bench.report.figures import canvas
from bench.report.figures.canvas import EDGE, WIDTH
from bench.report.style import INK

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIZE, _LINE, _GAP, _SIGN = 9.0, 13.0, 14.0, 8.0

Signs = Mapping[str, Mapping[str, Any]]
"""Properties of markers by what they mean."""


def key_height(signs: Signs) -> float:
    """What `write_key` will take, for figures whose height follows from their content."""
    return _LINE * len(_lines(list(signs))) + 5 if signs else 0.0


def write_key(figure: Figure, signs: Signs, top: float) -> float:
    """Draw the signs, in ink where they have no colour of their own, each before its meaning.  Returns where it ends.

    Args:
        top: points from the figure's upper edge.
    """
    from matplotlib.lines import Line2D

    height = figure.get_figheight() * 72
    for index, line in enumerate(_lines(list(signs))):
        x, y = EDGE + 4, 1 - (top + 7 + index * _LINE) / height
        for name in line:
            figure.add_artist(Line2D([x / WIDTH], [y], ls="", **{"mec": INK, "mfc": INK, **signs[name]}))
            figure.text((x + _SIGN) / WIDTH, y, name, size=_SIZE, va="center_baseline")
            x += _width(name) + _GAP
    return top + key_height(signs)


def _lines(names: Sequence[str]) -> list[list[str]]:
    lines: list[list[str]] = [[]]
    for name in names:
        longer = [*lines[-1], name]
        wide = EDGE + 4 + sum(map(_width, longer)) + _GAP * (len(longer) - 1) > WIDTH - EDGE
        if lines[-1] and wide:
            lines.append([name])
        else:
            lines[-1] = longer
    return lines


def _width(name: str) -> float:
    return _SIGN + canvas.text_size(name, _SIZE)[0]
