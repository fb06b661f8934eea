"""Carries a plan out: each job in a process of its own, each outcome a record, any moment a good one to stop."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol as Interface

from bench import processes, store, worker
from bench.checkpoint import remove_checkpoint
from bench.device import Target
from bench.plan import Unit
from bench.records import Failure, Record

WORK_FOLDER = ".work"
"""Checkpoints of training runs that are not finished, inside the results folder."""


class Listener(Interface):
    """Who is told how the run goes; see `bench.console`."""

    def begin(self, job: str, work: float) -> None: ...

    def stands(self, share: float, text: str) -> None: ...

    def end(self, records: Sequence[Record]) -> None: ...


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

    A unit that failed counts as measured unless `retry_failed`; a later success replaces a failure.
    """
    by_key: dict[str, Record] = {}
    for record in known:
        if record.key not in by_key or by_key[record.key].failed:
            by_key[record.key] = record
    found = {unit.key: by_key[unit.key] for unit in plan if unit.key in by_key}
    if retry_failed:
        found = {key: record for key, record in found.items() if not record.failed}
    return [unit for unit in plan if unit.key not in found], list(found.values())


def carry_out(
    units: Sequence[Unit],
    *,
    results: Path,
    target: Target,
    data_dir: Path | None,
    deadline: float | None,
    listener: Listener,
) -> Outcome:
    """Measure `units` and write a record of each; the caller holds the results folder.

    Each job runs in a fresh process, so that one that is killed or runs out of memory takes nothing
    with it.  No job is begun after `deadline`, of `time.time()`.
    """
    outcome = Outcome()
    jobs = list(_jobs(units, results=results, target=target, data_dir=data_dir, deadline=deadline))
    for index, job in enumerate(jobs):
        if deadline is not None and time.time() > deadline:
            outcome.missing += [unit for later in jobs[index:] for unit in later.units]
            break
        listener.begin(_title(job), sum(unit.work for unit in job.units))
        records, paused = _run(job, results, listener)
        outcome.measured += records
        if paused:
            outcome.missing += job.units
        else:
            remove_checkpoint(job.checkpoint)
        listener.end(records)
    return outcome


def _jobs(
    units: Sequence[Unit], *, results: Path, target: Target, data_dir: Path | None, deadline: float | None
) -> Iterator[worker.Job]:
    """Units in plan order; networks of throughput together, since they are timed side by side in one process."""
    for unit in units:
        group = side_by_side(unit, units)
        if unit is group[0]:
            yield worker.Job(group, target, data_dir, _checkpoint(results, unit.key), deadline)


def side_by_side(unit: Unit, units: Sequence[Unit]) -> tuple[Unit, ...]:
    """The units that are measured in one process with `unit`."""
    if unit.kind != "throughput":
        return (unit,)
    return tuple(
        other
        for other in units
        if (other.kind, other.protocol.name, other.seed) == (unit.kind, unit.protocol.name, unit.seed)
    )


def _title(job: worker.Job) -> str:
    if len(job.units) == 1:
        return str(job.units[0])
    first = job.units[0]
    process = f", process {first.seed}" if first.protocol.timing.processes > 1 else ""
    return f"{first.kind} of {len(job.units)} networks side by side{process}"


def _run(job: worker.Job, results: Path, listener: Listener) -> tuple[list[Record], bool]:
    """Run one job to its end and write its records; also whether the time budget paused it."""
    started = time.time()
    context = processes.context()
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=worker.main, args=(job, sending), daemon=True)  # type: ignore[attr-defined]
    process.start()
    sending.close()
    records: list[Record] = []
    paused = False
    try:
        for message in _messages(receiving):
            if isinstance(message, worker.Told):
                listener.stands(message.share, message.text)
            elif isinstance(message, worker.Measured):
                store.save(results, message.record, message.predictions)
                records.append(message.record)
            else:
                paused = True
        process.join()
    finally:
        if process.is_alive():
            process.kill()
            process.join()
    if not paused:
        done = {record.key for record in records}
        for unit in job.units:
            if unit.key not in done:
                record = worker.record(unit, started, job.target.torch_name, failure=_killed(process.exitcode))
                store.save(results, record)
                records.append(record)
    return records, paused


def _messages(pipe: Connection) -> Iterator[object]:
    """Messages until the other end is closed, by its end or by its death."""
    while True:
        try:
            yield pipe.recv()
        except EOFError:
            return


def _killed(exitcode: int | None) -> Failure:
    if exitcode is not None and exitcode < 0:
        cause = "; the system ran out of memory, most likely" if exitcode == -9 else ""
        return Failure(reason="killed", message=f"the process was ended by signal {-exitcode}{cause}")
    return Failure(reason="killed", message=f"the process ended with status {exitcode} before it had a result")


def forget_finished(results: Path, found: Sequence[Record]) -> None:
    """Remove checkpoints that a kill left between a record and the removal of what it was made from."""
    for record in found:
        remove_checkpoint(_checkpoint(results, record.key))


def _checkpoint(results: Path, key: str) -> Path:
    return results / WORK_FOLDER / f"{key}.pt"
