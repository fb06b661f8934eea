"""What a test gives: the effect with its interval, and how well the samples agree with a bound."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

_SMALLEST = 1e-15
"""Where the search for a p-value ends: smaller ones are not told apart."""


@dataclass(frozen=True)
class Tested:
    """An effect held against a bound."""

    effect: float
    low: float
    high: float
    p_value: float
    """Of the hypothesis that the function names, such as that the true effect equals the bound."""
    n: int
    """Independent observations, or pairs of them."""
    method: str = ""
    """Name of the interval, and of the test where it is another."""
    confidence: float = 0.95
    """Of the interval from `low` to `high`."""


def p_by_inversion(
    interval: Callable[[float], tuple[float, float]],
    bound: float,
    smallest: float = _SMALLEST,
    tolerance: float = 1e-12,
) -> float:
    """The smallest error rate at which the interval still leaves `bound` out, so that the two always agree.

    Args:
        interval: confidence to bounds; a higher confidence gives a wider interval.
        bound: value of the effect under the hypothesis.
        smallest: p-values below it are given as it.
        tolerance: relative, of p.
    """

    def leaves_out(p: float) -> bool:
        low, high = interval(1 - p)
        return not low <= bound <= high

    if leaves_out(smallest):
        return smallest
    low, high = math.log(smallest), 0.0
    while high - low > tolerance:
        middle = (low + high) / 2
        if leaves_out(math.exp(middle)):
            high = middle
        else:
            low = middle
    return math.exp(high)
