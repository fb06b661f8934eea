"""One `bench claims` from request to decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from archs.names import unknown
from bench.claims.decide import decide
from bench.claims.evidence import Evidence
from bench.claims.ledger import claims
from bench.claims.model import Claim, Decision, Finding, Need
from bench.errors import UserError


def chosen(names: Sequence[str], topic: str | None = None, document: str | None = None) -> list[Claim]:
    """The claims called `names`, or all; of one topic and one document where they are given.

    Raises:
        UserError: there is no such claim, topic or document, or no claim is all of that.
    """
    known = {claim.id: claim for claim in claims()}
    for name in names:
        if name.upper() not in known:
            raise UserError(unknown("no claim is called", name, known, listed_by="`bench claims`"))
    check_known("topic", topic, sorted({claim.topic for claim in known.values()}))
    check_known("document", document, sorted({claim.document for claim in known.values()}))
    wanted = {name.upper() for name in names} or set(known)
    found = [
        claim
        for claim in claims()
        if claim.id in wanted and topic in (None, claim.topic) and document in (None, claim.document)
    ]
    if not found:
        about = [f"{kind} {value}" for kind, value in (("topic", topic), ("document", document)) if value]
        raise UserError(f"no claim is listed for: {', '.join([*names, *about])}; `bench claims` shows all of them")
    return found


def check_known(kind: str, value: str | None, known: Sequence[str]) -> None:
    """Let pass one of `known`, or nothing.

    Raises:
        UserError: `value` is something else.
    """
    if value is not None and value not in known:
        raise UserError(unknown(f"no {kind} is called", value, known))


def decisions(wanted: Sequence[Claim], evidence: Evidence) -> list[Decision]:
    """Decisions on `wanted`, as they come out among all claims: a test among many has to hold among many."""
    ids = {claim.id for claim in wanted}
    return [decision for decision in decide(claims(), evidence) if decision.claim.id in ids]


def lacking(names: Sequence[str], evidence: Evidence, option: str = "") -> tuple[list[Need], list[str]]:
    """What `bench run` has to measure for these claims, and a line about each thing that it cannot.

    Args:
        option: what the command lines in these lines end with, as `bench.store.option` has it.

    Raises:
        UserError: there is no such claim.
    """
    needs: list[Need] = []
    lines: list[str] = []
    for decision in decisions(chosen(names), evidence):
        runs = [need for need in decision.needs if need.archs]
        needs += runs
        lines += [f"{decision.claim.id} needs `{need.command}{option}`" for need in decision.needs if not need.archs]
        if not decision.needs:
            lines.append(f"{decision.claim.id} lacks no record; its verdict is: {decision.verdict}")
            lines += [f"{decision.claim.id} would gain from `{need.command}{option}`" for need in decision.more]
    return list(dict.fromkeys(needs)), list(dict.fromkeys(lines))


def documents_of(decided: Sequence[Decision], quotes: Mapping[str, str], option: str = "") -> list[dict[str, Any]]:
    """The decisions as JSON has them; `option` is what command lines in them end with."""
    return [
        {
            "id": one.claim.id,
            "document": one.claim.document,
            "line": one.claim.line,
            "topic": one.claim.topic,
            "claim": one.claim.says,
            "verdict": one.verdict,
            "caveat": one.caveat,
            "provisional": one.provisional,
            "effect": _effect(one.decisive),
            "interval": _interval(one.decisive),
            "records": list(one.records),
            "findings": [asdict(finding) for finding in one.findings],
            "measure_it": [f"{need.command}{option}" for need in one.needs],
        }
        | ({"passage": quotes[one.claim.id]} if one.claim.id in quotes else {})
        for one in decided
    ]


def _effect(finding: Finding | None) -> dict[str, Any] | None:
    if finding is None or finding.effect is None:
        return None
    return {"value": finding.effect, "unit": finding.unit, "bound": finding.bound, "about": finding.about}


def _interval(finding: Finding | None) -> list[float] | None:
    if finding is None or finding.low is None or finding.high is None:
        return None
    return [finding.low, finding.high]
