"""How many repeats it would take to tell an effect from a bound."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.stats.intervals import check_confidence

MOST = 100
"""More repeats are not looked for."""
SURE_OF_SPREAD = 0.8
"""Confidence that the spread is no wider than it is taken to be: of a few repeats it is hardly known."""


@dataclass(frozen=True)
class Seen:
    """A mean over repeats with Student's interval of 95 %, on the scale on which it lies alike to both sides."""

    effect: float
    half: float
    """Of the interval's width."""
    bound: float
    """What the mean is held against."""
    n: int


def repeats_to_decide(seen: Seen, *, level: float) -> int | None:
    """Repeats after which Student's interval of 1 - `level` would leave the bound out, were the mean to stay.

    The spread is taken from the interval, at its upper limit of 80 %: that of a few repeats is as likely as not to be
    narrower than the true one.  None where more than `MOST` would be needed.

    Source: Browne, On the use of a pilot sample for sample size determination, Statistics in Medicine 14, 1995.

    Raises:
        ValueError: there are fewer than two repeats, an interval without width, or a level outside (0, 1).
    """
    check_confidence(level)
    if seen.n < 2 or not seen.half > 0:
        raise ValueError(f"{seen.n} repeats with an interval of {seen.half} to each side show no spread")
    import numpy as np
    from scipy.special import chdtri, stdtrit

    deviation = seen.half / float(stdtrit(seen.n - 1, 0.975)) * math.sqrt(seen.n)
    deviation *= math.sqrt((seen.n - 1) / float(chdtri(seen.n - 1, SURE_OF_SPREAD)))
    repeats = np.arange(seen.n, MOST + 1)
    halves = stdtrit(repeats - 1, 1 - level / 2) * deviation / np.sqrt(repeats)
    enough = np.flatnonzero(halves < abs(seen.effect - seen.bound))
    return int(repeats[enough[0]]) if enough.size else None
