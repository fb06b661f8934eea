"""A table as Markdown."""

from __future__ import annotations

from collections.abc import Sequence


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: int | None = None) -> str:
    """Columns from the one numbered `right` on are set to the right; cells hold Markdown already."""
    edge = len(heads) if right is None else right
    rule = ["---" if place < edge else "---:" for place in range(len(heads))]
    return "\n".join("| " + " | ".join(map(_cell, row)) + " |" for row in (heads, rule, *rows))


def _cell(text: str) -> str:
    """Nothing in a cell may end it."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: object) -> str:
    """In the font of code."""
    return f"`{text}`"
