"""Claims on what reaches a network's ends while it is trained: gradients at the first layer, images at the scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.judge import at_most
from bench.claims.model import Finding, Predicate
from bench.claims.predicates.compared import judge_ratio
from bench.claims.predicates.convergence import PROTOCOLS, convergence
from bench.claims.predicates.runs import FEWEST, aligned, lacking, title, too_few, under
from bench.numbers import significant, times
from bench.records import Record

GONE = 1e-12
"""Stands for a gradient of zero, which has no logarithm: smaller than any that single precision makes use of."""


class GradientOfFirstLayer(Predicate):
    """Norm of the gradient of the first weights over that of the last, beside that of other networks.

    Of each run the median over the steps that were kept, and of the pairs the mean ratio, by logarithms.
    """

    test: Literal["gradient of the first layer"]
    network: str
    against: tuple[str, ...] = Field(min_length=1)
    relation: Literal["higher", "lower"] = "higher"
    protocols: tuple[str, ...] = PROTOCOLS

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for other in self.against:
            about = f"gradient of the first layer: {title(self.network)} against {title(other)}"
            runs = aligned(evidence, "convergence", under(self.protocols, (self.network, other)))
            if runs is None:
                yield lacking(about, (self.network, other), self.protocols[-1], "convergence")
                continue
            kept = runs.only(_has_gradients)
            if kept.n < FEWEST:
                yield too_few(about, runs, kept)
                continue
            first, second = ([_ratio(record) for record in row] for row in kept.rows)
            judged = judge_ratio(first, second, self.relation)
            says = (
                f"The gradient of the first layer of {title(self.network)}, relative to its last, is "
                f"{times(judged.effect)} times that of {title(other)} (95 % interval {times(judged.low)} to "
                f"{times(judged.high)}, {judged.n} pairs, {kept.where}): {significant(median(first), 2)} against "
                f"{significant(median(second), 2)}."
            )
            yield judged.finding(about, says, "times", kept)


class DeadClasses(Predicate):
    """Classes whose score is the same for every image at the end of training, in runs of one network."""

    test: Literal["classes that are dead"]
    network: str
    at_most: float = Field(default=0.0, ge=0)
    """On average over runs."""
    protocols: tuple[str, ...] = PROTOCOLS

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        about = f"dead classes: {title(self.network)}"
        runs = aligned(evidence, "convergence", under(self.protocols, (self.network,)))
        if runs is None:
            yield lacking(about, (self.network,), self.protocols[-1], "convergence")
            return
        dead = [convergence(record).checks[-1].dead_classes for record in runs.rows[0]]
        average = sum(dead) / len(dead)
        says = (
            f"At the end of training {title(self.network)} has {significant(average, 2)} classes, on average over "
            f"{len(dead)} runs, whose score is the same for every held-out image ({runs.where}); the most in one run "
            f"is {max(dead)}."
        )
        yield Finding(
            about=about,
            # Counted in every run there is, not estimated from them.
            verdict=at_most(self.at_most, average, average),
            says=says,
            effect=average,
            low=average,
            high=average,
            unit="classes",
            bound=self.at_most,
            n=len(dead),
            records=runs.keys,
            provisional=runs.provisional,
        )


def _has_gradients(record: Record) -> bool:
    return convergence(record).gradient_ratio is not None


def _ratio(record: Record) -> float:
    """Of a run that has one, not below `GONE`."""
    return max(convergence(record).gradient_ratio or 0.0, GONE)


PREDICATES: Sequence[type[Predicate]] = (GradientOfFirstLayer, DeadClasses)
