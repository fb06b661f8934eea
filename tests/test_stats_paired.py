"""Paired tests, equivalence and ratios against published examples, other implementations and simulation."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from bench.stats import (
    bootstrap_ratio,
    equivalent,
    paired_difference,
    paired_ratio,
    unpaired_difference,
    unpaired_ratio,
)

DEXTRO = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
LAEVO = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
"""Hours of sleep gained by ten patients under either drug: Student, 1908, from Cushny and Peebles, 1905."""

STEPS = [0.95, 1.02, 0.99, 1.10, 0.97, 1.04, 1.01, 0.93, 1.07, 1.00, 1.03, 0.98]


def test_difference_of_students_own_sleep_data() -> None:
    """R's documentation of `t.test`, paired: t = -4.0621, 9 degrees of freedom, p = 0.002833."""
    tested = paired_difference(DEXTRO, LAEVO)
    assert tested.effect == pytest.approx(-1.58)
    assert (tested.low, tested.high) == pytest.approx((-2.4598858, -0.7001142), abs=1e-7)
    assert tested.p_value == pytest.approx(0.002833, abs=5e-7)
    assert (tested.n, tested.confidence) == (10, 0.95)


# Thousandths, since scipy sees no spread in what is a hundred million times smaller than its mean.
VALUES = st.lists(st.integers(-10_000, 10_000).map(lambda value: value / 1000), min_size=2, max_size=12)


@given(VALUES, VALUES, st.sampled_from([-1.0, 0.0, 0.5]), st.sampled_from([0.8, 0.95, 0.99]))
def test_difference_agrees_with_scipys_paired_test(
    a: list[float], b: list[float], bound: float, confidence: float
) -> None:
    n = min(len(a), len(b))
    a, b = a[:n], b[:n]
    if statistics.pstdev([one - other for one, other in zip(a, b, strict=True)]) < 1e-6:
        return
    expected = scipy_stats.ttest_rel(a, [value + bound for value in b])
    bounds = scipy_stats.ttest_rel(a, b).confidence_interval(confidence)
    tested = paired_difference(a, b, bound, confidence)
    assert tested.p_value == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-12)
    assert (tested.low, tested.high) == pytest.approx((bounds.low, bounds.high), rel=1e-6, abs=1e-9)


def test_equivalence_of_the_sleep_data() -> None:
    """The vignette of R's package TOSTER, paired, margin 0.5: p = 0.989, 90 % interval -2.2930 to -0.8670."""
    tested = equivalent(DEXTRO, LAEVO, margin=0.5)
    assert tested.p_value == pytest.approx(0.989, abs=5e-4)
    assert (tested.low, tested.high) == pytest.approx((-2.2930, -0.8670), abs=5e-5)
    assert tested.confidence == 0.9


@given(VALUES.filter(lambda values: statistics.pstdev(values) > 1e-6), st.sampled_from([0.5, 2.0, 10.0]))
def test_equivalence_is_the_larger_of_two_one_sided_tests(differences: list[float], margin: float) -> None:
    above = scipy_stats.ttest_1samp(differences, -margin, alternative="greater").pvalue
    below = scipy_stats.ttest_1samp(differences, margin, alternative="less").pvalue
    tested = equivalent(differences, [0.0] * len(differences), margin)
    assert tested.p_value == pytest.approx(max(above, below), rel=1e-6, abs=1e-12)
    if abs(tested.p_value - 0.05) > 1e-6:
        assert (tested.p_value < 0.05) == (-margin < tested.low and tested.high < margin)


SAME = pytest.mark.parametrize(
    ("a", "b"),
    [([1.5, 2.5, 3.5], [1.0, 2.0, 3.0]), ([0.801, 0.812, 0.823], [0.301, 0.312, 0.323])],
    ids=["in binary fractions", "rounded"],
)


@SAME
def test_pairs_that_all_differ_by_as_much_prove_no_more_than_their_signs(a: list[float], b: list[float]) -> None:
    tested = paired_difference(a, b)
    assert tested.low == tested.effect == tested.high == pytest.approx(0.5)
    assert tested.p_value == scipy_stats.binomtest(3, 3).pvalue
    assert tested.method == "sign test"
    assert paired_difference(a, b, bound=0.5).p_value == 1.0


@SAME
def test_so_does_their_equivalence(a: list[float], b: list[float]) -> None:
    assert equivalent(a, b, margin=1.0).p_value == scipy_stats.binomtest(3, 3, alternative="greater").pvalue
    assert equivalent(a, b, margin=0.25).p_value == 1.0


@pytest.mark.parametrize(("one", "other"), [([0.75] * 3, [0.25] * 4), ([0.1 + 0.2, 0.3, 0.3], [0.7 + 0.1, 0.8, 0.8])])
def test_two_samples_without_spread_prove_no_more_than_how_they_are_divided(
    one: list[float], other: list[float]
) -> None:
    tested = unpaired_difference(one, other)
    effect = one[1] - other[1]
    assert tested.low == tested.effect == tested.high == pytest.approx(effect)
    # Dealt out at random, one way of all puts every value where it is.
    ways = len([*combinations(range(len(one) + len(other)), len(one))])
    assert tested.p_value == pytest.approx(2 / ways)
    assert unpaired_difference(one, other, bound=effect).p_value == 1.0
    assert unpaired_ratio(one, other).method == "permutation test on logarithms"


