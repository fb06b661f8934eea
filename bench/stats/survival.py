"""How long until something happens, where some runs ended before it did.

A run that never reached its target is censored: it says that the time is longer than it was watched.  Leaving
such runs out, or counting them as if they had arrived at their end, favours the network that fails more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.stats.intervals import Estimate, check_confidence
from bench.stats.tested import Tested, p_by_inversion
from bench.stats.unpaired import welch_freedom


@dataclass(frozen=True)
class Survival:
    """Kaplan and Meier's estimate: after each time with an event, the share of runs still without one."""

    times: tuple[float, ...]
    """Distinct times at which there was an event, ascending."""
    at_risk: tuple[int, ...]
    """Runs watched up to each time and without an event before it."""
    events: tuple[int, ...]
    """At each time."""
    shares: tuple[float, ...]
    """Without an event just after each time; 1 before the first."""


def kaplan_meier(times: Sequence[float], observed: Sequence[bool]) -> Survival:
    """Share of runs without an event, by time.

    Args:
        times: of the event, or until which a run without one was watched.
        observed: whether there was an event.  A run censored at the time of another's event still counts
            as watched then.

    Source: Kaplan, Meier, Nonparametric estimation from incomplete observations, JASA 53(282), 1958.

    Raises:
        ValueError: no run, lengths that differ, or a time that is negative or not finite.
    """
    _check_runs(times, observed)
    at = sorted({float(time) for time, seen in zip(times, observed, strict=True) if seen})
    at_risk = [sum(time >= moment for time in times) for moment in at]
    events = [sum(seen and time == moment for time, seen in zip(times, observed, strict=True)) for moment in at]
    shares, share = [], 1.0
    for watched, ended in zip(at_risk, events, strict=True):
        share *= (watched - ended) / watched
        shares.append(share)
    return Survival(tuple(at), tuple(at_risk), tuple(events), tuple(shares))


def restricted_mean(
    times: Sequence[float], observed: Sequence[bool], horizon: float, confidence: float = 0.95
) -> Estimate:
    """Mean time to the event, or to `horizon` where that comes first: the area under the Kaplan-Meier curve.

    The interval is Student's t with one degree of freedom less than there were events, from Greenwood's
    variance times m / (m - 1) for m events.  Without censoring it is `mean_interval` of the times.  With
    fewer than two events there is no variance to go by: then the upper bound is the horizon, and the lower
    one is the horizon times the exact lower bound of the share of runs seen to last until it, as if all
    others ended at once.

    Source: Kaplan, Meier, JASA 53(282), 1958, for variance and factor; Irwin, Journal of Hygiene 47, 1949;
    Clopper, Pearson, Biometrika 26, 1934.

    Raises:
        ValueError: as `kaplan_meier`, a horizon that is not above 0 or that the longest run without an event
            does not reach, or a confidence outside (0, 1).
    """
    check_confidence(confidence)
    found = _restricted(times, observed, horizon)
    return Estimate(found.mean, *found.interval(confidence, found.freedom))


def restricted_mean_ratio(
    times_a: Sequence[float],
    observed_a: Sequence[bool],
    times_b: Sequence[float],
    observed_b: Sequence[bool],
    horizon: float,
    bound: float = 1.0,
    confidence: float = 0.95,
) -> Tested:
    """Restricted mean of a over that of b; two-sided p of "the ratio equals `bound`".

    Delta method on logarithms, with Welch's degrees of freedom.  Where a side has fewer than two events, its
    interval of `restricted_mean` is joined with the other's on logarithms, which for symmetric intervals is
    the delta method again.  A ratio against runs that never arrived depends on the horizon: name it beside
    the ratio, and the rate of arrival too.

    Source: Royston, Parmar, BMC Medical Research Methodology 13:152, 2013; Zou, Donner, Statistics in Medicine
    27(10), 2008, for joining intervals.

    Raises:
        ValueError: as `restricted_mean`, or a mean of 0, or a bound that is not above 0.
    """
    check_confidence(confidence)
    if not bound > 0 or not math.isfinite(bound):
        raise ValueError(f"a ratio is held against a bound above 0, not {bound}")
    a, b = _restricted(times_a, observed_a, horizon), _restricted(times_b, observed_b, horizon)
    if not (a.mean > 0 and b.mean > 0):
        raise ValueError("a ratio needs mean times above 0")
    effect = math.log(a.mean / b.mean)
    squares = [(one.error / one.mean) ** 2 for one in (a, b)]
    regular = a.freedom > 0 and b.freedom > 0
    joint = welch_freedom(squares, (a.freedom, b.freedom)) if regular and any(squares) else None

    def on_logs(level: float) -> tuple[float, float]:
        low_a, high_a = a.log_distances(level, joint)
        low_b, high_b = b.log_distances(level, joint)
        return effect - math.hypot(low_a, high_b), effect + math.hypot(high_a, low_b)

    low, high = on_logs(confidence)
    p = p_by_inversion(on_logs, math.log(bound))
    method = "delta method on logarithms" if regular else "delta method on logarithms, exact bound for lasting runs"
    return Tested(math.exp(effect), math.exp(low), math.exp(high), p, len(times_a) + len(times_b), method, confidence)


