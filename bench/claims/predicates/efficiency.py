"""Claims on how much accuracy a network makes of its parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.model import Finding, Need, Predicate
from bench.claims.predicates.answers import accuracies_by_lot, accuracy, either_way
from bench.claims.predicates.compared import judge_difference
from bench.claims.predicates.counted import title
from bench.claims.predicates.runs import Runs, Side
from bench.numbers import count, percent
from bench.records import Record

SEEDS = 3


class AccuracyAtEqualParameters(Predicate):
    """Test accuracy of networks beside others of as many parameters, in percentage points, paired by seed.

    The difference of means has Student's t interval over the seeds; "not lower" is one test at 2.5 %.
    """

    test: Literal["accuracy at equal parameters"]
    pairs: tuple[tuple[str, str], ...] = Field(min_length=1)
    """The network that the claim is on, and the other."""
    points: float = Field(ge=0)
    """By how much the accuracy may be lower."""
    tolerance: float = Field(gt=0, lt=0.1)
    """By which share the parameters may differ."""
    protocols: tuple[str, ...] = Field(min_length=1)
    """That may decide, the strongest first."""

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for pair in self.pairs:
            yield self._finding(evidence, pair)

    def _finding(self, evidence: Evidence, pair: tuple[str, str]) -> Finding:
        about = f"accuracy at equal parameters: {title(pair[0])} against {title(pair[1])}"
        scope = evidence.scope("accuracy", pair, self.protocols, seeds=SEEDS)
        if scope is None:
            says = f"There are no {SEEDS} runs of both networks with the same seeds."
            return Finding(about, "not measured", says, needs=(Need(pair, self.protocols[-1], "accuracy"),))
        runs = [evidence.runs("accuracy", name, scope) for name in pair]
        seeds = sorted(runs[0].keys() & runs[1].keys())
        sides = [[run[seed] for seed in seeds] for run in runs]
        sizes = [_parameters(evidence, side[0]) for side in sides]
        if None in sizes:
            says = "The parameters of one of the networks have not been counted."
            return Finding(about, "not measured", says, needs=(Need(pair, scope.protocol, "complexity"),))
        has, other = (one or 0 for one in sizes)
        compared = Runs(tuple(Side(name, scope.protocol) for name in pair), tuple(map(tuple, sides)))
        if abs(has / other - 1) > self.tolerance:
            says = f"{count(has)} and {count(other)} parameters are more than {percent(self.tolerance)} apart."
            return Finding(about, "not testable", says, records=compared.keys)
        sizes_told = f"{count(has)} and {count(other)} parameters"
        counted = self._judged(about, compared, [[accuracy(record) for record in side] for side in sides], sizes_told)
        by_lot = accuracies_by_lot(evidence, compared)
        return counted if by_lot is None else either_way(counted, self._judged(about, compared, by_lot, sizes_told))

    def _judged(self, about: str, runs: Runs, values: Sequence[Sequence[float]], sizes: str) -> Finding:
        judged = judge_difference(values[0], values[1], "not lower", self.points)
        first, second = (title(side.arch) for side in runs.sides)
        says = (
            f"With {sizes}, the test accuracy of {first} is {judged.effect:+.2f} percentage points from that of "
            f"{second}, 95 % interval {judged.low:+.2f} to {judged.high:+.2f}, over {judged.n} seeds; it may be lower "
            f"by {self.points:g}."
        )
        return judged.finding(about, says, "percentage points", runs)


def _parameters(evidence: Evidence, run: Record) -> int | None:
    """Of the network of a run, from counts at its size."""
    for record in reversed(evidence.of_kind("complexity")):
        if record.arch.fingerprint == run.arch.fingerprint and record.arch.name == run.arch.name:
            return getattr(record.result, "parameters", None)
    return None


PREDICATES: Sequence[type[Predicate]] = (AccuracyAtEqualParameters,)
