"""How often something happens: two rates against each other, and one against chance."""

from __future__ import annotations

import math

from bench.stats.intervals import check_confidence, proportion_interval
from bench.stats.tested import Tested


def fisher(successes_a: int, n_a: int, successes_b: int, n_b: int, confidence: float = 0.95) -> Tested:
    """Difference of two rates, a - b, with Newcombe's interval; p of Fisher's exact test, two-sided.

    The interval joins the Wilson intervals of the two rates and stays inside [-1, 1].  Fisher's test is the
    more careful of the two: with few runs an interval may leave out zero where p is above 0.05.

    Source: Fisher, The Design of Experiments, 1935; Newcombe, Interval estimation for the difference between
    independent proportions, Statistics in Medicine 17, 1998, method 10.

    Raises:
        ValueError: no trial on a side, successes outside 0 to their n, or a confidence outside (0, 1).
    """
    from scipy.stats import fisher_exact

    a = proportion_interval(successes_a, n_a, confidence)
    b = proportion_interval(successes_b, n_b, confidence)
    assert a.low is not None
    assert a.high is not None
    assert b.low is not None
    assert b.high is not None
    effect = a.value - b.value
    low = effect - math.hypot(a.value - a.low, b.high - b.value)
    high = effect + math.hypot(a.high - a.value, b.value - b.low)
    table = [[successes_a, n_a - successes_a], [successes_b, n_b - successes_b]]
    p = float(fisher_exact(table)[1])
    return Tested(effect, low, high, p, n_a + n_b, "Newcombe's interval, Fisher's exact test", confidence)


def rate_against_chance(successes: int, n: int, chance: float, confidence: float = 0.95) -> Tested:
    """A rate with Wilson's interval; p of the exact binomial test of "the rate equals `chance`", two-sided.

    The effect and its bounds are the rate itself, not its distance from chance.

    Source: Clopper, Pearson, Biometrika 26, 1934, for the test; `proportion_interval` for the interval.

    Raises:
        ValueError: no trial, successes outside 0 to `n`, or a chance or confidence outside (0, 1).
    """
    if not 0 < chance < 1:
        raise ValueError(f"chance lies between 0 and 1, not at {chance}")
    from scipy.stats import binomtest

    share, low, high = proportion_interval(successes, n, confidence)
    assert low is not None
    assert high is not None
    p = float(binomtest(successes, n, chance).pvalue)
    return Tested(share, low, high, p, n, "Wilson's interval, exact binomial test", confidence)


def rate_below(successes: int, n: int, bound: float, confidence: float = 0.95) -> Tested:
    """A rate with Clopper and Pearson's upper limit, one-sided; p of the exact test of "the rate is `bound` or more".

    The interval begins at 0.  The two agree: the limit lies below the bound just where p is below 1 - `confidence`.

    Source: Clopper, Pearson, Biometrika 26, 1934.

    Raises:
        ValueError: no trial, successes outside 0 to `n`, or a bound or confidence outside (0, 1).
    """
    check_confidence(confidence)
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"{successes} successes in {n} trials make no proportion")
    if not 0 < bound < 1:
        raise ValueError(f"a rate is held against a bound between 0 and 1, not {bound}")
    from scipy.stats import binomtest

    tested = binomtest(successes, n, bound, alternative="less")
    high = float(tested.proportion_ci(confidence, method="exact").high)
    p = float(tested.pvalue)
    return Tested(successes / n, 0.0, high, p, n, "Clopper-Pearson upper limit, exact binomial test", confidence)
