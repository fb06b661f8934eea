"""Two results folders laid side by side: a page of its own beside the report's, with its tables and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from bench.records import Record
from bench.report.compare.facts import environment, settings, settings_across, shared_records
from bench.report.compare.measured import measured
from bench.report.compare.pairs import Matched, match
from bench.report.compare.plots import forests
from bench.report.compare.tables import (
    PRINTED,
    alone_table,
    beyond,
    compared_table,
    facts_table,
    printed,
    section_heading,
)
from bench.report.compare.verdicts import ALPHA, Compared, compare
from bench.report.compare.words import folder_names, headline, nothing_beyond
from bench.report.figures.svg import inline, png_bytes, svg_bytes
from bench.report.sections import Section
from bench.report.style import COLOURS, RC, looks, standing_mark
from bench.report.web import template
from bench.report.writers import csv_text

PAGE = "compare.html"


@dataclass(frozen=True)
class Side:
    """One of the two folders."""

    folder: Path
    records: Sequence[Record]
    problems: Sequence[str] = ()


def compare_files(this: Side, other: Side) -> tuple[dict[str, bytes], list[str]]:
    """The files of a comparison by their path in the report's folder, and what came out in sentences."""
    import matplotlib as mpl

    names = folder_names(this.folder, other.folder)
    matched = match(measured(this.records), measured(other.records))
    compared = compare(matched.pairs)
    shared = shared_records(this.records, other.records)
    sentences = headline(compared, len(matched.only_this) + len(matched.only_other), shared)
    table = compared_table(compared)
    alone = alone_table(matched.only_this, matched.only_other, names)
    facts = _facts(this, other, matched)
    made: dict[str, bytes] = {
        "tables/compare.csv": csv_text(table.drop(columns=PRINTED)).encode(),
        "tables/compare-only-one.csv": csv_text(alone).encode(),
        "tables/compare-environment.csv": csv_text(facts).encode(),
    }
    figures = []
    with mpl.rc_context(RC):
        for picture in forests(compared, names):
            figure = picture.draw()
            svg = svg_bytes(figure, picture.name)
            made[f"plots/{picture.name}.svg"] = svg
            made[f"plots/{picture.name}.png"] = png_bytes(figure)
            made[f"plots/{picture.name}.csv"] = csv_text(picture.data).encode()
            drawn = inline(svg, picture.name, picture.heading.title, picture.description, picture.networks)
            figures.append({"name": picture.name, "svg": drawn})
    made[PAGE] = _page(this, other, names, sentences, compared, table, alone, facts, figures).encode()
    return made, sentences


def _facts(this: Side, other: Side, matched: Matched) -> pd.DataFrame:
    """Environment and settings, one row a fact; first the facts of the environment."""
    parts = [facts_table("environment", environment(this.records, other.records))]
    for name, facts in settings(this.records, other.records).items():
        parts.append(facts_table(f"protocol {name}", facts))
    crossed = {(pair.this.scope.protocol, pair.other.scope.protocol): None for pair in matched.pairs}
    for mine, yours in crossed:
        if mine.partition(" #")[0] != yours.partition(" #")[0]:
            across = settings_across(this.records, other.records, mine, yours)
            parts.append(facts_table(f"protocol {mine} against {yours}", across))
    return pd.concat(parts, ignore_index=True)


def _page(
    this: Side,
    other: Side,
    names: tuple[str, str],
    sentences: Sequence[str],
    compared: Sequence[Compared],
    table: pd.DataFrame,
    alone: pd.DataFrame,
    facts: pd.DataFrame,
    figures: Sequence[dict[str, Any]],
) -> str:
    """The page as HTML.  Everything that comes from a record is escaped by the template engine."""
    from markupsafe import Markup

    engine = template.engine()
    look = looks((one.pair.this.subject.arch, one.pair.this.family) for one in compared)
    swatch = {name: one.colour if one.colour in COLOURS else "" for name, one in look.items()}
    engine.globals.update(cells=_cells, swatch=swatch, section_heading=section_heading)
    groups = {str(name): part for name, part in facts.groupby("about", sort=False)}
    return engine.get_template("compare.html.j2").render(
        style=template.style("page", "compare"),
        this=names[0],
        other=names[1],
        counts=(len(this.records), len(other.records)),
        sentences=sentences,
        marks=sorted({standing_mark(str(one)) for one in table["standing"]} - {""}),
        first=beyond(table, names),
        nothing=nothing_beyond(compared),
        sections=printed(table, names),
        figures=[figure | {"svg": Markup(figure["svg"])} for figure in figures],
        alone=alone.to_dict("records"),
        differing={name: part[part["differs"]].to_dict("records") for name, part in groups.items()},
        alike={name: part[~part["differs"]].to_dict("records") for name, part in groups.items()},
        problems=[*this.problems, *other.problems],
        alpha=f"{100 * ALPHA:g} %",
    )


def _cells(section: Section, row: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells of one row; that of a verdict tells which it is."""
    return [
        template.cell(column, row)
        | {
            "note": column.raw == "note",
            "verdict": str(row["verdict"]).replace(" ", "-") if column.raw == "verdict" else "",
        }
        for column in section.columns
    ]
