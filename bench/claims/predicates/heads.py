"""Claims about where a network's maps become class scores, and by what."""

from __future__ import annotations

from math import prod
from typing import ClassVar, Literal

from bench.audit.facts import channels_out, counted, side
from bench.claims.judge import at_least
from bench.claims.model import Finding, Predicate
from bench.claims.predicates.layers import chosen
from bench.claims.predicates.networks import OfNetworks, Seen
from bench.numbers import listing as words
from bench.numbers import percent, shape
from bench.records import Layer

POOLINGS = ("MaxPool2d", "AvgPool2d")


class ClassChannels(OfNetworks):
    """The last layer with weights gives as many channels or numbers as there are classes."""

    name: ClassVar[str] = "class channels"
    test: Literal["class channels"]

    def found(self, seen: Seen) -> Finding:
        """How many too many or too few."""
        last = chosen(seen.layers, "layer with weights")[-1]
        apart = channels_out(last) - seen.num_classes
        return seen.finding(
            "width of the last layer",
            "supported" if apart == 0 else "refuted",
            f"The last layer with weights of {seen.words}, a {_kind(last)}, gives {channels_out(last):,} for "
            f"{seen.num_classes:,} classes.",
            effect=apart,
            unit="channels too many",
            bound=0,
        )


class ConvolutionsFirst(OfNetworks):
    """Convolutions first, then fully connected layers, of which the last gives the classes."""

    name: ClassVar[str] = "convolutions first"
    test: Literal["convolutions first"]

    def found(self, seen: Seen) -> Finding:
        """How many convolutions come after the first fully connected layer, and whether both kinds are there."""
        kinds = [layer.type for layer in chosen(seen.layers, "layer with weights")]
        dense = kinds.index("Linear") if "Linear" in kinds else len(kinds)
        late = kinds[dense:].count("Conv2d")
        both = "Conv2d" in kinds[:dense] and "Linear" in kinds
        told = f"{counted(dense, 'convolution')} and then {counted(kinds.count('Linear'), 'fully connected layer')}"
        return seen.finding(
            "convolutions, then fully connected layers",
            "supported" if both and late == 0 else "refuted",
            f"{seen.start} has {told}; {late or 'none'} of its convolutions {'comes' if late == 1 else 'come'} after.",
            effect=late,
            unit="convolutions after the first fully connected layer",
            bound=0,
        )


class PlaceOfPointwise(OfNetworks):
    """Most 1x1 convolutions stand where other networks have their fully connected layers: after the last pooling."""

    name: ClassVar[str] = "1x1 in the head"
    test: Literal["1x1 in the head"]
    at_least: float = 0.5
    """Share of all 1x1 convolutions."""

    def found(self, seen: Seen) -> Finding:
        """The share that stands there."""
        every = chosen(seen.layers, "1x1 convolution")
        last = max((place for place, layer in enumerate(seen.layers) if layer.type in POOLINGS), default=-1)
        after = chosen(seen.layers[last + 1 :], "1x1 convolution")
        share = len(after) / len(every) if every else 0.0
        return seen.finding(
            "1x1 convolutions after the last pooling",
            at_least(self.at_least, share, share),
            f"Of {counted(len(every), '1x1 convolution')} in {seen.words}, {len(after) or 'none'} "
            f"{'stands' if len(after) == 1 else 'stand'} after the last pooling, where other networks have fully "
            f"connected layers ({percent(share)}).",
            effect=share,
            unit="of the 1x1 convolutions",
            bound=self.at_least,
        )


class PointwiseScores(OfNetworks):
    """A 1x1 convolution gives the class scores: it is the last layer with weights, and nothing is pooled after it."""

    name: ClassVar[str] = "1x1 gives the scores"
    test: Literal["1x1 gives the scores"]

    def found(self, seen: Seen) -> Finding:
        """How many layers after the last one with weights make fewer numbers out of what it gives."""
        last = chosen(seen.layers, "layer with weights")[-1]
        place = next(place for place, layer in enumerate(seen.layers) if layer is last)
        pooled = [layer for layer in seen.layers[place:] if layer is not last and _fewer(layer)]
        told = [
            f"{layer.type} makes {shape(layer.output_shape)} of {shape(layer.input_shape or ())}" for layer in pooled
        ]
        return seen.finding(
            "what gives the class scores",
            "supported" if side(last) == 1 and not pooled else "refuted",
            f"The last layer with weights of {seen.words} is a {_kind(last)} that gives {shape(last.output_shape)}; "
            f"{f'after it {words(told)}' if told else 'nothing after it makes fewer numbers of them'}.",
            effect=len(pooled),
            unit="poolings after the last layer with weights",
            bound=0,
        )


def _fewer(layer: Layer) -> bool:
    return prod(layer.output_shape) < prod(layer.input_shape or ())


def _kind(layer: Layer) -> str:
    return "1x1 convolution" if side(layer) == 1 else "convolution" if side(layer) else "fully connected layer"


HEADS: dict[str, type[Predicate]] = {
    one.name: one for one in (ClassChannels, ConvolutionsFirst, PlaceOfPointwise, PointwiseScores)
}
