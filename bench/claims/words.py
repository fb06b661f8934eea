"""Effects and tallies in words, the same in the terminal and in the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bench.claims.model import VERDICTS, Combine, Decision, Finding, Verdict
from bench.numbers import exact, missing, significant
from bench.stats.repeats import MOST

COMBINED: dict[Combine, str] = {
    "every": "every part has to hold",
    "at once": "every part has to hold, and one that does not refutes the claim",
    "any": "one finding that supports it is enough",
}
ONE = {"channels": "channel", "layers": "layer", "pixels": "pixel", "steps": "step", "works": "work"}
"""Units of a single thing."""


def effect_words(finding: Finding | None) -> str:
    """ "0.33 times [0.31 to 0.35]"; what is exact has no interval, and what was not measured is nothing."""
    return "" if finding is None else bounds_words(finding.effect, finding.low, finding.high, finding.unit)


def bounds_words(effect: float | None, low: float | None, high: float | None, unit: str) -> str:
    """The same from the numbers."""
    if effect is None or missing(effect):
        return ""
    if unit == "days earlier" and effect < 0:
        effect, low, high = -effect, None if high is None else -high, None if low is None else -low
        unit = "days later"
    unit = ONE.get(unit, unit) if effect == 1 else unit
    write = _points if unit == "percentage points" else _percent if unit.startswith("of ") else significant
    if low is None or high is None or missing(low) or missing(high):
        return f"{write(effect)} {unit}".strip()
    if low == high:
        return f"{exact(effect) if write is significant else write(effect)} {unit}".strip()
    return f"{write(effect)} {unit} [{write(low)} to {write(high)}]".replace("  ", " ")


def margin_words(bound: float | None, unit: str) -> str:
    """What an effect was held against, with no more digits than were written down: "0.5 times", "1 layer", "1e-12"."""
    if bound is None or missing(bound):
        return ""
    if unit == "percentage points":
        return f"{bound:+g} {unit}" if bound else f"0 {unit}"
    if unit == "days earlier" or unit.startswith("of "):
        return bounds_words(bound + 0.0, None, None, unit)
    return f"{bound:g} {ONE.get(unit, unit) if bound == 1 else unit}".strip()


def _points(value: float) -> str:
    """A difference of shares, with its sign."""
    return f"{round(value, 2) + 0.0:+.2f}"


def _percent(value: float) -> str:
    """A share of something."""
    return f"{exact(100 * value)} %"


def decision_words(decision: Decision) -> str:
    """The effect that a verdict hangs on; where findings go both ways, are open or not all there, how many go which.

    A bare number without a unit says nothing beside a claim and is left to the finding's own sentence.
    """
    several_open = decision.verdict == "inconclusive" and len(decision.findings) > 1
    if decision.verdict in ("mixed", "not measured") or decision.caveat or several_open:
        return count_words(decision.findings)
    first = decision.decisive
    return effect_words(first) if first is not None and first.unit else ""


def why(decision: Decision) -> str:
    """What a verdict hangs on, in sentences: the finding that is told first, after how many hold where not all came out
    the same, or why the findings by themselves do not count."""
    if decision.decisive is None or decision.verdict == "not measured":
        return decision_words(decision)
    if decision.verdict not in ("mixed", "inconclusive") or len(decision.findings) == 1:
        differ = len({finding.verdict for finding in decision.findings}) > 1
        way = "support" if decision.verdict == "supported" else "refute"
        told = f"{count_words(decision.findings)}; one is enough to {way} it: " if differ else ""
        return f"{told}{decision.decisive.says} {decision.caveat}".strip()
    if decision.caveat:
        clearest = min(decision.findings, key=_clarity)
        way = {"refuted": "does not", "supported": "does"}[clearest.verdict]
        return f"{decision_words(decision)}; one that {way}: {clearest.says} {decision.caveat}"
    which = {"refuted": "one that does not", "supported": "one that does"}.get(
        decision.decisive.verdict, "one that is open"
    )
    return f"{decision_words(decision)}; {which}: {decision.decisive.says}"


def _clarity(finding: Finding) -> tuple[bool, float]:
    """Those that came out one way or the other by themselves, what is exact before the smallest p."""
    return finding.verdict not in ("supported", "refuted"), finding.p_value or 0.0


def count_words(findings: Sequence[Finding]) -> str:
    """ "3 hold, 3 do not, 10 not measured"; nothing where nothing was measured."""
    found: Counter[Verdict] = Counter(finding.verdict for finding in findings)
    if set(found) == {"not measured"}:
        return ""
    told = {"supported": ("holds", "hold"), "refuted": ("does not", "do not"), "inconclusive": ("open", "open")}
    words = {verdict: told.get(verdict, (verdict, verdict)) for verdict in VERDICTS}
    return ", ".join(
        f"{number} {words[verdict][number > 1]}" for verdict in words for number in [found[verdict]] if number
    )


def tally_words(decisions: Sequence[Decision]) -> str:
    """ "12 supported, 3 refuted, 9 not measured"."""
    found = Counter(decision.verdict for decision in decisions)
    return ", ".join(f"{found[verdict]} {verdict}" for verdict in VERDICTS if found[verdict])


def more_words(finding: Finding) -> str:
    """ "About 10 seeds would decide it by itself and 23 among all claims, were the mean to stay."; nothing where more
    seeds would not help."""
    more = finding.more
    if more is None:
        return ""
    among = f"more than {MOST}" if more.among_all is None else f"about {more.among_all}"
    if finding.verdict != "inconclusive":
        return f"It is decided by itself; among all claims it would be with {among} seeds, were the mean to stay."
    if more.alone is None:
        return f"It would take more than {MOST} seeds, were the mean to stay: it is near the margin for such a spread."
    return f"About {more.alone} seeds would decide it by itself and {among} among all claims, were the mean to stay."
