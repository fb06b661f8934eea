"""A job, and what each kind of it takes: networks ready to be measured, conditions, or a training run."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

import archs
from bench.data import load
from bench.device import Target
from bench.measure import experiments
from bench.measure.accuracy import measure_accuracy
from bench.measure.cases import Conditions
from bench.measure.complexity import measure_complexity
from bench.measure.memory import measure_memory
from bench.measure.networks import ready
from bench.measure.run import Run
from bench.measure.throughput import measure_throughput
from bench.plan import Unit
from bench.progress import Surroundings
from bench.records import Failure, Kind, Result, Throughput

Found = tuple[Result | Failure, dict[str, Any] | None]
"""What came of a unit, and what a network predicted."""


@dataclass(frozen=True)
class Job:
    """Units that one process measures: one unit, or the networks that are timed side by side."""

    units: tuple[Unit, ...]
    target: Target
    data_dir: Path | None
    checkpoint: Path
    deadline: float | None
    """Of `time.time()`."""
    at_once: int = 1
    """How many such jobs share the machine, this one among them."""

    @property
    def first(self) -> Unit:
        """Of units that are timed side by side, what is said of one in general holds for all."""
        return self.units[0]

    @property
    def out_of_time(self) -> bool:
        return self.deadline is not None and time.time() > self.deadline

    @property
    def conditions(self) -> Conditions:
        arch = self.first.arch
        return Conditions(
            image_shape=(arch.in_channels, arch.image_size, arch.image_size),
            num_classes=arch.num_classes,
            target=self.target,
            precision=self.first.precision,
        )

    def network(self, unit: Unit) -> torch.nn.Module:
        """With initialised weights, on the device, channels last."""
        return ready(unit.arch.name, target=self.target, **_shape(unit))


def carry_out(job: Job, around: Surroundings) -> list[Found]:
    """Measure the units of `job`, in their order; the process is set up for its device and precision.

    Raises:
        OutOfTime: the time budget ended between two epochs; the checkpoint holds the run.
    """
    return _KINDS.get(job.first.kind, _experiment)(job, around)


def _complexity(job: Job, around: Surroundings) -> list[Found]:
    arch = job.first.arch
    with torch.device("meta"):
        model = archs.create(arch.name, **_shape(job.first))
    return [(measure_complexity(model, in_channels=arch.in_channels, image_size=arch.image_size), None)]


def _memory(job: Job, around: Surroundings) -> list[Found]:
    batch = job.first.protocol.memory_batch
    return [(measure_memory(lambda: job.network(job.first), batch=batch, conditions=job.conditions), None)]


def _throughput(job: Job, around: Surroundings) -> list[Found]:
    measured = measure_throughput(
        {unit.arch.name: job.network(unit) for unit in job.units},
        job.first.protocol.timing,
        job.conditions,
        seed=job.first.seed or 0,
        tell=around.tell,
    )

    def found(unit: Unit) -> Throughput | Failure:
        timed = measured.networks[unit.arch.name]
        if timed.failure is not None:
            return timed.failure
        return Throughput(
            group=f"{job.first.key}-{os.getpid()}",
            companions=tuple(other.arch.name for other in job.units if other is not unit),
            cases=timed.cases,
            ceilings=measured.ceilings,
            states=measured.states,
            left_out=measured.left_out + timed.left_out,
        )

    return [(found(unit), None) for unit in job.units]


def _accuracy(job: Job, around: Surroundings) -> list[Found]:
    return [measure_accuracy(_run(job, around))]


def _experiment(job: Job, around: Surroundings) -> list[Found]:
    return [(experiments.measure(job.first.kind, _run(job, around)), None)]


_KINDS: dict[Kind, Callable[[Job, Surroundings], list[Found]]] = {
    "complexity": _complexity,
    "memory": _memory,
    "throughput": _throughput,
    "accuracy": _accuracy,
}
"""Every other kind is an experiment."""


def _run(job: Job, around: Surroundings) -> Run:
    unit = job.first
    assert unit.seed is not None
    return Run(
        unit.arch.name,
        unit.protocol,
        load(job.data_dir),
        seed=unit.seed,
        target=job.target,
        precision=unit.precision,
        checkpoint=job.checkpoint,
        around=around,
    )


def _shape(unit: Unit) -> dict[str, Any]:
    arch = unit.arch
    return {"in_channels": arch.in_channels, "num_classes": arch.num_classes, "image_size": arch.image_size}
