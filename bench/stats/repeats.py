"""How many repeats it would take to tell an effect from a bound."""

from __future__ import annotations

import math

from bench.stats.intervals import check_confidence

MOST = 100
"""More repeats are not looked for."""
SURE_OF_SPREAD = 0.8
"""Confidence that the spread is no wider than it is taken to be: of a few repeats it is hardly known."""


def repeats_to_decide(
    effect: float, low: float, high: float, bound: float, n: int, *, level: float, confidence: float = 0.95
) -> int | None:
    """Repeats after which Student's interval of 1 - `level` would leave `bound` out, were the mean to stay.

    The spread is taken from the interval that `n` repeats gave, and then as wide as it may be: its upper limit of
    80 %, since the spread of a few repeats is as likely as not to be narrower than the true one.  None where more than
    `MOST` would be needed.

    Source: Browne, On the use of a pilot sample for sample size determination, Statistics in Medicine 14, 1995.

    Args:
        low, high: of Student's interval of `confidence`; where it was cut at one end, the other is gone by.

    Raises:
        ValueError: `n` is below 2, the effect lies outside its interval, or a confidence or level outside (0, 1).
    """
    check_confidence(confidence)
    check_confidence(level)
    if n < 2 or not low <= effect <= high:
        raise ValueError(f"{effect} with {low} to {high} over {n} repeats is no mean with an interval")
    import numpy as np
    from scipy.special import chdtri, stdtrit

    half = max(effect - low, high - effect)
    deviation = half / float(stdtrit(n - 1, (1 + confidence) / 2)) * math.sqrt(n)
    deviation *= math.sqrt((n - 1) / float(chdtri(n - 1, SURE_OF_SPREAD)))
    repeats = np.arange(n, MOST + 1)
    halves = stdtrit(repeats - 1, 1 - level / 2) * deviation / np.sqrt(repeats)
    enough = np.flatnonzero(halves < abs(effect - bound))
    return int(repeats[enough[0]]) if enough.size else None
