"""Claims on counts of one kind of layers: 1x1 convolutions and fully connected layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.model import Finding, Predicate
from bench.claims.names import Network
from bench.claims.predicates.counted import (
    LAYERS,
    QUANTITIES,
    Layers,
    Place,
    Relation,
    counted,
    exact,
    lacking,
    share_words,
    words,
)
from bench.claims.predicates.runs import title
from bench.numbers import count, times


class ShareOfLayers(Predicate):
    """Which share of a network's count lies in one kind of layers."""

    test: Literal["share of layers"]
    quantity: Literal["parameters", "macs"]
    layers: Layers
    networks: tuple[Network, ...] = Field(min_length=1)
    settings: tuple[Place, ...] = Field(min_length=1)
    relation: Relation
    bound: float

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for setting in self.settings:
            for network in self.networks:
                about = f"{self.quantity} in {LAYERS[self.layers]}: {title(network)}, {words(setting)}"
                one = counted(evidence, network, setting)
                if one is None:
                    yield lacking(about, (network,), setting)
                    continue
                part, whole = one.of(self.layers, self.quantity), one.total(self.quantity)
                says = (
                    f"In {one.title}, {LAYERS[self.layers]} hold {count(part)} of {count(whole)} "
                    f"{QUANTITIES[self.quantity]}, {share_words(part / whole)}"
                )
                yield exact(about, says, part / whole, self.relation, self.bound, (one.key,), "of all")


class RatioOfLayers(Predicate):
    """A count of one kind of layers in a network over that of another kind in others."""

    test: Literal["ratio of layers"]
    quantity: Literal["parameters", "macs"]
    network: Network
    layers: Layers
    against: tuple[Network, ...] = Field(min_length=1)
    against_layers: Layers
    settings: tuple[Place, ...] = Field(min_length=1)
    relation: Relation
    bound: float = Field(gt=0)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for setting in self.settings:
            for other in self.against:
                sides = (f"{LAYERS[self.layers]} of {title(self.network)}",
                         f"{LAYERS[self.against_layers]} of {title(other)}")  # fmt: skip
                about = f"{self.quantity}: {sides[0]} against {sides[1]}, {words(setting)}"
                first, second = (counted(evidence, name, setting) for name in (self.network, other))
                if first is None or second is None:
                    yield lacking(about, (self.network, other), setting)
                    continue
                a, b = first.of(self.layers, self.quantity), second.of(self.against_layers, self.quantity)
                if b == 0:
                    says = f"There are no {sides[1]} to compare with."
                    yield Finding(about, "not testable", says, records=(first.key, second.key))
                    continue
                says = (
                    f"The {sides[0]} have {count(a)} {QUANTITIES[self.quantity]}, the {sides[1]} {count(b)}: "
                    f"{times(a / b)} times as many"
                )
                yield exact(about, says, a / b, self.relation, self.bound, (first.key, second.key))


PREDICATES: Sequence[type[Predicate]] = (ShareOfLayers, RatioOfLayers)
