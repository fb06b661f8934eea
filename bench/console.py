"""What a run shows: bars with an estimate in a terminal, plain lines in a log.  All of it goes to stderr."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.text import Text

from bench.numbers import duration
from bench.protocols import TRAINED
from bench.records import (
    Accuracy,
    Branches,
    Convergence,
    Localisation,
    Overfitting,
    Quadrants,
    Record,
    Result,
    Robustness,
)


def outcome_line(record: Record) -> str:
    """How a unit ended, in a few words."""
    if record.failure is not None:
        return f"failed ({record.failure.reason}): {record.failure.message}"
    told = _headline(record.result)
    outcome = getattr(record.result, "outcome", "trained")
    return told if outcome == "trained" else f"{told}, {outcome}"


def _headline(result: Result | None) -> str:
    """The number that one looks for first."""
    match result:
        case Accuracy() | Quadrants() | Localisation():
            return f"test accuracy {result.test_accuracy:.3f}"
        case Overfitting():
            return f"training accuracy {result.epochs[-1].train_accuracy:.3f}, test accuracy {result.test_accuracy:.3f}"
        case Convergence():
            return f"held-out accuracy {result.checks[-1].held_out_accuracy:.3f}"
        case Robustness():
            return f"test accuracy {result.clean_accuracy:.3f}"
        case Branches():
            return f"test accuracy {result.accuracy:.3f}"
        case _:
            return "done"


@dataclass
class _Job:
    title: str
    number: str
    """Of its unit, or of its first and its last."""
    work: float
    started: float
    share: float = 0.0
    bar: TaskID | None = None


class RunDisplay:
    """Tells how a plan goes.  Work is in any unit: the estimate comes from how fast it has gone so far."""

    def __init__(self, console: Console, *, units: int, work: float) -> None:
        self._console = console
        self._count, self._work = units, work
        self._jobs: dict[str, _Job] = {}
        self._begun, self._done_work = 0, 0.0
        self._start = self._last_line = time.monotonic()
        self._bars = _bars(console) if console.is_terminal else None

    def __enter__(self) -> RunDisplay:
        if self._bars is not None:
            self._whole = self._bars.add_task("whole plan", total=1.0, left="")
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def begin(self, job: str, title: str, work: float, units: int) -> None:
        first, self._begun = self._begun + 1, self._begun + units
        which = str(first) if units == 1 else f"{first}-{self._begun}"
        self._jobs[job] = one = _Job(title, which, work, time.monotonic())
        if self._bars is None:
            self._line(f"[{one.number}/{self._count}] {title}")
        else:
            one.bar = self._bars.add_task("", total=1.0, left="")
        self.stands(job, 0.0, "")

    def stands(self, job: str, share: float, text: str) -> None:
        one = self._jobs[job]
        one.share = share
        left = self._left()
        if self._bars is not None and one.bar is not None:
            now = time.monotonic() - one.started
            self._bars.update(self._whole, completed=self._share(), left=left)
            self._bars.update(
                one.bar,
                completed=share,
                description=f"[{one.number}/{self._count}] {one.title}" + (f": {text}" if text else ""),
                left=f"{duration(now * (1 - share) / share)} left" if share > 0.02 else "",
            )
        elif text and time.monotonic() - self._last_line > 15:
            which = f"{one.title}, " if len(self._jobs) > 1 else ""
            self._line(f"    {which}{text}, {share:.0%} of this unit" + (f"; {left} in all" if left else ""))

    def end(self, job: str, records: Sequence[Record]) -> None:
        one = self._jobs.pop(job)
        self._done_work += one.work
        if self._bars is not None and one.bar is not None:
            self._bars.remove_task(one.bar)
        for record in records:
            if record.kind in TRAINED or record.failed:
                seed = "" if record.seed is None else f", seed {record.seed}"
                which = one.title if len(records) == 1 else f"{record.kind} of {record.arch.name}{seed}"
                self._line(f"    {which}: {outcome_line(record)}")

    def _share(self) -> float:
        running = sum(one.share * one.work for one in self._jobs.values())
        return (self._done_work + running) / self._work if self._work else 1.0

    def _left(self) -> str:
        """Remaining time of the whole plan, once enough of it is done to tell."""
        done = self._share()
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
