"""Carries a plan out: each job in a process of its own, each outcome a record, any moment a good one to stop."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import Protocol as Interface

from bench import processes, store, worker
from bench.checkpoint import remove_checkpoint
from bench.curves.progress import WORK_FOLDER, curve_path
from bench.device import Target
from bench.job import Job
from bench.machine import Stopwatch
from bench.plan import Unit
from bench.protocols import TRAINED
from bench.records import Epoch, Failure, Record, Throughput


class Listener(Interface):
    """Who is told how the run goes; see `bench.console`.  A job goes by the key of its first unit."""

    def begin(self, job: str, title: str, work: float, units: int) -> None: ...

    def stands(self, job: str, share: float, text: str) -> None: ...

    def end(self, job: str, records: Sequence[Record]) -> None: ...


class Follower(Interface):
    """Who writes down learning curves while they grow; see `bench.curves`."""

    def begin(self, units: Sequence[Unit]) -> None: ...

    def learned(self, unit: Unit, epochs: Sequence[Epoch], step_losses: Sequence[float]) -> None:
        """Epochs that are done and that were not told since `begin`; those before a resume come first."""

    def end(self, units: Sequence[Unit]) -> None: ...


@dataclass
class Outcome:
    """How the plan stands after a run."""

    found: list[Record] = field(default_factory=list)
    """Measured by an earlier run."""
    measured: list[Record] = field(default_factory=list)
    missing: list[Unit] = field(default_factory=list)
    """Not measured: the time budget was spent."""

    @property
    def records(self) -> list[Record]:
        return self.found + self.measured

    @property
    def failed(self) -> list[Record]:
        return [record for record in self.records if record.failed]


def pending(plan: Sequence[Unit], known: Sequence[Record], *, retry_failed: bool) -> tuple[list[Unit], list[Record]]:
    """The units that have no record yet, and the records of those that have.

    A unit that failed counts as measured unless `retry_failed`; a later success replaces a failure.  Networks that
    are to be timed side by side are all measured again where one has no record or where they were timed apart; where
    one of them failed after it was timed, only with `retry_failed`.
    """
    latest: dict[str, Record] = {}
    by_key: dict[str, Record] = {}
    for record in sorted(known, key=lambda one: one.started):
        latest[record.key] = record
        if not record.failed or record.key not in by_key:
            by_key[record.key] = record
    found = {unit.key: by_key[unit.key] for unit in plan if unit.key in by_key}
    if retry_failed:
        found = {key: record for key, record in found.items() if not record.failed}
    standing = found if retry_failed else latest
    again: set[str] = set()
    for unit in plan:
        company = side_by_side(unit, plan)
        if unit.key not in found or _apart([standing[one.key] for one in company if one.key in standing]):
            again |= {one.key for one in company}
    return [unit for unit in plan if unit.key in again], [found[key] for key in found if key not in again]


def _apart(records: Sequence[Record]) -> bool:
    """Whether those that are timings come from several processes."""
    return len({record.result.group for record in records if isinstance(record.result, Throughput)}) > 1


def carry_out(
    units: Sequence[Unit],
    *,
    results: Path,
    target: Target,
    data_dir: Path | None,
    deadline: float | None,
    listener: Listener,
    followers: Sequence[Follower] = (),
    jobs: int = 1,
) -> Outcome:
    """Measure `units` and write a record of each; the caller holds the results folder.

    Each job runs in a fresh process, so that one that is killed or runs out of memory takes nothing
    with it.  No job is begun after `deadline`, of `time.time()`.  Up to `jobs` training runs go on
    at once; whatever is timed or weighed has the machine to itself.
    """
    outcome = Outcome()
    waiting = deque(_jobs(units, results=results, target=target, data_dir=data_dir, deadline=deadline, at_once=jobs))
    running: list[_Running] = []
    try:
        while waiting or running:
            if deadline is not None and time.time() > deadline:
                outcome.missing += [unit for job in waiting for unit in job.units]
                waiting.clear()
            while waiting and _may_start(waiting[0], running, jobs):
                job = waiting.popleft()
                work = sum(unit.work for unit in job.units)
                listener.begin(job.first.key, _title(job, units), work, len(job.units))
                running.append(_Running(job))
                for follower in followers:
                    follower.begin(job.units)
            for one in _heard(running, results, listener, followers) if running else ():
                running.remove(one)
                records = one.finish(results)
                outcome.measured += records
                if one.paused:
                    outcome.missing += one.job.units
                else:
                    _forget(one.job.checkpoint)
                for follower in followers:
                    follower.end(one.job.units)
                listener.end(one.job.first.key, records)
    finally:
        for one in running:
            one.kill()
            for follower in followers:
                follower.end(one.job.units)
    return outcome


def _may_start(job: Job, running: Sequence[_Running], jobs: int) -> bool:
    together = all(one.units[0].kind in TRAINED for one in (job, *(other.job for other in running)))
    return not running or (together and len(running) < jobs)


def _heard(
    running: Sequence[_Running], results: Path, listener: Listener, followers: Sequence[Follower]
) -> list[_Running]:
    """Wait for messages and pass them on; returns the jobs whose process has nothing more to say."""
    ended = []
    pipes = {one.pipe: one for one in running}
    for pipe in wait(list(pipes)):
        one = pipes[pipe]  # type: ignore[index]
        try:
            message = one.pipe.recv()
        except (EOFError, OSError):  # it closed the pipe, or was killed in the middle of a message
            ended.append(one)
            continue
        if isinstance(message, worker.Told):
            listener.stands(one.job.first.key, message.share, message.text)
        elif isinstance(message, worker.Learned):
            for follower in followers:
                follower.learned(one.job.units[0], message.epochs, message.step_losses)
        elif isinstance(message, worker.Measured):
            store.save(results, message.record, message.predictions)
            one.records.append(message.record)
        else:
            one.paused = True
    return ended


def _jobs(
    units: Sequence[Unit], *, results: Path, target: Target, data_dir: Path | None, deadline: float | None, at_once: int
) -> Iterator[Job]:
    """Units in plan order; networks of throughput together, since they are timed side by side in one process."""
    for unit in units:
        group = side_by_side(unit, units)
        if unit is group[0]:
            sharing = at_once if unit.kind in TRAINED else 1
            yield Job(group, target, data_dir, _checkpoint(results, unit.key), deadline, sharing)


def side_by_side(unit: Unit, units: Sequence[Unit]) -> tuple[Unit, ...]:
    """The units that are measured in one process with `unit`."""
    if unit.kind != "throughput":
        return (unit,)
    return tuple(other for other in units if other.kind == unit.kind and _company(other) == _company(unit))


def _company(unit: Unit) -> tuple[object, ...]:
    return unit.protocol.name, unit.seed, {unit.arch.name, *unit.companions}


def _title(job: Job, plan: Sequence[Unit]) -> str:
    """What is measured, with protocol and precision where the plan has several."""
    first = job.first
    title = str(first)
    if len(job.units) > 1:
        process = f", process {first.seed}" if first.protocol.timing.processes > 1 else ""
        title = f"{first.kind} of {len(job.units)} networks side by side{process}"
    told = []
    if first.protocol.family or len({unit.protocol.name for unit in plan}) > 1:
        told.append(first.protocol.name)
    if first.precision and len({unit.precision for unit in plan if unit.precision}) > 1:
        told.append(first.precision)
    return f"{title} ({', '.join(told)})" if told else title


class _Running:
    """A job in its process."""

    def __init__(self, job: Job) -> None:
        self.job, self.watch = job, Stopwatch()
        self.records: list[Record] = []
        self.paused = False
        context = processes.context()
        self.pipe, sending = context.Pipe(duplex=False)
        self.process = context.Process(target=worker.main, args=(job, sending), daemon=True)  # type: ignore[attr-defined]
        self.process.start()
        sending.close()

    def finish(self, results: Path) -> list[Record]:
        """The job's records; units that the process left without one failed."""
        self.process.join()
        done = {record.key for record in self.records}
        for unit in () if self.paused else self.job.units:
            if unit.key not in done:
                failure = _killed(self.process.exitcode)
                record = worker.record(self.job, unit, self.watch, failure=failure)
                store.save(results, record)
                self.records.append(record)
        return self.records

    def kill(self) -> None:
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _killed(exitcode: int | None) -> Failure:
    if exitcode is not None and exitcode < 0:
        cause = "; the system ran out of memory, most likely" if exitcode == -9 else ""
        return Failure(reason="killed", message=f"the process was ended by signal {-exitcode}{cause}")
    return Failure(reason="killed", message=f"the process ended with status {exitcode} before it had a result")


def forget_finished(results: Path, found: Sequence[Record]) -> None:
    """Remove checkpoints that a kill left between a record and the removal of what it was made from."""
    for record in found:
        _forget(_checkpoint(results, record.key))


def _forget(checkpoint: Path) -> None:
    """Remove the state of a run that has its record, and the curve that stood for it."""
    remove_checkpoint(checkpoint)
    curve_path(checkpoint.parent, checkpoint.stem).unlink(missing_ok=True)


def _checkpoint(results: Path, key: str) -> Path:
    return results / WORK_FOLDER / f"{key}.pt"
