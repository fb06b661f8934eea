"""What has to hold for a repetition to agree with a record: pure functions of records.

A new observation is held against a prediction interval, which is where one more observation falls.  A confidence
interval is where the mean lies; one more observation falls outside of it most of the time when there are many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.errors import UserError
from bench.records import Accuracy, Complexity, Memory, Record, Throughput
from bench.stats import Estimate, median_spread, next_rate, next_share, next_value
from bench.verify.quantities import cases, shares

CONFIDENCE = 0.95
REPEATS = {"memory": 8, "throughput": 5}
"""New measurements where the record is the only one of its kind and has no spread.  A resident set comes in a few
sizes, a tenth apart and more: of five processes all may hit the same one."""


@dataclass(frozen=True)
class Check:
    """One number, as recorded and as found now."""

    what: str
    recorded: float
    now: float | None
    """None where it could not be measured here."""
    low: float | None = None
    """Of the interval; None where the two have to be equal."""
    high: float | None = None
    held: str = "now"
    """Which of the two is held against the interval: "now", or "recorded" where the interval is of new ones."""

    @property
    def inside(self) -> bool | None:
        """None where there is nothing to hold."""
        if self.now is None:
            return None
        if self.low is None or self.high is None:
            return self.recorded == self.now
        return self.low <= (self.now if self.held == "now" else self.recorded) <= self.high


@dataclass(frozen=True)
class Judgement:
    """All checks of one record, and by which rule."""

    rule: str
    checks: tuple[Check, ...]

    @property
    def inside(self) -> bool:
        """Whether all hold of what could be measured, which is something at least."""
        held = [check.inside for check in self.checks if check.inside is not None]
        return bool(held) and all(held)


def repeats(record: Record, known: Sequence[Record]) -> int:
    """How often the unit has to be measured again; `known` are the record and its peers.

    Raises:
        UserError: one run of an experiment, which tells nothing of how the next one differs.
    """
    if record.kind in REPEATS and len(known) == 1:
        return REPEATS[record.kind]
    if len(known) == 1 and record.kind not in ("complexity", "accuracy"):
        raise UserError(
            f"{record.key} is the only run of its kind, and one run does not tell how far the next may lie from it; "
            "measure more with `bench run --seeds`"
        )
    return 1


def judge(record: Record, known: Sequence[Record], new: Sequence[Record]) -> Judgement:
    """Hold `new` results of the unit of `record` against it and its peers `known`."""
    result = record.result
    if isinstance(result, Complexity):
        return _counts(result, new)
    if isinstance(result, Memory):
        return _memory(result, known, new)
    if isinstance(result, Throughput):
        return _throughput(result, known, new)
    if isinstance(result, Accuracy) and len(known) == 1:
        return _one_run(result, new)
    return _runs(record, known, new)


def _counts(result: Complexity, new: Sequence[Record]) -> Judgement:
    (found,) = (one.result for one in new)
    assert isinstance(found, Complexity)
    counted = [Check(name, getattr(result, name), getattr(found, name)) for name in ("parameters", "macs", "flops")]
    differing = sum(a != b for a, b in zip(result.layers, found.layers, strict=False))
    differing += abs(len(result.layers) - len(found.layers))
    others = ((result.other_operations, found.other_operations), (result.uncounted, found.uncounted))
    operators = sum(_differing(a, b) for a, b in others)
    counted += [Check("layers that differ", 0, differing), Check("operators that differ", 0, operators)]
    return Judgement("Counts are exact: they have to be equal.", tuple(counted))


def _memory(result: Memory, known: Sequence[Record], new: Sequence[Record]) -> Judgement:
    before, found = ([one.result for one in side if isinstance(one.result, Memory)] for side in (known, new))
    checks = [
        Check(name.replace("_", " "), getattr(result, name), getattr(found[0], name))
        for name in ("parameter_bytes", "saved_for_backward_bytes")
    ]
    swapped = len(before) == 1
    many = found if swapped else before
    for name in ("training_peak_bytes", "inference_peak_bytes"):
        what, recorded = name.replace("_", " "), getattr(result, name)
        values = [getattr(one, name) for one in many]
        if recorded is None:
            continue
        if None in values or getattr(found[0], name) is None:
            checks.append(Check(what, recorded, None))
            continue
        mean, low, high = next_value(values, _each(2))
        now = mean if swapped else getattr(found[0], name)
        checks.append(Check(what, recorded, now, low, high, "recorded" if swapped else "now"))
    held = (
        f"Of a peak there is one record, which has no spread of its own: it is held against {len(many)} new processes"
        if swapped
        else f"A peak is held against the {len(many)} recorded processes"
    )
    rule = f"What is counted has to be equal. {held}: prediction interval, Student's t, both peaks together at 95 %."
    return Judgement(rule, tuple(checks))


def _throughput(result: Throughput, known: Sequence[Record], new: Sequence[Record]) -> Judgement:
    """In images a second, by case; the median of a process is one observation."""
    own, swapped = cases(result), len(known) == 1
    many = [cases(one.result) for one in (new if swapped else known) if isinstance(one.result, Throughput)]
    (single, *_) = [cases(one.result) for one in new if isinstance(one.result, Throughput)]
    checks = []
    for case, samples in own.items():
        rates = [median_spread(one[case]).median for one in many if case in one]
        recorded = median_spread(samples).median
        if case not in single or len(rates) < 2:
            checks.append(Check(case, recorded, None))
            continue
        mean, low, high = next_rate(rates, _each(len(own)))
        now = mean if swapped else median_spread(single[case]).median
        checks.append(Check(case, recorded, now, low, high, "recorded" if swapped else "now"))
    which = (
        f"The record is of one process, which does not tell how the next differs: {len(many)} new ones are to tell"
        if swapped
        else f"The new process is held against the {len(many)} recorded ones"
    )
    rule = (
        f"{which}. Prediction interval for one more process, Student's t on the logarithms of their medians; all "
        f"{len(own)} cases together at 95 %."
    )
    return Judgement(rule, tuple(checks))


def _one_run(result: Accuracy, new: Sequence[Record]) -> Judgement:
    (found,) = (one.result for one in new)
    assert isinstance(found, Accuracy)
    _, low, high = next_share(round(result.test_accuracy * result.test_images), result.test_images, CONFIDENCE)
    return Judgement(
        f"One run is recorded: prediction interval for another {result.test_images:,} test images at 95 %. It does not "
        "tell how runs under other seeds differ.",
        (Check("test accuracy", result.test_accuracy, found.test_accuracy, low, high),),
    )


def _runs(record: Record, known: Sequence[Record], new: Sequence[Record]) -> Judgement:
    own, (found,) = shares(record.result), (shares(one.result) for one in new)
    every = [shares(one.result) for one in known]
    checks = []
    for what, recorded in own.items():
        values = [one[what] for one in every if what in one]
        _, low, high = next_value(values, _each(len(own))) if len(values) > 1 else Estimate(recorded, None, None)
        checks.append(Check(what, recorded, found.get(what), low, high))
    together = f", all {len(own)} numbers together" if len(own) > 1 else ""
    return Judgement(
        f"Prediction interval for one more run, Student's t over the {len(known)} recorded seeds{together} at 95 %; "
        "wider than the confidence interval of their mean, into which one more run need not fall.",
        tuple(checks),
    )


def _each(number: int) -> float:
    """Confidence of each of several intervals, so that all hold together at `CONFIDENCE` (Bonferroni)."""
    return 1 - (1 - CONFIDENCE) / number


def _differing(a: Mapping[str, Any], b: Mapping[str, Any]) -> int:
    return sum(a.get(name) != b.get(name) for name in {*a, *b})
