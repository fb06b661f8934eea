"""What the commands print to stdout: tables for people."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.fitting import print_fitting

if TYPE_CHECKING:
    from bench.doctor import Finding

WIDE = 200
"""Columns where nobody looks at a terminal: a pipe, a file."""
LAYER_WIDTH = 10
"""Columns that are left to names of layers and of their types where the terminal is narrow."""


def print_findings(findings: Sequence[Finding]) -> None:
    """A line a finding, those that are in the way of a run marked."""
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        print_line(f"{'ok' if finding.good else 'NO'}  {finding.subject:{width}}  {finding.text}")


def print_rows(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table, its first column to the left and the rest, which are numbers, to the right."""
    table = new_table(escape(heads[0]), right=[escape(head) for head in heads[1:]], title=title)
    for row in rows:
        table.add_row(*map(escape, row))
    print_table(table)


def print_line(text: str) -> None:
    """One line, never wrapped, so that a path in it stays whole."""
    new_console().print(text, markup=False, highlight=False, soft_wrap=True)


def shown(path: Path) -> str:
    """The path as one would type it here."""
    return str(path) if path.is_absolute() else f"./{path}"


def new_console() -> Console:
    """Standard output; where that is no terminal, wide enough that no line of a table is folded."""
    console = Console(highlight=False)
    return console if console.is_terminal or "COLUMNS" in os.environ else Console(highlight=False, width=WIDE)


def new_table(*left: str, right: Sequence[str] = (), title: str = "", folded_to: int | None = None) -> Table:
    """A table of names to the left and numbers to the right, for `print_table`.

    Numbers are never folded, names are where `folded_to` says how narrow their columns may become.
    """
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        title=escape(title) or None,
        title_justify="left",
        title_style="bold",
    )
    for name in left:
        table.add_column(name, no_wrap=folded_to is None, min_width=folded_to)
    for name in right:
        table.add_column(name, justify="right")
    return table


def print_table(table: Table) -> None:
    """Nothing of it is lost where the terminal is narrow."""
    print_fitting(new_console(), table)
