"""From an effect and a margin to a verdict, and from several findings to one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from bench.claims.model import Combine, Finding, Verdict

Judgement = Literal["supported", "refuted", "inconclusive"]


def at_most(bound: float, low: float, high: float) -> Judgement:
    """The claim is that the effect is at most `bound`; an interval that crosses it decides nothing."""
    return "supported" if high <= bound else "refuted" if low > bound else "inconclusive"


def at_least(bound: float, low: float, high: float) -> Judgement:
    """The claim is that the effect is at least `bound`."""
    return "supported" if low >= bound else "refuted" if high < bound else "inconclusive"


def above(bound: float, low: float, high: float) -> Judgement:
    """The claim is that the effect is larger than `bound`."""
    return "supported" if low > bound else "refuted" if high <= bound else "inconclusive"


def within(margin: float, low: float, high: float) -> Judgement:
    """The claim is that two things are alike: that the effect lies within plus and minus `margin`."""
    if -margin < low and high < margin:
        return "supported"
    return "refuted" if low >= margin or high <= -margin else "inconclusive"


def together(findings: Sequence[Finding], combine: Combine) -> Verdict:
    """One verdict for the findings of a claim, whatever is still to be measured.

    Where every part has to hold, both support and refutation among them make it mixed; where all have to hold at
    once, as conditions of one statement, one that is refuted refutes it.  Where one is enough, one that is supported
    decides.
    """
    verdicts = {finding.verdict for finding in findings}
    if combine == "any" and "supported" in verdicts:
        return "supported"
    if combine == "at once" and "refuted" in verdicts:
        return "refuted"
    if combine == "every" and {"supported", "refuted"} <= verdicts:
        return "mixed"
    for verdict in ("not measured", "inconclusive", "not testable"):
        if verdict in verdicts:
            return verdict
    (only,) = verdicts
    return only
