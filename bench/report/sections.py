"""The mechanism of printing: a layout is data, a section is a part of a table in which rows compare.

`bench.report.layouts` has the layouts; writers and the page print sections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bench.numbers import MISSING, missing
from bench.report import tables

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """One printed column: its head, what a cell says, and the exact number behind it."""

    head: str
    text: Callable[[Row], str]
    raw: str = ""
    """Column of the exact table that sorting goes by."""
    numeric: bool = True
    cited: Column | None = None
    """What stands in its place in a table to cite, where there is room for more than on the page."""


@dataclass(frozen=True)
class Layout:
    """How one exact table is printed."""

    name: str
    title: str
    scope: tuple[str, ...]
    """Columns that split the table; they are told in the heading of each part."""
    columns: Callable[[pd.DataFrame], Sequence[Column]]
    method: Callable[[pd.DataFrame], Sequence[str]] = lambda table: ()
    """How the numbers came about and what their intervals are, whatever they turned out to be."""
    notes: Callable[[pd.DataFrame], Iterable[str]] = lambda table: ()
    """What else there is to know of these numbers."""


@dataclass(frozen=True)
class Section:
    """A part of a table in which rows compare."""

    layout: Layout
    scope: dict[str, Any]
    rows: list[Row]
    columns: tuple[Column, ...]
    method: tuple[str, ...]
    more: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What stands under the section."""
        return (*self.method, *self.more)

    @property
    def heading(self) -> str:
        return scope_words(self.scope)

    def printed(self) -> pd.DataFrame:
        """The section as people read it, every cell a string."""
        return pd.DataFrame(
            [[column.text(row) for column in self.columns] for row in self.rows],
            columns=[column.head for column in self.columns],
        )


def sections(layout: Layout, table: pd.DataFrame) -> list[Section]:
    """Parts of `table` in order of their scopes; what was counted and never measured comes last."""
    parts = tables.groups(table, list(layout.scope))
    ordered = sorted(parts, key=lambda part: (counts_only(part[0]), [str(value) for value in part[0].values()]))
    return [section(layout, scope, rows) for scope, rows in ordered]


def section(layout: Layout, scope: dict[str, Any], table: pd.DataFrame) -> Section:
    """All of `table` as one part."""
    return Section(
        layout=layout,
        scope=scope,
        rows=[{str(name): value for name, value in row.items()} for row in table.to_dict("records")],
        columns=tuple(layout.columns(table)),
        method=tuple(layout.method(table)),
        more=tuple(layout.notes(table)),
    )


def scope_words(scope: Mapping[str, Any]) -> str:
    """ "quick · 28 px · Some Processor · bf16"; "28 px · counts only" without a device."""
    if not scope:
        return ""
    if "document" in scope:
        return f"document {scope['document']}"
    words = [str(scope.get("protocol", "")), f"{scope['image_size']} px", str(scope.get("device", ""))]
    words.append(str(scope.get("precision", "")))
    if counts_only(scope):
        return f"{words[1]} · counts only"
    return " · ".join(word for word in words if word)


def counts_only(scope: Mapping[str, Any]) -> bool:
    """Whether these are networks that were counted and never measured, under no protocol and on no device."""
    return "protocol" in scope and not scope["protocol"] and not scope.get("device")


def number(head: str, raw: str, write: Callable[[Any], str], state: str = "") -> Column:
    """A number, or a dash where there is none, or why there is none where the column `state` tells."""

    def text(row: Row) -> str:
        if not missing(row[raw]):
            return write(row[raw])
        told = str(row[state]) if state else ""
        return told if told.startswith("failed") else MISSING

    return Column(head, text, raw)


def words(head: str, raw: str) -> Column:
    return Column(head, lambda row: MISSING if missing(row[raw]) or row[raw] == "" else str(row[raw]), raw, False)
