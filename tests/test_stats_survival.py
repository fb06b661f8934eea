"""Survival against textbook examples, the plain mean where nothing is censored, and simulation."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from bench.stats import kaplan_meier, mean_interval, restricted_mean, restricted_mean_ratio

DRUG = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
RELAPSED = [True] * 9 + [False] * 12
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
"""Weeks in remission under 6-mercaptopurine and under placebo, where all relapsed: Freireich and others, Blood 21, 1963."""  # noqa: E501


def test_freireichs_leukaemia_data() -> None:
    """Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data, and most textbooks since."""
    curve = kaplan_meier(DRUG, RELAPSED)
    assert curve.times == (6, 7, 10, 13, 16, 22, 23)
    assert curve.at_risk == (21, 17, 15, 12, 11, 7, 6)
    assert curve.events == (3, 1, 1, 1, 1, 1, 1)
    assert curve.shares == pytest.approx((0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448), abs=5e-4)


RUNS = st.lists(st.tuples(st.integers(1, 20), st.booleans()), min_size=1, max_size=15)


@given(RUNS)
def test_curve_agrees_with_scipys(runs: list[tuple[int, bool]]) -> None:
    times, observed = zip(*runs, strict=True)
    curve = kaplan_meier(times, observed)
    sample = scipy_stats.CensoredData.right_censored(times, [not one for one in observed])
    expected = scipy_stats.ecdf(sample).sf.evaluate(np.array(curve.times))
    assert curve.shares == pytest.approx(expected.tolist())


def test_restricted_mean_as_two_other_programs_print_it() -> None:
    """R's survfit and Stata's stci, on seven made-up runs: mean 37.85714, standard error 10.73888.

    They take Greenwood's variance as it is; ours is times 6 / 5, since there are six events.
    """
    mean, low, high = restricted_mean([10, 15, 23, 30, 35, 52, 100], [True] * 6 + [False], horizon=100)
    assert mean == pytest.approx(37.85714, abs=5e-6)
    assert low is not None
    assert high is not None
    assert (low + high) / 2 == pytest.approx(mean)
    t_of_5 = 2.570582
    assert (high - mean) / t_of_5 == pytest.approx(10.73888 * math.sqrt(6 / 5), abs=5e-5)


def test_restricted_mean_of_a_curve_drawn_by_hand() -> None:
    """Two of four runs end at 2 and 5, one is given up at 3, one lasts: 1 until 2, 3/4 until 5, 3/8 until 8."""
    mean, *_ = restricted_mean([2, 3, 5, 9], [True, False, True, False], horizon=8)
    assert mean == pytest.approx(2 * 1 + 3 * 3 / 4 + 3 * 3 / 8)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=12))
def test_without_censoring_it_is_the_mean_with_students_interval(times: list[int]) -> None:
    found = restricted_mean(times, [True] * len(times), horizon=50)
    assert found == pytest.approx(mean_interval(times), abs=1e-9)


def test_what_happens_after_the_horizon_does_not_count() -> None:
    early = restricted_mean([2, 4, 6, 30, 40], [True, True, True, True, False], horizon=10)
    assert early == restricted_mean([2, 4, 6, 10, 10], [True, True, True, False, False], horizon=10)
    assert early.value == pytest.approx((2 + 4 + 6 + 10 + 10) / 5)


def test_runs_that_all_last_have_an_exact_bound() -> None:
    """None of five arrived: with 97.5 % confidence at least 0.025 ** (1 / 5) of runs would not."""
    found = restricted_mean([30] * 5, [False] * 5, horizon=30)
    assert found == pytest.approx((30, 30 * 0.025**0.2, 30))
    one_arrived = restricted_mean([30] * 4 + [12], [False] * 4 + [True], horizon=30)
    assert one_arrived.value == pytest.approx((4 * 30 + 12) / 5)
    least = scipy_stats.binomtest(4, 5).proportion_ci(method="exact").low
    assert one_arrived.low == pytest.approx(30 * least)
    assert one_arrived.high == 30


def test_one_run_that_arrived_says_little() -> None:
    assert restricted_mean([12], [True], horizon=30) == (12, 0, 30)


def test_ratio_of_the_leukaemia_data() -> None:
    """From standard errors of R's survfit (2.827 for the drug) and of the plain mean (placebo, uncensored)."""
    tested = restricted_mean_ratio(DRUG, RELAPSED, PLACEBO, [True] * 21, horizon=35)
    errors = (2.827 * math.sqrt(9 / 8) / 23.287, float(np.std(PLACEBO, ddof=1)) / math.sqrt(21) / np.mean(PLACEBO))
    error = math.hypot(*errors)
    freedom = error**4 / (errors[0] ** 4 / 8 + errors[1] ** 4 / 20)
    ratio = 23.287 / (182 / 21)
    assert tested.effect == pytest.approx(ratio, abs=1e-3)
    half = scipy_stats.t(freedom).ppf(0.975) * error
    assert (tested.low, tested.high) == pytest.approx((ratio * math.exp(-half), ratio * math.exp(half)), rel=1e-3)
    assert tested.p_value == pytest.approx(2 * scipy_stats.t(freedom).sf(math.log(ratio) / error), rel=0.02)
    assert tested.n == 42


