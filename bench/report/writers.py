"""Tables as files: exact numbers as csv, printed ones as Markdown and LaTeX, each with a caption that can be cited."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from bench.numbers import MISSING
from bench.report.captions import facts
from bench.report.frames import Frames
from bench.report.latex.fit import Column
from bench.report.latex.table import PACKAGES, latex_table
from bench.report.sections import Layout, Section
from bench.report.sources import Sources
from bench.report.style import standing_mark

MARKS = "†‡§¶*"
"""Signs of rows that may not be cited, one for each reason."""
FLOATS = "%.12g"
"""Digits of a number that is no whole one.  More would differ from one processor's arithmetic to the next, and a file
that is made again has to have the same bytes."""


def table_files(
    exact: Mapping[Layout, pd.DataFrame], parts: Mapping[str, Sequence[Section]], frames: Frames, sources: Sources
) -> dict[str, bytes]:
    """Every table that has a row, as csv, Markdown and LaTeX, by path in the report.

    Args:
        exact: the tables.
        parts: their sections by the name of the table.
    """
    files = {}
    for layout, table in exact.items():
        if len(table) == 0:
            continue
        identifier = sources.identifier(layout.name)
        told = [facts(part, sources.behind_part(part, frames), identifier) for part in parts[layout.name]]
        files[f"tables/{layout.name}.csv"] = csv_text(table).encode()
        files[f"tables/{layout.name}.md"] = markdown_text(layout.title, parts[layout.name], told).encode()
        files[f"tables/{layout.name}.tex"] = latex_text(layout.title, parts[layout.name], told).encode()
    return files


def csv_text(table: pd.DataFrame) -> str:
    """The exact table: whole numbers as they are, others to twelve digits, an empty field where there is none."""
    return table.to_csv(index=False, lineterminator="\n", float_format=FLOATS)


def markdown_text(title: str, parts: Sequence[Section], told: Sequence[Sequence[str]] = ()) -> str:
    """All sections of a table under one title.

    Args:
        told: for each section the sentences of its caption, without full stops.
    """
    blocks = [f"# {_markdown(title)}"]
    for part, sentences in zip(parts, told or [()] * len(parts), strict=True):
        shown = trimmed(part)
        printed = shown.printed().map(_markdown).rename(columns=_markdown)
        align = ["right" if column.numeric else "left" for column in shown.columns]
        table = printed.to_markdown(index=False, disable_numparse=True, colalign=align)
        blocks += [f"## {_markdown(part.heading)}"] if part.heading else []
        blocks += [table, *[_markdown(f"{'. '.join(sentences)}.")] * bool(sentences), *map(_markdown, part.notes)]
    return "\n\n".join(blocks) + "\n"


def latex_text(title: str, parts: Sequence[Section], told: Sequence[Sequence[str]] = ()) -> str:
    r"""A booktabs table for each section, to be taken in with \input.

    Args:
        told: for each section the sentences of its caption, without full stops.
    """
    blocks = [
        f"% Needs \\usepackage{{{','.join(PACKAGES)}}}.\n"
        "% A table wider than the text is shrunk to it; where that gets too small, set it in table* or on its side."
    ]
    for part, sentences in zip(parts, told or [()] * len(parts), strict=True):
        heading = part.heading.replace(" · ", ", ")
        marks = dict(zip(_marks(part), MARKS, strict=False))
        notes = [f"{sign}: {mark}" for mark, sign in marks.items()] + [note.rstrip(".") for note in part.notes]
        caption = ". ".join([title + f": {heading}" * bool(heading), *sentences, *notes])
        columns = _columns(trimmed(part), marks)
        label = slug(f"{part.layout.name} {part.heading}")
        blocks.append(latex_table(columns, caption=f"{caption}.", label=label))
    return "\n".join(blocks)


def _columns(part: Section, marks: Mapping[str, str]) -> list[Column]:
    """With a sign behind the first cell of a row that may not be cited, instead of a column that says so."""
    signs = [marks.get(standing_mark(str(row.get("standing", ""))), "") for row in part.rows]
    shown = [column for column in part.columns if column.raw != "standing"]
    cells = [[" ".join(column.text(row).split()) for row in part.rows] for column in shown]
    if shown:
        cells[0] = [cell + sign for cell, sign in zip(cells[0], signs, strict=True)]
    return [Column(column.head, column.numeric, tuple(own)) for column, own in zip(shown, cells, strict=True)]


def _marks(part: Section) -> list[str]:
    return sorted({standing_mark(str(row.get("standing", ""))) for row in part.rows} - {""})


def trimmed(part: Section) -> Section:
    """As it is cited: without columns in which nothing was measured, and without the standing where every row may be.

    The caption says that; a row that may not be cited keeps its mark.
    """
    citable = not any(standing_mark(str(row.get("standing", ""))) for row in part.rows)
    kept = tuple(
        column
        for column in (one.cited or one for one in part.columns)
        if not (column.raw == "standing" and citable) and any(column.text(row) != MISSING for row in part.rows)
    )
    return replace(part, columns=kept or part.columns)


def slug(text: str) -> str:
    """At most 80 lower-case letters, digits and hyphens: what is safe in a file name and in a label on every system.

    A longer one ends in a hash of the whole, as what tells two apart may stand last.
    """
    whole = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "none"
    if len(whole) <= 80:
        return whole
    return f"{whole[:71].rstrip('-')}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _markdown(text: str) -> str:
    """Nothing in a cell may end it, start a tag, or be taken for emphasis."""
    flat = " ".join(str(text).split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_|])", r"\\\1", flat).replace("](", "\\](")
