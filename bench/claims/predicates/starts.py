"""Claims on runs at learning rates that all networks share: how many start, and how far one rate does for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.judge import above, at_most
from bench.claims.model import Finding, Predicate
from bench.claims.names import Network
from bench.claims.predicates.compared import POINTS, judge_difference, mean
from bench.claims.predicates.convergence import convergence
from bench.claims.predicates.runs import FEWEST, Runs, Side, aligned, lacking, title, trained
from bench.numbers import percent, significant
from bench.protocols.experiments import STARTS
from bench.records import Record
from bench.stats import fisher, rate_against_chance


class FailedStarts(Predicate):
    """Share of runs that learn nothing, over learning rates that are the same for every network.

    Which do is told by their outcome: those that diverged, or stayed below twice chance on held-out images.  Against
    others by Fisher's exact test over all rates together; without others held against `share`.
    """

    test: Literal["failed starts"]
    network: Network
    against: tuple[Network, ...] = ()
    relation: Literal["higher", "lower"] = "higher"
    share: float | None = Field(default=None, gt=0, lt=1)
    """At most so many may fail, where there is nothing to compare with."""
    rates: tuple[float, ...] = STARTS
    sizes: tuple[int, ...] = (224, 28)
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
                sum(not trained(record) for row in runs.rows[i :: len(networks)] for record in row)
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
        tested = rate_against_chance(failed, n, self.share)
        says = (
            f"{failed} of {n} runs of {title(self.network)} learn nothing, {percent(tested.effect)} (95 % interval "
            f"{percent(tested.low)} to {percent(tested.high)}, {runs.where}); at most {percent(self.share)} was "
            "asked for."
        )
        verdict = at_most(self.share, tested.low, tested.high)
        # The exact test is the one that decides; the interval beside it is an approximation.
        if verdict != "inconclusive" and tested.p_value >= 0.05:
            verdict = "inconclusive"
        return Finding(
            about=about,
            verdict=verdict,
            says=says,
            effect=100 * tested.effect,
            low=100 * tested.low,
            high=100 * tested.high,
            unit="per cent",
            bound=100 * self.share,
            p_value=tested.p_value,
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
    networks: tuple[Network, ...] = Field(min_length=2)
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
            judged = judged.cut(-100.0, 100.0)
            says = (
                f"At the common peak learning rate of {self.rates[common]:g} {title(network)} reaches "
                f"{mean(values[common][1::2]):.1f} % of held-out images, at its own best, {self.rates[own]:g}, "
                f"{mean(values[own][1::2]):.1f} %, a difference of {judged.effect:+z.2f} percentage points (95 % "
                f"interval {judged.low:+z.2f} to {judged.high:+z.2f}, {judged.n} seeds, {runs.where})."
            )
            yield judged.finding(f"one learning rate for all: {title(network)}", says, POINTS, runs)


def starts(sizes: Sequence[int], rates: Sequence[float], networks: Sequence[str]) -> list[list[Side]]:
    """All networks at all common learning rates, as choices for `aligned`; sides are ordered by rate, then network."""
    return [[Side(network, f"starts{size}-{rate:g}") for rate in rates for network in networks] for size in sizes]


def _last(record: Record) -> float:
    return convergence(record).checks[-1].held_out_accuracy


PREDICATES: Sequence[type[Predicate]] = (FailedStarts, SharedRecipe)
