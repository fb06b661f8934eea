"""What a request would measure, and about how long that would take: from a few training steps of each network, now."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from statistics import mean
from typing import Any, NamedTuple

import torch
from rich.console import Console
from rich.markup import escape

from bench import processes, store
from bench.device import Precision, Target, use_device, use_precision
from bench.measure.cases import Case, Conditions
from bench.measure.engines import Variants
from bench.measure.failures import failure_of
from bench.measure.networks import ready
from bench.measure.steps import Inputs, step_for, time_steps
from bench.numbers import MISSING, duration
from bench.plan import Unit
from bench.request import Request, announcement, make_units, orders_of
from bench.runner import pending
from bench.terminal import new_table, print_line, print_table

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
    jobs: int

    @property
    def seconds(self) -> float:
        """Of all units that have an estimate, with as many training runs at once as were asked for."""
        training = [one.seconds for one in self.units if one.unit.trains and one.seconds is not None]
        alone = [one.seconds for one in self.units if not one.unit.trains and one.seconds is not None]
        return sum(alone) + max(sum(training) / self.jobs, max(training, default=0.0))

    def as_document(self) -> dict[str, Any]:
        """Every unit by itself."""
        return {
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


def foresee(request: Request) -> Forecast:
    """Find out what `request` would measure, and time a training step of each network that it would measure.

    Nothing is written, and no data set is needed.

    Raises:
        UserError, archs.ArchError: the request could not be carried out.
    """
    orders = orders_of(request)
    if not orders:
        return Forecast((), (), request.jobs)
    processes.start_server()
    plan, target = make_units(request, orders)
    units, _ = pending(plan, store.load(request.results).records, retry_failed=request.retry_failed)
    steps: dict[Setting, float | str] = {}
    wanted = list(dict.fromkeys(_setting(unit, request.jobs) for unit in units if unit.kind != "complexity"))
    with Console(stderr=True).status("") as status:
        for number, setting in enumerate(wanted, start=1):
            status.update(f"timing a training step of {setting.network} ({number} of {len(wanted)})")
            steps[setting] = _step_seconds(setting, target)
    foreseen = tuple(
        Foreseen(unit, None) if unit.kind == "complexity" else _foreseen(unit, steps[_setting(unit, request.jobs)])
        for unit in units
    )
    return Forecast(tuple(announcement(plan, units, target, orders)), foreseen, request.jobs)


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


def _foreseen(unit: Unit, step: float | str) -> Foreseen:
    """An image that is only looked at is taken to cost a third of one that is trained on."""
    if isinstance(step, str):
        return Foreseen(unit, None, step)
    seconds = unit.images * step / (3 * unit.protocol.training.batch_size)
    if unit.kind == "throughput":
        timing = unit.protocol.timing
        batches = len(timing.training_batches) + len(timing.inference_batches)
        seconds = max(seconds, timing.visits * batches * timing.min_seconds)
    return Foreseen(unit, seconds)


def _step_seconds(setting: Setting, target: Target) -> float | str:
    """Mean seconds of a training step, in processes of their own, as the units would have; or why it fails."""
    try:
        with ProcessPoolExecutor(setting.at_once, mp_context=processes.context()) as pool:
            timed = [pool.submit(time_training, setting, target) for _ in range(setting.at_once)]
            found = [one.result() for one in timed]
    except BrokenProcessPool:
        return "its process was killed; the system ran out of memory, most likely"
    seconds = [one for one in found if isinstance(one, float)]
    return mean(seconds) if len(seconds) == len(found) else next(one for one in found if isinstance(one, str))


def time_training(setting: Setting, target: Target) -> float | str:
    """Seconds of a training step once the first is over, or why it fails."""
    torch.set_num_threads(max(1, torch.get_num_threads() // setting.at_once))
    use_device(target)
    use_precision(target, setting.precision)
    name, image_size, in_channels, num_classes, batch, precision, _ = setting
    conditions = Conditions((in_channels, image_size, image_size), num_classes, target, precision)
    try:
        model = ready(name, image_size=image_size, target=target, in_channels=in_channels, num_classes=num_classes)
        step = step_for(Case("training", "eager", precision, batch), Variants(model), Inputs(conditions))
        step.ready()
        time_steps(step.run, 1, target)
        once = time_steps(step.run, 1, target)
        return time_steps(step.run, int(LONG / once), target) if once < LONG / 2 else once
    except Exception as error:  # a user's own network may raise anything
        return failure_of(error).message


def print_forecast(forecast: Forecast) -> None:
    """A row for each measurement of each network, and the sum."""
    for line in forecast.headlines:
        print_line(line)
    if not forecast.units:
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
    beside = f", {forecast.jobs} training runs at once" if forecast.jobs > 1 else ""
    print_line(
        f"Nothing was measured. It would take about {duration(forecast.seconds)} here{beside}, "
        "going by a few training steps of each network just now."
    )