@dataclass(frozen=True)
class _Restricted:
    """A restricted mean, and what its interval is made of."""

    mean: float
    error: float
    """Standard error, 0 where there are fewer than two events."""
    freedom: int
    """Degrees of freedom; 0 or less where there are fewer than two events."""
    horizon: float
    lasting: int
    """Runs seen to last until the horizon."""
    n: int

    def interval(self, confidence: float, freedom: float) -> tuple[float, float]:
        from scipy.special import stdtrit

        if self.freedom < 1:
            return self.horizon * self._least_share(confidence), self.horizon
        half = float(stdtrit(freedom, (1 + confidence) / 2)) * self.error
        return self.mean - half, self.mean + half

    def log_distances(self, confidence: float, freedom: float | None) -> tuple[float, float]:
        """How far the bounds of the logarithm lie below and above it."""
        from scipy.special import stdtrit

        if self.freedom < 1:
            low, high = self.interval(confidence, 0)
            return (math.log(self.mean / low) if low > 0 else math.inf), math.log(high / self.mean)
        quantile = float(stdtrit(self.freedom if freedom is None else freedom, (1 + confidence) / 2))
        return (quantile * self.error / self.mean,) * 2

    def _least_share(self, confidence: float) -> float:
        from scipy.special import betaincinv

        if self.lasting == 0:
            return 0.0
        return float(betaincinv(self.lasting, self.n - self.lasting + 1, (1 - confidence) / 2))


def _restricted(times: Sequence[float], observed: Sequence[bool], horizon: float) -> _Restricted:
    if not horizon > 0 or not math.isfinite(horizon):
        raise ValueError(f"a horizon is above 0, not {horizon}")
    _check_runs(times, observed)
    # What happens after the horizon is as if the run had been watched until the horizon only.
    seen = [bool(one) and time <= horizon for time, one in zip(times, observed, strict=True)]
    curve = kaplan_meier([min(time, horizon) for time in times], seen)
    left = curve.shares[-1] if curve.shares else 1.0
    if left > 0 and max(times) < horizon:
        raise ValueError(f"no run was watched until the horizon {horizon:g}; the longest ended at {max(times):g}")
    moments = (0.0, *curve.times, horizon)
    strips = [
        share * (after - before) for share, (before, after) in zip((1.0, *curve.shares), pairwise(moments), strict=True)
    ]
    square = 0.0
    for index, (watched, ended) in enumerate(zip(curve.at_risk, curve.events, strict=True)):
        remaining = math.fsum(strips[index + 1 :])
        if watched > ended:
            square += remaining**2 * ended / (watched * (watched - ended))
    m = sum(curve.events)
    return _Restricted(
        mean=math.fsum(strips),
        error=math.sqrt(square * m / (m - 1)) if m > 1 else 0.0,
        freedom=m - 1,
        horizon=horizon,
        lasting=sum(time >= horizon and not one for time, one in zip(times, seen, strict=True)),
        n=len(times),
    )


def _check_runs(times: Sequence[float], observed: Sequence[bool]) -> None:
    if not len(times) or len(times) != len(observed):
        raise ValueError(f"each run needs a time and whether it was observed, not {len(times)} and {len(observed)}")
    if not all(time >= 0 and math.isfinite(time) for time in times):
        raise ValueError("times are finite and not below 0")
