"""What a run shows: bars with an estimate in a terminal, plain lines in a log.  All of it goes to stderr."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from bench.numbers import duration
from bench.records import Accuracy, Record


def outcome_line(record: Record) -> str:
    """How a unit ended, in a few words."""
    if record.failure is not None:
        return f"failed ({record.failure.reason}): {record.failure.message}"
    if isinstance(record.result, Accuracy):
        result = record.result
        note = "" if result.outcome == "trained" else f", {result.outcome}"
        return f"test accuracy {result.test_accuracy:.3f}{note}"
    return "done"


class RunDisplay:
    """Tells how a plan goes.  Work is in any unit: the estimate comes from how fast it has gone so far."""

    def __init__(self, console: Console, *, jobs: int, work: float) -> None:
        self._console = console
        self._jobs, self._work = jobs, work
        self._job, self._begun_jobs = "", 0
        self._job_work = self._done_work = 0.0
        self._start = self._last_line = time.monotonic()
        self._bars = _bars(console) if console.is_terminal else None

    def __enter__(self) -> RunDisplay:
        if self._bars is not None:
            self._whole = self._bars.add_task("whole plan", total=1.0, left="")
            self._unit = self._bars.add_task("", total=1.0, left="")
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def begin(self, job: str, work: float) -> None:
        self._begun_jobs += 1
        self._job, self._job_work = job, work
        self._job_start = time.monotonic()
        if self._bars is None:
            self._line(f"[{self._begun_jobs}/{self._jobs}] {job}")
        self.stands(0.0, "")

    def stands(self, share: float, text: str) -> None:
        left = self._left(share)
        if self._bars is not None:
            now = time.monotonic() - self._job_start
            unit_left = f"{duration(now * (1 - share) / share)} left" if share > 0.02 else ""
            self._bars.update(self._whole, completed=self._share(share), left=left)
            self._bars.update(
                self._unit,
                completed=share,
                description=f"[{self._begun_jobs}/{self._jobs}] {self._job}" + (f": {text}" if text else ""),
                left=unit_left,
            )
        elif text and time.monotonic() - self._last_line > 15:
            self._line(f"    {text}, {share:.0%} of this unit" + (f"; {left} in all" if left else ""))

    def end(self, records: Sequence[Record]) -> None:
        self._done_work += self._job_work
        for record in records:
            if record.kind == "accuracy" or record.failed:
                seed = "" if record.seed is None else f", seed {record.seed}"
                self._line(f"    {record.kind} of {record.arch.name}{seed}: {outcome_line(record)}")

    def _share(self, share: float) -> float:
        return (self._done_work + share * self._job_work) / self._work if self._work else 1.0

    def _left(self, share: float) -> str:
        """Remaining time of the whole plan, once enough of it is done to tell."""
        done = self._share(share)
        elapsed = time.monotonic() - self._start
        return f"{duration(elapsed * (1 - done) / done)} left" if done > 0.02 and elapsed > 2 else ""

    def _line(self, text: str) -> None:
        self._last_line = time.monotonic()
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class _Share(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.percentage:3.0f} %")


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        _Share(),
        TextColumn("{task.fields[left]}", markup=False),
        console=console,
        transient=True,
    )
