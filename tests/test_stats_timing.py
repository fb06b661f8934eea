"""Typical times over fresh processes: the level is held where the interval within a process does not hold it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats as scipy_stats

from bench.stats import across_processes, median_spread

PROCESSES = [[1.0, 1.1, 9.0], [1.2, 1.3, 1.4], [0.8, 0.9, 0.7]]


def test_medians_are_averaged_as_logarithms() -> None:
    typical = across_processes(PROCESSES)
    medians = (1.1, 1.3, 0.8)
    assert typical.medians == medians
    assert typical.value == pytest.approx(scipy_stats.gmean(medians))
    assert typical.deviation == pytest.approx(statistics.stdev(math.log(median) for median in medians))
    bounds = scipy_stats.ttest_1samp(np.log(medians), 0).confidence_interval()
    assert (typical.low, typical.high) == pytest.approx((math.exp(bounds.low), math.exp(bounds.high)))
    assert (typical.processes, typical.within_one_process, typical.coverage) == (3, False, 0.95)


def test_a_unit_of_time_changes_nothing_else() -> None:
    """Milliseconds for seconds."""
    seconds, thousandths = across_processes(PROCESSES), across_processes([[1000 * t for t in p] for p in PROCESSES])
    assert (thousandths.low, thousandths.high) == pytest.approx((1000 * seconds.low, 1000 * seconds.high))
    assert thousandths.deviation == pytest.approx(seconds.deviation)


def test_one_process_says_that_it_is_one() -> None:
    steps = [1.0, 1.02, 0.98, 1.01, 0.99, 1.03, 1.04]
    typical, spread = across_processes([steps]), median_spread(steps)
    assert typical.within_one_process
    assert typical.deviation is None
    assert (typical.value, typical.low, typical.high) == (spread.median, spread.low, spread.high)
    assert typical.coverage == spread.coverage


def simulated(processes: int) -> np.ndarray:
    """Step times of shape (trials, processes, steps), with a true typical time of 1.

    As measured on one step of one network: processes differ by 0.13 in logarithms, steps within a
    process by a few per cent.
    """
    generator = np.random.default_rng(20)
    shift = generator.normal(0, 0.13, (1000, processes, 1))
    return np.exp(shift + generator.normal(0, 0.05, (1000, processes, 30)))


def test_five_processes_hold_the_level() -> None:
    found = [across_processes(trial.tolist()) for trial in simulated(5)]
    assert np.mean([one.low <= 1 <= one.high for one in found]) >= 0.93
    # An interval as wide as the world would hold it too: Student's factor makes it 2.776 x 0.13 / sqrt(5) either way.
    assert np.mean([math.log(one.high / one.value) for one in found]) == pytest.approx(0.16, abs=0.01)


def test_steps_of_one_process_or_of_all_pooled_do_not() -> None:
    trials = simulated(5)
    alone = [median_spread(trial[0].tolist()) for trial in trials]
    pooled = [median_spread(trial.ravel().tolist()) for trial in trials]
    assert np.mean([one.low <= 1 <= one.high for one in alone]) < 0.5
    assert np.mean([one.low <= 1 <= one.high for one in pooled]) < 0.8


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: across_processes([]), "at least one process"),
        (lambda: across_processes([[1.0], []]), "at least one sample"),
        (lambda: across_processes([[1.0, 0.0]]), "above 0"),
        (lambda: across_processes([[1.0, math.nan]]), "finite"),
        (lambda: across_processes([[1.0]], confidence=95), "confidence"),
    ],
)
def test_times_that_tell_nothing_are_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
