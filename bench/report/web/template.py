"""What the report's page and that of a comparison are filled in with alike."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from bench.numbers import missing
from bench.report.sections import Column
from bench.report.style import standing_mark

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def read(name: str) -> str:
    """The text of a template, or of what one takes in."""
    return (files("bench.report.web") / "templates" / name).read_text(encoding="utf-8")


def engine() -> Environment:
    """Escapes whatever it is given; a name that a template does not know is an error."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        loader=FunctionLoader(read), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def style(*names: str) -> Markup:
    """These style sheets, one after the other."""
    from markupsafe import Markup

    return Markup("".join(read(f"{name}.css") for name in names))


def cell(column: Column, row: Mapping[str, Any]) -> dict[str, Any]:
    """A printed cell, with the exact number that sorting goes by."""
    raw = row.get(column.raw) if column.raw else None
    return {
        "text": column.text(row),
        "raw": "" if raw is None or missing(raw) else str(raw),
        "numeric": column.numeric,
        "mark": column.raw == "standing" and bool(standing_mark(str(row["standing"]))),
    }
