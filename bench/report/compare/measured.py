"""What one results folder says, number by number, in a form in which two folders can be laid side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from bench.records import (
    Accuracy,
    Branches,
    Complexity,
    Convergence,
    Localisation,
    Memory,
    Overfitting,
    Quadrants,
    Record,
    Robustness,
    Throughput,
    settings_key,
)
from bench.report.identity import clean, latest, protocol_labels, titles
from bench.report.tables import weakest
from bench.stats import median_spread

Nature = Literal["count", "bytes", "rate", "share"]
"""Exact; a peak of memory and a rate, compared as ratios; a share, compared as a difference."""


class Scope(NamedTuple):
    """Under what it was measured; all empty for what depends on none of it."""

    protocol: str = ""
    device: str = ""
    precision: str = ""

    def __str__(self) -> str:
        """ "quick · Some Processor · bf16"."""
        return " · ".join(part for part in self if part) or "counts only"


class Subject(NamedTuple):
    """Which network, whatever its layers are just now."""

    arch: str
    image_size: int
    in_channels: int
    num_classes: int


class Case(NamedTuple):
    """One number that a kind of measurement gives."""

    what: str
    """For people, such as "training images/s, batch 64"."""
    figure: str
    """Name of the figure that it goes into."""
    label: str = ""
    """What tells it from the other cases of a network in that figure."""


@dataclass
class Measured:
    """One number of one network, with all its repetitions."""

    kind: str
    subject: Subject
    title: str
    family: str
    fingerprint: str
    scope: Scope
    case: Case
    nature: Nature
    values: dict[int, float] = field(default_factory=dict)
    """By seed, or by number of the process; 0 where it is measured once."""
    within: tuple[float, float] | None = None
    """Of a single process, the interval of its own rounds."""
    images: int = 0
    """Of a share, how many it is of."""
    beside: tuple[str, ...] = ()
    """Networks that were timed in the same rounds."""
    standings: set[str] = field(default_factory=set)
    started: str = ""
    keys: set[str] = field(default_factory=set)

    @property
    def standing(self) -> str:
        """That of the weakest record behind it."""
        return weakest(sorted(self.standings))

    @property
    def n(self) -> int:
        """Repetitions."""
        return len(self.values)


def measured(records: Sequence[Record]) -> list[Measured]:
    """Every number of `records`; of results with the same key the latest counts."""
    chosen = sorted(latest(records), key=lambda record: (record.started, record.key))
    named, labels = titles(chosen), protocol_labels(chosen)
    found: dict[tuple[object, ...], Measured] = {}
    for record in chosen:
        arch = record.arch
        subject = Subject(clean(arch.name), arch.image_size, arch.in_channels, arch.num_classes)
        device = "" if record.device is None else clean(record.device.model)
        own = Scope(clean(labels[settings_key(record)]), device, record.precision or "")
        for one in _numbers(record):
            scope = Scope() if record.kind == "complexity" else own._replace(precision=one.precision or own.precision)
            place = (record.kind, subject, arch.fingerprint, scope, one.case, one.beside)
            held = found.setdefault(
                place,
                Measured(
                    record.kind, subject, clean(named[arch.name, arch.fingerprint]), clean(arch.family),
                    arch.fingerprint, scope, one.case, one.nature, beside=one.beside,
                ),
            )  # fmt: skip
            held.values[record.seed or 0] = one.value
            held.within, held.images = one.within, one.images
            exact = record.kind == "complexity"
            held.standings.add("exact count" if exact else str(record.protocol.get("standing", "unknown")))
            held.started = max(held.started, record.started)
            held.keys.add(record.key)
    return _one_group_each(found.values())


@dataclass(frozen=True)
class _Number:
    case: Case
    nature: Nature
    value: float
    within: tuple[float, float] | None = None
    images: int = 0
    beside: tuple[str, ...] = ()
    precision: str = ""


def _numbers(record: Record) -> Iterator[_Number]:
    result = record.result
    if isinstance(result, Complexity):
        yield _Number(Case("parameters", ""), "count", result.parameters)
        yield _Number(Case("multiply-accumulates per image", ""), "count", result.macs)
    elif isinstance(result, Memory):
        yield from _memory(result)
    elif isinstance(result, Throughput):
        yield from _throughput(result)
    elif isinstance(result, Accuracy):
        yield _share("test accuracy", result.test_accuracy, result.test_images)
    elif isinstance(result, Overfitting):
        yield _share("test accuracy", result.test_accuracy, result.test_images)
        gap = result.epochs[-1].train_accuracy - result.test_accuracy
        yield _share("training less test accuracy", gap)
    elif isinstance(result, Convergence):
        yield _share("held-out accuracy at the end", result.checks[-1].held_out_accuracy)
    elif isinstance(result, Robustness):
        yield _share("test accuracy, nothing moved", result.clean_accuracy, result.test_images)
        for curve in result.curves:
            accuracies = curve.accuracies[1:] or curve.accuracies
            yield _share(f"mean test accuracy under {curve.transformation}", sum(accuracies) / len(accuracies))
    elif isinstance(result, Quadrants):
        yield _share("test accuracy", result.test_accuracy, result.test_images)
    elif isinstance(result, Localisation):
        yield _share("test accuracy", result.test_accuracy, result.test_images)
        for pointing in result.pointing:
            if pointing.images:
                yield _share(f"{pointing.map}s that point at the garment", pointing.hits / pointing.images)
    elif isinstance(result, Branches):
        yield _share("test accuracy, all branches", result.accuracy, result.test_images)


def _share(what: str, value: float, images: int = 0) -> _Number:
    return _Number(Case(what, what), "share", value, images=images)


def _memory(result: Memory) -> Iterator[_Number]:
    at = f"batch {result.batch}"
    yield _Number(Case(f"bytes kept for backward, {at}", ""), "count", result.saved_for_backward_bytes)
    for name, value in (("a training step", result.training_peak_bytes), ("inference", result.inference_peak_bytes)):
        if value:
            # Two methods do not measure the same thing, so that the method is part of what was measured.
            case = Case(f"peak memory of {name}, {at} ({result.method})", f"peak memory, {at}", name)
            yield _Number(case, "bytes", value)


def _throughput(result: Throughput) -> Iterator[_Number]:
    for case in result.cases:
        if case.batch != case.requested_batch:
            continue
        engine = "" if case.engine == "eager" else f", {case.engine}"
        name = f"{case.mode} images/s{engine}"
        steps = median_spread(case.step_seconds)
        yield _Number(
            Case(f"{name}, batch {case.batch}", name, f"batch {case.batch}"),
            "rate",
            case.batch / steps.median,
            within=(case.batch / steps.high, case.batch / steps.low),
            beside=tuple(sorted(result.companions)),
            precision=case.precision,
        )


def _one_group_each(numbers: Iterable[Measured]) -> list[Measured]:
    """Of a network timed in several companies, the largest: there most networks compare with it."""
    places: dict[tuple[object, ...], list[Measured]] = defaultdict(list)
    for one in numbers:
        places[one.kind, one.subject, one.fingerprint, one.scope, one.case].append(one)
    return [max(group, key=lambda one: (len(one.beside), one.started, one.beside)) for group in places.values()]
