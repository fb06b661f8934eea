"""Claims on counts of whole networks: parameters and multiply-accumulates, exact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.model import Finding, Predicate
from bench.claims.names import Network
from bench.claims.predicates.counted import (
    QUANTITIES,
    SHORT,
    Counted,
    Place,
    Quantity,
    Relation,
    counted,
    depth,
    exact,
    exact_times,
    lacking,
    words,
)
from bench.claims.predicates.runs import title
from bench.numbers import count, percent, times


class RatioOfCounts(Predicate):
    """A count of one network over the same count of each of several others."""

    test: Literal["ratio of counts"]
    quantity: Quantity
    network: Network
    against: tuple[Network, ...] = Field(min_length=1)
    settings: tuple[Place, ...] = Field(min_length=1)
    relation: Relation
    bound: float = Field(gt=0)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for setting in self.settings:
            for other in self.against:
                about = f"{SHORT[self.quantity]}: {title(self.network)} against {title(other)}, {words(setting)}"
                first, second = (counted(evidence, name, setting) for name in (self.network, other))
                if first is None or second is None:
                    yield lacking(about, (self.network, other), setting)
                    continue
                a, b = first.total(self.quantity), second.total(self.quantity)
                says = (
                    f"{first.title} has {count(a)} {QUANTITIES[self.quantity]}, {second.title} {count(b)}: "
                    f"{exact_times(a / b)} times as many"
                )
                yield exact(about, says, a / b, self.relation, self.bound, (first.key, second.key))


class MoreWithDepth(Predicate):
    """Of networks ordered by depth, each has more multiply-accumulates than the one before."""

    test: Literal["more with depth"]
    networks: tuple[Network, ...] = Field(min_length=2)
    settings: tuple[Place, ...] = Field(min_length=1)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for setting in self.settings:
            found = [(name, counted(evidence, name, setting)) for name in self.networks]
            if missing := [name for name, one in found if one is None]:
                about = f"MACs by depth: {title(self.networks[0])} to {title(self.networks[-1])}, {words(setting)}"
                yield lacking(about, missing, setting)
                continue
            ordered = sorted((one for _, one in found if one is not None), key=lambda one: depth(one.counts.layers))
            for shallow, deep in pairwise(ordered):
                yield self._step(shallow, deep, words(setting))

    def _step(self, shallow: Counted, deep: Counted, where: str) -> Finding:
        ratio = deep.counts.macs / shallow.counts.macs
        says = (
            f"{deep.title}, {depth(deep.counts.layers)} layers deep, has {count(deep.counts.macs)} "
            f"multiply-accumulates, {shallow.title}, {depth(shallow.counts.layers)} layers deep, "
            f"{count(shallow.counts.macs)}: {times(ratio)} times as many"
        )
        about = f"MACs: {deep.title} against {shallow.title}, {where}"
        return exact(about, says, ratio, "above", 1, (shallow.key, deep.key))


class ShareOfSaving(Predicate):
    """On the way from a large network to a small one over a third, which share of the saving the last step makes."""

    test: Literal["share of a saving"]
    quantity: Literal["parameters", "macs"]
    start: Network
    between: Network
    end: Network
    settings: tuple[Place, ...] = Field(min_length=1)
    relation: Relation
    bound: float

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        names = (self.start, self.between, self.end)
        for setting in self.settings:
            about = f"{SHORT[self.quantity]}: {' to '.join(title(name) for name in names)}, {words(setting)}"
            start, between, end = (counted(evidence, name, setting) for name in names)
            if start is None or between is None or end is None:
                yield lacking(about, names, setting)
                continue
            large, middle, small = (one.total(self.quantity) for one in (start, between, end))
            if large <= small:
                says = f"{end.title} has {count(small)} {QUANTITIES[self.quantity]}, no fewer than {start.title}"
                yield exact(about, says, 0.0, "above", 0, (start.key, end.key), "of the saving")
                continue
            share = (middle - small) / (large - small)
            says = (
                f"Of the {count(large - small)} {QUANTITIES[self.quantity]} that {end.title} has fewer than "
                f"{start.title}, {count(large - middle)} are saved by {between.title} already and "
                f"{count(middle - small)}, {percent(share)}, by everything else"
            )
            keys = (start.key, between.key, end.key)
            yield exact(about, says, share, self.relation, self.bound, keys, "of the saving")


PREDICATES: Sequence[type[Predicate]] = (RatioOfCounts, MoreWithDepth, ShareOfSaving)
