"""Claims on how much accuracy a network makes of its parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.judge import Judgement
from bench.claims.model import Finding, Need, Predicate
from bench.claims.names import Network, ProtocolName
from bench.claims.predicates.answers import accuracies_by_lot, accuracy, either_way
from bench.claims.predicates.compared import Relation, judge_difference
from bench.claims.predicates.runs import Runs, aligned, lacking, title, under
from bench.numbers import count, percent, significant
from bench.records import Record

LEVEL = 0.05


class AccuracyAtEqualParameters(Predicate):
    """Test accuracy of networks beside others of as many parameters, in percentage points, paired by seed.

    The difference of means has Student's t interval over the seeds; "not lower" is one test at 2.5 %.
    """

    test: Literal["accuracy at equal parameters"]
    pairs: tuple[tuple[Network, Network], ...] = Field(min_length=1)
    """The network that the claim is on, and the other."""
    points: float = Field(ge=0)
    """By how much the accuracy may be lower."""
    tolerance: float = Field(gt=0, lt=0.1)
    """By which share the parameters may differ."""
    protocols: tuple[ProtocolName, ...] = Field(min_length=1)
    """That may decide, the strongest first."""
    higher_somewhere: bool = False
    """Whether it also has to be higher in one pair at least."""

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for pair in self.pairs:
            yield self._finding(evidence, pair, "not lower", self.points)
        if self.higher_somewhere:
            yield _in_one([self._finding(evidence, pair, "higher", 0.0) for pair in self.pairs])

    def _finding(self, evidence: Evidence, pair: tuple[str, str], relation: Relation, margin: float) -> Finding:
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

        def judged(values: Sequence[Sequence[float]]) -> Finding:
            return _judged(about, runs, values, sizes_told, relation, margin)

        counted = judged([[accuracy(record) for record in row] for row in runs.rows])
        by_lot = accuracies_by_lot(evidence, runs)
        return counted if by_lot is None else either_way(counted, judged(by_lot))


def _judged(
    about: str, runs: Runs, values: Sequence[Sequence[float]], sizes: str, relation: Relation, margin: float
) -> Finding:
    judged = judge_difference(values[0], values[1], relation, margin).cut(-100.0, 100.0)
    first, second = (title(side.arch) for side in runs.sides)
    asked = f"it may be lower by {margin:g}" if relation == "not lower" else "it has to be higher"
    says = (
        f"With {sizes}, the test accuracy of {first} is {judged.effect:+.2f} percentage points from that of {second}, "
        f"95 % interval {judged.low:+.2f} to {judged.high:+.2f}, over {judged.n} seeds; {asked}."
    )
    return judged.finding(about, says, "percentage points", runs)


def _in_one(pairs: Sequence[Finding]) -> Finding:
    """One pair is enough, so that the best of them has to be so clear that chance would give none as clear."""
    known = [one for one in pairs if one.p_value is not None]
    lacking = [one for one in pairs if one.verdict == "not measured"]
    higher = [one for one in known if one.verdict == "supported"]
    about = f"accuracy at equal parameters: higher in one of {len(pairs)} pairs"
    if (not higher and lacking) or not known:
        first = (lacking or list(pairs))[0]
        needs = tuple(dict.fromkeys(need for one in lacking for need in one.needs))
        return replace(first, about=about, needs=needs)
    if all(one.verdict == "refuted" for one in pairs):
        weakest = max(known, key=lambda one: one.p_value or 0.0)
        return replace(
            weakest, about=about, says=f"In none of {len(pairs)} pairs is it higher. {weakest.says}", seen=()
        )
    best = min(higher or known, key=lambda one: one.p_value or 0.0)
    p_value = min(1.0, len(pairs) * (best.p_value or 0.0))
    says = f"{best.says} One of {len(pairs)} pairs is enough, so that p counts as often: {significant(p_value, 2)}."
    verdict: Judgement = "supported" if higher and p_value <= LEVEL else "inconclusive"
    return replace(best, about=about, verdict=verdict, says=says, p_value=p_value, seen=())


def _parameters(evidence: Evidence, run: Record) -> int | None:
    """Of the network of a run, from counts at its size."""
    for record in reversed(evidence.of_kind("complexity")):
        if record.arch.fingerprint == run.arch.fingerprint and record.arch.name == run.arch.name:
            return getattr(record.result, "parameters", None)
    return None


PREDICATES: Sequence[type[Predicate]] = (AccuracyAtEqualParameters,)
