"""Claims on what a layer is put in place of: the same network, counted with the other layer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.model import Finding, Predicate
from bench.claims.names import Network
from bench.claims.predicates.counted import (
    Counted,
    Place,
    Relation,
    chosen,
    counted,
    exact,
    lacking,
    weights,
    words,
)
from bench.claims.predicates.runs import title
from bench.numbers import count, shape, times
from bench.records import Layer


class PointwiseAgainstDense(Predicate):
    """A network's 1x1 convolutions over fully connected layers that read the same maps, in multiply-accumulates.

    A 1x1 convolution from C to K channels on maps of P pixels takes P C K; a fully connected layer on the same maps
    takes P C K to K units, and P C P K to as many units as the convolution's output has elements.
    """

    test: Literal["1x1 against fully connected"]
    network: Network
    settings: tuple[Place, ...] = Field(min_length=1)
    same: Literal["channels", "output"]
    """What both give: as many units as there are channels, or outputs of the same size."""
    relation: Relation
    bound: float = Field(gt=0)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        units = "one unit for each channel" if self.same == "channels" else "one unit for each element of the output"
        for setting in self.settings:
            about = f"MACs: 1x1 against fully connected with {units}, {title(self.network)}, {words(setting)}"
            one = counted(evidence, self.network, setting)
            layers = [] if one is None else chosen(one.counts.layers, "1x1")
            if one is None:
                yield lacking(about, (self.network,), setting)
                continue
            if not layers:
                yield Finding(about, "not testable", f"{one.title} has no 1x1 convolutions.", records=(one.key,))
                continue
            pointwise, dense = sum(layer.macs for layer in layers), sum(map(self._dense, layers))
            says = (
                f"The 1x1 convolutions of {one.title} take {count(pointwise)} multiply-accumulates, fully connected "
                f"layers on the same maps, with {units}, {count(dense)}: {times(pointwise / dense)} times as many"
            )
            yield exact(about, says, pointwise / dense, self.relation, self.bound, (one.key,))

    def _dense(self, layer: Layer) -> int:
        channels, *sides = layer.output_shape
        pixels = math.prod(sides)
        inputs = layer.macs // (channels * pixels) * pixels
        return inputs * channels * (pixels if self.same == "output" else 1)


class PoolingBeforeClassifier(Predicate):
    """A network over what it would be if its classifier read the maps themselves and not their means."""

    test: Literal["pooling before the classifier"]
    network: Network
    settings: tuple[Place, ...] = Field(min_length=1)
    relation: Relation
    bound: float = Field(gt=0)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for setting in self.settings:
            about = f"parameters: with and without pooling at the end, {title(self.network)}, {words(setting)}"
            one = counted(evidence, self.network, setting)
            if one is None:
                yield lacking(about, (self.network,), setting)
                continue
            pooled, linear = _head(one)
            if pooled is None or linear is None or pooled.input_shape is None:
                says = f"{one.title} has no pooling before a single linear layer."
                yield Finding(about, "not testable", says, records=(one.key,))
                continue
            added = weights(linear) * (math.prod(pooled.input_shape) // math.prod(pooled.output_shape) - 1)
            has = one.counts.parameters
            ratio = has / (has + added)
            says = (
                f"{one.title} has {count(has)} parameters and would have {count(has + added)} if its classifier read "
                f"maps of {shape(pooled.input_shape)} instead of their means: {times(ratio)} times as many"
            )
            yield exact(about, says, ratio, self.relation, self.bound, (one.key,))


def _head(one: Counted) -> tuple[Layer | None, Layer | None]:
    """The last pooling and the one linear layer after it; None where the network does not end so."""
    poolings = [i for i, layer in enumerate(one.counts.layers) if "AvgPool" in layer.type]
    if not poolings:
        return None, None
    linear = [layer for layer in one.counts.layers[poolings[-1] :] if layer.type == "Linear"]
    return one.counts.layers[poolings[-1]], linear[0] if len(linear) == 1 else None


PREDICATES: Sequence[type[Predicate]] = (PointwiseAgainstDense, PoolingBeforeClassifier)
