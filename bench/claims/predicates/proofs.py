"""Claims that a computation decides: one of its numbers against a bound, beside a control."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal

from bench.claims.evidence import Evidence
from bench.claims.model import Finding, Need, Predicate
from bench.claims.predicates.bounds import Bounded
from bench.numbers import exact
from bench.records import Proof, Record

NEED = Need((), "", "proof")


class Proved(Bounded):
    """A number of a proof against a bound.

    The control is another number of the same proof, from a case in which the first would come out otherwise.  Where
    it does not reach its own bound the comparison is blind, and decides nothing.
    """

    name: ClassVar[str] = "proved"
    test: Literal["proved"]
    proof: str
    """Its name; `bench prove` lists them with their numbers."""
    quantity: str
    about: str
    control: str = ""
    control_at_least: float | None = None
    control_at_most: float | None = None

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        """One."""
        record = latest(evidence, self.proof)
        quantities = record.result.quantities if record and isinstance(record.result, Proof) else {}
        if record is None or not {self.quantity, self.control or self.quantity} <= set(quantities):
            yield Finding(self.about, "not measured", f"The proof {self.proof!r} is not kept yet.", needs=(NEED,))
            return
        value = quantities[self.quantity]
        told, verdict = f"The {self.quantity} is {exact(value)}", self.judged(value)
        if self.control:
            told += f", the {self.control} {exact(quantities[self.control])}"
            if not self._tells(quantities[self.control]):
                verdict = "inconclusive"
        blind = "the control shows that this comparison tells nothing"
        end = blind if verdict == "inconclusive" else f"the claim asks for {self.asked}"
        yield Finding(
            about=self.about,
            verdict=verdict,
            says=f"{told}; {end}.",
            effect=value,
            low=value,
            high=value,
            bound=self.bound,
            records=(record.key,),
        )

    def _tells(self, control: float) -> bool:
        low = self.control_at_least is None or control >= self.control_at_least
        return low and (self.control_at_most is None or control <= self.control_at_most)


def latest(evidence: Evidence, name: str) -> Record | None:
    """The record of a proof, the latest where there are several."""
    found: Iterable[Record] = [
        record
        for record in evidence.of_kind("proof")
        if isinstance(record.result, Proof) and record.result.name == name
    ]
    return max(found, key=lambda record: record.started, default=None)


PROOFS: dict[str, type[Predicate]] = {Proved.name: Proved}
