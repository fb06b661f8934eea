"""Claims on what publications do with each other's ideas: use, credit, apply, build on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from pydantic import Field

from bench.claims import literature
from bench.claims.evidence import Evidence
from bench.claims.literature import Form, Relation, Verb, WorkName
from bench.claims.model import Finding, Predicate, Source
from bench.claims.predicates.counted import judged
from bench.claims.predicates.literature import unknown
from bench.numbers import listing

ABOUT: dict[Verb, str] = {
    "credits": "credits {of} for {idea}",
    "uses": "uses {idea}",
    "builds on": "builds on {of}",
    "applies": "applies {of} in {idea}",
    "leads": "leads in {idea}",
    "discards": "leaves {idea} out of inference",
}


class Says(Predicate):
    """Each of several works stands in a relation to an idea or to another work.

    A work that is known to do so for any idea does so where the claim names none.
    """

    test: Literal["literature says"]
    works: tuple[WorkName, ...] = Field(min_length=1)
    verb: Verb
    idea: str = ""
    of: WorkName | Literal[""] = ""

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        library = literature.known()
        for name in self.works:
            work = library.works[name]
            whom = library.works[self.of].name if self.of else ""
            about = f"{work.name} " + ABOUT[self.verb].format(idea=self.idea or "an idea", of=whom)
            # A work that is known to credit another for nothing credits it for no idea in particular either.
            found = [
                one
                for one in library.relations_of(self.verb, of=self.of)
                if one.work == name and (not self.idea or one.idea in ("", self.idea))
            ]
            sure = sorted((one for one in found if one.confirmed), key=lambda one: not one.holds)
            if not sure:
                yield unknown(about, found[0] if found else None)
                continue
            yield Finding(
                about=about,
                verdict="supported" if sure[0].holds else "refuted",
                says=_told(sure[:1], library),
                sources=tuple(library.source(one) for one in sure),
            )


class CreditedBy(Predicate):
    """At least so many later works say that they took an idea from a work."""

    test: Literal["credited by"]
    of: WorkName
    at_least: int = Field(gt=0)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        library = literature.known()
        since = library.works[self.of].public
        found = [
            one
            for one in library.relations_of("credits", of=self.of)
            if one.holds and one.confirmed and library.works[one.work].public > since
        ]
        names = list(dict.fromkeys(one.work for one in found))
        about = f"later works that credit {library.works[self.of].name}"
        yield Finding(
            about=about,
            verdict=judged(len(names), "at least", self.at_least),
            says=f"{_named(names, library)} say that they took an idea from {library.works[self.of].name}: "
            f"{len(names)} works known here; the claim asks for at least {self.at_least}.",
            effect=len(names),
            low=len(names),
            high=len(names),
            unit="works that credit it",
            bound=self.at_least,
            sources=tuple(library.source(one) for one in found),
        )


class AppliedIn(Predicate):
    """A network is applied in each of several fields, as a whole or in its blocks.

    A work that takes up its ideas alone leaves it open; one that shows that it is not applied refutes.
    """

    test: Literal["applied in"]
    of: WorkName
    fields: tuple[str, ...] = Field(min_length=1)
    forms: tuple[Form, ...] = ("network", "blocks")

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        library = literature.known()
        for field in self.fields:
            about = f"{library.works[self.of].name} applied in {field}"
            found = library.relations_of("applies", idea=field, of=self.of)
            sure = [one for one in found if one.confirmed]
            counts = [one for one in sure if one.holds and one.form in self.forms]
            against = [one for one in sure if not one.holds]
            if counts or against:
                used = counts or against
                yield Finding(about, "supported" if counts else "refuted", _told(used, library), sources=_of(used))
            elif sure:
                says = f"{_told(sure, library)} Its ideas are applied there; of the network itself nothing is certain."
                yield Finding(about, "inconclusive", says, sources=_of(sure))
            else:
                yield unknown(about, found[0] if found else None)


class BuiltOnSince(Predicate):
    """At least so many works of a day or later develop a network further.

    Works that may do so, but could not be checked, leave it open where they would be enough.
    """

    test: Literal["built on since"]
    of: WorkName
    since: date
    at_least: int = Field(gt=0)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        library = literature.known()
        name, year = library.works[self.of].name, self.since.year
        about = f"works since {year} that build on {name}"
        found = [one for one in library.relations_of("builds on", of=self.of) if one.holds]
        if not any(one.confirmed for one in found):
            yield unknown(about, found[0] if found else None)
            return
        recent = [one for one in found if library.works[one.work].public >= self.since]
        sure = [one for one in recent if one.confirmed]
        verdict = judged(len(sure), "at least", self.at_least)
        if verdict == "refuted" and len(recent) >= self.at_least:
            verdict = "inconclusive"
        latest = max((one for one in found if one.confirmed), key=lambda one: library.works[one.work].public)
        yield Finding(
            about=about,
            verdict=verdict,
            says=f"Of the works known here that certainly build on {name}, {len(sure)} are of {year} or later, and the "
            f"latest, {library.works[latest.work].name}, was public {library.works[latest.work].when}; the claim asks "
            f"for at least {self.at_least}. {_told(recent, library)}".strip(),
            effect=len(sure),
            low=len(sure),
            high=len(sure),
            unit=f"works of {year} or later",
            bound=self.at_least,
            sources=_of(recent or [latest]),
        )


def _named(works: Sequence[str], library: literature.Library) -> str:
    return listing([library.works[one].name for one in works]) if works else "No papers"


def _told(relations: Sequence[Relation], library: literature.Library) -> str:
    """ "SqueezeNet (Forrest N. Iandola, 2016): It ends in ..."."""
    works = [library.works[one.work] for one in relations]
    return " ".join(
        f"{work.name[0].upper()}{work.name[1:]} ({work.authors[0]}, {work.year}): {one.says}"
        for one, work in zip(relations, works, strict=True)
    )


def _of(relations: Sequence[Relation]) -> tuple[Source, ...]:
    return tuple(literature.known().source(one) for one in relations)


PREDICATES: Sequence[type[Predicate]] = (Says, CreditedBy, AppliedIn, BuiltOnSince)
