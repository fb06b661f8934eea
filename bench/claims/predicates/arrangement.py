"""Claims about how layers follow one another."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import pairwise
from typing import ClassVar, Literal

from bench.audit.facts import blocks, channels_out, counted, side
from bench.claims.judge import at_least, at_most
from bench.claims.model import Finding, Predicate
from bench.claims.predicates.networks import OfNetworks, Seen
from bench.differences import ACTIVATIONS
from bench.numbers import listing as words

WORDS = {"MaxPool2d": "pooling", "AvgPool2d": "pooling", "AdaptiveAvgPool2d": "mean", "Linear": "fully connected"}


class MicroNetworks(OfNetworks):
    """Each larger convolution is followed by so many 1x1 convolutions, with an activation between each two layers."""

    name: ClassVar[str] = "micro networks"
    test: Literal["micro networks"]
    pointwise: int = 2

    def found(self, seen: Seen) -> Finding:
        """The share of blocks that are so."""
        bent = {id(layer) for layer, after in pairwise(seen.layers) if after.type in ACTIVATIONS}
        found = blocks(seen.layers)
        whole = [
            block
            for block in found
            if len(block.pointwise) == self.pointwise
            and all(id(layer) in bent for layer in (block.spatial, *block.pointwise)[:-1])
        ]
        share = len(whole) / len(found) if found else 0.0
        told = ", ".join(f"{side(block.spatial)}x{side(block.spatial)}: {len(block.pointwise)}" for block in found)
        return seen.finding(
            "micro networks",
            at_least(1, share, share),
            f"In {seen.words}, {self.pointwise} convolutions of 1x1 with an activation between the layers follow "
            f"{len(whole)} of {counted(len(found), 'larger convolution')} ({told}).",
            effect=share,
            unit="of the blocks",
            bound=1,
        )


class LayerOrder(OfNetworks):
    """Convolutions by their kernel, poolings and fully connected layers come in this order and no others."""

    name: ClassVar[str] = "layer order"
    test: Literal["layer order"]
    order: tuple[str, ...]
    """ "11x11", "pooling", "fully connected", "mean"."""

    def found(self, seen: Seen) -> Finding:
        """How many layers would have to go or to come."""
        own = [
            WORDS.get(layer.type, f"{side(layer)}x{side(layer)}")
            for layer in seen.layers
            if layer.type in WORDS or layer.type == "Conv2d"
        ]
        steps = SequenceMatcher(None, self.order, own, autojunk=False).get_opcodes()
        lacks = [word for kind, i1, i2, _, _ in steps if kind != "equal" for word in self.order[i1:i2]]
        beside = [word for kind, _, _, j1, j2 in steps if kind != "equal" for word in own[j1:j2]]
        apart = len(lacks) + len(beside)
        return seen.finding(
            "order of the layers",
            at_most(0, apart, apart),
            f"{seen.start} has {words(own)}. Of the layers that the claim names it lacks {len(lacks) or 'none'}"
            f"{f' ({words(lacks)})' if lacks else ''}, and it has {len(beside) or 'none'} that are not named.",
            effect=apart,
            unit="layers that differ",
            bound=0,
        )


class AlongTheNetwork(OfNetworks):
    """From each block to the next, channels grow or maps shrink."""

    name: ClassVar[str] = "along the network"
    test: Literal["along the network"]
    quantity: Literal["channels", "side"]

    def found(self, seen: Seen) -> Finding:
        """How many steps go otherwise."""
        found = [
            channels_out(block.spatial) if self.quantity == "channels" else block.spatial.output_shape[1]
            for block in blocks(seen.layers)
        ]
        grows = self.quantity == "channels"
        against = sum(not (after > before if grows else after < before) for before, after in pairwise(found))
        told = f"channels {words(found)}" if grows else f"maps of side {words(found)}"
        steps = len(found) - 1
        end = f"{steps - against} of {counted(steps, 'step')} {'rise' if grows else 'fall'}"
        return seen.finding(
            "channels from block to block" if grows else "size from block to block",
            at_most(0, against, against),
            f"The blocks of {seen.words} give {told}: {end}.",
            effect=against,
            unit="steps",
            bound=0,
        )


ARRANGEMENT: dict[str, type[Predicate]] = {one.name: one for one in (MicroNetworks, LayerOrder, AlongTheNetwork)}
