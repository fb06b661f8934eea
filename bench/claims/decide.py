"""Verdicts: a pure function of claims and records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.claims.evidence import Evidence
from bench.claims.judge import together
from bench.claims.model import Claim, Decision, Finding
from bench.numbers import significant
from bench.stats.multiple import holm

LEVEL = 0.05


def decide(claims: Sequence[Claim], evidence: Evidence) -> tuple[Decision, ...]:
    """Decide all of `claims` together.

    A finding that rests on a test counts only if it stays significant among all tests that were made for all
    claims, by Holm's method at 5 %: of many true nothings some look like something.  What no longer stands is
    inconclusive, and its sentence says why.
    """
    found = [(claim, [finding for part in claim.parts for finding in part.findings(evidence)]) for claim in claims]
    adjusted = iter(_adjusted([finding for _, findings in found for finding in findings]))
    return tuple(_decision(claim, [next(adjusted) for _ in findings]) for claim, findings in found)


def _adjusted(findings: Sequence[Finding]) -> list[Finding]:
    tested = [finding for finding in findings if _decided_by_test(finding)]
    p_values = iter(holm([finding.p_value for finding in tested if finding.p_value is not None]))
    return [_held(finding, next(p_values)) if _decided_by_test(finding) else finding for finding in findings]


def _decided_by_test(finding: Finding) -> bool:
    return finding.p_value is not None and finding.verdict in ("supported", "refuted", "inconclusive")


def _held(finding: Finding, adjusted: float) -> Finding:
    if finding.verdict == "inconclusive" or adjusted <= LEVEL:
        return finding
    told = f"{finding.says} Among all tests of all claims it does not stand (Holm: p = {significant(adjusted, 2)})."
    return replace(finding, verdict="inconclusive", says=told)


def _decision(claim: Claim, findings: Sequence[Finding]) -> Decision:
    return Decision(claim, together(findings, claim.combine), tuple(findings))
