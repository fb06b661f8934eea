"""What one step takes, when fresh processes differ more than the steps within one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.stats.intervals import check_confidence, mean_interval, median_spread
from bench.stats.paired import logarithms


@dataclass(frozen=True)
class TypicalTime:
    """Time of a step, in the unit of the samples."""

    value: float
    """Geometric mean of the processes' medians; with one process its median."""
    low: float
    high: float
    processes: int
    medians: tuple[float, ...]
    """Of each process."""
    deviation: float | None
    """Standard deviation of the logarithms of the medians: about the share by which one process differs from
    the next.  None with one process."""
    within_one_process: bool
    """Whether the interval is of one process only, and says nothing of how the next one would differ."""
    coverage: float
    """Probability that `low` to `high` covers the true value: of the typical process, or of this one alone."""


def across_processes(samples: Sequence[Sequence[float]], confidence: float = 0.95) -> TypicalTime:
    """Typical time of a step over fresh processes, with an interval for how processes differ.

    How memory happens to be laid out shifts all the steps of a process together, so that its steps are no
    independent samples of what a step takes: the median of a process is one observation.  These are averaged as
    logarithms, with Student's t interval.  Their median would shrug off one odd process, but five values give
    it no 95 % interval (their whole range covers it 93.75 % of the time) and a third more variance; and
    an odd process is a part of what a user would meet.  With one process the interval is that of its own
    median, and `within_one_process` is set.

    Args:
        samples: for each fresh process the times of its steps, above 0.

    Source: Kalibera, Jones, Rigorous benchmarking in reasonable time, ISMM 2013, for the levels of repetition;
    Fleming, Wallace, Communications of the ACM 29(3), 1986, for the geometric mean.

    Raises:
        ValueError: no process, one without samples, a time that is not finite and above 0, or a confidence
            outside (0, 1).
    """
    check_confidence(confidence)
    if not len(samples):
        raise ValueError("a typical time needs at least one process")
    if not all(time > 0 and math.isfinite(time) for process in samples for time in process):
        raise ValueError("step times are finite and above 0")
    spreads = [median_spread(process, confidence) for process in samples]
    medians = tuple(spread.median for spread in spreads)
    if len(samples) == 1:
        (one,) = spreads
        return TypicalTime(one.median, one.low, one.high, 1, medians, None, True, one.coverage)
    logs = logarithms(medians)
    mean, low, high = mean_interval(logs, confidence)
    assert low is not None
    assert high is not None
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in logs) / (len(logs) - 1))
    return TypicalTime(
        value=math.exp(mean),
        low=math.exp(low),
        high=math.exp(high),
        processes=len(samples),
        medians=medians,
        deviation=deviation,
        within_one_process=False,
        coverage=confidence,
    )
