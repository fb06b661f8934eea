"""Claims on the weights of fully connected layers: how they grow, and numbers that are stated."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.model import Finding, Predicate
from bench.claims.predicates.counted import (
    Place,
    Relation,
    chosen,
    counted,
    exact,
    lacking,
    title,
)
from bench.numbers import count, shape, significant


class GrowthOfWeights(Predicate):
    """How the weights of the first fully connected layer grow with the numbers it reads, from one setting to another.

    The exponent is one where they grow in proportion.
    """

    test: Literal["growth of fully connected weights"]
    networks: tuple[str, ...] = Field(min_length=1)
    small: Place
    large: Place
    relation: Relation
    bound: float

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for network in self.networks:
            about = f"growth of fully connected weights: {title(network)}, {self.small} to {self.large}"
            ends = [(setting, counted(evidence, network, setting)) for setting in (self.small, self.large)]
            if missing := [setting for setting, one in ends if one is None]:
                yield lacking(about, (network,), missing[0])
                continue
            found = [one for _, one in ends if one is not None]
            layers = [chosen(one.counts.layers, "fully connected")[:1] for one in found]
            if not all(layers):
                yield Finding(about, "not testable", f"{title(network)} has no fully connected layer.")
                continue
            (few, many) = ((layer.macs // layer.output_shape[-1], layer.macs) for (layer,) in layers)
            exponent = math.log(many[1] / few[1]) / math.log(many[0] / few[0])
            says = (
                f"The first fully connected layer of {title(network)} reads {few[0]:,} numbers at {self.small} and "
                f"{many[0]:,} at {self.large}, and has {count(few[1])} and {count(many[1])} weights: they grow with "
                f"the power {significant(exponent)} of what it reads"
            )
            yield exact(about, says, exponent, self.relation, self.bound, [one.key for one in found], "(exponent)")


class StatedWeights(Predicate):
    """A product that a document states for the weights of a fully connected layer on maps of a given shape."""

    test: Literal["stated weights"]
    network: str
    """One whose first fully connected layer reads such maps."""
    setting: Place
    maps: tuple[int, int, int]
    """Channels, height and width."""
    units: int
    stated: tuple[int, ...]
    """The factors."""

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        about = f"weights of a fully connected layer from {shape(self.maps)} to {self.units:,} units"
        one = counted(evidence, self.network, self.setting)
        if one is None:
            yield lacking(about, (self.network,), self.setting)
            return
        layers = one.counts.layers
        at = next((i for i, layer in enumerate(layers) if layer.type == "Linear"), 0)
        if self.maps not in {layer.output_shape for layer in layers[:at]}:
            says = f"{one.title} has no fully connected layer on maps of {shape(self.maps)}."
            yield Finding(about, "not testable", says, records=(one.key,))
            return
        a_unit = layers[at].macs // layers[at].output_shape[-1]
        stated, actual = math.prod(self.stated), a_unit * self.units
        says = (
            f"In {one.title}, a unit on maps of {shape(self.maps)} has {a_unit:,} weights, which makes {actual:,} for "
            f"{self.units:,} units; the product that is stated is {stated:,}, a difference of {abs(stated - actual):,}"
        )
        yield exact(about, says, abs(stated - actual), "at most", 0, (one.key,), "weights apart")


PREDICATES: Sequence[type[Predicate]] = (GrowthOfWeights, StatedWeights)
