"""The page: everything that a template needs, as plain data, and the template filled in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import pandas as pd

import archs
from bench import numbers
from bench.claims.model import VERDICTS, Finding
from bench.claims.words import COMBINED, effect_words, margin_words, more_words, why
from bench.numbers import missing
from bench.protocols import STANDING_MEANINGS
from bench.records import Record
from bench.report.figures.picture import Picture
from bench.report.frames import Frames
from bench.report.identity import clean, makers_name
from bench.report.lacking import lacking
from bench.report.overview import network_looks, networks
from bench.report.sections import Section, counts_only
from bench.report.style import Look, standing_mark
from bench.report.web import scripts, template
from bench.report.web.claims import ClaimsView
from bench.report.web.findings import findings
from bench.report.web.forest import forests
from bench.report.web.glance import BOLD, glance
from bench.report.web.machines import machines
from bench.report.web.origins import Tracer, spans
from bench.report.web.scopes import Places, Speakers, choices, place_of
from bench.report.web.settings import settings
from bench.report.writers import slug, trimmed


@dataclass(frozen=True)
class Drawn:
    """A picture with its SVG for the page."""

    picture: Picture
    svg: str


def page(
    records: Sequence[Record],
    problems: Sequence[str],
    frames: Frames,
    summary: pd.DataFrame,
    experiments: Mapping[str, pd.DataFrame],
    parts: Mapping[str, Sequence[Section]],
    drawn: Sequence[Drawn],
    claims: ClaimsView,
    ledger: Mapping[str, Any],
) -> str:
    """The whole page as HTML.  Everything that comes from a record is escaped by the template engine.

    Args:
        ledger: what `bench.report.web.ledger.ledger` tells of the records.
    """
    from markupsafe import Markup

    environment = template.engine()
    shown, swatches = networks(frames, summary), _swatches(network_looks(frames, summary))
    named = list(zip(shown["arch"], shown["title"], strict=True))
    parts = {name: [trimmed(section) for section in sections] for name, sections in parts.items()}
    places, offered = Places(parts.values()), choices(parts.values(), named)
    environment.filters["units"] = _keep_units
    environment.globals.update(cell=_cell, mark=standing_mark, slug=slug, swatch=swatches)
    environment.globals.update(verdicts=VERDICTS, effect=effect_words, why=why, bound=_bound, combined=COMBINED)
    environment.globals.update(more=more_words, forests=forests)
    environment.globals.update(place_of=place_of, place=places.of, named=Speakers(named).named)
    environment.globals.update(aside=_aside(parts.get("summary", ())))
    environment.globals.update(topics=_topics, most_keys=_MOST_KEYS)
    environment.globals.update(sources=_Sources(ledger, frames))
    by_scope: dict[str, list[dict[str, Any]]] = {}
    for one in drawn:
        picture = one.picture
        figure = {
            "name": picture.name,
            "heading": picture.heading,
            "tall": picture.tall,
            "svg": Markup(one.svg),
            "archs": _archs(picture.data),
        }
        by_scope.setdefault(picture.heading.subtitle, []).append(figure)
    standings = [table["standing"] for table in (summary, *experiments.values())]
    marks = sorted({standing_mark(str(one)) for table in standings for one in table} - {""})
    titles = list(dict.fromkeys(str(title) for title in shown["title"]))
    five = [title for title in titles if title in _FIVE]
    return environment.get_template("page.html.j2").render(
        style=template.style(*STYLES),
        library=Markup(scripts.library()),
        script=Markup(scripts.own()),
        ledger=ledger,
        choices=offered,
        pixels={size: f"{size} px" for size in offered.sizes},
        swatches=swatches,
        five=[name for name in archs.FIVE if name in set(shown["arch"])],
        networks=_named(titles, five, shown["arch"].nunique()),
        network_count=shown["arch"].nunique(),
        record_count=len(records),
        failed_count=sum(record.failed for record in records),
        devices=_machines_told({clean(one.device.model) for one in records if one.device}),
        learns=bool(summary["test_accuracy"].notna().any()),
        lacking=lacking(summary),
        form=_form() if "nin" in set(shown["arch"]) else "",
        marks=marks,
        claims=claims,
        glance=glance(summary),
        bold=BOLD,
        findings=findings(summary, frames, experiments),
        figures=by_scope,
        parts=parts,
        tracebacks=[row for row in frames.failures.to_dict("records") if not missing(row["traceback"])],
        problems=sorted({clean(problem) for problem in problems}),
        machines=machines(records),
        settings=settings(records),
        methods=_methods(parts),
        standings=STANDING_MEANINGS,
    )


STYLES = ("page", "controls")
_FIVE = [archs.get_spec(name).title for name in archs.FIVE]
_APART = ("claims", "contradictions")
"""Tables that the page shows in a form of its own."""
_MOST_NAMES = 8
_MOST_KEYS = 8
"""Of the records that a finding rests on, how many are written out; the others are behind its button."""


class _Sources:
    """Places in the page's list of records, for those behind a row and those that evidence names."""

    def __init__(self, ledger: Mapping[str, Any], frames: Frames) -> None:
        self._tracer = Tracer(frames)
        self._places = {record["key"]: index for index, record in enumerate(ledger["records"])}

    def row(self, table: str, row: Mapping[str, Any]) -> list[int]:
        return self.keys(self._tracer.keys(table, row))

    def keys(self, keys: Sequence[str]) -> list[int]:
        return sorted({self._places[key] for key in keys if key in self._places})

    @staticmethod
    def spans(indices: Sequence[int]) -> str:
        return spans(indices)


