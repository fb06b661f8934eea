"""A table made to fit the terminal without losing anything: narrower columns, or else a few lines for each row."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Column, Table

_EDGES = 2
"""Columns of the terminal that the two edges of a table take."""
_ANY_WIDTH = 10_000
_BREAKS = re.compile(r" (?=\[\d|\(\w|→ )")
"""Where a cell of numbers may go on in a second line: before an interval, a remark and what came of it."""


def print_fitting(console: Console, table: Table) -> None:
    """Print `table` as wide as the terminal allows.

    A column to the right holds numbers, which stay whole, as does a column that is not to be wrapped; text is folded
    down to its column's `min_width`.  Where that does not suffice, columns move together, then intervals go below
    their numbers, and in the end each row becomes a few lines.
    """
    for make in (_as_it_is, _tight, _broken):
        form = make(table)
        if _fit(console, form):
            console.print(form)
            return
    _print_stacked(console, table)


def _fit(console: Console, table: Table) -> bool:
    """Set the widths of the columns; whether there is room for them."""
    ranges = [_range(console, column) for column in table.columns]
    between = 2 if table.collapse_padding else 3  # a space beside each column, or one column alone, and a joint
    room = console.width - _EDGES - between * (len(ranges) - 1)
    if sum(least for least, _ in ranges) > room:
        return False
    for column, width in zip(table.columns, _widths(ranges, room), strict=True):
        column.width = width
        column.overflow = "fold"
        column.no_wrap = False
    return True


def _widths(ranges: Sequence[tuple[int, int]], room: int) -> list[int]:
    """The most that each column can use, the widest that can give way narrowed until all have room."""
    widths = [most for _, most in ranges]
    while sum(widths) > room:
        giving = [index for index, (least, _) in enumerate(ranges) if widths[index] > least]
        widths[max(giving, key=widths.__getitem__)] -= 1
    return widths


def _range(console: Console, column: Column) -> tuple[int, int]:
    """The fewest characters in which a column can be read, and the most that it can use."""
    options = console.options.update(width=_ANY_WIDTH)
    head = Measurement.get(console, options, column.header)
    cells = [Measurement.get(console, options, cell) for cell in column.cells]
    floor, whole = column.min_width or 0, column.no_wrap or column.justify == "right"
    widest = max((cell.maximum for cell in cells), default=0)
    if whole:
        return max(widest, floor, head.minimum), max(widest, floor, head.maximum)
    least = min(widest, floor or max((cell.minimum for cell in cells), default=0))
    return max(least, head.minimum), max(widest, head.maximum)


def _as_it_is(table: Table) -> Table:
    return table


def _tight(table: Table) -> Table:
    """The same table, its columns closer together."""
    table.collapse_padding = True
    return table


def _broken(table: Table) -> Table:
    """The same table, cells of numbers in several lines."""
    columns = [column.copy() for column in table.columns]
    broken = Table(*columns, title=table.title, box=table.box, pad_edge=table.pad_edge, collapse_padding=True)
    broken.title_justify, broken.title_style = table.title_justify, table.title_style
    for row, cells in zip(table.rows, _cells(table), strict=True):
        told = [
            _in_lines(cell) if column.justify == "right" else cell for column, cell in zip(columns, cells, strict=True)
        ]
        broken.add_row(*told, style=row.style, end_section=row.end_section)
    return broken


def _in_lines(cell: str) -> str:
    return _BREAKS.sub("\n", cell)


def _cells(table: Table) -> list[list[str]]:
    """Row by row."""
    return [[str(cell) for cell in row] for row in zip(*(column.cells for column in table.columns), strict=True)]


def _print_stacked(console: Console, table: Table) -> None:
    """A row's first cell, and under it a line for each of the others, its head before it."""
    if table.title:
        console.print(table.title, style=table.title_style)
    heads = [str(column.header) for column in table.columns]
    margin = min(max(map(len, heads)), console.width // 2)
    room = console.width - margin - 6
    for row, cells in zip(table.rows, _cells(table), strict=True):
        lead = next((place for place, cell in enumerate(cells, start=1) if len(cell) > 1), len(cells))
        console.print(" ".join(filter(None, cells[:lead])), style=row.style or "")
        told = [cell if len(cell) <= room else _in_lines(cell) for cell in cells[lead:]]
        rest = [(head, cell) for head, cell in zip(heads[lead:], told, strict=True) if cell]
        if rest:
            console.print(Padding(_beside(rest, margin), (0, 0, 0, 2)), style=row.style or "")
        if row.end_section:
            console.print()


def _beside(pairs: Sequence[tuple[str, str]], margin: int) -> Table:
    """Heads with their cells to the right of them."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=margin, overflow="fold")
    grid.add_column(overflow="fold")
    for pair in pairs:
        grid.add_row(*pair)
    return grid
