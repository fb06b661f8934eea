"""Intervals against published worked examples and other implementations."""

from __future__ import annotations

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from bench.stats import mean_interval, median_spread, proportion_interval

SLEEP = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
"""Hours of sleep gained, drug against drug: Student, 1908, from Cushny and Peebles, 1905."""


def test_mean_of_students_own_sleep_data() -> None:
    """R's documentation of `t.test` gives this interval for the same ten differences."""
    mean, low, high = mean_interval(SLEEP)
    assert mean == pytest.approx(1.58)
    assert (low, high) == pytest.approx((0.7001142, 2.4598858), abs=1e-7)


def test_mean_of_the_nist_handbooks_heat_flow() -> None:
    """NIST/SEMATECH e-Handbook 1.3.5.2: n = 195, mean 9.261460, standard deviation 0.022789."""
    mean, deviation = 9.261460, 0.022789
    # One value at the mean and 97 a deviation to either side have just these moments.
    values = [mean, *[mean - deviation] * 97, *[mean + deviation] * 97]
    assert statistics.stdev(values) == pytest.approx(deviation)
    assert mean_interval(values)[1:] == pytest.approx((9.258242, 9.264679), abs=1e-6)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30), st.sampled_from([0.8, 0.9, 0.99]))
def test_mean_agrees_with_scipys_t(values: list[float], confidence: float) -> None:
    mean, low, high = mean_interval(values, confidence)
    if statistics.pstdev(values) == 0:
        assert (low, high) == pytest.approx((mean, mean), rel=1e-12)
        return
    expected = scipy_stats.ttest_1samp(values, 0).confidence_interval(confidence)
    scale = max(map(abs, values))
    assert low is not None
    assert high is not None
    assert low == pytest.approx(expected.low, abs=1e-9 * scale, rel=1e-9)
    assert high == pytest.approx(expected.high, abs=1e-9 * scale, rel=1e-9)


def test_one_value_has_no_interval() -> None:
    assert mean_interval([0.8]) == (0.8, None, None)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_proportion_in_newcombes_table(successes: int, n: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17, 1998, table I, method 3."""
    share, *bounds = proportion_interval(successes, n)
    assert share == successes / n
    assert bounds == pytest.approx([low, high], abs=5e-5)


@given(st.integers(1, 10_000), st.data())
def test_proportion_agrees_with_scipy_and_stays_in_bounds(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    share, low, high = proportion_interval(successes, n)
    expected = scipy_stats.binomtest(successes, n).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert low is not None
    assert high is not None
    assert 0 <= low <= share <= high <= 1


@pytest.mark.parametrize(
    ("n", "rank"),
    [(5, 1), (6, 1), (8, 1), (9, 2), (10, 2), (12, 3), (15, 4), (20, 6), (25, 8), (30, 10), (40, 14)],
)
def test_median_interval_has_the_ranks_of_the_sign_test_tables(n: int, rank: int) -> None:
    """Ranks as printed in tables of the two-sided sign test at 5 %; five samples reach 93.75 % at most."""
    samples = [float(value) for value in range(1, n + 1)]
    random.Random(n).shuffle(samples)
    spread = median_spread(samples)
    assert (spread.low, spread.high) == (rank, n + 1 - rank)
    outside = scipy_stats.binom(n, 0.5).cdf(rank - 1)
    assert spread.coverage == pytest.approx(1 - 2 * outside)
    assert (spread.coverage >= 0.95) == (n >= 6)


@given(st.lists(st.floats(1e-6, 1e3), min_size=6, max_size=40))
def test_median_interval_agrees_with_scipys_quantile_test(samples: list[float]) -> None:
    expected = scipy_stats.quantile_test(samples, p=0.5).confidence_interval(0.95)
    spread = median_spread(samples)
    assert (spread.low, spread.high) == (expected.low, expected.high)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=40))
def test_median_and_quartiles_agree_with_the_standard_library(samples: list[float]) -> None:
    spread = median_spread(samples)
    quartiles = statistics.quantiles(samples, n=4, method="inclusive")
    assert (spread.first_quartile, spread.median, spread.third_quartile) == pytest.approx(quartiles)


def test_few_samples_still_have_a_spread() -> None:
    assert median_spread([3.0]) == (3.0, 3.0, 3.0, 3.0, 3.0, 0.0)
    assert median_spread([1.0, 2.0]).coverage == 0.5


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf]])
def test_samples_that_have_no_interval_are_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="interval needs"):
        mean_interval(values)
    with pytest.raises(ValueError, match="interval needs"):
        median_spread(values)


@pytest.mark.parametrize(("successes", "n"), [(1, 0), (-1, 5), (6, 5)])
def test_counts_that_make_no_proportion_are_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="proportion"):
        proportion_interval(successes, n)


def test_confidence_is_a_probability() -> None:
    with pytest.raises(ValueError, match="confidence"):
        mean_interval([1.0, 2.0], confidence=95)
