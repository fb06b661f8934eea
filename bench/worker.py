"""What happens inside the process that measures: one job, its outcome sent back through a pipe."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import torch

from bench.allocator import keep_freed_memory
from bench.device import use_device, use_precision
from bench.job import Job, carry_out
from bench.machine import Stopwatch, of_all, provenance
from bench.measure.failures import failure_of
from bench.plan import Unit
from bench.processes import end_with_parent
from bench.progress import Follow, OutOfTime, Progress, Surroundings, Tell
from bench.records import Epoch, Failure, Record, Result


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
    end_with_parent()  # nobody would write the record
    watch = Stopwatch()
    if job.at_once > 1:
        torch.set_num_threads(max(1, torch.get_num_threads() // job.at_once))
    if job.first.trains:  # what is timed or weighed is, as PyTorch comes
        keep_freed_memory()
    try:
        for message in measure(job, _throttled(pipe), news(pipe.send), watch):
            pipe.send(message)
    except OutOfTime:
        pipe.send(Paused())
    except Exception as error:
        for unit in job.units:
            pipe.send(Measured(record(job, unit, watch, failure=failure_of(error))))
    pipe.close()


def measure(job: Job, tell: Tell, follow: Follow, watch: Stopwatch) -> Iterator[Measured]:
    """Set this process up for `job`, and carry it out.

    Raises:
        OutOfTime: the time budget ended between two epochs; the checkpoint holds the run.
    """
    use_device(job.target)
    if job.first.precision is not None:
        use_precision(job.target, job.first.precision)
    earlier: list[dict[str, Any]] = []

    def heard(progress: Progress) -> None:
        earlier[:] = progress.earlier
        follow(progress)

    around = Surroundings(tell, heard, provenance=lambda: _own(job, watch), out_of_time=lambda: job.out_of_time)
    found_all = carry_out(job, around)
    for unit, (found, predictions) in zip(job.units, found_all, strict=True):
        if isinstance(found, Failure):
            yield Measured(record(job, unit, watch, failure=found))
        else:
            yield Measured(record(job, unit, watch, result=found, earlier=earlier), predictions)


def record(
    job: Job,
    unit: Unit,
    watch: Stopwatch,
    *,
    result: Result | None = None,
    failure: Failure | None = None,
    earlier: Sequence[dict[str, Any]] = (),
) -> Record:
    """The unit's record, with the provenance of this process and of those that took part before it."""
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
        provenance=of_all([*earlier, _own(job, watch)]),
    )


def _own(job: Job, watch: Stopwatch) -> dict[str, Any]:
    """What this process says of itself so far."""
    company = {"others_share": watch.others_share, "side_by_side": job.at_once}
    return provenance(job.target.torch_name) | company


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
