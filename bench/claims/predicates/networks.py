"""Networks and listings as predicates see them: layers in the order of the forward pass, and where they come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from pydantic import model_validator

from bench.audit.facts import capital, every_layer
from bench.claims.evidence import Evidence, Setting
from bench.claims.judge import Judgement
from bench.claims.model import Finding, Need, Predicate
from bench.claims.names import ListingName, Network
from bench.claims.predicates.audited import audits, not_audited
from bench.claims.predicates.counted import Place
from bench.records import Complexity, Layer

DEFAULT = Setting.parse("1x224x224/10")


@dataclass(frozen=True)
class Seen:
    """One network as it was counted, or one listing as it was run."""

    words: str
    """ "NiN on 1x224x224", "the listing doc004-nin"."""
    layers: tuple[Layer, ...]
    num_classes: int
    parameters: int | None
    macs: int | None
    key: str

    @property
    def start(self) -> str:
        """`words` at the start of a sentence."""
        return capital(self.words)

    def finding(self, about: str, verdict: Judgement, says: str, *, effect: float, unit: str, bound: float) -> Finding:
        """On this one alone, with an exact number."""
        return Finding(
            about=f"{about}, {self.words}",
            verdict=verdict,
            says=says,
            effect=effect,
            low=effect,
            high=effect,
            unit=unit,
            bound=bound,
            records=(self.key,),
        )


def counted_network(evidence: Evidence, name: str, setting: Setting) -> Seen | Finding:
    """A registered network, or the finding that it was not counted."""
    record = evidence.counts(name, setting)
    if record is None or not isinstance(record.result, Complexity) or not _whole(record.result):
        need, words = Need((name,), setting.protocol, "complexity"), f"{name} on {setting}"
        return Finding(words, "not measured", f"The layers of {words} were not counted yet.", needs=(need,))
    result, words = record.result, f"{record.arch.title} on {setting}"
    return Seen(words, result.layers, record.arch.num_classes, result.parameters, result.macs, record.key)


def _whole(counts: Complexity) -> bool:
    """Whether each layer tells what it takes, which records of before it was asked do not."""
    return all(layer.input_shape is not None for layer in counts.layers)


def audited_listing(evidence: Evidence, name: str) -> Seen | Finding:
    """A document's listing, or the finding that it was not run."""
    found, words = audits(evidence), f"the listing {name}"
    if name not in found:
        return not_audited(words, name)
    key, audit = found[name]
    observed = audit.observed
    classes = next(record.arch.num_classes for record in evidence.of_kind("audit") if record.key == key)
    told = words if observed.executes is not None else f"{words}, by its twin"
    return Seen(told, every_layer(observed), classes, observed.parameters, observed.macs, key)


class OfNetworks(Predicate, ABC):
    """Asks the same of each of some networks and listings, and has a finding for each."""

    networks: tuple[Network, ...] = ()
    setting: Place = DEFAULT
    listings: tuple[ListingName, ...] = ()

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if not self.networks + self.listings:
            raise ValueError("name networks, listings or both")
        return self

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """In the order given, networks first."""
        for name in self.networks:
            seen = counted_network(evidence, name, self.setting)
            yield seen if isinstance(seen, Finding) else self.found(seen)
        for name in self.listings:
            seen = audited_listing(evidence, name)
            yield seen if isinstance(seen, Finding) else self.found(seen)

    @abstractmethod
    def found(self, seen: Seen) -> Finding:
        """What one of them shows."""
