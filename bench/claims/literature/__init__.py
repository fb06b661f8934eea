"""What publications say: dated works and facts read in them, each with its place, in words of our own.

Verdicts are computed from these by `bench.claims.predicates`; none is stored.  A fact that could not be checked in
its source is kept with `confirmed = false` and decides nothing.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from archs.names import unknown
from bench.claims.model import Source
from bench.claims.slips import fitted, read_toml
from bench.records.base import Model

Verb = Literal["credits", "uses", "builds on", "applies", "leads", "discards"]
"""credits: says that it took an idea from another work; uses: has it; builds on: develops another work's network
further; applies: uses another work's network, or part of it, in a field; leads: reports the best result there."""
Form = Literal["network", "blocks", "ideas"]
"""How much of a network is applied: all of it, its blocks under its name, or only what it introduced."""


class Work(Model):
    """A publication."""

    name: str
    """Of what it is known for, as sentences have it."""
    authors: tuple[str, ...] = Field(min_length=1)
    """In the order of the title page."""
    others: bool = False
    """Whether there are authors beyond those named."""
    title: str
    year: int
    identifier: str
    """arXiv number, DOI, ISBN or address."""
    public: date
    """When it was first public; what lies below `precision` is filled in."""
    precision: Literal["day", "month", "year"] = "day"

    @property
    def when(self) -> str:
        """ "on 16 December 2013", "in December 2012" or "in 1989"."""
        if self.precision == "year":
            return f"in {self.public.year}"
        month = f"{self.public:%B} {self.public.year}"
        return f"on {self.public.day} {month}" if self.precision == "day" else f"in {month}"

    @property
    def last_possible(self) -> date:
        """The last day on which it can have become public; `public` is the first where the day is not known."""
        year, month = self.public.year, self.public.month
        if self.precision == "day":
            return self.public
        return date(year, 12, 31) if self.precision == "year" else date(year, month, monthrange(year, month)[1])

    @property
    def first_possible(self) -> date:
        """The first such day."""
        year, month = self.public.year, self.public.month
        return {"day": self.public, "month": date(year, month, 1), "year": date(year, 1, 1)}[self.precision]

    def source(self, place: str = "") -> Source:
        """As a finding cites it."""
        named = ", ".join(self.authors) + (" and others" if self.others else "")
        return Source(named, self.title, self.year, self.identifier, place)


class Fact(Model):
    """Something that stands in a work."""

    work: str
    """Where it is read."""
    place: str
    """Section, table or page."""
    confirmed: bool = True


class Relation(Fact):
    """What a work does with an idea, or with another work."""

    verb: Verb
    idea: str = ""
    """Layer, head or field of application."""
    of: str = ""
    """The other work."""
    form: Form | None = None
    holds: bool = True
    """False where the source shows that it is not so."""
    says: str
    """A sentence of our own on what is found at that place."""


class Ranking(Fact):
    """A place in a contest."""

    contest: str
    entrant: str
    rank: int = Field(gt=0)


class Table(Fact):
    """Printed results of several methods on one data set; lower is better."""

    name: str
    metric: str
    unit: str
    values: Mapping[str, float]
    votes: tuple[str, ...] = ()
    """Methods for which the vote of several networks is printed, and not the error of one."""

    @model_validator(mode="after")
    def _of_its_methods(self) -> Self:
        for name in self.votes:
            if name not in self.values:
                raise ValueError(unknown(f"{self.name} has no method", name, self.values))
        return self


class Property(Fact):
    """Whole numbers that a work states of itself, by case: kernel sizes by configuration, image sides by data set."""

    name: str
    unit: str
    values: Mapping[str, tuple[int, ...]]


class Library(Model):
    """All that is known here of the literature."""

    works: Mapping[str, Work]
    relations: tuple[Relation, ...] = ()
    rankings: tuple[Ranking, ...] = ()
    tables: tuple[Table, ...] = ()
    properties: tuple[Property, ...] = ()

    @model_validator(mode="after")
    def _of_known_works(self) -> Self:
        named = [fact.work for fact in (*self.relations, *self.rankings, *self.tables, *self.properties)]
        named += [one.of for one in self.relations if one.of] + [one.entrant for one in self.rankings]
        for name in named:
            _check(name, self.works)
        return self

    def source(self, fact: Fact) -> Source:
        """Where a fact is read."""
        return self.works[fact.work].source(fact.place)

    def relations_of(self, verb: Verb, *, idea: str = "", of: str = "") -> list[Relation]:
        """Those with that verb, and with that idea and that other work where they are named."""
        return [
            one
            for one in self.relations
            if one.verb == verb and (not idea or one.idea == idea) and (not of or one.of == of)
        ]

    def table(self, name: str) -> Table | None:
        return next((one for one in self.tables if one.name == name), None)

    def property(self, work: str, name: str) -> Property | None:
        return next((one for one in self.properties if (one.work, one.name) == (work, name)), None)


@cache
def known() -> Library:
    """The library of this project.

    Raises:
        UserError: a work or a fact is not written as they are.
    """
    works, facts = (files(__name__) / name for name in ("works.toml", "facts.toml"))
    shelf = {name: fitted(Work, one, f"{works}, {name}") for name, one in read_toml(works).items()}
    return fitted(Library, read_toml(facts) | {"works": shelf}, str(facts))


def _check(name: str, works: Mapping[str, Work]) -> str:
    if name not in works:
        raise ValueError(unknown("no work is called", name, works, listed_by="bench/claims/literature/works.toml"))
    return name


WorkName = Annotated[str, AfterValidator(lambda name: _check(name, known().works))]
"""A work of the library, by its identifier there."""
