"""Effects and tallies in words, the same in the terminal and in the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bench.claims.model import VERDICTS, Decision, Finding
from bench.numbers import significant


def effect_words(finding: Finding | None) -> str:
    """ "0.33 times [0.31, 0.35]"; what is exact has no interval, and what was not measured is nothing."""
    if finding is None or finding.effect is None:
        return ""
    unit = f" {finding.unit}" if finding.unit else ""
    told = f"{signed(finding.effect, finding.unit)}{unit}"
    if finding.low is None or finding.high is None or finding.low == finding.high:
        return told
    return f"{told} [{signed(finding.low, finding.unit)}, {signed(finding.high, finding.unit)}]"


def signed(value: float, unit: str) -> str:
    """Differences with their sign, everything else without one."""
    text = f"{value:.2f}" if unit == "percentage points" else significant(value)
    return f"+{text}" if unit == "percentage points" and value > 0 else text


def tally_words(decisions: Sequence[Decision]) -> str:
    """ "12 supported, 3 refuted, 9 not measured"."""
    found = Counter(decision.verdict for decision in decisions)
    return ", ".join(f"{found[verdict]} {verdict}" for verdict in VERDICTS if found[verdict])
