"""Claims about how many layers of a kind there are, and how large."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from bench.audit.facts import channels_in, channels_out, counted, side
from bench.claims.evidence import Evidence
from bench.claims.judge import above, within
from bench.claims.model import Finding, Predicate
from bench.claims.names import Network
from bench.claims.predicates.bounds import Bounded
from bench.claims.predicates.counted import Place
from bench.claims.predicates.networks import DEFAULT, OfNetworks, Seen, counted_network
from bench.numbers import listing as words
from bench.numbers import times
from bench.records import Layer

Noun = Literal[
    "convolution", "1x1 convolution", "fully connected layer", "global average pooling", "layer with weights"
]
TYPES: dict[Noun, tuple[str, ...]] = {
    "convolution": ("Conv2d",),
    "1x1 convolution": ("Conv2d",),
    "fully connected layer": ("Linear",),
    "global average pooling": ("AdaptiveAvgPool2d",),
    "layer with weights": ("Conv2d", "Linear"),
}
PLURALS = {"layer with weights": "layers with weights"}
That = Literal["raise the channels", "lower the channels", "change height or width"]
SINGULAR: dict[That, str] = {
    "raise the channels": "raises the channels",
    "lower the channels": "lowers the channels",
    "change height or width": "changes height or width",
}


def chosen(layers: Sequence[Layer], noun: Noun) -> list[Layer]:
    """Layers of one kind, in order."""
    return [layer for layer in layers if layer.type in TYPES[noun] and (noun != "1x1 convolution" or side(layer) == 1)]


class LayerCount(Bounded, OfNetworks):
    """How many layers of a kind there are, or how many of them do something."""

    name: ClassVar[str] = "layer count"
    test: Literal["layer count"]
    layers: Noun
    that: That | None = None
    kernel_other_than: int | None = None
    """Only those whose kernel has another side."""

    def found(self, seen: Seen) -> Finding:
        """Their number, and for what has weights which they are."""
        found = [layer for layer in chosen(seen.layers, self.layers) if self._does(layer)]
        told = f"{len(found) or 'no'} {self._noun(singular=len(found) < 2)}"
        return seen.finding(
            self._noun(singular=False),
            self.judged(len(found)),
            f"{seen.start} has {told}{self._detail(found)}; the claim asks for {self.asked}.",
            effect=len(found),
            unit=self._noun(singular=len(found) == 1),
            bound=self.bound,
        )

    def _noun(self, singular: bool) -> str:
        noun = self.layers if singular else PLURALS.get(self.layers, f"{self.layers}s")
        condition = f" that {SINGULAR[self.that] if singular else self.that}" if self.that else ""
        if self.kernel_other_than is not None:
            condition += f" with another kernel than {self.kernel_other_than}x{self.kernel_other_than}"
        return noun + condition

    def _does(self, layer: Layer) -> bool:
        if self.kernel_other_than is not None and side(layer) == self.kernel_other_than:
            return False
        if self.that == "raise the channels":
            return channels_out(layer) > channels_in(layer)
        if self.that == "lower the channels":
            return channels_out(layer) < channels_in(layer)
        if self.that == "change height or width":
            return layer.input_shape is not None and layer.output_shape[1:] != layer.input_shape[1:]
        return True

    def _detail(self, found: Sequence[Layer]) -> str:
        if self.layers == "layer with weights":
            several = [chosen(found, noun) for noun in ("convolution", "fully connected layer")]
            return (
                f" ({counted(len(several[0]), 'convolution')} and {counted(len(several[1]), 'fully connected layer')})"
            )
        if self.layers == "fully connected layer" and found:
            return f" ({words([f'{channels_in(layer):,} to {channels_out(layer):,}' for layer in found])})"
        return ""


class LayerDifference(Bounded):
    """How many more layers of a kind one network has than another."""

    name: ClassVar[str] = "layer difference"
    test: Literal["layer difference"]
    network: Network
    other: Network
    layers: Noun
    setting: Place = DEFAULT

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One, or what is not counted yet."""
        pair = [counted_network(evidence, name, self.setting) for name in (self.network, self.other)]
        seen = [one for one in pair if isinstance(one, Seen)]
        if len(seen) < 2:
            yield from (one for one in pair if isinstance(one, Finding))
            return
        own, other = (len(chosen(one.layers, self.layers)) for one in seen)
        told = f"{seen[0].words} has {counted(own, self.layers)} and {seen[1].words} {other or 'none'}"
        yield Finding(
            about=f"{self.layers}s, {self.network} against {self.other}",
            verdict=self.judged(own - other),
            says=f"{told}, a difference of {own - other}; the claim asks for {self.asked}.",
            effect=own - other,
            low=own - other,
            high=own - other,
            unit="layers",
            bound=self.bound,
            records=tuple(one.key for one in seen),
        )


class LargestKernel(Predicate):
    """The largest kernel of each of some networks is larger than a size, or than that of another network."""

    name: ClassVar[str] = "largest kernel"
    test: Literal["largest kernel"]
    networks: tuple[Network, ...]
    above: int | Network
    """Pixels, or a network."""
    setting: Place = DEFAULT

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One a network."""
        base = counted_network(evidence, self.above, self.setting) if isinstance(self.above, str) else None
        if isinstance(base, Finding):
            yield base
            return
        for name in self.networks:
            seen = counted_network(evidence, name, self.setting)
            yield seen if isinstance(seen, Finding) else self._found(seen, base)

    def _found(self, seen: Seen, base: Seen | None) -> Finding:
        own = _largest(seen)
        other = _largest(base) if base is not None else int(self.above)
        ratio = own / other
        return Finding(
            about=f"largest kernel, {seen.words}, beside {'that of ' + base.words if base else f'{other}x{other}'}",
            verdict=above(1, ratio, ratio),
            says=f"The largest kernel of {seen.words} is {own}x{own}, "
            + (f"that of {base.words} {other}x{other}." if base else f"the size to exceed {other}x{other}.")
            + f" That is {times(ratio)} times the side.",
            effect=ratio,
            low=ratio,
            high=ratio,
            unit="times",
            bound=1,
            records=(seen.key, *([base.key] if base else [])),
        )


def _largest(seen: Seen) -> int:
    return max(side(layer) for layer in chosen(seen.layers, "convolution"))


class EqualCounts(Predicate):
    """Two networks need the same multiply-accumulates, though one has more parameters, which is the control."""

    name: ClassVar[str] = "equal computation"
    test: Literal["equal computation"]
    network: Network
    other: Network
    setting: Place = DEFAULT

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One, or what is not counted yet; inconclusive where the two have as many parameters."""
        pair = [counted_network(evidence, name, self.setting) for name in (self.network, self.other)]
        own, other = pair
        if isinstance(own, Finding) or isinstance(other, Finding):
            yield from (one for one in pair if isinstance(one, Finding))
            return
        assert own.macs is not None
        assert other.macs is not None
        assert own.parameters is not None
        assert other.parameters is not None
        more = own.parameters - other.parameters
        difference = own.macs - other.macs
        yield Finding(
            about=f"multiply-accumulates, {self.network} against {self.other}",
            verdict=within(1, difference, difference) if more else "inconclusive",
            says=(
                f"In inference {own.words} takes {own.macs:,} multiply-accumulates and {other.words} {other.macs:,}; "
                f"the first has {more:,} parameters more."
            ),
            effect=difference,
            low=difference,
            high=difference,
            unit="multiply-accumulates",
            bound=0,
            records=(own.key, other.key),
        )


LAYERS: dict[str, type[Predicate]] = {
    one.name: one for one in (LayerCount, LayerDifference, LargestKernel, EqualCounts)
}
