"""One bound that a number is held against, the same for all predicates about what is exact."""

from __future__ import annotations

from abc import ABC
from typing import Self

from pydantic import model_validator

from bench.claims.judge import Judgement, at_least, at_most
from bench.claims.model import Predicate


class Bounded(Predicate, ABC):
    """A number has to be at least, at most or exactly so much; one of the three is given."""

    at_least: float | None = None
    at_most: float | None = None
    exactly: float | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if sum(bound is not None for bound in (self.at_least, self.at_most, self.exactly)) != 1:
            raise ValueError("give one of at_least, at_most and exactly")
        return self

    @property
    def bound(self) -> float:
        """Whichever is given."""
        return next(bound for bound in (self.at_least, self.at_most, self.exactly) if bound is not None)

    @property
    def asked(self) -> str:
        """ "at least 2", "at most 1e-12", "16"."""
        word = "at least " if self.at_least is not None else "at most " if self.at_most is not None else ""
        return f"{word}{self.bound:,.0f}" if self.bound.is_integer() else f"{word}{self.bound:g}"

    def judged(self, value: float) -> Judgement:
        """What an exact number says."""
        if self.at_least is not None:
            return at_least(self.at_least, value, value)
        if self.at_most is not None:
            return at_most(self.at_most, value, value)
        return "supported" if value == self.exactly else "refuted"
