"""Claims on what reaches a network's ends while it is trained: gradients at the first layer, images at the scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import geometric_mean
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.judge import at_most
from bench.claims.model import Finding, Predicate
from bench.claims.names import Network, ProtocolName
from bench.claims.predicates.compared import judge_ratio
from bench.claims.predicates.convergence import PROTOCOLS, convergence
from bench.claims.predicates.runs import FEWEST, aligned, lacking, title, too_few, under
from bench.numbers import percent, significant, times
from bench.records import Record
from bench.stats import rate_below

RARE = 0.1
"""Share of runs that may have what none of those seen has, at most, for "none has" to count as shown."""
GONE = 1e-12
"""Stands for a gradient of zero, which has no logarithm: smaller than any that single precision makes use of."""


class GradientOfFirstLayer(Predicate):
    """Norm of the gradient of the first weights over that of the last, beside that of other networks.

    Of each run the median over the steps that were kept, and of the pairs the mean ratio, by logarithms.
    """

    test: Literal["gradient of the first layer"]
    network: Network
    against: tuple[Network, ...] = Field(min_length=1)
    relation: Literal["higher", "lower"] = "higher"
    protocols: tuple[ProtocolName, ...] = PROTOCOLS

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for other in self.against:
            about = f"gradient of the first layer: {title(self.network)} against {title(other)}"
            runs = aligned(evidence, "convergence", under(self.protocols, (self.network, other)))
            if runs is None:
                yield lacking(about, (self.network, other), self.protocols[-1], "convergence")
                continue
            kept = runs.only(_has_gradients)
            if kept.n < FEWEST:
                yield too_few(about, runs, kept, "have gradients at both ends")
                continue
            first, second = ([_ratio(record) for record in row] for row in kept.rows)
            judged = judge_ratio(first, second, self.relation)
            says = (
                f"The gradient of the first layer of {title(self.network)}, relative to its last, is "
                f"{times(judged.effect)} times that of {title(other)} (95 % interval {times(judged.low)} to "
                f"{times(judged.high)}, {judged.n} pairs, {kept.where}): "
                f"{significant(geometric_mean(first), 2)} against {significant(geometric_mean(second), 2)}, as "
                "geometric means."
            )
            yield judged.finding(about, says, "times", kept)


class DeadClasses(Predicate):
    """Whether a network ends its training with classes whose score is the same for every image.

    One run with more of them than may be refutes it.  None in a few runs only limits how many such runs there are, and
    supports it only where that limit is low.
    """

    test: Literal["classes that are dead"]
    network: Network
    at_most: int = Field(default=0, ge=0)
    """Classes of a run."""
    protocols: tuple[ProtocolName, ...] = PROTOCOLS

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        about = f"dead classes: {title(self.network)}"
        runs = aligned(evidence, "convergence", under(self.protocols, (self.network,)))
        if runs is None:
            yield lacking(about, (self.network,), self.protocols[-1], "convergence")
            return
        dead = [convergence(record).checks[-1].dead_classes for record in runs.rows[0]]
        having = sum(count > self.at_most for count in dead)
        share = having / len(dead)
        # A run that has some is a counterexample, and no estimate; only that none has is one.
        limit = None if having else rate_below(having, len(dead), RARE)
        says = (
            f"At the end of training {having or 'none'} of {len(dead)} runs of {title(self.network)} "
            f"{'have' if having > 1 else 'has'} {f'more than {self.at_most} classes' if self.at_most else 'a class'} "
            f"whose score is the same for every held-out image ({runs.where}); "
        )
        if limit is None:
            says += f"the most in one run is {max(dead)}."
        else:
            says += f"up to {percent(limit.high)} of runs could have one (upper limit of 95 %), "
            says += f"and at most {percent(RARE)} was asked for."
        yield Finding(
            about=about,
            verdict=at_most(RARE, limit.low, limit.high) if limit else "refuted",
            says=says,
            effect=share,
            low=share,
            high=limit.high if limit else share,
            unit="of runs",
            bound=RARE if limit else 0.0,
            p_value=limit.p_value if limit else None,
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
