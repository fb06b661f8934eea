"""When a timing has settled: warm-up ends by what is seen, not after a number that somebody liked."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

WINDOW = 3
ROUNDS_TO_TELL = 2 * WINDOW
"""Samples that it takes to see whether a case still gets faster: the last `WINDOW` against those before."""


def is_steady(seconds: Sequence[float], within: float) -> bool:
    """Whether the last `WINDOW` samples are no faster than those before them, but for `within` of their value.

    A first step compiles, allocates and fills caches, so that a case that is not warm yet gets
    faster from sample to sample.  One that gets slower is warm: that is drift, which the rounds
    that count show as spread.
    """
    if len(seconds) < ROUNDS_TO_TELL:
        return False
    before, last = seconds[-ROUNDS_TO_TELL:-WINDOW], seconds[-WINDOW:]
    return median(last) >= median(before) * (1 - within)
