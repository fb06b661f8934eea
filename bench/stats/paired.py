"""Two things measured under the same seeds, or in the same rounds: differences and ratios of pairs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bench.stats.intervals import all_alike, check_sample, mean_interval
from bench.stats.tested import Tested


def paired_difference(a: Sequence[float], b: Sequence[float], bound: float = 0.0, confidence: float = 0.95) -> Tested:
    """Mean of a - b with Student's t interval; two-sided p of "the mean difference equals `bound`".

    Pairs that all differ by the same number, but for rounding, have an interval without width.  That they do not
    spread is a sign of a measure too coarse for the formula and no proof: theirs is the p of the sign test, or 1
    where they differ by `bound`.

    Source: Student, The probable error of a mean, Biometrika 6(1), 1908.

    Raises:
        ValueError: fewer than two pairs, lengths that differ, a value that is not finite, or a confidence
            outside (0, 1).
    """
    differences = _differences(a, b, confidence)
    if all_alike(differences):
        one, n = differences[0], len(differences)
        return Tested(one, one, one, 1.0 if all_alike([one, bound]) else 2.0 ** (1 - n), n, "sign test", confidence)
    mean, low, high = mean_interval(differences, confidence)
    assert low is not None
    assert high is not None
    p = 2 * _below(-abs(_statistic(mean - bound, differences)), len(differences))
    return Tested(mean, low, high, p, len(differences), "paired t", confidence)


def equivalent(a: Sequence[float], b: Sequence[float], margin: float, confidence: float = 0.95) -> Tested:
    """Whether the mean of a - b lies within plus and minus `margin`: two one-sided paired t tests.

    p is the larger of the two one-sided p-values, of "the mean difference is `margin` or more away from
    zero": a small one says that the two are equivalent.  The interval is the one that this test goes by,
    of 1 - 2 alpha (90 % for a confidence of 0.95): it lies within the margin just where p is below alpha, but for
    pairs that all differ by the same, whose p is that of the sign test.

    Source: Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15(6), 1987.

    Raises:
        ValueError: as `paired_difference`, or a margin that is not above 0, or a confidence not above 0.5.
    """
    if not margin > 0 or not math.isfinite(margin):
        raise ValueError(f"a margin is above 0, not {margin}")
    differences = _differences(a, b, confidence)
    if not confidence > 0.5:
        raise ValueError(f"two one-sided tests need a confidence above 0.5, not {confidence}")
    # Rounded, so that 90 % is not told as 89.99999999999999 %.
    level = round(2 * confidence - 1, 12)
    if all_alike(differences):
        one, n = differences[0], len(differences)
        return Tested(one, one, one, 2.0**-n if abs(one) < margin else 1.0, n, "two one-sided sign", level)
    mean, low, high = mean_interval(differences, level)
    assert low is not None
    assert high is not None
    # Of the differences -margin and +margin the nearer one is the harder to tell from the mean.
    p = _below(_statistic(abs(mean) - margin, differences), len(differences))
    return Tested(mean, low, high, p, len(differences), "two one-sided paired t", level)


def paired_ratio(a: Sequence[float], b: Sequence[float], bound: float = 1.0, confidence: float = 0.95) -> Tested:
    """Geometric mean of a / b with a t interval on logarithms; two-sided p of "the ratio equals `bound`".

    Made for three to ten pairs, where a bootstrap of medians falls short of its level.  Where the logarithms
    spread alike to both sides, this is the ratio of medians too.

    Raises:
        ValueError: as `paired_difference`, or a value or bound that is not above 0.
    """
    on_logs = paired_difference(logarithms(a), logarithms(b), logarithms([bound])[0], confidence)
    effect, low, high = (math.exp(value) for value in (on_logs.effect, on_logs.low, on_logs.high))
    return Tested(effect, low, high, on_logs.p_value, on_logs.n, f"{on_logs.method} on logarithms", confidence)


def logarithms(values: Sequence[float]) -> list[float]:
    """Natural logarithms.

    Raises:
        ValueError: a value is not finite and above 0.
    """
    if not all(value > 0 and math.isfinite(value) for value in values):
        raise ValueError("a ratio needs finite values above 0")
    return [math.log(value) for value in values]


def _differences(a: Sequence[float], b: Sequence[float], confidence: float) -> list[float]:
    if len(a) != len(b):
        raise ValueError(f"pairs need as many of one as of the other, not {len(a)} and {len(b)}")
    differences = [float(one) - float(other) for one, other in zip(a, b, strict=True)]
    check_sample(differences, confidence)
    if len(differences) < 2:
        raise ValueError("an interval of paired values needs at least two pairs")
    return differences


def _statistic(away: float, differences: Sequence[float]) -> float:
    """`away` in standard errors of the mean of the differences, which are not all alike."""
    n = len(differences)
    mean = math.fsum(differences) / n
    return away / math.sqrt(math.fsum((value - mean) ** 2 for value in differences) / (n - 1) / n)


def _below(statistic: float, n: int) -> float:
    """Probability that Student's t of `n` samples is at most `statistic`."""
    from scipy.special import stdtr

    return float(stdtr(n - 1, statistic))
