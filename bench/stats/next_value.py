"""Where the next observation will fall, given those that were made: prediction intervals.

A confidence interval is where the mean lies, and gets as narrow as one likes with more observations; a single new
observation need not fall into it.  A prediction interval is where that falls.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from bench.stats.intervals import Estimate, check_confidence, check_sample
from bench.stats.paired import logarithms


def next_value(values: Sequence[float], confidence: float = 0.95) -> Estimate:
    """Where one more value of the same normal distribution falls, in the unit of the values; `value` is their mean.

    Source: Whitmore, Prediction limits for a univariate normal observation, The American Statistician 40(2), 1986.

    Raises:
        ValueError: fewer than two values, one that is not finite, or a confidence outside (0, 1).
    """
    check_sample(values, confidence)
    n = len(values)
    if n < 2:
        raise ValueError("one value does not tell how the next differs")
    from scipy.special import stdtrit

    mean = math.fsum(values) / n
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    half = float(stdtrit(n - 1, (1 + confidence) / 2)) * deviation * math.sqrt(1 + 1 / n)
    return Estimate(mean, mean - half, mean + half)


def next_rate(values: Sequence[float], confidence: float = 0.95) -> Estimate:
    """As `next_value` on logarithms, for what differs by a factor: rates and times; `value` is the geometric mean.

    Raises:
        ValueError: as `next_value`, or a value that is not above 0.
    """
    mean, low, high = next_value(logarithms(values), confidence)
    assert low is not None
    assert high is not None
    return Estimate(math.exp(mean), math.exp(low), math.exp(high))


def next_share(successes: int, n: int, confidence: float = 0.95) -> Estimate:
    """Where the share of successes in `n` more trials falls, if the chance stays the same.

    The shares that the score test with a pooled variance does not tell from the one seen.

    Source: Krishnamoorthy, Peng, Improved closed-form prediction intervals for binomial and Poisson distributions,
    Journal of Statistical Planning and Inference 141(5), 2011.

    Raises:
        ValueError: no trial, successes outside 0 to `n`, or a confidence outside (0, 1).
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"{successes} successes in {n} trials make no share")
    check_confidence(confidence)
    from scipy.special import ndtri

    share = successes / n
    # (next - share)^2 = c m (1 - m), where m is the mean of both shares: a quadratic equation in `next`.
    c = 2 * float(ndtri((1 + confidence) / 2)) ** 2 / n
    a, b = 1 + c / 4, share - c * share / 4 + c / 4
    root = math.sqrt(max(0.0, b * b - a * (share * share - c * share / 2 + c * share * share / 4)))
    # At 0 and n successes one bound equals the share; rounding must not push it past.
    low = 0.0 if successes == 0 else max(0.0, (b - root) / a)
    high = 1.0 if successes == n else min(1.0, (b + root) / a)
    return Estimate(share, low, high)
