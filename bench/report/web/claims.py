"""The claims as the page shows them: tallies, contradictions, and each claim with everything behind its verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from bench.claims.contradictions import Resolution, resolve
from bench.claims.decide import decide
from bench.claims.evidence import Evidence
from bench.claims.ledger import claims
from bench.claims.model import VERDICTS, Decision, Need
from bench.claims.words import tally_words
from bench.records import Record
from bench.stats.repeats import MOST


@dataclass(frozen=True)
class Tally:
    """How many of a group's claims came out how."""

    name: str
    counts: tuple[tuple[str, int], ...]
    """Verdicts that occur, in the order of `VERDICTS`."""

    @property
    def total(self) -> int:
        return sum(number for _, number in self.counts)

    @property
    def words(self) -> str:
        return ", ".join(f"{number} {verdict}" for verdict, number in self.counts)


@dataclass(frozen=True)
class ClaimsView:
    """What the template needs."""

    headline: str
    by_document: tuple[Tally, ...]
    by_topic: tuple[Tally, ...]
    documents: tuple[tuple[str, tuple[Decision, ...]], ...]
    contradictions: tuple[Resolution, ...]
    provisional: int
    commands: tuple[tuple[str, int], ...]
    """Commands that would measure what is lacking, each with how many claims wait for it."""
    more: tuple[tuple[str, int], ...]
    """The same of what is open: as many seeds as the claim that asks for most."""
    quotes: Mapping[str, str]
    """Passages of the documents by claim."""


def decided(records: Sequence[Record], folder: Path | None) -> tuple[Decision, ...]:
    """Every claim with its verdict; `folder` is where the predictions beside the records lie."""
    return decide(claims(), Evidence(records, folder))


def view(decisions: Sequence[Decision], quotes: Mapping[str, str]) -> ClaimsView:
    """Group the decisions for the page."""
    documents = sorted({one.claim.document for one in decisions})
    topics = list(dict.fromkeys(one.claim.topic for one in sorted(decisions, key=lambda one: one.claim.topic)))
    return ClaimsView(
        headline=f"{len(decisions)} claims: {tally_words(decisions)}.",
        by_document=tuple(_tally(f"Document {name}", decisions, "document", name) for name in documents),
        by_topic=tuple(_tally(name.capitalize(), decisions, "topic", name) for name in topics),
        documents=tuple((name, tuple(one for one in decisions if one.claim.document == name)) for name in documents),
        contradictions=resolve(decisions),
        provisional=sum(one.provisional for one in decisions),
        commands=_commands({one.claim.id: one.needs for one in decisions if one.verdict == "not measured"}),
        more=_commands({one.claim.id: one.more for one in decisions if one.verdict == "inconclusive"}),
        quotes=quotes,
    )


def _commands(wanted: Mapping[str, Sequence[Need]]) -> tuple[tuple[str, int], ...]:
    """What the claims want, each once with how many of them want it, those that most want first."""
    waiting: dict[Need, set[str]] = {}
    seeds: dict[Need, int | None] = {}
    for claim, needs in wanted.items():
        for need in needs:
            alike = replace(need, seeds=None)
            waiting.setdefault(alike, set()).add(claim)
            seeds[alike] = max(need.seeds or 0, seeds.get(alike) or 0) or None
    told = ((replace(need, seeds=seeds[need]).command, len(claims)) for need, claims in waiting.items())
    return tuple(sorted(told, key=lambda one: (-one[1], one[0])))


def _tally(name: str, decisions: Sequence[Decision], attribute: str, value: str) -> Tally:
    own = [one.verdict for one in decisions if getattr(one.claim, attribute) == value]
    return Tally(name, tuple((verdict, own.count(verdict)) for verdict in VERDICTS if verdict in own))


def claims_table(decisions: Sequence[Decision]) -> pd.DataFrame:
    """One row a claim: the finding that its verdict hangs on, and the p of the whole claim, alone and among all."""
    return pd.DataFrame([_row(one) for one in decisions])


def _row(one: Decision) -> dict[str, Any]:
    claim, first = one.claim, one.decisive
    return {
        "claim": claim.id,
        "document": claim.document,
        "line": claim.line,
        "topic": claim.topic,
        "says": claim.says,
        "verdict": one.verdict,
        "standing": "provisional" if one.provisional else "citable",
        "about": first.about if first else "",
        "found": f"{first.says} {one.caveat}".strip() if first else "",
        **{name: getattr(first, name, None) for name in ("effect", "low", "high", "unit", "bound", "n")},
        "p_value": one.p_value,
        "p_among_all": one.adjusted,
        "records": " ".join(one.records),
    }


def findings_table(decisions: Sequence[Decision]) -> pd.DataFrame:
    """One row a finding, exact numbers: what a verdict can be worked out from again."""
    rows = [
        {
            "claim": one.claim.id,
            "verdict_of_claim": one.verdict,
            **{name: getattr(finding, name) for name in _FINDING},
            "records": " ".join(finding.records),
            "seeds_alone": finding.more and (finding.more.alone or f">{MOST}"),
            "seeds_among_all": finding.more and (finding.more.among_all or f">{MOST}"),
            "measure_it": "; ".join(need.command for need in (finding.more.needs if finding.more else finding.needs)),
        }
        for one in decisions
        for finding in one.findings
    ]
    return pd.DataFrame(rows)


_FINDING = ("about", "verdict", "says", "effect", "low", "high", "unit", "bound", "p_value", "n", "provisional")


def contradictions_table(resolutions: Sequence[Resolution]) -> pd.DataFrame:
    """One row a pair of claims that cannot both be right."""
    return pd.DataFrame(
        [
            {
                "topic": one.contradiction.topic,
                "one_side": one.contradiction.one.says,
                "one_claims": _told(one, one.contradiction.one.claims),
                "other_side": one.contradiction.other.says,
                "other_claims": _told(one, one.contradiction.other.claims),
                "taken": one.says,
                "standing": "citable",
            }
            for one in resolutions
        ]
    )


def _told(resolution: Resolution, ids: Sequence[str]) -> str:
    return ", ".join(f"{name} {resolution.verdicts[name]}" for name in ids)