def test_ratio_without_censoring_is_held_against_any_bound() -> None:
    a, b, always = [10, 12, 15, 11, 13], [5, 6, 7, 5, 8], [True] * 5
    tested = restricted_mean_ratio(a, always, b, always, horizon=20, bound=1.5)
    turned = restricted_mean_ratio(b, always, a, always, horizon=20, bound=1 / 1.5)
    assert tested.effect == pytest.approx(sum(a) / sum(b))
    assert (1 / turned.high, 1 / turned.low) == pytest.approx((tested.low, tested.high))
    assert turned.p_value == pytest.approx(tested.p_value)
    touching = restricted_mean_ratio(a, always, b, always, horizon=20, confidence=1 - tested.p_value)
    assert touching.low == pytest.approx(1.5)


def test_ratio_against_runs_that_never_arrived() -> None:
    """Its upper bound comes from the side that arrived alone, the lower one mostly from the exact bound."""
    never = restricted_mean_ratio([30] * 5, [False] * 5, [3, 3.2, 2.9, 3.1, 3.4], [True] * 5, horizon=30)
    assert never.effect == pytest.approx(30 / 3.12)
    arrived = mean_interval([3, 3.2, 2.9, 3.1, 3.4])
    assert arrived.low is not None
    assert never.high == pytest.approx(30 / arrived.low, rel=0.01)
    assert 0.9 * 0.025**0.2 * 30 / 3.12 < never.low < 0.025**0.2 * 30 / 3.12
    assert never.p_value < 0.001
    neither = restricted_mean_ratio([30] * 5, [False] * 5, [30] * 5, [False] * 5, horizon=30)
    assert (neither.effect, neither.p_value) == (1, 1)
    assert neither.low < 0.5 < 2 < neither.high


def test_ratio_of_times_that_are_all_alike() -> None:
    tested = restricted_mean_ratio([8] * 3, [True] * 3, [4] * 3, [True] * 3, horizon=20)
    assert (tested.effect, tested.low, tested.high) == pytest.approx((2, 2, 2))


def test_ratio_of_few_runs_holds_its_level() -> None:
    """Five runs a side, of which about a tenth are still on their way at the horizon."""
    generator = np.random.default_rng(3)
    horizon, trials, held = 14.0, 2000, 0
    times = np.exp(generator.normal(2.3, 0.25, (trials, 2, 5)))
    for a, b in times:
        tested = restricted_mean_ratio(
            np.minimum(a, horizon), a < horizon, np.minimum(b, horizon), b < horizon, horizon
        )
        held += tested.low <= 1 <= tested.high
    assert held / trials >= 0.93


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kaplan_meier([], []), "not 0 and 0"),
        (lambda: kaplan_meier([1, 2], [True]), "not 2 and 1"),
        (lambda: kaplan_meier([-1], [True]), "not below 0"),
        (lambda: restricted_mean([1, math.inf], [True, False], 5), "finite"),
        (lambda: restricted_mean([1, 2], [True], 5), "not 2 and 1"),
        (lambda: restricted_mean([1, 2], [True, True], 0), "horizon"),
        (lambda: restricted_mean([1, 2], [True, False], 5), "until the horizon"),
        (lambda: restricted_mean([1, 2], [True, True], 5, confidence=95), "confidence"),
        (lambda: restricted_mean_ratio([0, 0], [True] * 2, [1, 2], [True] * 2, 5), "above 0"),
        (lambda: restricted_mean_ratio([1, 2], [True] * 2, [1, 2], [True] * 2, 5, bound=0), "bound above 0"),
    ],
)
def test_runs_that_tell_nothing_are_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
