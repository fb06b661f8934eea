"""Claims on what training keeps in memory: feature maps and bytes counted, peaks measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence, Setting, provisional, scope_of
from bench.claims.model import Finding, Need, Predicate
from bench.claims.names import Network
from bench.claims.predicates.counted import (
    Counted,
    Place,
    Relation,
    asked,
    counted,
    exact,
    held,
    lacking,
    words,
)
from bench.claims.predicates.runs import FEWEST, title
from bench.numbers import count, listing, percent, size, times
from bench.records import Layer, Memory, Record
from bench.stats import unpaired_ratio

MAPS = ("Conv2d", "MaxPool2d", "AvgPool2d")
"""Layers whose outputs are feature maps of their own; an activation in place has none."""


class RatioOfMaps(Predicate):
    """Elements of all feature maps of one image, of one network over others: exact."""

    test: Literal["ratio of feature maps"]
    network: Network
    against: tuple[Network, ...] = Field(min_length=1)
    settings: tuple[Place, ...] = Field(min_length=1)
    relation: Relation
    bound: float = Field(gt=0)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for setting in self.settings:
            for other in self.against:
                about = f"feature maps: {title(self.network)} against {title(other)}, {words(setting)}"
                first, second = (counted(evidence, name, setting) for name in (self.network, other))
                if first is None or second is None:
                    yield lacking(about, (self.network, other), setting)
                    continue
                a, b = (sum(map(elements, maps_of(one))) for one in (first, second))
                says = (
                    f"The feature maps of one image have {count(a)} elements in {first.title}, {count(b)} in "
                    f"{second.title}: {times(a / b)} times as many"
                )
                yield exact(about, says, a / b, self.relation, self.bound, (first.key, second.key))


class RatioOfMemory(Predicate):
    """Memory in training of one network over others, on one device in one precision.

    What is kept for the backward pass is counted and the same every time.  A peak differs from process to process,
    so that it takes several of each network, and their ratio has an interval.
    """

    test: Literal["ratio of memory"]
    quantity: Literal["saved_for_backward_bytes", "training_peak_bytes"]
    network: Network
    against: tuple[Network, ...] = Field(min_length=1)
    settings: tuple[Place, ...] = Field(min_length=1)
    relation: Relation
    bound: float = Field(gt=0)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for setting in self.settings:
            for other in self.against:
                yield self._finding(evidence, other, setting)

    def _finding(self, evidence: Evidence, other: str, setting: Setting) -> Finding:
        counted_alike = self.quantity == "saved_for_backward_bytes"
        what = "kept for the backward pass" if counted_alike else "peak in training"
        about = f"{what}: {title(self.network)} against {title(other)}, {words(setting)}"
        for own, others in side_by_side(evidence, (self.network, other), setting):
            a, b = ([getattr(record.result, self.quantity) for record in side] for side in (own, others))
            if not all((*a, *b)):
                continue
            if counted_alike:
                own, others, a, b = own[-1:], others[-1:], a[-1:], b[-1:]
            elif min(len(a), len(b)) < FEWEST:
                continue
            first = own[0]
            says = (
                f"On {scope_of(first).device}, a batch of {_result(first).batch} takes {size(median(a))} ({what}) in "
                f"{title(self.network)} and {size(median(b))} in {title(other)}"
            )
            rest = provisional([*own, *others])
            if counted_alike:
                ratio = a[0] / b[0]
                says += f": {times(ratio)} times as much"
                keys = (first.key, others[0].key)
                return exact(about, says, ratio, self.relation, self.bound, keys, provisional=rest)
            tested = unpaired_ratio(a, b, self.bound)
            return Finding(
                about=about,
                verdict=held(self.relation, self.bound, tested.low, tested.high),
                says=f"{says}, the medians of {len(a)} and {len(b)} processes; their geometric means stand as "
                f"{times(tested.effect)} to one (95 % interval {times(tested.low)} to {times(tested.high)}); the claim "
                f"asks for {asked(self.relation, self.bound, 'times')}.",
                effect=tested.effect,
                low=tested.low,
                high=tested.high,
                unit="times",
                bound=self.bound,
                p_value=tested.p_value,
                n=tested.n,
                records=tuple(record.key for record in (*own, *others)),
                provisional=rest,
            )
        return _lacking(about, (self.network, other), setting)


class ShareOfFirstLayers(Predicate):
    """Which share of the feature maps lies in the first part of a network's convolutions and poolings.

    The elements are counted; the bytes kept for the backward pass are measured, layer by layer, and an activation
    counts with the convolution before it.
    """

    test: Literal["share of the first layers"]
    quantity: Literal["elements", "bytes kept"]
    network: Network
    part: float = Field(gt=0, lt=1)
    """Of the layers, rounded to whole layers."""
    settings: tuple[Place, ...] = Field(min_length=1)
    relation: Relation
    bound: float = Field(gt=0, lt=1)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for setting in self.settings:
            about = f"{self.quantity} in the first layers: {title(self.network)}, {words(setting)}"
            one = counted(evidence, self.network, setting)
            if one is None:
                yield lacking(about, (self.network,), setting)
                continue
            maps = maps_of(one)
            first = max(1, round(self.part * len(maps)))
            which = f"the first {first} of {len(maps)} convolutions and poolings of {one.title}"
            if self.quantity == "elements":
                share = sum(map(elements, maps[:first])) / sum(map(elements, maps))
                says = f"Of all elements of feature maps, {percent(share)} lie in {which}"
                yield exact(about, says, share, self.relation, self.bound, (one.key,), "of all")
                continue
            scopes = side_by_side(evidence, (self.network,), setting)
            records = [own[-1] for (own,) in scopes if _result(own[-1]).layers]
            if not records:
                yield _lacking(about, (self.network,), setting)
                continue
            share = _share_kept(_result(records[0]), end=maps[first].name if first < len(maps) else None)
            says = f"Of all bytes kept for the backward pass, {percent(share)} are kept in {which}"
            yield exact(
                about, says, share, self.relation, self.bound, (one.key, records[0].key), "of all",
                provisional=provisional(records[:1]),
            )  # fmt: skip


def maps_of(one: Counted) -> list[Layer]:
    """Convolutions and poolings whose outputs are maps, in the order of the forward pass."""
    return [layer for layer in one.counts.layers if layer.type in MAPS and len(layer.output_shape) == 3]


def elements(layer: Layer) -> int:
    """Of a layer's output, for one image."""
    return math.prod(layer.output_shape)


