"""Claims on the weights of fully connected layers: how they grow, and numbers that are stated."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.model import Finding, Predicate
from bench.claims.names import Network
from bench.claims.predicates.counted import (
    Place,
    Relation,
    chosen,
    counted,
    exact,
    lacking,
    weights,
)
from bench.claims.predicates.runs import title
from bench.numbers import count, shape, significant, times


class GrowthOfWeights(Predicate):
    """How the weights of all fully connected layers together grow with the pixels of the image.

    The exponent is one where they grow in proportion.
    """

    test: Literal["growth of fully connected weights"]
    networks: tuple[Network, ...] = Field(min_length=1)
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
            few, many = (sum(weights(layer) for layer in chosen(one.counts.layers, "fully connected")) for one in found)
            if not few or not many:
                yield Finding(about, "not testable", f"{title(network)} has no fully connected layer.")
                continue
            pixels = (self.large.image_size / self.small.image_size) ** 2
            exponent = math.log(many / few) / math.log(pixels)
            says = (
                f"The fully connected layers of {title(network)} have {count(few)} weights at {self.small} and "
                f"{count(many)} at {self.large}, {times(many / few)} times as many for {times(pixels)} times the "
                f"pixels: they grow with the power {significant(exponent)} of those"
            )
            yield exact(about, says, exponent, self.relation, self.bound, [one.key for one in found], "(exponent)")


class StatedWeights(Predicate):
    """A product that a document states for the weights of a fully connected layer on maps of a given shape."""

    test: Literal["stated weights"]
    network: Network
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
