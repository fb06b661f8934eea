"""Claims that numbers printed in publications decide: results in tables, sizes that works state of themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

from pydantic import Field

from bench.claims import literature
from bench.claims.evidence import Evidence
from bench.claims.literature import WorkName
from bench.claims.model import Finding, Predicate
from bench.claims.predicates.counted import exact, exact_times, judged
from bench.claims.predicates.literature import unknown
from bench.numbers import listing, times


class DifferenceInTable(Predicate):
    """A method's error less that of each other method, in each of several tables, as printed: without an interval."""

    test: Literal["difference in a table"]
    tables: tuple[str, ...] = Field(min_length=1)
    method: str
    against: tuple[str, ...] = ()
    """All others where none are named."""
    relation: Literal["at most", "below", "at least", "above"]
    points: float

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        library = literature.known()
        for name in self.tables:
            table = library.table(name)
            methods = self.against or [one for one in (table.values if table else ()) if one != self.method]
            if table is None or not table.confirmed or not {self.method, *methods} <= {*table.values}:
                yield unknown(f"{name}: {self.method}", table)
                continue
            for other in methods:
                own, its = table.values[self.method], table.values[other]
                gap = round(own - its, 6)
                asked = f"{'of ' if self.relation.startswith('at') else ''}{self.relation} {self.points:g} points"
                yield Finding(
                    about=f"{name}: {self.method} against {other}",
                    verdict=judged(gap, self.relation, self.points),
                    says=f"In the printed results on {name} the {table.metric} is {own:g} % for {self.method} and "
                    f"{its:g} % for {other}; the claim asks for a difference {asked}.",
                    effect=gap,
                    low=gap,
                    high=gap,
                    unit="percentage points",
                    bound=self.points,
                    sources=(library.source(table),),
                )


class RatioInTable(Predicate):
    """A method's error over that of each other method, in each of several tables, as printed: without an interval.

    A vote of several networks is not compared with one.
    """

    test: Literal["ratio in a table"]
    tables: tuple[str, ...] = Field(min_length=1)
    method: str
    relation: Literal["at most", "below", "at least", "above"]
    times: float = Field(gt=0)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        library = literature.known()
        for name in self.tables:
            table = library.table(name)
            if table is None or not table.confirmed or self.method not in table.values:
                yield unknown(f"{name}: {self.method}", table)
                continue
            own = table.values[self.method]
            for other, its in table.values.items():
                if other == self.method or other in table.votes:
                    continue
                yield exact(
                    f"{name}: {self.method} against {other}",
                    f"On {name} the {table.metric} is {own:g} % for {self.method} and {its:g} % for {other}, "
                    f"{exact_times(own / its)} times as much",
                    own / its,
                    self.relation,
                    self.times,
                    (),
                    sources=(library.source(table),),
                )


class FallingInTable(Predicate):
    """Along methods that grow in one respect, a table's error does not rise by more than a margin at any step."""

    test: Literal["falling along a table"]
    table: str
    methods: tuple[str, ...] = Field(min_length=2)
    points: float = Field(ge=0)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for before, after in pairwise(self.methods):
            step = DifferenceInTable(
                test="difference in a table",
                tables=(self.table,),
                method=after,
                against=(before,),
                relation="at most",
                points=self.points,
            )
            yield from step.findings(evidence)


class OnlyValue(Predicate):
    """A property of a work has one value alone, in every case that it states."""

    test: Literal["only value"]
    work: WorkName
    property: str
    value: int

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        library = literature.known()
        found = library.property(self.work, self.property)
        name = library.works[self.work].name
        if found is None or not found.confirmed:
            yield unknown(f"{self.property}: {name}", found)
            return
        for case, values in found.values.items():
            yield Finding(
                about=f"{self.property}: {case} of {name}",
                verdict="supported" if set(values) == {self.value} else "refuted",
                says=f"{case} has {self.property} of {listing(values)} {found.unit}; the claim has {self.value} alone.",
                sources=(library.source(found),),
            )


class LargerThan(Predicate):
    """A property of a work is at least so many times a number, in every case that it states."""

    test: Literal["larger than"]
    work: WorkName
    property: str
    than: int = Field(gt=0)
    times: float = Field(ge=1)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        library = literature.known()
        found = library.property(self.work, self.property)
        name = library.works[self.work].name
        if found is None or not found.confirmed:
            yield unknown(f"{self.property}: {name}", found)
            return
        for case, values in found.values.items():
            ratio = min(values) / self.than
            yield Finding(
                about=f"{self.property}: {case}, against {self.than} {found.unit}",
                verdict=judged(ratio, "at least", self.times),
                says=f"{case} has an {self.property} of {min(values)} {found.unit}, {times(ratio)} times {self.than}; "
                f"the claim asks for at least {self.times:g} times.",
                effect=ratio,
                low=ratio,
                high=ratio,
                unit="times",
                bound=self.times,
                sources=(library.source(found),),
            )


PREDICATES: Sequence[type[Predicate]] = (
    DifferenceInTable,
    RatioInTable,
    FallingInTable,
    OnlyValue,
    LargerThan,
)
