"""Whether a difference between two folders is one: effects with intervals, judged together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bench.report.compare.measured import Measured
from bench.report.compare.pairs import Pair
from bench.stats import (
    Estimate,
    Tested,
    across_processes,
    holm,
    mean_interval,
    median_spread,
    paired_difference,
    proportion_interval,
    unpaired_difference,
    unpaired_ratio,
)

Verdict = Literal["same", "different", "within noise", "beyond noise", "not judged"]
ALPHA = 0.05
"""Chance that any difference at all is called beyond noise where there is none."""


@dataclass(frozen=True)
class Compared:
    """One number in both folders, and what its difference is worth."""

    pair: Pair
    this: Estimate
    other: Estimate
    effect: float
    """This less the other of shares; this over the other of everything else."""
    low: float | None
    high: float | None
    p_value: float | None
    method: str
    verdict: Verdict
    why: str = ""
    """What keeps it from being judged, or what else a reader should know."""
    adjusted: float | None = None
    """The p-value after Holm's correction for all that are judged together."""

    @property
    def form(self) -> Literal["difference", "ratio"]:
        return "difference" if self.pair.this.nature == "share" else "ratio"


def compare(pairs: Sequence[Pair]) -> list[Compared]:
    """Judge every pair; those that can be tested are held to `ALPHA` together, by Holm's procedure."""
    found = [_compare(pair) for pair in pairs]
    tested = [index for index, one in enumerate(found) if one.p_value is not None]
    for index, adjusted in zip(tested, holm([found[i].p_value or 0.0 for i in tested]), strict=True):
        one = found[index]
        verdict: Verdict = "beyond noise" if adjusted < ALPHA else "within noise"
        found[index] = replace(one, adjusted=adjusted, verdict="same" if one.verdict == "same" else verdict)
    return found


def _compare(pair: Pair) -> Compared:
    this, other = pair.this, pair.other
    nature, why = this.nature, _circumstances(pair)
    estimates = (_estimate(this), _estimate(other))
    effect = _effect(nature, *(one.value for one in estimates))
    same = this.values == other.values
    if nature == "count":
        return Compared(pair, *estimates, effect, None, None, None, "exact", "same" if same else "different", why)
    bare = Compared(pair, *estimates, effect, None, None, None, "", "same" if same else "not judged", why)
    if min(this.n, other.n) < 2:
        once = "one seed" if nature == "share" else "one process"
        return bare if same else replace(bare, why=_join(f"{once} is too few to tell noise", why))
    tested = _test(this, other)
    if tested.low == tested.high and not same:
        return replace(bare, why=_join("all repetitions differ by the same: too coarse a measure to judge", why))
    return replace(
        bare, effect=tested.effect, low=tested.low, high=tested.high, p_value=tested.p_value, method=tested.method
    )


def _test(this: Measured, other: Measured) -> Tested:
    """Shares as differences, by seed where both have the same; all else as ratios: two folders share no process."""
    if this.nature != "share":
        return unpaired_ratio(list(this.values.values()), list(other.values.values()))
    if set(this.values) == set(other.values):
        seeds = sorted(this.values)
        return paired_difference([this.values[seed] for seed in seeds], [other.values[seed] for seed in seeds])
    return unpaired_difference(list(this.values.values()), list(other.values.values()))


def _estimate(one: Measured) -> Estimate:
    """The value as the report gives it, with the interval that the report gives."""
    values = [one.values[repetition] for repetition in sorted(one.values)]
    if one.nature == "rate":
        if len(values) == 1:
            low, high = one.within or (None, None)
            return Estimate(values[0], low, high)
        # A rate is the inverse of a time; on logarithms the one's interval is the other's, turned round.
        typical = across_processes([[value] for value in values])
        return Estimate(typical.value, typical.low, typical.high)
    if one.nature == "bytes" and len(values) > 1:
        spread = median_spread(values)
        return Estimate(spread.median, spread.low, spread.high)
    if one.nature == "share" and len(values) > 1:
        return mean_interval(values)
    if one.nature == "share" and one.images:
        return proportion_interval(round(values[0] * one.images), one.images)
    return Estimate(values[0], None, None)


def _effect(nature: str, this: float, other: float) -> float:
    if nature == "share":
        return this - other
    return this / other if other else (1.0 if this == other else float("inf"))


def _circumstances(pair: Pair) -> str:
    notes = ["the network's layers are not the same in both"] if pair.edited else []
    if pair.this.beside != pair.other.beside:
        notes.append("timed beside other networks")
    return "; ".join(notes)


def _join(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
