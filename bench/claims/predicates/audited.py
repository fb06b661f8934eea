"""Claims that a document's own listing decides: what running it showed, held against the prose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from bench.audit.statements import STATEMENTS, Statement
from bench.claims.evidence import Evidence
from bench.claims.judge import above, at_least
from bench.claims.model import Finding, Need, Predicate
from bench.claims.names import ListingName
from bench.numbers import listing as words
from bench.numbers import shape
from bench.records import Audit

NEED = Need((), "", "audit")


class Audited(Predicate):
    """One of the audit's statements about a listing, checked anew on what the record holds of it."""

    name: ClassVar[str] = "audited"
    test: Literal["audited"]
    listing: ListingName
    statement: str
    """In the audit's own words; see `bench.audit.statements`."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        self._stated()
        return self

    def _stated(self) -> Statement:
        for one in STATEMENTS:
            if (one.listing, one.says) == (self.listing, self.statement):
                return one
        raise ValueError(f"the audit states nothing like this of {self.listing}: {self.statement}")

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One; a statement that only the listing can decide needs it to have been run, not a twin of it."""
        found, about = audits(evidence), f"listing {self.listing}: {self.statement}"
        if self.listing not in found:
            yield not_audited(about, self.listing)
            return
        key, audit = found[self.listing]
        stated, observed = self._stated(), {name: one.observed for name, (_, one) in found.items()}
        if stated.by_running and audit.observed.runs_as_stated is None:
            yield Finding(about, "not measured", f"The listing was {audit.observed.ran_with}.", needs=(NEED,))
            return
        try:
            agrees, told = stated.check(audit.observed, observed)
        except KeyError as missing:
            yield not_audited(about, missing.args[0])
            return
        yield Finding(about, "supported" if agrees else "refuted", told, records=(key,))


class SmallestImage(Predicate):
    """The smallest image that runs through a listing's network is larger than so many pixels a side."""

    name: ClassVar[str] = "smallest image"
    test: Literal["smallest image"]
    listing: ListingName
    above: int

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One; inconclusive where no image that was tried runs."""
        found, about = audits(evidence), f"listing {self.listing}: smallest image that runs"
        if self.listing not in found or found[self.listing][1].observed.runs_as_stated is None:
            yield not_audited(about, self.listing)
            return
        key, audit = found[self.listing]
        smallest = audit.observed.smallest_size
        if smallest is None:
            told = f"No image of up to {audit.observed.largest_size_tried} pixels a side runs."
            yield Finding(about, "inconclusive", told, records=(key,))
            return
        yield Finding(
            about=about,
            verdict=above(self.above, smallest, smallest),
            says=f"The smallest image that runs has {smallest} pixels a side; the claim asks for more than "
            f"{self.above}.",
            effect=smallest,
            low=smallest,
            high=smallest,
            unit="pixels at least",
            bound=self.above,
            records=(key,),
        )


class StatedShapes(Predicate):
    """Every shape that a listing's comments state is made by the network, in the order in which they stand."""

    name: ClassVar[str] = "stated shapes"
    test: Literal["stated shapes"]
    listing: ListingName

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One; inconclusive where the comments state none."""
        found, about = audits(evidence), f"listing {self.listing}: shapes in its comments"
        if self.listing not in found:
            yield not_audited(about, self.listing)
            return
        key, audit = found[self.listing]
        stated = audit.stated_shapes
        if not stated:
            yield Finding(about, "inconclusive", "The listing's comments state no shape.", records=(key,))
            return
        wrong = [f"line {one.line} ({shape(one.before)} to {shape(one.after)})" for one in stated if not one.made]
        share = 1 - len(wrong) / len(stated)
        end = f"; not made: {words(wrong)}" if wrong else ""
        yield Finding(
            about=about,
            verdict=at_least(1, share, share),
            says=f"The network makes {len(stated) - len(wrong)} of the {len(stated)} steps from shape to shape{end}.",
            effect=share,
            low=share,
            high=share,
            unit="of the stated shapes",
            bound=1,
            records=(key,),
        )


def audits(evidence: Evidence) -> dict[str, tuple[str, Audit]]:
    """The latest audit of each listing, with its record's key."""
    return {
        record.result.listing: (record.key, record.result)
        for record in sorted(evidence.of_kind("audit"), key=lambda one: one.started)
        if isinstance(record.result, Audit)
    }


def not_audited(about: str, listing: str) -> Finding:
    """What there is to say without the record."""
    return Finding(about, "not measured", f"There is no audit of the listing {listing} yet.", needs=(NEED,))


AUDITED: dict[str, type[Predicate]] = {one.name: one for one in (Audited, SmallestImage, StatedShapes)}
