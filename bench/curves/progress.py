"""How a run stands, in small files beside its checkpoints: what is planned, what goes on, which epochs are done."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.protocols import PER_PROCESS

if TYPE_CHECKING:
    from bench.plan import Unit
    from bench.records import Epoch

WORK_FOLDER = ".work"
"""Inside the results folder: what training runs that are not finished leave behind."""
SUFFIX = ".progress"
"""JSON inside; whoever looks for records by their suffix is not to find these."""
PLAN = f"plan{SUFFIX}"


@dataclass(frozen=True)
class RunningCurve:
    """A training run that has no record yet."""

    key: str
    name: str
    """Such as "nin, quick, seed 0"."""
    planned_epochs: int
    epochs: tuple[dict[str, Any], ...]
    """Those of `bench.records.Epoch`, as in a record."""


@dataclass(frozen=True)
class Standing:
    """A run as its files tell it."""

    planned: tuple[str, ...]
    """Keys of all units of the last run, measured or not."""
    running: tuple[str, ...]
    """What goes on now, in words; empty where the run's process is gone or is another machine's."""
    timing: bool
    """Whether something is being timed or weighed on this machine right now."""
    curves: tuple[RunningCurve, ...]


class ProgressFiles:
    """Keeps the files up to date; a kill leaves the last state whole."""

    def __init__(self, work: Path, plan: Sequence[Unit]) -> None:
        self._work = work
        self._planned = [unit.key for unit in plan]
        self._running: list[Unit] = []
        self._epochs: dict[str, list[Epoch]] = {}
        work.mkdir(parents=True, exist_ok=True)
        self._tell()

    def begin(self, units: Sequence[Unit]) -> None:
        """These units go on from now."""
        self._running += units
        self._tell()

    def learned(self, unit: Unit, epochs: Sequence[Epoch], step_losses: Sequence[float]) -> None:
        """Keep the epochs; single steps are left out."""
        done = self._epochs.setdefault(unit.key, [])
        done += epochs
        content = {
            "key": unit.key,
            "name": f"{_kind(unit)}{unit.arch.name}, {unit.protocol.name}, seed {unit.seed}",
            "planned_epochs": unit.protocol.training.epochs,
            "epochs": [epoch.model_dump() for epoch in done],
        }
        _write(curve_path(self._work, unit.key), content)

    def end(self, units: Sequence[Unit]) -> None:
        """These units are measured, or put off."""
        gone = {unit.key for unit in units}
        self._running = [unit for unit in self._running if unit.key not in gone]
        for key in gone:
            self._epochs.pop(key, None)
        self._tell()

    def close(self) -> None:
        """The run is over and nothing of it is left to do or to take up."""
        (self._work / PLAN).unlink(missing_ok=True)

    def _tell(self) -> None:
        pid, begun = _own_process()
        running = [{"kind": unit.kind, "name": str(unit)} for unit in self._running]
        _write(self._work / PLAN, {"pid": pid, "begun": begun, "planned": self._planned, "running": running})


def _kind(unit: Unit) -> str:
    return "" if unit.kind == "accuracy" else f"{unit.kind} of "


def curve_path(work: Path, key: str) -> Path:
    """Where the finished epochs of a running unit are, in the folder of the checkpoints."""
    return work / f"{key}{SUFFIX}"


def read_standing(work: Path) -> Standing:
    """How the run that uses `work` stands, as far as its files tell; what is damaged or missing is left out."""
    plan = _read(work / PLAN)
    running = [one for one in plan.get("running", []) if isinstance(one, dict)] if _alive(plan) else []
    curves = []
    for path in sorted(work.glob(f"*{SUFFIX}")):
        found = _read(path)
        if path.name != PLAN and {"key", "name", "planned_epochs", "epochs"} <= set(found):
            epochs = tuple(found["epochs"])
            curves.append(RunningCurve(found["key"], found["name"], int(found["planned_epochs"]), epochs))
    return Standing(
        planned=tuple(map(str, plan.get("planned", []))),
        running=tuple(str(one.get("name")) for one in running),
        timing=any(one.get("kind") in PER_PROCESS for one in running),
        curves=tuple(curves),
    )


def _own_process() -> tuple[int, float]:
    import psutil

    return os.getpid(), float(psutil.Process().create_time())


def _alive(plan: dict[str, Any]) -> bool:
    """Whether the process that wrote the plan runs on this machine; its number alone may be another's by now."""
    import psutil

    try:
        begun = float(psutil.Process(int(plan["pid"])).create_time())
        return abs(begun - float(plan["begun"])) < 1
    except (psutil.Error, KeyError, TypeError, ValueError):
        return False


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(path: Path, content: dict[str, Any]) -> None:
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.write_text(json.dumps(content), encoding="utf-8")
    scratch.replace(path)
