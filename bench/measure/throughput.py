"""Images a second, in training and inference, with the networks timed in interleaved rounds.

A round visits every case of every network once, and the device's own ceilings, so that a machine
that slows down or speeds up does so for all of them.  Each visit is one sample: the mean of enough
steps to be timed well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from torch import nn

from bench.measure.cases import Conditions, available
from bench.measure.ceilings import Ceilings
from bench.measure.engines import Variants
from bench.measure.failures import attempt
from bench.measure.power import PowerMeter
from bench.measure.running import Running
from bench.measure.steps import Inputs, time_steps
from bench.protocols import Timing
from bench.records import Ceiling, DeviceState, Failure, Timings

Tell = Callable[[float, str], None]


@dataclass(frozen=True)
class Timed:
    """What was timed of one network."""

    cases: tuple[Timings, ...]
    left_out: tuple[str, ...]
    """A line about each case that failed."""
    failure: Failure | None
    """The first one, where no case is left."""


@dataclass(frozen=True)
class Measured:
    """What one interleaved measurement gave."""

    networks: dict[str, Timed]
    ceilings: tuple[Ceiling, ...]
    states: tuple[DeviceState, ...]
    left_out: tuple[str, ...]
    """A line about each kind of case, or ceiling, that is not to be had here."""


def measure_throughput(
    networks: Mapping[str, nn.Module],
    timing: Timing,
    conditions: Conditions,
    *,
    seed: int = 0,
    tell: Tell = lambda share, text: None,
) -> Measured:
    """Time every network in every mode of `timing` on random images.

    A batch that does not fit in memory is halved until it does, and a case that fails is left out.  The networks must
    be on the device.  `seed` gives the order of the cases in each round, so that none always follows the same one.
    """
    target, inputs = conditions.target, Inputs(conditions)
    wanted, left_out = available(timing, conditions)
    ceilings = Ceilings(
        target, tuple(dict.fromkeys(case.precision for case in wanted)), partial(time_steps, target=target)
    )
    ceilings.prepare()  # before the cases take what memory there is
    variants = {name: Variants(model) for name, model in networks.items()}
    lineup = _Lineup([Running(name, case, variants[name], inputs, timing) for name in networks for case in wanted])

    stages = 1 + timing.most_warmup_rounds + timing.rounds

    def told(stage: int, text: str) -> Tell:
        return lambda share, name: tell((stage + share) / stages, f"{text}: {name}")

    lineup.each(Running.fit, told(0, "first step"))
    for number in range(timing.most_warmup_rounds):
        if not lineup.cold:
            break
        lineup.each(Running.warm_up, told(1 + number, f"warm-up, round {number + 1}"), cases=lineup.cold)
    meter, dice = PowerMeter(target), Random(seed)
    states: list[DeviceState] = []
    for number in range(timing.rounds if lineup.left else 0):
        stage = 1 + timing.most_warmup_rounds + number
        lineup.each(Running.sample, told(stage, f"round {number + 1} of {timing.rounds}"), dice)
        ceilings.sample()
        states += [state] if (state := meter.state()) is not None else []
    for case in lineup.left if meter.joules() is not None else ():
        if (case.case.engine, case.case.precision) == ("eager", conditions.precision):
            tell(1.0, f"energy: {case.name}")
            attempt(partial(case.weigh, meter))  # a case whose energy is not to be had keeps its times
    found = {name: _timed([case for case in lineup.cases if case.name == name]) for name in networks}
    return Measured(found, ceilings.result() if lineup.left else (), tuple(states), left_out + ceilings.left_out)


class _Lineup:
    """All the cases; one that raises is left out from then on, and the others go on."""

    def __init__(self, cases: Sequence[Running]) -> None:
        self.cases = cases

    @property
    def left(self) -> list[Running]:
        return [case for case in self.cases if case.failure is None]

    @property
    def cold(self) -> list[Running]:
        """Those that are left and may still get faster."""
        return [case for case in self.left if not case.steady]

    def each(
        self,
        do: Callable[[Running], None],
        tell: Tell,
        dice: Random | None = None,
        *,
        cases: list[Running] | None = None,
    ) -> None:
        """`do` it with each of `cases`, or else each that is left: in their order, or in one that `dice` give."""
        cases = self.left if cases is None else cases
        if dice is not None:
            dice.shuffle(cases)
        for index, case in enumerate(cases):
            tell(index / len(cases), case.name)
            case.failure = attempt(partial(do, case))
            if case.failure is not None:
                attempt(case.let_go)  # which a device that is out of order refuses


def _timed(cases: Sequence[Running]) -> Timed:
    timings = tuple(case.timings() for case in cases if case.failure is None)
    failed = [(case, case.failure) for case in cases if case.failure is not None]
    return Timed(
        cases=timings,
        left_out=tuple(f"{case.name}, {case.case}: {_told(failure)}" for case, failure in failed),
        failure=failed[0][1] if failed and not timings else None,
    )


def _told(failure: Failure) -> str:
    """In a line; tables join such lines by semicolons."""
    return failure.reason if failure.reason != "error" else failure.message.replace(";", ",")
