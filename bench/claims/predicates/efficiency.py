"""Claims on how much accuracy a network makes of its parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.model import Finding, Need, Predicate
from bench.claims.predicates.answers import accuracies_by_lot, accuracy, either_way
from bench.claims.predicates.compared import judge_difference
from bench.claims.predicates.runs import Runs, aligned, lacking, title, under
from bench.numbers import count, percent
from bench.records import Record


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
        runs = aligned(evidence, "accuracy", under(self.protocols, pair))
        if runs is None:
            return lacking(about, pair, self.protocols[-1], "accuracy")
        sizes = [_parameters(evidence, row[0]) for row in runs.rows]
        if None in sizes:
            says = "The parameters of one of the networks have not been counted."
            return Finding(about, "not measured", says, needs=(Need(pair, runs.sides[0].protocol, "complexity"),))
        has, other = (one or 0 for one in sizes)
        if abs(has / other - 1) > self.tolerance:
            says = f"{count(has)} and {count(other)} parameters are more than {percent(self.tolerance)} apart."
            return Finding(about, "not testable", says, records=runs.keys)
        sizes_told = f"{count(has)} and {count(other)} parameters"
        counted = self._judged(about, runs, [[accuracy(record) for record in row] for row in runs.rows], sizes_told)
        by_lot = accuracies_by_lot(evidence, runs)
        return counted if by_lot is None else either_way(counted, self._judged(about, runs, by_lot, sizes_told))

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
