"""The runner without a measurement: jobs that end before they have a result, and what is left behind."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import factories
import pytest
from rich.console import Console

from bench import runner, worker
from bench.console import RunDisplay
from bench.device import Target
from bench.job import Job
from bench.plan import Unit, make_plan
from bench.protocols import get_protocol
from bench.runner import Outcome, forget_finished

CPU = Target("cpu", "cpu", "test")


def units(protocol: str, precision: str = "fp32") -> list[Unit]:
    return make_plan(
        ["lenet"], get_protocol(protocol), ["accuracy"], seeds=1, device=CPU.described, precision=precision
    )


@pytest.fixture
def carried_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Outcome, str]]:
    """How a plan ends whose processes do what they are told, two at once, and what was printed meanwhile."""

    def carry_out(plan: Sequence[Unit], process: Callable[[Job, Connection], None]) -> tuple[Outcome, str]:
        monkeypatch.setattr(worker, "main", process)
        printed = io.StringIO()
        with RunDisplay(Console(file=printed, width=200), units=len(plan), work=1.0) as display:
            outcome = runner.carry_out(
                plan, results=tmp_path, target=CPU, data_dir=None, deadline=None, listener=display, jobs=2
            )
        return outcome, printed.getvalue()

    return carry_out


def says_something_and_ends(job: Job, pipe: Connection) -> None:
    pipe.send(worker.Told(0.5, "half of it"))


def is_killed_in_the_middle_of_a_message(job: Job, pipe: Connection) -> None:
    os.write(pipe.fileno(), struct.pack("!i", 100_000) + b"only the beginning")


@pytest.mark.parametrize(
    ("plan", "marks"),
    [
        (units("smoke") + units("quick"), ("smoke", "quick")),
        (units("smoke") + units("smoke", "bf16"), ("fp32", "bf16")),
    ],
    ids=["protocols", "precisions"],
)
def test_two_jobs_at_once_may_be_of_one_network_and_seed(
    carried_out: Callable[..., tuple[Outcome, str]], plan: list[Unit], marks: Sequence[str]
) -> None:
    outcome, printed = carried_out(plan, says_something_and_ends)
    assert {record.key for record in outcome.failed} == {unit.key for unit in plan}
    for number, mark in enumerate(marks, start=1):
        assert f"[{number}/2] accuracy of lenet, seed 0 ({mark})\n" in printed
        assert f"    accuracy of lenet, seed 0 ({mark}): failed (killed)" in printed


def test_a_process_that_is_killed_in_the_middle_of_a_message_takes_nothing_with_it(
    carried_out: Callable[..., tuple[Outcome, str]],
) -> None:
    plan = units("smoke")
    outcome, printed = carried_out(plan, is_killed_in_the_middle_of_a_message)
    (record,) = outcome.failed
    assert record.failure is not None
    assert (record.key, record.failure.reason) == (plan[0].key, "killed")
    assert "[1/1] accuracy of lenet, seed 0\n" in printed


def test_nothing_is_left_of_a_run_that_has_its_record(tmp_path: Path) -> None:
    """Not even of a kill while a checkpoint was written, and of a damaged one."""
    record = factories.accuracy("lenet")
    work = tmp_path / ".work"
    work.mkdir()
    for suffix in ("pt", "writing", "damaged", "progress"):
        (work / f"{record.key}.{suffix}").touch()
    (work / "another.damaged").touch()
    forget_finished(tmp_path, [record])
    assert [path.name for path in work.iterdir()] == ["another.damaged"]
