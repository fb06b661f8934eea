"""Training runs that a comparison may rest on, and what is said where there are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import archs
from bench.claims.evidence import Evidence, Scope, provisional, scope_of
from bench.claims.model import Finding, Need
from bench.protocols import PER_PROCESS
from bench.records import Kind, Record

FEWEST = 3
"""Pairs of runs that an interval may rest on."""
ENOUGH = 5
"""Seeds or processes with which a protocol goes before a stronger one that has fewer."""
Found = TypeVar("Found")


@dataclass(frozen=True)
class Side:
    """One network under one protocol."""

    arch: str
    protocol: str


@dataclass(frozen=True)
class Runs:
    """Runs of several sides on one device in one precision, with the same seeds."""

    sides: tuple[Side, ...]
    rows: tuple[tuple[Record, ...], ...]
    """For each side its runs, in the order of the seeds."""

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(record.key for row in self.rows for record in row))

    @property
    def n(self) -> int:
        """Seeds."""
        return len(self.rows[0])

    @cached_property
    def provisional(self) -> bool:
        return provisional([record for row in self.rows for record in row])

    @property
    def where(self) -> str:
        """ "matched28, Example Processor 9000, bf16"; several protocols of one family are told as the family."""
        first = [row[0] for row in self.rows]
        protocols = dict.fromkeys(side.protocol for side in self.sides)
        families = dict.fromkeys(str(one.protocol.get("family") or one.protocol["name"]) for one in first)
        scope = scope_of(first[0])
        return ", ".join([*(protocols if len(protocols) == 1 else families), scope.device, scope.precision])

    def only(self, keep: Callable[[Record], bool]) -> Runs:
        """The seeds with which the runs of every side pass `keep`."""
        return self.where_columns(lambda column: all(keep(record) for record in column))

    def where_columns(self, keep: Callable[[tuple[Record, ...]], bool]) -> Runs:
        """The seeds whose runs, one of each side, pass `keep` together."""
        columns = [column for column in zip(*self.rows, strict=True) if keep(column)]
        rows = tuple(zip(*columns, strict=True)) if columns else tuple(() for _ in self.rows)
        return Runs(self.sides, rows)


def aligned(evidence: Evidence, kind: Kind, choices: Sequence[Sequence[Side]], *, seeds: int = FEWEST) -> Runs | None:
    """Runs of all sides of one choice with at least `seeds` seeds in common; None where no choice has them.

    Choices are tried in the order given, the strongest first; one with `ENOUGH` seeds goes before a stronger one with
    fewer.  Of several devices the one with the most seeds in common counts, and of those the first by name.
    """
    return enough_first(lambda fewest: _aligned(evidence, kind, choices, fewest), seeds)


def enough_first(find: Callable[[int], Found | None], fewest: int) -> Found | None:
    """What `find` has with `ENOUGH` repeats, or else with `fewest`."""
    found = find(max(ENOUGH, fewest))
    return found if found is not None else find(fewest)


def _aligned(evidence: Evidence, kind: Kind, choices: Sequence[Sequence[Side]], seeds: int) -> Runs | None:
    places = sorted({(scope_of(one).device, scope_of(one).precision) for one in evidence.of_kind(kind)})
    for sides in choices:
        best: Runs | None = None
        for device, precision in places:
            found = [evidence.runs(kind, side.arch, Scope(side.protocol, device, precision)) for side in sides]
            common = sorted(set.intersection(*(set(one) for one in found)))
            if len(common) >= max(seeds, best.n + 1 if best else 0):
                best = Runs(tuple(sides), tuple(tuple(one[seed] for seed in common) for one in found))
        if best is not None:
            return best
    return None


def stronger_so_far(evidence: Evidence, kind: Kind, choices: Sequence[Sequence[Side]], chosen: Runs) -> Runs | None:
    """Runs of a choice before the one that was `chosen`, too few as yet to go before it."""
    place = [tuple(sides) for sides in choices].index(chosen.sides)
    return _aligned(evidence, kind, choices[:place], 1)


def under(protocols: Sequence[str], networks: Sequence[str]) -> list[list[Side]]:
    """All of `networks` under one protocol, as choices for `aligned`."""
    return [[Side(network, protocol) for network in networks] for protocol in protocols]


def lacking(about: str, networks: Sequence[str], protocol: str, measure: Kind, *, seeds: int = FEWEST) -> Finding:
    """There are no such runs; `protocol` is the one, or the family, that they are made with the soonest."""
    repeats = "processes" if measure in PER_PROCESS else "seeds"
    apiece = "" if seeds == 1 else f" with {seeds} {repeats} or more in common"
    return Finding(
        about=about,
        verdict="not measured",
        says=f"There are no runs of {named(networks)} on one device{apiece} that measure {measure} for this.",
        needs=(Need(tuple(dict.fromkeys(networks)), protocol, measure),),
    )


def too_few(about: str, runs: Runs, kept: Runs, what: str = "learn anything") -> Finding:
    """So few of the seeds are left, in which every run did `what`, that they say nothing."""
    left = f"Only with {kept.n}" if kept.n else "With none"
    says = f"{left} of {runs.n} seeds did every run {what} ({runs.where}): too few."
    return left_open(about, says, runs, kept.n)


def nothing_learnt(about: str, runs: Runs) -> Finding:
    """All of the runs stayed at chance or diverged, so that they say nothing of one network beside another."""
    says = f"None of the runs of {named([side.arch for side in runs.sides])} learnt anything ({runs.where})."
    return left_open(about, says, runs, runs.n)


def left_open(about: str, says: str, runs: Runs, n: int) -> Finding:
    """There are runs, and they decide nothing; `says` has the reason."""
    return Finding(
        about=about,
        verdict="inconclusive",
        says=says,
        n=n,
        records=runs.keys,
        provisional=runs.provisional,
    )


def trained(record: Record) -> bool:
    """Whether the run got off the ground: a network that has learnt nothing neither overfits nor forgets."""
    return getattr(record.result, "outcome", None) == "trained"


def title(network: str) -> str:
    """As tables have it; the name itself where no such network is registered."""
    try:
        return archs.get_spec(network).title
    except archs.ArchError:
        return network


def named(networks: Sequence[str]) -> str:
    """Titles, each once, as a sentence has them."""
    from bench.numbers import listing

    return listing(list(dict.fromkeys(title(network) for network in networks)))
