"""What happens inside the process that measures: one job, its outcome sent back through a pipe."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

import archs
from bench.data import load
from bench.device import Target, use_precision
from bench.machine import Stopwatch, provenance
from bench.measure import experiments
from bench.measure.accuracy import measure_accuracy
from bench.measure.cases import Conditions
from bench.measure.complexity import measure_complexity
from bench.measure.experiments.run import Run
from bench.measure.failures import failure_of
from bench.measure.memory import measure_memory
from bench.measure.networks import ready
from bench.measure.throughput import measure_throughput
from bench.plan import Unit
from bench.records import Epoch, Failure, Record, Result, Throughput
from bench.train import OutOfTime, Progress

Tell = Callable[[float, str], None]
Follow = Callable[[Progress], None]


@dataclass(frozen=True)
class Job:
    """Units that one process measures: one unit, or the networks that are timed side by side."""

    units: tuple[Unit, ...]
    target: Target
    data_dir: Path | None
    checkpoint: Path
    deadline: float | None
    """Of `time.time()`."""
    beside: int = 1
    """How many such jobs share the machine, this one among them."""


@dataclass(frozen=True)
class Told:
    """Where the job stands."""

    share: float
    text: str


@dataclass(frozen=True)
class Learned:
    """Epochs that the job's training run has done since the last such message, those before a resume among them."""

    epochs: tuple[Epoch, ...]
    step_losses: tuple[float, ...]


@dataclass(frozen=True)
class Measured:
    """A finished unit; failures are records too."""

    record: Record
    predictions: dict[str, Any] | None = None


@dataclass(frozen=True)
class Paused:
    """The time budget is spent and the job can be gone on with."""


def main(job: Job, pipe: Connection) -> None:
    """Run `job` and send `Told`, `Learned`, `Measured` and `Paused` messages until it is done."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends this process
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    watch = Stopwatch()
    if job.beside > 1:
        torch.set_num_threads(max(1, torch.get_num_threads() // job.beside))
    try:
        for message in _measure(job, _throttled(pipe), news(pipe.send), watch):
            pipe.send(message)
    except OutOfTime:
        pipe.send(Paused())
    except Exception as error:
        for unit in job.units:
            pipe.send(Measured(record(job, unit, watch, failure=failure_of(error))))
    pipe.close()


def record(
    job: Job, unit: Unit, watch: Stopwatch, *, result: Result | None = None, failure: Failure | None = None
) -> Record:
    """The unit's record, with the provenance of this process."""
    from dataclasses import asdict

    return Record(
        key=unit.key,
        kind=unit.kind,
        arch=unit.arch,
        protocol=asdict(unit.protocol),
        seed=unit.seed,
        precision=unit.precision,
        device=unit.device,
        result=result,
        failure=failure,
        started=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(watch.started)),
        seconds=watch.seconds,
        provenance=provenance(job.target.torch_name)
        | {"others_share": watch.others_share}
        | ({"side_by_side": job.beside} if job.beside > 1 else {}),
    )


def _measure(job: Job, tell: Tell, follow: Follow, watch: Stopwatch) -> Iterator[Measured]:
    unit, target = job.units[0], job.target
    if unit.precision is not None:
        use_precision(target, unit.precision)
    if unit.kind == "throughput":
        yield from _throughput(job, tell, watch)
    elif unit.kind == "complexity":
        with torch.device("meta"):
            model = _create(unit)
        counts = measure_complexity(model, in_channels=unit.arch.in_channels, image_size=unit.arch.image_size)
        yield Measured(record(job, unit, watch, result=counts))
    elif unit.kind == "memory":
        memory = measure_memory(
            lambda: _ready(unit, target),
            batch=unit.protocol.memory_batch,
            conditions=_conditions(job),
        )
        yield Measured(record(job, unit, watch, result=memory))
    else:
        assert unit.seed is not None
        run = Run(
            unit.arch.name,
            unit.protocol,
            load(job.data_dir),
            seed=unit.seed,
            target=target,
            precision=unit.precision,
            checkpoint=job.checkpoint,
            out_of_time=lambda: job.deadline is not None and time.time() > job.deadline,
            tell=tell,
            follow=follow,
        )
        if unit.kind == "accuracy":
            accuracy, predictions = measure_accuracy(run)
            yield Measured(record(job, unit, watch, result=accuracy), predictions)
        else:
            yield Measured(record(job, unit, watch, result=experiments.measure(unit.kind, run)))


def _throughput(job: Job, tell: Tell, watch: Stopwatch) -> Iterator[Measured]:
    first = job.units[0]
    measured = measure_throughput(
        {unit.arch.name: _ready(unit, job.target) for unit in job.units},
        first.protocol.timing,
        _conditions(job),
        seed=first.seed or 0,
        tell=tell,
    )
    for unit in job.units:
        timed = measured.networks[unit.arch.name]
        if timed.failure is not None:
            yield Measured(record(job, unit, watch, failure=timed.failure))
            continue
        result = Throughput(
            group=f"{first.key}-{os.getpid()}",
            companions=tuple(other.arch.name for other in job.units if other is not unit),
            cases=timed.cases,
            ceilings=measured.ceilings,
            states=measured.states,
            left_out=measured.left_out + timed.left_out,
        )
        yield Measured(record(job, unit, watch, result=result))


def _create(unit: Unit) -> torch.nn.Module:
    arch = unit.arch
    return archs.create(
        arch.name, in_channels=arch.in_channels, num_classes=arch.num_classes, image_size=arch.image_size
    )


def _ready(unit: Unit, target: Target) -> torch.nn.Module:
    """The network with initialised weights, on the device, channels last."""
    arch = unit.arch
    return ready(
        arch.name,
        image_size=arch.image_size,
        target=target,
        in_channels=arch.in_channels,
        num_classes=arch.num_classes,
    )


def _conditions(job: Job) -> Conditions:
    unit = job.units[0]
    return Conditions(
        image_shape=(unit.arch.in_channels, unit.arch.image_size, unit.arch.image_size),
        num_classes=unit.arch.num_classes,
        target=job.target,
        precision=unit.precision,
    )


def _throttled(pipe: Connection, every: float = 0.2) -> Tell:
    """Send where the job stands, a few times a second at most."""
    last = 0.0

    def tell(share: float, text: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= every:
            last = now
            pipe.send(Told(share, text))

    return tell


def news(send: Callable[[Learned], None]) -> Follow:
    """Send of a training run what was not sent before."""
    epochs = steps = 0

    def follow(progress: Progress) -> None:
        nonlocal epochs, steps
        send(Learned(tuple(progress.epochs[epochs:]), tuple(progress.step_losses[steps:])))
        epochs, steps = len(progress.epochs), len(progress.step_losses)

    return follow


def _die_with_parent() -> None:
    """End at once when the parent is gone, however it went: nobody would write the record."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
