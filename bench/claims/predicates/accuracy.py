"""Claims on test accuracy: differences paired by seed, and series of networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence, scope_of
from bench.claims.model import Finding, Predicate
from bench.claims.names import Network, ProtocolName
from bench.claims.predicates.answers import accuracies_by_lot, accuracy, either_way
from bench.claims.predicates.compared import Relation, compared, mean, rising
from bench.claims.predicates.runs import (
    ENOUGH,
    FEWEST,
    Runs,
    Side,
    aligned,
    lacking,
    nothing_learnt,
    stronger_so_far,
    title,
    trained,
    under,
)
from bench.numbers import several

PROTOCOLS = ("matched224", "matched28", "budget28")
"""Whose test accuracies may decide, the strongest first."""


class AccuracyDifference(Predicate):
    """Test accuracy of a network beside that of each of several others, in percentage points, paired by seed.

    Runs that stayed at chance count with the accuracy that they have: a network that does not start is not accurate.
    """

    test: Literal["difference of accuracy"]
    network: Network
    against: tuple[Network, ...] = Field(min_length=1)
    relation: Relation
    points: float = Field(default=0.0, ge=0)
    """The margin."""
    protocols: tuple[ProtocolName, ...] = PROTOCOLS

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for other in self.against:
            about = f"test accuracy: {title(self.network)} against {title(other)}"
            choices = under(self.protocols, (self.network, other))
            runs = aligned(evidence, "accuracy", choices)
            if runs is None:
                yield lacking(about, (self.network, other), self.protocols[-1], "accuracy")
                continue
            if not any(trained(record) for row in runs.rows for record in row):
                yield nothing_learnt(about, runs)
                continue
            more = f"{unpaired(evidence, runs)} {failed_starts(runs)}".strip()
            values = [[accuracy(record) for record in row] for row in runs.rows]
            counted = self._finding(about, other, runs, values, more)
            by_lot = accuracies_by_lot(evidence, runs)
            found = counted if by_lot is None else either_way(counted, self._finding(about, other, runs, by_lot, more))
            yield replace(found, says=f"{found.says} {ahead(evidence, choices, runs)}".strip())

    def _finding(self, about: str, other: str, runs: Runs, values: Sequence[Sequence[float]], more: str) -> Finding:
        return compared(
            about,
            (title(self.network), title(other)),
            "test accuracy",
            (values[0], values[1]),
            runs,
            relation=self.relation,
            margin=self.points,
            more=more,
        )


class AccuracySeries(Predicate):
    """Test accuracy along networks that grow in one respect: no step may lower it by more than the margin.

    With `rises`, the last network also has to stand above the first.
    """

    test: Literal["accuracy along a series"]
    networks: tuple[Network, ...] = Field(min_length=2)
    points: float = Field(default=0.5, ge=0)
    rises: bool = True
    protocols: tuple[ProtocolName, ...] = PROTOCOLS

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        runs = aligned(evidence, "accuracy", under(self.protocols, self.networks))
        titles = [title(network) for network in self.networks]
        if runs is None:
            about = f"test accuracy: from {titles[0]} to {titles[-1]}"
            yield lacking(about, self.networks, self.protocols[-1], "accuracy")
            return
        if not any(trained(record) for row in runs.rows for record in row):
            yield nothing_learnt(f"test accuracy: from {titles[0]} to {titles[-1]}", runs)
            return
        counted = self._steps(titles, runs, [[accuracy(record) for record in row] for row in runs.rows])
        by_lot = accuracies_by_lot(evidence, runs)
        yield from counted if by_lot is None else map(either_way, counted, self._steps(titles, runs, by_lot))

    def _steps(self, titles: Sequence[str], runs: Runs, values: Sequence[Sequence[float]]) -> list[Finding]:
        return rising(titles, "test accuracy", values, runs, margin=self.points, rises=self.rises)


def unpaired(evidence: Evidence, runs: Runs) -> str:
    """What the mean of a side is over all its runs there, those included whose seeds the other side lacks."""
    told = []
    for side, row in zip(runs.sides, runs.rows, strict=True):
        everything = evidence.runs("accuracy", side.arch, scope_of(row[0])).values()
        if len(everything) > len(row):
            over_all = mean([accuracy(record) for record in everything])
            told.append(f"over all its {len(everything)} runs {title(side.arch)} has {over_all:.2f} %")
    said = "; ".join(told)
    return f"{said[:1].upper()}{said[1:]}." if told else ""


def ahead(evidence: Evidence, choices: Sequence[Sequence[Side]], runs: Runs) -> str:
    """What a stronger protocol shows that has too few seeds as yet to go before the one that decides."""
    found = stronger_so_far(evidence, "accuracy", choices, runs)
    if found is None:
        return ""
    own, other = (mean([accuracy(record) for record in row]) for row in found.rows)
    wanted = ENOUGH if runs.n >= ENOUGH else FEWEST
    return (
        f"Under {found.sides[0].protocol}, which will decide once there are {wanted} seeds, it is {own - other:+.2f} "
        f"percentage points so far ({several(found.n, 'seed')})."
    )


def failed_starts(runs: Runs) -> str:
    """How many runs of each side stayed at chance or diverged; nothing where all got off the ground."""
    told = [
        f"{failed} of {len(row)} runs of {title(side.arch)} learnt nothing"
        for side, row in zip(runs.sides, runs.rows, strict=True)
        if (failed := sum(not trained(record) for record in row))
    ]
    return f"{'; '.join(told)}." if told else ""


PREDICATES: Sequence[type[Predicate]] = (AccuracyDifference, AccuracySeries)
