"""What of a table fits on a page: widths and lines in characters, and where it is folded, split and continued."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST_LINES = 36
"""Of a float: what fits on a page below its caption."""
CAPTION_LINES, CAPTION_WIDTH = 10, 90
"""Of a caption that leaves room for as many; each further line of so many characters takes one from them."""
LONG_TEXT = 24
"""Characters from which a column of words is broken into lines."""
BROKEN_WIDTH = 28
"""Characters of such a column in a float."""
WIDE = 80
"""Characters that fit into a line of text."""
TOO_WIDE = 105
"""Characters from which intervals go below their numbers."""
UNREADABLE = 125
"""Characters from which shrinking leaves nothing to read."""
INTERVAL = re.compile(r"([^\[]+) (\[[^\[\]]+\])")
"""A number with its interval."""


@dataclass(frozen=True)
class Column:
    """A printed column as LaTeX sets it; widths are in characters."""

    head: str
    numeric: bool
    cells: tuple[str, ...]

    @property
    def natural(self) -> int:
        """Width with every cell on one line, its head broken at its spaces."""
        return max(len(word) for word in (*self.cells, *self.head.split(), ""))

    @property
    def broken(self) -> bool:
        return not self.numeric and self.natural > LONG_TEXT

    @property
    def width(self) -> int:
        return BROKEN_WIDTH if self.broken else self.natural


def wider(columns: Sequence[Column], limit: int) -> bool:
    return sum(one.width + 2 for one in columns) > limit


def folded(columns: Sequence[Column]) -> tuple[list[Column], list[str]]:
    """The columns that differ between rows, and what the others say in all of them; the first stays."""
    same = [len(set(one.cells)) == 1 and len(one.cells) > 1 for one in columns]
    kept = [one for place, one in enumerate(columns) if place == 0 or not same[place]]
    return kept, [f"{one.head}: {one.cells[0]}" for one in columns[1:] if one not in kept]


def _rows(columns: Sequence[Column]) -> int:
    return len(columns[0].cells) if columns else 0


def _lines(columns: Sequence[Column], row: int, stacked: bool) -> int:
    broken = max(math.ceil(max(len(one.cells[row]), 1) / max(one.width, 1)) for one in columns)
    return max(broken, 1 + (stacked and any(INTERVAL.fullmatch(one.cells[row]) for one in columns)))


def spans(columns: Sequence[Column], caption: str) -> list[tuple[int, int]]:
    """Rows that go onto one page each."""
    most = max(MOST_LINES - max(math.ceil(len(caption) / CAPTION_WIDTH) - CAPTION_LINES, 0), 1)
    found, start, used, stacked = [], 0, 0, wider(columns, TOO_WIDE)
    for row in range(_rows(columns)):
        lines = _lines(columns, row, stacked)
        if used and used + lines > most:
            found.append((start, row))
            start, used = row, 0
        used += lines
    return [*found, (start, _rows(columns))]


def groups(columns: Sequence[Column]) -> list[list[Column]]:
    """Columns that go side by side, the first one in each group."""
    first, rest = columns[0], columns[1:]
    room = UNREADABLE - first.width - 2
    found: list[list[Column]] = [[first]]
    used = 0
    for one in rest:
        width = _stacked_width(one) + 2
        if used and used + width > room:
            found.append([first])
            used = 0
        found[-1].append(one)
        used += width
    return found


def _stacked_width(column: Column) -> int:
    matches = [INTERVAL.fullmatch(cell) for cell in column.cells]
    if column.broken or not all(matches):
        return column.width
    return max(len(part) for match in matches if match for part in match.groups())


def cut(columns: Sequence[Column], start: int, end: int) -> list[Column]:
    return [Column(one.head, one.numeric, one.cells[start:end]) for one in columns]
