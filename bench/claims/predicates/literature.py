"""Claims that publications decide: dates, authors, places in contests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from pydantic import Field

from bench.claims import literature
from bench.claims.evidence import Evidence
from bench.claims.judge import Judgement, above
from bench.claims.literature import WorkName
from bench.claims.model import Finding, Predicate
from bench.claims.predicates.counted import judged


class PublishedBefore(Predicate):
    """Each of several works was public before another one."""

    test: Literal["published before"]
    works: tuple[WorkName, ...] = Field(min_length=1)
    than: WorkName

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        works = literature.known().works
        later = works[self.than]
        for name in self.works:
            earlier = works[name]
            days = (later.public - earlier.public).days
            fewest = (later.first_possible - earlier.last_possible).days
            most = (later.last_possible - earlier.first_possible).days
            order = "before" if days > 0 else "after"
            yield Finding(
                about=f"first public: {earlier.name}, against {later.name}",
                verdict=above(0, fewest, most),
                says=f"The paper on {earlier.name} was first public {earlier.when}, {order} that on {later.name}, "
                f"{later.when}."
                if days
                else f"The papers on {earlier.name} and on {later.name} were first public {later.when}.",
                effect=days,
                low=fewest,
                high=most,
                unit="days earlier",
                bound=0,
                sources=(earlier.source(), later.source()),
            )


class PublishedWithin(Predicate):
    """A work was first public between two days, both included."""

    test: Literal["published within"]
    work: WorkName
    first: date
    last: date

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        work = literature.known().works[self.work]
        years = " to ".join(dict.fromkeys((str(self.first.year), str(self.last.year))))
        yield Finding(
            about=f"first public: {work.name}",
            verdict=_verdict(self.first <= work.public <= self.last),
            says=f"The paper on {work.name} was first public {work.when}; the claim has it in {years}.",
            sources=(work.source(),),
        )


class FirstAuthor(Predicate):
    """Somebody is the first author of a work: the one for whom "and others" stands."""

    test: Literal["first author"]
    work: WorkName
    author: str

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        work = literature.known().works[self.work]
        place = work.authors.index(self.author) + 1 if self.author in work.authors else None
        told = f"{self.author} is author {place} of {len(work.authors)}" if place else f"{self.author} is no author"
        yield Finding(
            about=f"first author of the paper on {work.name}",
            verdict=_verdict(place == 1),
            says=f"{told} of the paper on {work.name}; its first author is {work.authors[0]}.",
            sources=(work.source("title page"),),
        )


class Ranked(Predicate):
    """An entrant came in at a place or better in a contest."""

    test: Literal["ranked"]
    contest: str
    entrant: WorkName
    at_most: int = Field(gt=0)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        library = literature.known()
        about = f"{self.contest}: {library.works[self.entrant].name}"
        found = next(
            (one for one in library.rankings if (one.contest, one.entrant) == (self.contest, self.entrant)), None
        )
        if found is None or not found.confirmed:
            yield unknown(about, found)
            return
        yield Finding(
            about=about,
            verdict=judged(found.rank, "at most", self.at_most),
            says=f"{library.works[self.entrant].name} came in at place {found.rank} in {self.contest}; the claim asks "
            f"for place {self.at_most}{' or better' if self.at_most > 1 else ''}.",
            effect=found.rank,
            low=found.rank,
            high=found.rank,
            unit="(place)",
            bound=self.at_most,
            sources=(library.source(found),),
        )


def unknown(about: str, fact: literature.Fact | None = None) -> Finding:
    """Nothing confirmed is known of it here."""
    if fact is None:
        return Finding(about, "not testable", "No source for this is known here.")
    says = "What is known of this could not be checked in its source."
    return Finding(about, "not testable", says, sources=(literature.known().source(fact),))


def _verdict(holds: bool) -> Judgement:
    return "supported" if holds else "refuted"


PREDICATES: Sequence[type[Predicate]] = (PublishedBefore, PublishedWithin, FirstAuthor, Ranked)