def _methods(parts: Mapping[str, Sequence[Section]]) -> list[tuple[str, list[str]]]:
    """How the numbers of each table came about, as it stands under the table; what several parts say stands once."""
    return [
        (sections[0].layout.title, sentences)
        for name, sections in parts.items()
        if name not in _APART and (sentences := list(dict.fromkeys(one for part in sections for one in part.method)))
    ]


def _form() -> str:
    """Which of the networks called NiN it is that the page speaks of."""
    nin = archs.get_spec("nin")
    return f"{nin.title} here is the form that is taught today ({nin.source}); {'; '.join(nin.departures)}."


def _aside(summary: Sequence[Section]) -> list[str]:
    """Headings of the parts of the summary that are folded: networks that were only counted, beside measured ones."""
    counted = [section.heading for section in summary if counts_only(section.scope)]
    return counted if len(counted) < len(summary) else []


def _topics(claims: ClaimsView) -> list[str]:
    return sorted({one.claim.topic for _, decisions in claims.documents for one in decisions})


def _archs(data: pd.DataFrame) -> list[str]:
    """The networks that a figure shows; none where its data do not tell."""
    return [str(name) for name in dict.fromkeys(data["arch"])] if "arch" in data else []


def _machines_told(models: Set[str]) -> str:
    """ "AMD EPYC, 2 threads (2 models)": makers' names, with how many processors are known to stand behind one."""
    told = []
    for name in sorted({makers_name(model) for model in models}):
        exact = {model for model in models if makers_name(model) == name} - {name}
        told.append(f"{name} ({len(exact)} models)" if len(exact) > 1 else name)
    return numbers.listing(told) if told else ""


def _named(titles: Sequence[str], five: Sequence[str], count: int) -> str:
    """All networks, or of many the five and how many there are beside them, each counted once whatever its data."""
    if len(titles) <= _MOST_NAMES or not five:
        return numbers.listing(titles) if titles else ""
    return numbers.listing([*five, f"{count - len(five)} others, most of them one change away"])


def _bound(finding: Finding) -> str:
    """The margin that an effect was held against."""
    return margin_words(finding.bound, finding.unit)


def _keep_units(sentence: str) -> str:
    """No line ends between a number and its unit."""
    return re.sub(r"(?<=\d) (?=(?:[kMGTP]|[KMGTP]iB|B|µs|ms|s|px)\b|%)", "\N{NO-BREAK SPACE}", sentence)


def _cell(section: Section, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The cells of one row; an interval stands below its number."""
    cells = []
    for column in section.columns:
        printed = template.cell(column, row)
        text = printed["text"]
        plain, _, interval = text.partition(" [") if column.numeric else (text, "", "")
        cells.append(
            printed
            | {
                "text": plain,
                "interval": interval and f"[{interval}",
                "failed": text.startswith("failed") or "failed:" in text,
                "network": column.raw == "title",
            }
        )
    return cells


def _swatches(chosen: Mapping[str, Look]) -> dict[str, str]:
    """The colour in the figures of each network that has one to itself, for the dot before its name."""
    shared = Counter(look.colour for look in chosen.values())
    return {
        name: look.colour if name in archs.FIVE or shared[look.colour] == 1 else "" for name, look in chosen.items()
    }
