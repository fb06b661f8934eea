"""Two samples that have nothing in common but what they measure: difference and ratio of their means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from bench.stats.intervals import all_alike, check_sample
from bench.stats.paired import logarithms
from bench.stats.tested import Tested


def unpaired_difference(a: Sequence[float], b: Sequence[float], bound: float = 0.0, confidence: float = 0.95) -> Tested:
    """Mean of a less that of b, with Welch's t interval; two-sided p of "the difference equals `bound`".

    The two may spread differently.  Where neither does, but for rounding, the interval has no width, which is a sign
    of a measure too coarse for the formula and no proof: p is that of a permutation test, twice the chance that values
    dealt out at random fall so, or 1 where the two differ by `bound`.

    Source: Welch, Biometrika 34, 1947; Satterthwaite, Biometrics Bulletin 2(6), 1946.

    Raises:
        ValueError: fewer than two values on a side, one that is not finite, or a confidence outside (0, 1).
    """
    squares, freedoms, means = [], [], []
    for sample in (a, b):
        check_sample(sample, confidence)
        n = len(sample)
        if n < 2:
            raise ValueError("an interval of two means needs at least two values on either side")
        mean = math.fsum(sample) / n
        squares.append(math.fsum((value - mean) ** 2 for value in sample) / (n - 1) / n)
        freedoms.append(n - 1)
        means.append(mean)
    effect, error = means[0] - means[1], math.sqrt(sum(squares))
    away, n = abs(effect - bound), len(a) + len(b)
    if all_alike(a) and all_alike(b):
        p = 1.0 if all_alike([effect, bound]) else 2 / math.comb(n, len(a))
        return Tested(effect, effect, effect, p, n, "permutation test", confidence)
    from scipy.special import stdtr, stdtrit

    freedom = welch_freedom(squares, freedoms)
    half = float(stdtrit(freedom, (1 + confidence) / 2)) * error
    p = 2 * float(stdtr(freedom, -away / error))
    return Tested(effect, effect - half, effect + half, p, n, "Welch's t", confidence)


def unpaired_ratio(a: Sequence[float], b: Sequence[float], bound: float = 1.0, confidence: float = 0.95) -> Tested:
    """Geometric mean of a over that of b, with Welch's t interval on logarithms; two-sided p of "it equals `bound`".

    Raises:
        ValueError: as `unpaired_difference`, or a value or bound that is not above 0.
    """
    on_logs = unpaired_difference(logarithms(a), logarithms(b), logarithms([bound])[0], confidence)
    effect, low, high = (math.exp(value) for value in (on_logs.effect, on_logs.low, on_logs.high))
    return replace(on_logs, effect=effect, low=low, high=high, method=f"{on_logs.method} on logarithms")


def welch_freedom(squares: Sequence[float], freedoms: Sequence[float]) -> float:
    """Degrees of freedom of a sum of independent variances, of which not all are 0.

    Source: Satterthwaite, Biometrics Bulletin 2(6), 1946; Welch, Biometrika 34, 1947.
    """
    parts = sum(square**2 / freedom for square, freedom in zip(squares, freedoms, strict=True))
    return sum(squares) ** 2 / parts
