"""Claims on what training keeps in memory: feature maps, counted and as measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence, Setting, provisional, scope_of
from bench.claims.model import Finding, Need, Predicate
from bench.claims.predicates.counted import (
    Counted,
    Place,
    Relation,
    counted,
    exact,
    lacking,
    title,
    words,
)
from bench.numbers import count, listing, percent, size, times
from bench.records import Layer, Memory, Record

MAPS = ("Conv2d", "MaxPool2d", "AvgPool2d")
"""Layers whose outputs are feature maps of their own; an activation in place has none."""


class RatioOfMaps(Predicate):
    """Elements of all feature maps of one image, of one network over others: exact."""

    test: Literal["ratio of feature maps"]
    network: str
    against: tuple[str, ...] = Field(min_length=1)
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
    """Memory in training, as measured, of one network over others, on one device in one precision."""

    test: Literal["ratio of memory"]
    quantity: Literal["saved_for_backward_bytes", "training_peak_bytes"]
    network: str
    against: tuple[str, ...] = Field(min_length=1)
    settings: tuple[Place, ...] = Field(min_length=1)
    relation: Relation
    bound: float = Field(gt=0)

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        what = "kept for the backward pass" if self.quantity == "saved_for_backward_bytes" else "peak in training"
        for setting in self.settings:
            for other in self.against:
                about = f"{what}: {title(self.network)} against {title(other)}, {words(setting)}"
                pairs = [
                    (pair, bytes_)
                    for pair in side_by_side(evidence, (self.network, other), setting)
                    if all(bytes_ := [getattr(record.result, self.quantity) or 0 for record in pair])
                ]
                if not pairs:
                    yield _lacking(about, (self.network, other), setting)
                    continue
                (first, second), (a, b) = pairs[0]
                says = (
                    f"On {scope_of(first).device}, a batch of {_result(first).batch} takes {size(a)} ({what}) in "
                    f"{title(self.network)} and {size(b)} in {title(other)}: {times(a / b)} times as much"
                )
                yield exact(
                    about, says, a / b, self.relation, self.bound, (first.key, second.key),
                    provisional=provisional([first, second]),
                )  # fmt: skip


class ShareOfFirstLayers(Predicate):
    """Which share of the feature maps lies in the first part of a network's convolutions and poolings.

    The elements are counted; the bytes kept for the backward pass are measured, layer by layer, and an activation
    counts with the convolution before it.
    """

    test: Literal["share of the first layers"]
    quantity: Literal["elements", "bytes kept"]
    network: str
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
            records = [pair[0] for pair in side_by_side(evidence, (self.network,), setting) if _result(pair[0]).layers]
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


def side_by_side(evidence: Evidence, networks: Sequence[str], setting: Setting) -> list[tuple[Record, ...]]:
    """The latest memory records of all of `networks` in one scope, for each scope that has them.

    The protocol of the setting's counts comes first; what follows is in the order of the names.
    """
    found: dict[tuple[str, str, str], dict[str, Record]] = {}
    for record in evidence.of_kind("memory"):
        arch, scope = record.arch, scope_of(record)
        if (arch.in_channels, arch.image_size, arch.num_classes) == (
            setting.in_channels,
            setting.image_size,
            setting.num_classes,
        ) and isinstance(record.result, Memory):
            found.setdefault((scope.protocol, scope.device, scope.precision), {})[arch.name] = record
    ordered = sorted(found, key=lambda scope: (scope[0] != setting.protocol, scope))
    return [tuple(found[scope][name] for name in networks) for scope in ordered if set(networks) <= set(found[scope])]


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
