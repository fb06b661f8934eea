"""Claims on how networks get off the ground and when they arrive."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.judge import above, at_most
from bench.claims.model import Finding, Predicate
from bench.claims.predicates.compared import POINTS, judge_difference, judge_ratio, mean
from bench.claims.predicates.runs import FEWEST, Runs, Side, aligned, lacking, title, too_few, under
from bench.numbers import percent, significant, times
from bench.protocols.experiments import STARTS
from bench.records import Convergence, Record
from bench.stats import fisher, proportion_interval, restricted_mean_ratio

PROTOCOLS = ("convergence224", "convergence28")
Clock = Literal["images", "seconds"]
GONE = 1e-12
"""Stands for a gradient of zero, which has no logarithm: smaller than any that single precision makes use of."""


class TimeToTarget(Predicate):
    """How long a network takes to an accuracy on held-out images, as a multiple of what others take.

    A run that does not arrive is not left out: times are compared by their restricted means, up to the longest time
    that every run of the two networks was watched for.
    """

    test: Literal["time to accuracy"]
    network: str
    against: tuple[str, ...] = Field(min_length=1)
    targets: tuple[float, ...] = (0.7, 0.8, 0.85)
    clocks: tuple[Clock, ...] = ("images", "seconds")
    relation: Literal["higher", "lower"]
    times: float = Field(default=1.0, gt=0)
    """The ratio that the interval has to lie above or below."""
    protocols: tuple[str, ...] = PROTOCOLS

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for other in self.against:
            runs = aligned(evidence, "convergence", under(self.protocols, (self.network, other)))
            for clock in self.clocks:
                for target in self.targets:
                    about = f"{clock} to {percent(target)}: {title(self.network)} against {title(other)}"
                    if runs is None:
                        yield lacking(about, (self.network, other), self.protocols[-1], "convergence")
                    else:
                        yield self._finding(about, runs, clock, target)

    def _finding(self, about: str, runs: Runs, clock: Clock, target: float) -> Finding:
        results = [[convergence(record) for record in row] for row in runs.rows]
        horizon = min(getattr(result.checks[-1], clock) for row in results for result in row)
        arrived = [[time_to(result, target, clock) for result in row] for row in results]
        counts = [sum(time <= horizon for time in row) for row in arrived]
        names = [title(side.arch) for side in runs.sides]
        if not any(counts):
            return Finding(
                about=about,
                verdict="inconclusive",
                says=f"No run of {names[0]} or {names[1]} reached {percent(target)} within {_told(horizon, clock)} "
                f"({runs.where}).",
                n=runs.n,
                records=runs.keys,
                provisional=runs.provisional,
            )
        watched = [[min(time, horizon) for time in row] for row in arrived]
        observed = [[time <= horizon for time in row] for row in arrived]
        tested = restricted_mean_ratio(watched[0], observed[0], watched[1], observed[1], horizon, self.times)
        says = (
            f"To {percent(target)} of held-out images {names[0]} takes {times(tested.effect)} times the {clock} of "
            f"{names[1]} (95 % interval {times(tested.low)} to {times(tested.high)}, {runs.n} runs of each, "
            f"{runs.where}); {counts[0]} and {counts[1]} arrived within {_told(horizon, clock)}."
        )
        higher, lower = above(self.times, tested.low, tested.high), above(-self.times, -tested.high, -tested.low)
        return Finding(
            about=about,
            verdict=higher if self.relation == "higher" else lower,
            says=says,
            effect=tested.effect,
            low=tested.low,
            high=tested.high,
            unit="times",
            bound=self.times,
            p_value=tested.p_value,
            n=runs.n,
            records=runs.keys,
            provisional=runs.provisional,
        )


class FailedStarts(Predicate):
    """Share of runs that learn nothing, over learning rates that are the same for every network.

    Against others by Fisher's exact test over all rates together; without others held against `share`.
    """

    test: Literal["failed starts"]
    network: str
    against: tuple[str, ...] = ()
    relation: Literal["higher", "lower"] = "higher"
    share: float | None = Field(default=None, gt=0, lt=1)
    """At most so many may fail, where there is nothing to compare with."""
    rates: tuple[float, ...] = STARTS
    sizes: tuple[int, ...] = (224, 28)
    chance: float = 0.2
    """Held-out accuracy up to which a run has learnt nothing: twice chance."""
    seeds: int = 10

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for other in self.against or (None,):
            networks = [self.network] if other is None else [self.network, other]
            about = f"failed starts: {' against '.join(title(network) for network in networks)}"
            runs = aligned(evidence, "convergence", starts(self.sizes, self.rates, networks), seeds=self.seeds)
            if runs is None:
                yield lacking(about, networks, "starts28", "convergence", seeds=self.seeds)
                continue
            failed = [
                sum(_failed(record, self.chance) for row in runs.rows[i :: len(networks)] for record in row)
                for i in range(len(networks))
            ]
            if other is None:
                yield self._alone(about, runs, failed[0])
            else:
                yield self._beside(about, runs, failed, [title(network) for network in networks])

    def _beside(self, about: str, runs: Runs, failed: Sequence[int], names: Sequence[str]) -> Finding:
        n = runs.n * len(self.rates)
        tested = fisher(failed[0], n, failed[1], n)
        sign = 1 if self.relation == "higher" else -1
        low, high = sorted((sign * tested.low, sign * tested.high))
        verdict = above(0.0, low, high)
        # Fisher's test is the one that decides; the interval beside it is an approximation.
        if verdict != "inconclusive" and tested.p_value >= 0.05:
            verdict = "inconclusive"
        says = (
            f"{failed[0]} of {n} runs of {names[0]} learn nothing and {failed[1]} of {n} of {names[1]}: a difference "
            f"of {100 * tested.effect:.0f} percentage points (95 % interval {100 * tested.low:.0f} to "
            f"{100 * tested.high:.0f}; Fisher's exact test p = {significant(tested.p_value, 2)}; {runs.where})."
        )
        return Finding(
            about=about,
            verdict=verdict,
            says=says,
            effect=100 * tested.effect,
            low=100 * tested.low,
            high=100 * tested.high,
            unit=POINTS,
            bound=0.0,
            p_value=tested.p_value,
            n=n,
            records=runs.keys,
            provisional=runs.provisional,
        )

    def _alone(self, about: str, runs: Runs, failed: int) -> Finding:
        assert self.share is not None, "without others there has to be a share"
        n = runs.n * len(self.rates)
        value, low, high = proportion_interval(failed, n)
        assert low is not None
        assert high is not None
        says = (
            f"{failed} of {n} runs of {title(self.network)} learn nothing, {percent(value)} (95 % interval "
            f"{percent(low)} to {percent(high)}, {runs.where}); at most {percent(self.share)} was asked for."
        )
        return Finding(
            about=about,
            verdict=at_most(self.share, low, high),
            says=says,
            effect=100 * value,
            low=100 * low,
            high=100 * high,
            unit="per cent",
            bound=100 * self.share,
            n=n,
            records=runs.keys,
            provisional=runs.provisional,
        )


class SharedRecipe(Predicate):
    """Whether one learning rate does for all networks about what each one's own best rate does for it.

    Rates are chosen on every other seed, the network's own and the common one, and compared on the seeds between,
    so that the choice is not judged on the runs that it was made by.
    """

    test: Literal["one recipe for all"]
    networks: tuple[str, ...] = Field(min_length=2)
    points: float = Field(default=1.0, gt=0)
    rates: tuple[float, ...] = STARTS
    sizes: tuple[int, ...] = (224, 28)
    seeds: int = 2 * FEWEST

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        runs = aligned(evidence, "convergence", starts(self.sizes, self.rates, self.networks), seeds=self.seeds)
        if runs is None:
            about = "one learning rate for all networks"
            yield lacking(about, self.networks, "starts28", "convergence", seeds=self.seeds)
            return
        reached = [
            [[100 * _last(record) for record in row] for row in runs.rows[i :: len(self.networks)]]
            for i in range(len(self.networks))
        ]
        seen = [[mean(row[::2]) for row in network] for network in reached]
        best = [max(range(len(self.rates)), key=network.__getitem__) for network in seen]
        # The common rate is the one whose largest loss on any network is the smallest.
        losses = [
            max(network[own] - network[rate] for network, own in zip(seen, best, strict=True))
            for rate in range(len(self.rates))
        ]
        common = min(range(len(self.rates)), key=losses.__getitem__)
        for network, values, own in zip(self.networks, reached, best, strict=True):
            judged = judge_difference(values[own][1::2], values[common][1::2], "not higher", self.points)
            says = (
                f"At the common peak learning rate of {self.rates[common]:g} {title(network)} reaches "
                f"{mean(values[common][1::2]):.1f} % of held-out images, at its own best, {self.rates[own]:g}, "
                f"{mean(values[own][1::2]):.1f} %: {judged.effect:.2f} percentage points more (95 % interval "
                f"{judged.low:.2f} to {judged.high:.2f}, {judged.n} seeds, {runs.where})."
            )
            yield judged.finding(f"one learning rate for all: {title(network)}", says, POINTS, runs)


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
            first, second = ([gradient_ratio(convergence(record)) for record in row] for row in kept.rows)
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


def starts(sizes: Sequence[int], rates: Sequence[float], networks: Sequence[str]) -> list[list[Side]]:
    """All networks at all common learning rates, as choices for `aligned`; sides are ordered by rate, then network."""
    return [[Side(network, f"starts{size}-{rate:g}") for rate in rates for network in networks] for size in sizes]


def convergence(record: Record) -> Convergence:
    """The record's result."""
    assert isinstance(record.result, Convergence)
    return record.result


def time_to(result: Convergence, target: float, clock: Clock) -> float:
    """When the held-out accuracy is first at least `target`, in images or seconds; infinite where it never is."""
    return next(
        (float(getattr(check, clock)) for check in result.checks if check.held_out_accuracy >= target), math.inf
    )


def gradient_ratio(result: Convergence) -> float:
    """Median over steps of the first weights' gradient norm over the last weights', not below `GONE`.

    Raises:
        ValueError: there is no step with both.
    """
    ratios = [step.first / step.last for step in result.gradients if step.first is not None and step.last]
    if not ratios:
        raise ValueError("no step has finite gradients of both layers")
    return max(median(ratios), GONE)


def _has_gradients(record: Record) -> bool:
    return any(step.first is not None and step.last for step in convergence(record).gradients)


def _last(record: Record) -> float:
    return convergence(record).checks[-1].held_out_accuracy


def _failed(record: Record, chance: float) -> bool:
    return convergence(record).outcome == "diverged" or _last(record) <= chance


def _told(horizon: float, clock: Clock) -> str:
    return f"{significant(horizon)} {clock}"


PREDICATES: Sequence[type[Predicate]] = (TimeToTarget, FailedStarts, SharedRecipe, GradientOfFirstLayer, DeadClasses)
