"""What a request would measure, and about how long that would take: from a few training steps of each network, now."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from statistics import mean
from typing import Any, NamedTuple, TypeVar

import torch
from rich.console import Console
from rich.markup import escape

from bench import processes, store
from bench.allocator import keep_freed_memory
from bench.console import RunDisplay
from bench.device import Precision, Target, use_device, use_precision
from bench.measure.cases import Case, Conditions
from bench.measure.engines import Variants
from bench.measure.failures import failure_of
from bench.measure.networks import ready
from bench.measure.steps import Inputs, step_for, time_steps
from bench.numbers import MISSING, duration, several
from bench.plan import Unit
from bench.protocols import Timing
from bench.request import Request, announcement, make_units, orders_of
from bench.runner import pending
from bench.terminal import new_table, print_line, print_table

Found = TypeVar("Found")
LONG = 0.5
"""Seconds of steps that tell how long one of them takes."""


class Setting(NamedTuple):
    """What a training step's time depends on."""

    network: str
    image_size: int
    in_channels: int
    num_classes: int
    batch: int
    precision: Precision
    at_once: int
    """As many such steps share the threads of the processor."""

    def __str__(self) -> str:
        images = f"{self.in_channels}x{self.image_size}x{self.image_size}"
        shared = f", {self.at_once} at once" if self.at_once > 1 else ""
        return f"{self.network} on {self.batch} images {images}, {self.precision}{shared}"


class Pace(NamedTuple):
    """How fast a network goes."""

    step: float
    """Seconds of a training step."""
    start: float
    """Seconds until a process of its own is ready for the first."""


@dataclass(frozen=True)
class Foreseen:
    """A unit that has no record, and how long it would take."""

    unit: Unit
    seconds: float | None
    """None for counts, which take no time to speak of, and where a training step failed."""
    problem: str = ""
    """Why the step failed."""


@dataclass(frozen=True)
class Forecast:
    """All that a request would do."""

    headlines: tuple[str, ...]
    """Protocols, device and precision, and how many units have records."""
    units: tuple[Foreseen, ...]
    request: Request
    measured_before: int = 0
    device: str = ""

    @property
    def seconds(self) -> float | None:
        """Of all units that have an estimate, with as many training runs at once as were asked for; None without."""
        known = [(one.unit.trains, one.seconds) for one in self.units if one.seconds is not None]
        training = [seconds for trains, seconds in known if trains]
        alone = [seconds for trains, seconds in known if not trains]
        if not known:
            return None
        return sum(alone) + max(sum(training) / self.request.jobs, max(training, default=0.0))

    def as_document(self) -> dict[str, Any]:
        """Every unit by itself."""
        return {
            "device": self.device,
            "jobs": self.request.jobs,
            "measured_before": self.measured_before,
            "seconds": self.seconds,
            "units": [
                {
                    "kind": one.unit.kind,
                    "network": one.unit.arch.name,
                    "protocol": one.unit.protocol.name,
                    "precision": one.unit.precision,
                    "seed": one.unit.seed,
                    "seconds": one.seconds,
                    "problem": one.problem or None,
                }
                for one in self.units
            ],
        }


def foresee(request: Request) -> tuple[Forecast, list[str]]:
    """Find out what `request` would measure, and time a training step of each network that it would measure.

    Nothing is written, and no data set is needed.

    Returns:
        The forecast, and the files of the results folder that are no records.

    Raises:
        UserError, archs.ArchError: the request could not be carried out.
    """
    orders = orders_of(request)
    if not orders:
        return Forecast((), (), request), []
    plan, target = make_units(request, orders)
    loaded = store.load(request.results)
    units, found = pending(plan, loaded.records, retry_failed=request.retry_failed)
    beside = max(1, min(request.jobs, sum(unit.trains for unit in units)))
    wanted = list(dict.fromkeys(_setting(unit, request.jobs) for unit in units if unit.kind != "complexity"))
    paces = _paces(wanted, target, beside)
    foreseen = tuple(
        Foreseen(unit, None) if unit.kind == "complexity" else foretell(unit, paces[_setting(unit, request.jobs)])
        for unit in units
    )
    headlines = tuple(announcement(plan, units, target, orders))
    return Forecast(headlines, foreseen, request, len(found), target.model), loaded.problems


def _paces(wanted: Sequence[Setting], target: Target, beside: int) -> dict[Setting, Pace | str]:
    """How fast each goes, and on stderr how far this is."""
    paces: dict[Setting, Pace | str] = {}
    if not wanted:
        return paces
    console = Console(stderr=True)
    with console.status("loading PyTorch"):
        _in_processes(1, int)  # what the server loads is no part of how long a process takes to start
    with RunDisplay(console, units=len(wanted), work=len(wanted)) as display:
        for setting in wanted:
            display.begin(str(setting), f"timing a training step of {setting}", 1, 1)
            paces[setting] = _pace(setting, target, beside if setting.at_once > 1 else 1)
            display.end(str(setting), ())
    return paces


