"""The page: everything that a template needs, as plain data, and the template filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pandas as pd

import archs
from bench import numbers
from bench.claims.model import VERDICTS, Finding
from bench.claims.words import bounds_words, decision_words, effect_words
from bench.numbers import missing
from bench.records import Record
from bench.report.claims import ClaimsView
from bench.report.findings import findings
from bench.report.frames import Frames
from bench.report.identity import clean
from bench.report.overview import networks
from bench.report.picture import Picture
from bench.report.sections import Section
from bench.report.style import COLOURS, Look, looks, standing_mark
from bench.report.writers import slug


@dataclass(frozen=True)
class Drawn:
    """A picture with its SVG for the page."""

    picture: Picture
    svg: str


@dataclass(frozen=True)
class Machine:
    """Where some of the records come from, and how they were made."""

    name: str
    facts: tuple[tuple[str, str], ...]


def page(
    records: Sequence[Record],
    problems: Sequence[str],
    frames: Frames,
    summary: pd.DataFrame,
    experiments: Mapping[str, pd.DataFrame],
    parts: Mapping[str, Sequence[Section]],
    drawn: Sequence[Drawn],
    claims: ClaimsView,
) -> str:
    """The whole page as HTML.  Everything that comes from a record is escaped by the template engine."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    folder = files("bench.report") / "templates"
    environment = Environment(
        loader=FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown = networks(frames, summary)
    environment.filters["units"] = _keep_units
    environment.globals.update(cell=_cell, mark=standing_mark, slug=slug, swatch=_swatches(shown))
    environment.globals.update(verdicts=VERDICTS, effect=effect_words, told=decision_words, bound=_bound)
    by_scope: dict[str, list[dict[str, Any]]] = {}
    for one in drawn:
        picture = one.picture
        figure = {"name": picture.name, "heading": picture.heading, "tall": picture.tall, "svg": Markup(one.svg)}
        by_scope.setdefault(picture.heading.subtitle, []).append(figure)
    standings = [table["standing"] for table in (summary, *experiments.values())]
    marks = sorted({standing_mark(str(one)) for table in standings for one in table} - {""})
    titles = list(dict.fromkeys(str(title) for title in shown["title"]))
    five = [title for title in titles if title in _FIVE]
    return environment.get_template("page.html.j2").render(
        style=Markup((folder / "page.css").read_text(encoding="utf-8")),
        networks=_named(titles, five),
        network_count=len(titles),
        record_count=len(records),
        failed_count=sum(record.failed for record in records),
        devices=numbers.listing(sorted({clean(record.device.model) for record in records if record.device}) or [""]),
        marks=marks,
        claims=claims,
        findings=findings(summary, frames, experiments),
        figures=by_scope,
        parts=parts,
        tracebacks=[row for row in frames.failures.to_dict("records") if not missing(row["traceback"])],
        problems=sorted({clean(problem) for problem in problems}),
        machines=machines(records),
        settings=settings(records),
    )


_FIVE = [archs.get_spec(name).title for name in archs.FIVE]
_MOST_NAMES = 8


def _named(titles: Sequence[str], five: Sequence[str]) -> str:
    """All networks, or of many the five and how many there are beside them."""
    if len(titles) <= _MOST_NAMES or not five:
        return numbers.listing(titles) if titles else ""
    return numbers.listing([*five, f"{len(titles) - len(five)} others, most of them one change away"])


def _bound(finding: Finding) -> str:
    """The margin that an effect was held against."""
    return bounds_words(finding.bound, None, None, finding.unit)


def _keep_units(sentence: str) -> str:
    """No line ends between a number and its unit."""
    return re.sub(r"(?<=\d) (?=(?:[kMGTP]|[KMGTP]iB|B|µs|ms|s|px)\b|%)", "\N{NO-BREAK SPACE}", sentence)


def _cell(section: Section, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Printed cells of one row, with the exact number that sorting goes by."""
    cells = []
    for column in section.columns:
        raw = row.get(column.raw) if column.raw else None
        text = column.text(row)
        told = text.startswith("failed") or "failed:" in text
        cells.append(
            {
                "text": text,
                "raw": "" if raw is None or missing(raw) else str(raw),
                "numeric": column.numeric,
                "failed": told,
                "mark": column.raw == "standing" and bool(standing_mark(str(row["standing"]))),
                "network": column.raw == "title",
            }
        )
    return cells


def _swatches(networks: pd.DataFrame) -> dict[str, str]:
    """Each network's colour in the figures, for the dot before its name."""
    chosen: dict[str, Look] = looks(zip(networks["arch"], networks["family"], strict=True))
    return {name: look.colour if look.colour in COLOURS else "" for name, look in chosen.items()}


def machines(records: Sequence[Record]) -> list[Machine]:
    """Facts of provenance by device; a fact that varies between records is told with all its values."""
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(clean(record.device.model) if record.device else "No device: exact counts", []).append(record)
    return [Machine(name, _facts(group)) for name, group in sorted(found.items())]


def _facts(records: Sequence[Record]) -> tuple[tuple[str, str], ...]:
    days = sorted({record.started[:10] for record in records})
    facts: dict[str, set[str]] = {}
    for record in records:
        for name, value in _flat(record.provenance):
            facts.setdefault(clean(name), set()).add(clean(_fact(name, value)))
    told = {_fact_name(name): _few(sorted(values)) for name, values in facts.items()}
    seconds = sum(sorted(record.seconds for record in records))
    return (
        ("records", str(len(records))),
        ("measured", days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"),
        ("time taken", numbers.duration(seconds)),
        *sorted(told.items()),
    )


def _flat(facts: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for name, value in facts.items():
        if isinstance(value, Mapping):
            pairs += _flat(value, f"{prefix}{name} ")
        elif value is not None:
            pairs.append((f"{prefix}{name}", value))
    return pairs


def _fact_name(name: str) -> str:
    """Words instead of a key; an environment variable keeps its own spelling."""
    words = [part if part.isupper() else part.replace("_", " ") for part in name.split(" ")]
    return " ".join(words).removesuffix(" bytes")


def _fact(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("_bytes") and isinstance(value, int | float):
        return numbers.size(value)
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def _few(values: Sequence[str], most: int = 6) -> str:
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return "; ".join(values[:most]) + more


def settings(records: Sequence[Record]) -> list[Machine]:
    """Every setting of every protocol."""
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(clean(str(record.protocol.get("name", "unnamed"))), []).append(record)
    told = []
    for name, group in sorted(found.items()):
        facts: dict[str, set[str]] = {}
        # Hundreds of records share a few protocols.
        protocols = {json.dumps(record.protocol, sort_keys=True): record.protocol for record in group}
        for protocol in protocols.values():
            for key, value in _flat(protocol):
                if key != "name":
                    facts.setdefault(clean(key), set()).add(clean(_fact(key, value)))
        told.append(Machine(name, tuple((_fact_name(key), _few(sorted(facts[key]))) for key in sorted(facts))))
    return told
