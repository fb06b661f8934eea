"""The findings of a claim on one axis: effects with their intervals, beside the margins that they were held against."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench import numbers
from bench.claims.model import Decision, Finding
from bench.claims.words import effect_words, margin_words

NONE_AT = {"times": 1.0, "percentage points": 0.0}
"""Units in which findings are drawn, and where in them two networks are alike."""
UNITS = {"times": "Ratios", "percentage points": "Differences in percentage points"}
ROOM = 0.04
"""Of the axis, at each of its ends."""
APART = 15.0
"""Per cent of the axis that the words of two ticks need."""


@dataclass(frozen=True)
class Row:
    """A finding; places are per cent of the axis, from its left end."""

    about: str
    verdict: str
    effect: float
    low: float
    high: float
    """Both are the effect where it is exact."""
    bound: float
    words: str
    """Effect and interval, without the unit."""
    margin: str


@dataclass(frozen=True)
class Forest:
    """Findings in one unit, those first that the verdict hangs on."""

    heading: str
    """What all rows are about, and the unit."""
    rows: tuple[Row, ...]
    none_at: float
    """The place at which two networks are alike."""
    ticks: tuple[tuple[float, str], ...]
    """Places with their words."""


def forests(decision: Decision) -> tuple[Forest, ...]:
    """One for each unit in which several findings of the claim have an effect and a margin, or one has an interval."""
    found = []
    for unit in NONE_AT:
        drawn = [(one, values) for one in decision.ranked if one.unit == unit and (values := _values(one))]
        if len(drawn) > 1 or any(low != high for _, (_, low, high, _) in drawn):
            found.append(_forest(unit, *zip(*drawn, strict=True)))
    return tuple(found)


def _values(finding: Finding) -> tuple[float, float, float, float] | None:
    """Effect, the bounds of its interval and the margin; None where the effect or the margin lacks or has no place."""
    effect, bound = finding.effect, finding.bound
    if effect is None or bound is None:
        return None
    low = effect if finding.low is None else finding.low
    high = effect if finding.high is None else finding.high
    values = effect, low, high, bound
    return values if all(map(math.isfinite, values)) else None


def _forest(unit: str, findings: Sequence[Finding], values: Sequence[tuple[float, float, float, float]]) -> Forest:
    every = [NONE_AT[unit], *(value for own in values for value in own)]
    place = _axis(every, ratios=unit == "times")
    subjects = {before if colon else "" for one in findings for before, colon, _ in [one.about.partition(": ")]}
    subject = subjects.pop() if len(subjects) == 1 else ""
    heading = UNITS[unit] if not subject else f"{subject[0].upper()}{subject[1:]}, {UNITS[unit].lower()}"
    rows = []
    for one, own in zip(findings, values, strict=True):
        effect, low, high, bound = map(place, own)
        about = one.about.removeprefix(f"{subject}: ")
        words, margin = (told.replace(f" {unit}", "") for told in (effect_words(one), margin_words(one.bound, unit)))
        rows.append(Row(about, one.verdict, effect, low, high, bound, words, margin))
    return Forest(heading, tuple(rows), place(NONE_AT[unit]), tuple(_ticks(every, unit, place)))


def _axis(values: Sequence[float], *, ratios: bool) -> Callable[[float], float]:
    """From a value to its place; ratios lie by their logarithms, as long as none is zero."""
    scale = math.log if ratios and min(values) > 0 else float
    first, last = scale(min(values)), scale(max(values))
    length = (last - first) or 1.0

    def place(value: float) -> float:
        return round(100 * ((scale(value) - first) / length + ROOM) / (1 + 2 * ROOM), 2)

    return place


def _ticks(values: Sequence[float], unit: str, place: Callable[[float], float]) -> Iterator[tuple[float, str]]:
    """Where networks are alike, and the ends as far as their words have room beside it."""
    alike = NONE_AT[unit]
    write = numbers.times if unit == "times" else "{:+.3g}".format
    yield place(alike), f"{alike:g}"
    for end in (min(values), max(values)):
        if abs(place(end) - place(alike)) > APART:
            yield place(end), write(end)