def _setting(unit: Unit, jobs: int) -> Setting:
    arch = unit.arch
    return Setting(
        arch.name,
        arch.image_size,
        arch.in_channels,
        arch.num_classes,
        unit.protocol.training.batch_size,
        unit.precision,
        jobs if unit.trains else 1,
    )


def foretell(unit: Unit, pace: Pace | str) -> Foreseen:
    """How long the unit takes at this pace; an image that is only looked at costs a third of one that is trained on."""
    if isinstance(pace, str):
        return Foreseen(unit, None, pace)
    look = pace.step / (3 * unit.protocol.training.batch_size)
    if unit.kind == "throughput":
        return Foreseen(unit, pace.start + _timed(unit.protocol.timing, look))
    return Foreseen(unit, pace.start + unit.images * look)


def _timed(timing: Timing, look: float) -> float:
    """Seconds of all visits to all cases, none shorter than the protocol has it; of warm-up as much as there may be."""
    steps = [3 * batch * look for batch in timing.training_batches] + [
        batch * look for batch in timing.inference_batches
    ]
    return timing.visits * sum(max(step, timing.min_seconds) for step in steps)


def _pace(setting: Setting, target: Target, beside: int) -> Pace | str:
    """Of a network in `beside` processes at once, as the units would have them; or why it fails."""
    begun = time.monotonic()
    try:
        found = _in_processes(beside, time_training, setting, target)
    except BrokenProcessPool:
        return "its process was killed; the system ran out of memory, most likely"
    failed = [one for one in found if isinstance(one, str)]
    if failed:
        return failed[0]
    steps, spent = zip(*(one for one in found if not isinstance(one, str)), strict=True)
    return Pace(mean(steps), max(0.0, time.monotonic() - begun - mean(spent)))


def _in_processes(count: int, do: Callable[..., Found], *arguments: object) -> list[Found]:
    """What `do` gives in each of so many fresh processes at once."""
    with ProcessPoolExecutor(count, processes.context(), processes.end_with_parent) as pool:
        return [one.result() for one in [pool.submit(do, *arguments) for _ in range(count)]]


def time_training(setting: Setting, target: Target) -> tuple[float, float] | str:
    """Seconds of a training step once the first is over, and of all that were taken; or why one fails."""
    torch.set_num_threads(max(1, torch.get_num_threads() // setting.at_once))
    keep_freed_memory()
    use_device(target)
    use_precision(target, setting.precision)
    name, image_size, in_channels, num_classes, batch, precision, _ = setting
    conditions = Conditions((in_channels, image_size, image_size), num_classes, target, precision)
    try:
        model = ready(name, image_size=image_size, target=target, in_channels=in_channels, num_classes=num_classes)
        step = step_for(Case("training", "eager", precision, batch), Variants(model), Inputs(conditions))
        step.ready()
        begun = time.monotonic()
        time_steps(step.run, 1, target)
        once = time_steps(step.run, 1, target)
        seconds = time_steps(step.run, int(LONG / once), target) if once < LONG / 2 else once
        return seconds, time.monotonic() - begun
    except Exception as error:  # a user's own network may raise anything
        return failure_of(error).message


def print_forecast(forecast: Forecast) -> None:
    """A row for each measurement of each network, and the sum."""
    for line in forecast.headlines:
        print_line(line)
    if not forecast.units:
        if forecast.headlines:
            print_line("Nothing is left to measure.")
        return
    table = new_table("measure", "network", "protocol", "precision", right=("units", "each", "together"))
    rows: dict[tuple[str, str, str, str], list[Foreseen]] = {}
    for one in forecast.units:
        unit = one.unit
        place = str(unit.kind), unit.arch.name, unit.protocol.name, str(unit.precision or MISSING)
        rows.setdefault(place, []).append(one)
    for place, units in rows.items():
        seconds = [one.seconds for one in units if one.seconds is not None]
        times = (duration(mean(seconds)), duration(sum(seconds))) if seconds else (MISSING, MISSING)
        table.add_row(*map(escape, place), str(len(units)), *times)
    print_table(table)
    for problem in dict.fromkeys(f"{one.unit.arch.name}: {one.problem}" for one in forecast.units if one.problem):
        print_line(f"no estimate for {problem}")
    print_line(" ".join(["Nothing was measured.", *_sum(forecast)]))


def _sum(forecast: Forecast) -> list[str]:
    seconds, request = forecast.seconds, forecast.request
    failed = sum(bool(one.problem) for one in forecast.units)
    if seconds is None:
        return ["How long it would take is not known."] if failed else ["Counts take no time to speak of."]
    lacks = "has" if failed == 1 else "have"
    without = f", without {several(failed, 'unit')} that {lacks} no estimate" if failed else ""
    beside = f", {request.jobs} training runs at once" if request.jobs > 1 else ""
    told = [
        f"It would take about {duration(seconds)} here{beside}{without}, going by a few training steps of each network "
        "just now."
    ]
    if request.time_budget is not None and request.time_budget < seconds:
        told.append(f"The time budget of {duration(request.time_budget)} would end it before.")
    return told
