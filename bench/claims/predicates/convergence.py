"""Claims on when networks arrive at an accuracy."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.judge import Judgement, above
from bench.claims.model import Finding, Predicate
from bench.claims.names import Network, ProtocolName
from bench.claims.predicates.runs import FEWEST, Runs, aligned, lacking, left_open, title, under
from bench.numbers import percent, significant, times
from bench.records import Convergence, Record, with_seconds
from bench.stats import Tested, restricted_mean_ratio

PROTOCOLS = ("convergence224", "convergence28")
Clock = Literal["images", "seconds"]


class TimeToTarget(Predicate):
    """How long a network takes to an accuracy on held-out images, as a multiple of what others take.

    A run that does not arrive is not left out: times are compared by their restricted means, up to the longest time
    that every run of the two networks was watched for.
    """

    test: Literal["time to accuracy"]
    network: Network
    against: tuple[Network, ...] = Field(min_length=1)
    targets: tuple[float, ...] = (0.7, 0.8, 0.85)
    clocks: tuple[Clock, ...] = ("images", "seconds")
    relation: Literal["higher", "lower"]
    times: float = Field(default=1.0, gt=0)
    """The ratio that the interval has to lie above or below."""
    refuted_from: float | None = Field(default=None, gt=0)
    """The ratio that the interval has to lie beyond for the claim to fall, where it is another."""
    protocols: tuple[ProtocolName, ...] = PROTOCOLS

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for other in self.against:
            every = aligned(evidence, "convergence", under(self.protocols, (self.network, other)))
            for clock in self.clocks:
                runs = every if every is None or clock == "images" else _clocked(every)
                for target in self.targets:
                    about = f"{clock} to {percent(target)}: {title(self.network)} against {title(other)}"
                    if every is None:
                        yield lacking(about, (self.network, other), self.protocols[-1], "convergence")
                    elif runs is None:
                        yield _in_company(about, every)
                    else:
                        yield self._finding(about, runs, clock, target)

    def _finding(self, about: str, runs: Runs, clock: Clock, target: float) -> Finding:
        results = [[convergence(record) for record in row] for row in runs.rows]
        horizon = min(getattr(result.checks[-1], clock) for row in results for result in row)
        arrived = [[time_to(result, target, clock) for result in row] for row in results]
        counts = [sum(time <= horizon for time in row) for row in arrived]
        names = [title(side.arch) for side in runs.sides]
        if not any(counts):
            nobody = f"No run of {names[0]} or {names[1]} reached {percent(target)} within {_told(horizon, clock)}"
            return left_open(about, f"{nobody} ({runs.where}).", runs, runs.n)
        watched = [[min(time, horizon) for time in row] for row in arrived]
        observed = [[time <= horizon for time in row] for row in arrived]

        def judged(bound: float) -> tuple[Tested, Judgement]:
            tested = restricted_mean_ratio(watched[0], observed[0], watched[1], observed[1], horizon, bound)
            if self.relation == "higher":
                return tested, above(bound, tested.low, tested.high)
            return tested, above(-bound, -tested.high, -tested.low)

        bound = self.times
        tested, verdict = judged(bound)
        if self.refuted_from is not None and verdict == "refuted":
            against, verdict = judged(self.refuted_from)
            if verdict == "refuted":
                tested, bound = against, self.refuted_from
            else:
                verdict = "inconclusive"
        says = (
            f"To {percent(target)} of held-out images {names[0]} takes {times(tested.effect)} times the {clock} of "
            f"{names[1]} (95 % interval {times(tested.low)} to {times(tested.high)}, {runs.n} runs of each, "
            f"{runs.where}); {counts[0]} and {counts[1]} arrived within {_told(horizon, clock)}."
        )
        return Finding(
            about=about,
            verdict=verdict,
            says=says,
            effect=tested.effect,
            low=tested.low,
            high=tested.high,
            unit="times",
            bound=bound,
            p_value=tested.p_value,
            n=runs.n,
            records=runs.keys,
            provisional=runs.provisional,
        )


def _clocked(runs: Runs) -> Runs | None:
    """Those whose seconds compare, where they are enough."""
    comparable = with_seconds(record for row in runs.rows for record in row)
    kept = runs.only(lambda record: record.key in comparable)
    return kept if kept.n >= FEWEST else None


def _in_company(about: str, runs: Runs) -> Finding:
    """There are runs, and their seconds count for nothing."""
    return Finding(
        about=about,
        verdict="not measured",
        says=f"Fewer than {FEWEST} of the {runs.n} seeds ran on one processor with nothing beside them ({runs.where}), "
        "so that their seconds count for nothing; the same command in another results folder, without --jobs, would "
        "give some.",
    )


def convergence(record: Record) -> Convergence:
    """The record's result."""
    assert isinstance(record.result, Convergence)
    return record.result


def time_to(result: Convergence, target: float, clock: Clock) -> float:
    """When the held-out accuracy is first at least `target`, in images or seconds; infinite where it never is."""
    return next(
        (float(getattr(check, clock)) for check in result.checks if check.held_out_accuracy >= target), math.inf
    )


def _told(horizon: float, clock: Clock) -> str:
    return f"{significant(horizon)} {clock}"


PREDICATES: Sequence[type[Predicate]] = (TimeToTarget,)
