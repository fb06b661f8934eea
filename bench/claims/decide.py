"""Verdicts: a pure function of claims and records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.claims.evidence import Evidence
from bench.claims.judge import together
from bench.claims.model import Claim, Decision, Finding, Verdict
from bench.claims.more import more_seeds
from bench.numbers import significant
from bench.stats.multiple import holm

LEVEL = 0.05
NO_TEST = 0.0
"""What stands for the p of something exact."""


def decide(claims: Sequence[Claim], evidence: Evidence) -> tuple[Decision, ...]:
    """Decide all of `claims` together.

    A verdict that rests on tests counts only if it stays significant among all claims that do, by Holm's method at
    5 %: of many true nothings some look like something.  What no longer stands is inconclusive, and a caveat says why.
    """
    decided = []
    for claim in claims:
        findings = tuple(_going_on(finding, evidence) for part in claim.parts for finding in part.findings(evidence))
        decided.append(Decision(claim, together(findings, claim.combine), findings))
    tested = [one for one in decided if any(_tested(finding) for finding in one.findings)]
    values = {one.claim.id: p_value(one) for one in tested}
    adjusted = dict(zip(values, holm(list(values.values())), strict=True))
    judged = [replace(one, p_value=values.get(one.claim.id), adjusted=adjusted.get(one.claim.id)) for one in decided]
    return tuple(_open(_held(one, len(tested)), LEVEL / (len(tested) * _tries(one) or 1), evidence) for one in judged)


def _going_on(finding: Finding, evidence: Evidence) -> Finding:
    """What it lacks is to be measured as what is there already: in another precision it would not compare."""
    if not finding.needs:
        return finding
    needs = [replace(need, beside=evidence.beside(need.archs, need.protocol, need.measure)) for need in finding.needs]
    return replace(finding, needs=tuple(needs))


def p_value(decision: Decision) -> float:
    """Of a claim's verdict: how likely its tests would give it by chance, at most, if it were wrong.

    Where all findings have to be as they are for the verdict, the weakest of them is the test of the whole (an
    intersection-union test).  Where one finding is enough, the best of several tries counts once for each try, and
    so it is on either side of a mixed verdict.  What was left open is 1: it was tested and says nothing.
    """
    findings, verdict = decision.findings, decision.verdict
    if verdict == "mixed":
        return max(_best_of(findings, "supported"), _best_of(findings, "refuted"))
    if verdict not in ("supported", "refuted"):
        return 1.0
    one_is_enough = {"any": "supported", "at once": "refuted"}.get(decision.claim.combine) == verdict
    return _best_of(findings, verdict) if one_is_enough else _weakest(findings, verdict)


def _weakest(findings: Sequence[Finding], verdict: Verdict) -> float:
    return max((one.p_value for one in findings if one.verdict == verdict and one.p_value is not None), default=NO_TEST)


def _best_of(findings: Sequence[Finding], verdict: Verdict) -> float:
    found = [one.p_value for one in findings if one.verdict == verdict]
    if None in found:
        return NO_TEST
    return min(1.0, sum(_tested(one) for one in findings) * min(p for p in found if p is not None))


def _tested(finding: Finding) -> bool:
    return finding.p_value is not None and finding.verdict in ("supported", "refuted", "inconclusive")


def _held(decision: Decision, tests: int) -> Decision:
    adjusted = decision.adjusted
    if adjusted is None or adjusted <= LEVEL or decision.verdict not in ("supported", "refuted", "mixed"):
        return decision
    caveat = (
        f"It would be {decision.verdict} by itself; weighed together with all {tests} claims that rest on tests it is "
        f"not (Holm: p = {significant(adjusted, 2)})."
    )
    return replace(decision, verdict="inconclusive", caveat=caveat)


def _tries(decision: Decision) -> int:
    """How many tests the p of the claim counts, at most: all of them where one finding is enough, else one."""
    if decision.verdict != "mixed" and decision.claim.combine == "every":
        return 1
    return sum(map(_tested, decision.findings))


def _open(decision: Decision, strictest: float, evidence: Evidence) -> Decision:
    """Findings that are open, and all of a claim that is, say how many seeds would decide them."""

    def told(finding: Finding) -> Finding:
        if "inconclusive" not in (finding.verdict, decision.verdict):
            return finding
        return replace(finding, more=more_seeds(finding, evidence, level=LEVEL, strictest=strictest))

    return replace(decision, findings=tuple(map(told, decision.findings)))