def side_by_side(evidence: Evidence, networks: Sequence[str], setting: Setting) -> list[tuple[tuple[Record, ...], ...]]:
    """The memory records of all of `networks` in one scope, for each scope that has them: one a process.

    The protocol of the setting's counts comes first; what follows is in the order of the names.  The records of a
    network are in order of time.
    """
    found: dict[tuple[str, str, str], dict[str, dict[int | None, Record]]] = {}
    for record in evidence.of_kind("memory"):
        arch, scope = record.arch, scope_of(record)
        if (arch.in_channels, arch.image_size, arch.num_classes) == (
            setting.in_channels,
            setting.image_size,
            setting.num_classes,
        ) and isinstance(record.result, Memory):
            place = found.setdefault((scope.protocol, scope.device, scope.precision), {})
            place.setdefault(arch.name, {})[record.seed] = record
    ordered = sorted(found, key=lambda scope: (scope[0] != setting.protocol, scope))
    return [
        tuple(tuple(sorted(found[scope][name].values(), key=lambda one: one.started)) for name in networks)
        for scope in ordered
        if set(networks) <= set(found[scope])
    ]


def _share_kept(memory: Memory, end: str | None) -> float:
    """Share of the saved bytes that is kept before the layer called `end` is reached."""
    names = [layer.name for layer in memory.layers]
    until = names.index(end) if end in names else len(names)
    kept = [layer.saved_bytes for layer in memory.layers]
    return sum(kept[:until]) / sum(kept)


def _result(record: Record) -> Memory:
    assert isinstance(record.result, Memory)
    return record.result


def _lacking(about: str, networks: Sequence[str], setting: Setting) -> Finding:
    return Finding(
        about=about,
        verdict="not measured",
        says=f"There are no records that tell this of the memory of {listing([title(one) for one in networks])} at "
        f"{words(setting)} on one device.",
        needs=(Need(tuple(networks), setting.protocol, "memory"),),
    )


PREDICATES: Sequence[type[Predicate]] = (RatioOfMaps, RatioOfMemory, ShareOfFirstLayers)
