"""Exact counts as the predicates read them, and what is said where there are none."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainSerializer

from bench.claims.evidence import Evidence, Setting
from bench.claims.judge import Judgement, above, at_least, at_most
from bench.claims.model import Finding, Need, Source
from bench.claims.predicates.runs import title
from bench.numbers import listing, percent, times
from bench.records import Complexity, Layer, Record

Relation = Literal["at most", "below", "at least", "above"]
"""What a claim says of an exact effect and its bound."""
Quantity = Literal["parameters", "macs"]
QUANTITIES: dict[Quantity, str] = {"parameters": "parameters", "macs": "multiply-accumulates"}
SHORT: dict[Quantity, str] = {"parameters": "parameters", "macs": "MACs"}
Layers = Literal["1x1", "fully connected"]
LAYERS: dict[Layers, str] = {"1x1": "1x1 convolutions", "fully connected": "fully connected layers"}


def _setting(value: Any) -> Any:
    return Setting.parse(value) if isinstance(value, str) else value


Place = Annotated[
    Setting,
    BeforeValidator(_setting),
    PlainSerializer(lambda one: f"{one}/{one.num_classes}"),
]
"""A setting, written "1x224x224/10" in the ledger."""


@dataclass(frozen=True)
class Counted:
    """A network's counts in one setting."""

    title: str
    key: str
    counts: Complexity

    def total(self, quantity: Quantity) -> int:
        """Of the whole network."""
        return self.counts.parameters if quantity == "parameters" else self.counts.macs

    def of(self, layers: Layers, quantity: Quantity) -> int:
        """Of one kind of layers."""
        return sum(getattr(layer, quantity) for layer in chosen(self.counts.layers, layers))


def counted(evidence: Evidence, network: str, setting: Setting) -> Counted | None:
    """The network's counts, if there is a record of them."""
    record: Record | None = evidence.counts(network, setting)
    if record is None or not isinstance(record.result, Complexity):
        return None
    return Counted(title(network), record.key, record.result)


def lacking(about: str, networks: Iterable[str], setting: Setting) -> Finding:
    """No counts of these networks in that setting."""
    missing = tuple(dict.fromkeys(networks))
    return Finding(
        about=about,
        verdict="not measured",
        says=f"There are no counts of {listing([title(one) for one in missing])} at {words(setting)}.",
        needs=(Need(missing, setting.protocol, "complexity"),),
    )


def exact(
    about: str,
    says: str,
    effect: float,
    relation: Relation,
    bound: float,
    records: Iterable[str],
    unit: str = "times",
    *,
    provisional: bool = False,
    sources: tuple[Source, ...] = (),
) -> Finding:
    """A finding on an effect that has no uncertainty; the sentence is told what the claim asked for."""
    return Finding(
        about=about,
        verdict=judged(effect, relation, bound),
        says=f"{says}; the claim asks for {asked(relation, bound, unit)}.",
        effect=effect,
        low=effect,
        high=effect,
        unit=unit,
        bound=bound,
        records=tuple(dict.fromkeys(records)),
        provisional=provisional,
        sources=sources,
    )


def judged(effect: float, relation: Relation, bound: float) -> Judgement:
    """Whether an exact effect is what the claim says."""
    return held(relation, bound, effect, effect)


def held(relation: Relation, bound: float, low: float, high: float) -> Judgement:
    """Whether all of an interval is what the claim says of its effect, or none of it, or neither."""
    return {
        "at most": at_most(bound, low, high),
        "below": above(-bound, -high, -low),
        "at least": at_least(bound, low, high),
        "above": above(bound, low, high),
    }[relation]


def chosen(layers: Sequence[Layer], kind: Layers) -> list[Layer]:
    """Layers of one kind."""
    if kind == "1x1":
        return [layer for layer in layers if layer.type == "Conv2d" and layer.kernel_size == (1, 1)]
    return [layer for layer in layers if layer.type == "Linear"]


def depth(layers: Sequence[Layer]) -> int:
    """Convolutions and linear layers on the longest way through the network.

    A word after a number in a layer's name is a branch, as in "features.8.three.2": of branches the longest counts.
    """
    longest: dict[str, int] = defaultdict(int)
    branches: dict[tuple[str, str], int] = defaultdict(int)
    for layer in layers:
        if layer.type not in ("Conv2d", "Linear"):
            continue
        parts = layer.name.split(".")
        words_after = [i for i in range(1, len(parts)) if parts[i - 1].isdigit() and not parts[i].isdigit()]
        at = words_after[0] if words_after else len(parts)
        module, branch = ".".join(parts[:at]), ".".join(parts[at : at + 1])
        branches[module, branch] += 1
        longest[module] = max(longest[module], branches[module, branch])
    return sum(longest.values())


def weights(layer: Layer) -> int:
    """Parameters of a convolution or a linear layer, its biases left out."""
    if layer.type == "Linear":
        return layer.macs
    return layer.macs // math.prod(layer.output_shape[1:])


def exact_times(ratio: float) -> str:
    """How many times as much, with the digits that tell what is exact from one."""
    return f"{ratio:.3f}" if 0.95 <= ratio < 1.05 else times(ratio)


def share_words(share: float) -> str:
    """A share in per cent, which is 100 % only where nothing is left."""
    return f"{100 * share:.2f} %" if 0.995 <= share < 1 else percent(share)


def words(setting: Setting) -> str:
    """ "1x224x224 and 10 classes"."""
    return f"{setting} and {setting.num_classes:,} classes"


def asked(relation: Relation, bound: float, unit: str) -> str:
    """ "at most 0.5 times", "no more" of once; a share is asked for in per cent, as it is told."""
    if unit.startswith("of "):
        return f"{relation} {100 * bound:g} %"
    if unit == "times" and bound == 1:
        return {"at most": "no more", "below": "less", "at least": "no less", "above": "more"}[relation]
    return f"{relation} {bound:g}{' times' if unit == 'times' else ''}"
