"""Verdicts: a pure function of claims and records."""

from __future__ import annotations

from collections.abc import Sequence

from bench.claims.evidence import Evidence
from bench.claims.judge import together
from bench.claims.model import Claim, Decision, Finding


def decide(claims: Sequence[Claim], evidence: Evidence) -> tuple[Decision, ...]:
    """Decide all of `claims` together, since a test among many has to hold among many."""
    found = [(claim, [finding for part in claim.parts for finding in part.findings(evidence)]) for claim in claims]
    return tuple(_decision(claim, findings) for claim, findings in found)


def _decision(claim: Claim, findings: Sequence[Finding]) -> Decision:
    return Decision(claim, together(findings, claim.combine), tuple(findings))