def test_ratio_of_pairs_is_the_difference_of_their_logarithms() -> None:
    a, b = STEPS[:5], [0.4, 0.52, 0.45, 0.61, 0.5]
    tested = paired_ratio(a, b, bound=2.0)
    expected = scipy_stats.ttest_1samp(np.log(np.divide(a, b)), math.log(2))
    assert tested.effect == pytest.approx(scipy_stats.gmean(a) / scipy_stats.gmean(b))
    assert (tested.low, tested.high) == pytest.approx(tuple(np.exp(expected.confidence_interval())))
    assert tested.p_value == pytest.approx(expected.pvalue)
    swapped = paired_ratio(b, a, bound=0.5)
    assert (1 / swapped.high, 1 / swapped.low) == pytest.approx((tested.low, tested.high))
    assert swapped.p_value == pytest.approx(tested.p_value)


def test_few_unpaired_samples_have_welchs_interval() -> None:
    a, b = STEPS[:5], [0.4, 0.52, 0.45, 0.61]
    tested = bootstrap_ratio(a, b, paired=False)
    expected = scipy_stats.ttest_ind(np.log(a), np.log(b), equal_var=False)
    bounds = expected.confidence_interval(0.95)
    assert (tested.low, tested.high) == pytest.approx((math.exp(bounds.low), math.exp(bounds.high)))
    assert tested.p_value == pytest.approx(expected.pvalue)
    assert tested.method == "Welch's t on logarithms"
    assert tested.n == 9


def test_few_pairs_have_the_paired_interval() -> None:
    a, b = STEPS[:5], [0.4, 0.52, 0.45, 0.61, 0.5]
    assert bootstrap_ratio(a, b, paired=True, bound=1.5) == paired_ratio(a, b, bound=1.5)


@pytest.mark.parametrize("paired", [False, True])
def test_many_samples_are_resampled(paired: bool) -> None:
    a, b = STEPS, [2 * value**2 for value in reversed(STEPS)]
    tested = bootstrap_ratio(a, b, paired=paired, resamples=999, bound=0.5)
    assert tested == bootstrap_ratio(a, b, paired=paired, resamples=999, bound=0.5)
    assert tested.effect == statistics.median(a) / statistics.median(b)
    assert tested.method == "BCa bootstrap of the ratio of medians"
    assert tested.n == (12 if paired else 24)

    def ratio(one: np.ndarray, other: np.ndarray, axis: int) -> np.ndarray:
        return np.median(one, axis=axis) / np.median(other, axis=axis)

    expected = scipy_stats.bootstrap((a, b), ratio, paired=paired, random_state=np.random.default_rng(1))
    bounds = expected.confidence_interval
    assert (tested.low, tested.high) == pytest.approx((bounds.low, bounds.high), rel=0.03)


def test_p_of_a_bootstrap_is_where_its_interval_meets_the_bound() -> None:
    a, b = STEPS, [1.01 * value for value in reversed(STEPS)]
    p = bootstrap_ratio(a, b, paired=False, resamples=999).p_value
    assert 0.01 < p < 1
    inside = bootstrap_ratio(a, b, paired=False, resamples=999, confidence=1 - 0.99 * p)
    outside = bootstrap_ratio(a, b, paired=False, resamples=999, confidence=1 - 1.01 * p)
    assert inside.low <= 1 <= inside.high
    assert not outside.low <= 1 <= outside.high


def test_no_resampling_tells_more_than_its_number() -> None:
    tested = bootstrap_ratio(STEPS, [3 * value for value in STEPS], paired=False, resamples=999)
    assert tested.p_value == 0.002


@pytest.mark.filterwarnings("error")
def test_samples_that_are_all_alike_have_the_percentile_interval() -> None:
    tested = bootstrap_ratio([1.0] * 12, [2.0] * 12, paired=True, resamples=99)
    assert (tested.effect, tested.low, tested.high) == (0.5, 0.5, 0.5)
    assert tested.method.startswith("percentile")
    assert bootstrap_ratio([1.0] * 3, [1.0] * 3, paired=False).p_value == 1.0


@pytest.mark.parametrize(("n", "paired", "trials"), [(5, True, 1000), (5, False, 1000), (10, True, 300)])
def test_ratio_holds_its_level(n: int, paired: bool, trials: int) -> None:
    """With medians of processes as they were measured: a standard deviation of 0.13 in logarithms.

    The share of so many trials may lie three standard errors below 95 % by chance.
    """
    generator = np.random.default_rng(7)
    held = 0
    for _ in range(trials):
        a, b = np.exp(generator.normal(0, 0.13, (2, n)))
        tested = bootstrap_ratio(a.tolist(), b.tolist(), paired=paired, resamples=399, method="percentile")
        held += tested.low <= 1 <= tested.high
    assert held / trials >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / trials)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: paired_difference([1.0, 2.0], [1.0]), "not 2 and 1"),
        (lambda: paired_difference([1.0], [2.0]), "at least two pairs"),
        (lambda: paired_difference([], []), "at least one sample"),
        (lambda: paired_difference([1.0, math.nan], [1.0, 2.0]), "finite"),
        (lambda: paired_difference([1.0, 2.0], [1.0, 3.0], confidence=95), "confidence"),
        (lambda: equivalent([1.0, 2.0], [1.0, 3.0], margin=0.0), "margin is above 0"),
        (lambda: equivalent([1.0, 2.0], [1.0, 3.0], margin=1.0, confidence=0.4), "above 0.5"),
        (lambda: paired_ratio([1.0, 0.0], [1.0, 2.0]), "above 0"),
        (lambda: paired_ratio([1.0, 2.0], [1.0, 2.0], bound=0.0), "above 0"),
        (lambda: bootstrap_ratio([1.0, 2.0], [1.0], paired=True), "not 2 and 1"),
        (lambda: bootstrap_ratio([1.0, 2.0], [1.0], paired=False), "two samples on either side"),
        (lambda: bootstrap_ratio([1.0, -2.0], [1.0, 2.0], paired=False), "above 0"),
    ],
)
def test_samples_that_tell_nothing_are_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
