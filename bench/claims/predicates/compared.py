"""Paired comparisons with their margin, and the findings made of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from bench.claims.judge import Judgement, above, at_least, at_most, within
from bench.claims.model import Finding
from bench.claims.predicates.runs import Runs
from bench.stats import Seen, paired_difference

Relation = Literal["higher", "lower", "not lower", "not higher", "alike"]
"""Of the first side to the second: by more than the margin, not by more than it, or neither way by more than it."""
POINTS = "percentage points"


@dataclass(frozen=True)
class Judged:
    """An effect with its 95 % interval, held against a margin."""

    verdict: Judgement
    effect: float
    low: float
    high: float
    bound: float
    p_value: float
    """Two-sided, of the hypothesis that the effect is at the bound."""
    n: int
    agreeing: int
    """Pairs whose difference has the sign of the effect, however large the others are."""
    seen: Seen
    """The same where a ratio is a difference of logarithms."""

    def cut(self, low: float = -math.inf, high: float = math.inf) -> Judged:
        """The interval ends where the quantity does; what decided stays as it is."""
        return replace(self, low=max(self.low, low), high=min(self.high, high))

    def finding(self, about: str, says: str, unit: str, runs: Runs) -> Finding:
        """What `says` tells, with the records behind it."""
        return Finding(
            about=about,
            verdict=self.verdict,
            says=says,
            effect=self.effect,
            low=self.low,
            high=self.high,
            unit=unit,
            bound=self.bound,
            p_value=self.p_value,
            n=self.n,
            records=runs.keys,
            provisional=runs.provisional,
            seen=(self.seen,),
        )


def judge_difference(a: Sequence[float], b: Sequence[float], relation: Relation, margin: float = 0.0) -> Judged:
    """The mean of a - b over pairs, with Student's t interval, in the unit of the values.

    "alike" is two one-sided tests at 2.5 % each: the 95 % interval lies within the margin.

    Raises:
        ValueError: fewer than two pairs, or sequences of different length.
    """
    bounds = {
        "higher": (margin,),
        "lower": (-margin,),
        "not lower": (-margin,),
        "not higher": (margin,),
        "alike": (-margin, margin),
    }[relation]
    tested = [paired_difference(a, b, bound) for bound in bounds]
    effect, low, high = tested[0].effect, tested[0].low, tested[0].high
    verdict: Judgement
    if relation == "alike":
        verdict = within(margin, low, high)
    else:
        verdict = {
            "higher": above(bounds[0], low, high),
            "lower": above(-bounds[0], -high, -low),
            "not lower": at_least(bounds[0], low, high),
            "not higher": at_most(bounds[0], low, high),
        }[relation]
    # The margin that is nearer to the effect is the one that decides, and has the larger p.
    nearest = min(bounds, key=lambda bound: abs(effect - bound))
    p_value = tested[bounds.index(nearest)].p_value
    sign = 1 if effect >= 0 else -1
    agreeing = sum((x - y) * sign > 0 for x, y in zip(a, b, strict=True))
    seen = Seen(effect, (high - low) / 2, nearest, len(a))
    return Judged(verdict, effect, low, high, nearest, p_value, len(a), agreeing, seen)


def judge_mean(values: Sequence[float], way: Literal["at least", "at most"], bound: float) -> Judged:
    """The mean of `values` held against `bound`.

    Raises:
        ValueError: fewer than two values.
    """
    nothing = [0.0] * len(values)
    if way == "at least":
        return judge_difference(values, nothing, "not lower", -bound)
    return judge_difference(values, nothing, "not higher", bound)


def judge_ratio(
    a: Sequence[float], b: Sequence[float], relation: Relation, bound: float = 1.0, refuted_from: float | None = None
) -> Judged:
    """The geometric mean of a / b over pairs, with Student's t interval on logarithms; `bound` is a ratio too.

    "higher" and "not lower" are held against the bound as it is, and so are "lower" and "not higher".  With
    `refuted_from` the claim falls only where it would with that bound, and is undecided between the two.

    Raises:
        ValueError: fewer than two pairs, sequences of different length, or a value that is not positive.
    """
    side = {"higher": 1, "not higher": 1, "lower": -1, "not lower": -1}[relation]
    judged = judge_difference(
        [math.log(value) for value in a], [math.log(value) for value in b], relation, side * math.log(bound)
    )
    if refuted_from is not None and judged.verdict == "refuted":
        against = judge_ratio(a, b, relation, refuted_from)
        if against.verdict == "refuted":
            return against
        judged = replace(judged, verdict="inconclusive")
    return replace(
        judged,
        effect=math.exp(judged.effect),
        low=math.exp(judged.low),
        high=math.exp(judged.high),
        bound=bound,
    )


def told_difference(
    first: str, second: str, what: str, judged: Judged, unit: str, means: tuple[float, float], sign: str
) -> str:
    """ "Test accuracy of NiN is 1.20 percentage points below that of AlexNet (95 % interval of the ..." """
    way = "above" if judged.effect >= 0 else "below"
    size = f"{abs(judged.effect):.2f}"
    apart = f"is {size} {unit} {way} that of {second}"
    if size == "0.00":
        # The means beside it may still be rounded to different numbers.
        apart = f"is on average within 0.01 {unit} of that of {second}"
    return (
        f"{what[0].upper()}{what[1:]} of {first} {apart} (95 % interval of the difference "
        f"{judged.low:+z.2f} to {judged.high:+z.2f}; {way} in {judged.agreeing} of {judged.n} pairs): "
        f"{means[0]:.2f}{sign} against {means[1]:.2f}{sign}."
    )


def mean(values: Sequence[float]) -> float:
    """Arithmetic."""
    return math.fsum(values) / len(values)


def compared(
    about: str,
    sides: tuple[str, str],
    what: str,
    values: tuple[Sequence[float], Sequence[float]],
    runs: Runs,
    *,
    relation: Relation,
    margin: float,
    unit: str = POINTS,
    sign: str = " %",
    more: str = "",
) -> Finding:
    """A finding on the difference of two sides' values, pair by pair; `more` is said after it.

    Where the unit is percentage points, values are shares, whose difference ends at 100 and so does its interval, or
    differences of shares with a `sign` of their own.
    """
    judged = judge_difference(*values, relation, margin)
    if unit == POINTS and sign == " %":
        judged = judged.cut(-100.0, 100.0)
    means = mean(values[0]), mean(values[1])
    told = told_difference(*sides, what, judged, unit, means, sign if unit == POINTS else "")
    says = f"{told[:-1]} ({runs.where}). {more}".strip()
    return judged.finding(about, says, unit, runs)


def rising(
    steps: Sequence[str],
    what: str,
    values: Sequence[Sequence[float]],
    runs: Runs,
    *,
    margin: float,
    rises: bool = True,
) -> list[Finding]:
    """Whether values rise along `steps`: no step falls by more than `margin`, and the last stands above the first."""
    found = [
        compared(
            f"{what}: {after} against {before}, the step before",
            (after, before),
            what,
            (values[index + 1], values[index]),
            runs,
            relation="not lower",
            margin=margin,
        )
        for index, (before, after) in enumerate(pairwise(steps))
    ]
    if rises:
        ends = (steps[-1], steps[0])
        found.append(
            compared(
                f"{what}: {steps[-1]} against {steps[0]}",
                ends,
                what,
                (values[-1], values[0]),
                runs,
                relation="higher",
                margin=0.0,
            )
        )
    return found
