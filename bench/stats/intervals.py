"""Intervals of one sample: how far a measured number can be trusted.  Closed forms only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

ROUNDING = 1e-9
"""Far above what rounding does to shares, percentage points and logarithms, and far below what is measured of them."""


class Estimate(NamedTuple):
    """A number with the bounds of its interval; no bounds where the samples allow none."""

    value: float
    low: float | None
    high: float | None


class Spread(NamedTuple):
    """The middle of a sample, and how sure it is."""

    median: float
    first_quartile: float
    third_quartile: float
    low: float
    high: float
    coverage: float
    """Probability that `low` to `high` covers the true median, exact for any continuous distribution."""


def within_shares(estimate: Estimate) -> Estimate:
    """The interval of a share, cut at 0 and 1."""
    low, high = (None if bound is None else min(1.0, max(0.0, bound)) for bound in (estimate.low, estimate.high))
    return Estimate(estimate.value, low, high)


def mean_interval(values: Sequence[float], confidence: float = 0.95) -> Estimate:
    """Mean with Student's t interval, in the unit of the values.

    With one value there is no interval.  The interval is not cut at 0 or 1, even for proportions:
    a bound beyond them shows how little the samples say; `within_shares` cuts it.

    Source: Student, The probable error of a mean, Biometrika 6(1), 1908.

    Raises:
        ValueError: no value, one that is not finite, or a confidence outside (0, 1).
    """
    check_sample(values, confidence)
    n = len(values)
    mean = math.fsum(values) / n
    if n == 1:
        return Estimate(mean, None, None)
    from scipy.special import stdtrit

    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    half = float(stdtrit(n - 1, (1 + confidence) / 2)) * deviation / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half)


def proportion_interval(successes: int, n: int, confidence: float = 0.95) -> Estimate:
    """Share of successes with Wilson's score interval, without continuity correction.

    It stays inside [0, 1] and holds its level near the ends, where the normal approximation fails.

    Source: Wilson, Probable inference, the law of succession, and statistical inference, JASA
    22(158), 1927; recommended by Brown, Cai, DasGupta, Statistical Science 16(2), 2001.

    Raises:
        ValueError: no trial, successes outside 0 to `n`, or a confidence outside (0, 1).
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"{successes} successes in {n} trials make no proportion")
    check_confidence(confidence)
    from scipy.special import ndtri

    z = float(ndtri((1 + confidence) / 2))
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # At 0 and n successes one bound equals the share; rounding must not push it past.
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return Estimate(share, low, high)


def median_spread(samples: Sequence[float], confidence: float = 0.95) -> Spread:
    """Median, quartiles and an interval of the median between two order statistics.

    The interval is the narrowest one of equal ranks from either end that covers the median with at
    least `confidence`.  Fewer than six samples cannot reach 95 %: then it is the whole range, and
    `coverage` says what that is worth (93.75 % for five samples).  It assumes that the samples are
    independent and nothing of their distribution, since timings have a tail to one side.

    Quartiles interpolate linearly (type 7 of Hyndman and Fan, The American Statistician 50(4), 1996).

    Source of the interval: Thompson, Annals of Mathematical Statistics 7(3), 1936; Conover, Practical
    Nonparametric Statistics, section 3.2.

    Raises:
        ValueError: no sample, one that is not finite, or a confidence outside (0, 1).
    """
    check_sample(samples, confidence)
    ordered = sorted(samples)
    n = len(ordered)
    below = _below(n, confidence)
    # P(at most `below` of n samples lie under the median) is the chance to miss on one side.
    missed = sum(math.comb(n, i) for i in range(below + 1)) / 2**n
    return Spread(
        median=_quantile(ordered, 0.5),
        first_quartile=_quantile(ordered, 0.25),
        third_quartile=_quantile(ordered, 0.75),
        low=ordered[below],
        high=ordered[n - 1 - below],
        coverage=max(0.0, 1 - 2 * missed),
    )


def _below(n: int, confidence: float) -> int:
    """How many samples may be left out at either end for the rest to cover at `confidence`."""
    tail, below = 0, 0
    for i in range((n + 1) // 2):
        tail += math.comb(n, i)
        if 2 * tail / 2**n > 1 - confidence:
            break
        below = i
    return below


def _quantile(ordered: Sequence[float], probability: float) -> float:
    position = (len(ordered) - 1) * probability
    lower = math.floor(position)
    upper = min(lower + 1, len(ordered) - 1)
    return ordered[lower] + (ordered[upper] - ordered[lower]) * (position - lower)


def check_sample(values: Sequence[float], confidence: float) -> None:
    """Refuse what no interval can be made of.

    Raises:
        ValueError: no value, one that is not finite, or a confidence outside (0, 1).
    """
    if not len(values):
        raise ValueError("an interval needs at least one sample")
    if not all(math.isfinite(value) for value in values):
        raise ValueError("an interval needs finite samples")
    check_confidence(confidence)


def all_alike(values: Sequence[float]) -> bool:
    """Whether they differ by no more than rounding does, which is no spread to make an interval of.

    The tolerance is absolute, and made for shares, percentage points and logarithms.
    """
    return all(math.isclose(value, values[0], abs_tol=ROUNDING) for value in values)


def check_confidence(confidence: float) -> None:
    """Refuse 95 where 0.95 is meant.

    Raises:
        ValueError: it is outside (0, 1).
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence lies between 0 and 1, not at {confidence}")
