"""Images a second, in training and inference, with the networks timed in interleaved rounds.

A round visits every case of every network once, and the device's own ceilings, so that a machine
that slows down or speeds up does so for all of them.  Each visit is one sample: the mean of enough
steps to be timed well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import nn

from bench.device import Precision, Target, unsupported, use_precision
from bench.measure import engines
from bench.measure.ceilings import Ceilings
from bench.measure.power import PowerMeter
from bench.measure.steady import is_steady
from bench.protocols import Timing
from bench.records import Ceiling, DeviceState, Engine, Timings
from bench.train import training_step

Step = Callable[[], object]
Mode = Literal["training", "inference"]


@dataclass(frozen=True)
class Conditions:
    """What every step of a measurement has in common."""

    image_shape: tuple[int, int, int]
    """Channels, height and width."""
    num_classes: int
    target: Target
    precision: Precision


@dataclass(frozen=True)
class Measured:
    """What one interleaved measurement gave."""

    networks: dict[str, tuple[Timings, ...] | Exception]
    """For each network its cases; or what it raised in its first steps, while the others were timed all the same."""
    ceilings: tuple[Ceiling, ...]
    states: tuple[DeviceState, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _Wanted:
    """A case before it is known to fit."""

    network: str
    mode: Mode
    engine: Engine
    precision: Precision
    batch: int


@dataclass
class _Case:
    wanted: _Wanted
    batch: int
    step: Step
    steps_per_round: int = 1
    warmup: list[float] = field(default_factory=list)
    samples: list[float] = field(default_factory=list)
    joules: list[float] = field(default_factory=list)
    steady: bool = False

    def timings(self) -> Timings:
        wanted = self.wanted
        return Timings(
            mode=wanted.mode,
            engine=wanted.engine,
            precision=wanted.precision,
            requested_batch=wanted.batch,
            batch=self.batch,
            step_seconds=tuple(self.samples),
            steps_per_round=self.steps_per_round,
            warmup_seconds=tuple(self.warmup),
            steady=self.steady,
            joules=tuple(self.joules) if len(self.joules) == len(self.samples) and all(self.joules) else None,
        )


def measure_throughput(
    networks: Mapping[str, nn.Module],
    timing: Timing,
    conditions: Conditions,
    *,
    tell: Callable[[float, str], None] = lambda share, text: None,
) -> Measured:
    """Time every network in every mode of `timing` on random images.

    A batch that does not fit in memory is halved until it does.  The networks must be on the device.
    """
    target = conditions.target
    modes, left_out = available(timing, conditions)
    variants = {name: engines.Variants(model) for name, model in networks.items()}
    wanted = [_Wanted(name, *mode) for name in networks for mode in modes]
    visits = len(wanted) * (timing.most_warmup_rounds + timing.rounds + 1)
    cases: list[_Case] = []
    broken: dict[str, Exception] = {}
    for index, one in enumerate(wanted):
        if one.network in broken:
            continue
        tell(index / visits, f"first step of {one.network}")
        try:
            case = _fit_case(one, variants[one.network], conditions)
            case.steps_per_round = _steps_needed(case.step, target, timing.min_seconds)
            cases.append(case)
        except Exception as error:  # a user's own network may raise anything
            broken[one.network] = error
    cases = [case for case in cases if case.wanted.network not in broken]

    def told(done: int, total: int, text: str) -> None:
        tell((len(wanted) + done * len(cases)) / visits if total else 1.0, text)

    for number in range(timing.most_warmup_rounds):
        for case in cases:
            told(number, timing.most_warmup_rounds, f"warm-up, round {number + 1}")
            case.warmup.append(_visit(case, target))
            case.steady = case.steady or is_steady(case.warmup, timing.steady_within)
        if all(case.steady for case in cases):
            break
    ceilings = Ceilings(target, tuple(dict.fromkeys(case.wanted.precision for case in cases)))
    ceilings.warm_up()
    meter = PowerMeter(target)
    states: list[DeviceState] = []
    for number in range(timing.rounds):
        for case in cases:
            told(timing.most_warmup_rounds + number, timing.rounds, f"round {number + 1} of {timing.rounds}")
            before = meter.joules()
            case.samples.append(_visit(case, target))
            after = meter.joules()
            if before is not None and after is not None:
                case.joules.append((after - before) / case.steps_per_round)
        ceilings.sample(lambda step: time_steps(step, 1, target))
        states += [state] if (state := meter.state()) is not None else []
    found: dict[str, tuple[Timings, ...] | Exception] = dict(broken)
    for name in networks.keys() - broken.keys():
        found[name] = tuple(case.timings() for case in cases if case.wanted.network == name)
    return Measured(found, ceilings.result() if cases else (), tuple(states), left_out)


def available(
    timing: Timing, conditions: Conditions
) -> tuple[list[tuple[Mode, Engine, Precision, int]], tuple[str, ...]]:
    """The modes of `timing` that this device and installation have, and a line about each that they have not."""
    found: list[tuple[Mode, Engine, Precision, int]] = []
    left_out: list[str] = []
    for precision in dict.fromkeys(conditions.precision if one == "auto" else one for one in timing.precisions):
        if reason := unsupported(conditions.target, precision):
            left_out.append(f"{precision}: {reason}")
            continue
        for engine in timing.engines:
            if reason := engines.missing(engine, conditions.target, precision):
                left_out.append(f"{engine} in {precision}: {reason}")
                continue
            for mode, batches in _batches(timing, engine, precision):
                found += [(mode, engine, precision, batch) for batch in batches]
    return found, tuple(left_out)


def _batches(timing: Timing, engine: Engine, precision: Precision) -> Iterator[tuple[Mode, Sequence[int]]]:
    """Training in fp16 needs a scaled loss, which nobody does who has bf16: it is not timed."""
    if engine in engines.TORCH_ENGINES and precision != "fp16":
        yield "training", timing.training_batches
    yield "inference", timing.inference_batches


def _visit(case: _Case, target: Target) -> float:
    use_precision(target, case.wanted.precision)
    return time_steps(case.step, case.steps_per_round, target)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether PyTorch ran out of memory, on the device or in the machine."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    )


def _fit_case(wanted: _Wanted, network: engines.Variants, conditions: Conditions) -> _Case:
    """The case at the largest batch that fits: the requested one, halved as often as needed."""
    own = Conditions(conditions.image_shape, conditions.num_classes, conditions.target, wanted.precision)
    make = training_case if wanted.mode == "training" else inference_case
    batch = wanted.batch
    while True:
        try:
            use_precision(own.target, own.precision)
            step = make(network, batch, own, wanted.engine)
            step()
            own.target.synchronise()
        except (RuntimeError, MemoryError) as error:
            if batch == 1 or not is_out_of_memory(error):
                raise
        else:
            return _Case(wanted, batch, step)
        if own.target.type == "cuda":
            torch.cuda.empty_cache()
        batch //= 2


def training_case(network: engines.Variants, batch: int, conditions: Conditions, engine: Engine = "eager") -> Step:
    """The harness's own update, on one fixed batch."""
    module = network.module(engine)
    images, target = engines.images_for(engine, random_images(batch, conditions)), conditions.target
    labels = torch.randint(conditions.num_classes, (batch,), device=target.device)
    # A learning rate of zero costs the same and keeps the weights, hence the timings, from drifting.
    optimiser = torch.optim.AdamW(module.parameters(), lr=0.0, fused=target.type != "mps")

    def step() -> object:
        module.train()
        return training_step(
            module, optimiser, images, labels, target=target, precision=conditions.precision, clip_norm=1.0
        )

    return step


def inference_case(network: engines.Variants, batch: int, conditions: Conditions, engine: Engine = "eager") -> Step:
    """A forward pass to logits, without gradients."""
    images = engines.images_for(engine, random_images(batch, conditions))
    forward = engines.forward_for(engine, network, images, conditions.target, conditions.precision)
    return lambda: forward(images)


def random_images(batch: int, conditions: Conditions) -> torch.Tensor:
    """`(batch, channels, height, width)`, standard normal, channels last, on the device."""
    channels, height, width = conditions.image_shape
    return torch.randn(batch, height, width, channels, device=conditions.target.device).permute(0, 3, 1, 2)


def _steps_needed(step: Step, target: Target, min_seconds: float) -> int:
    """How many steps take `min_seconds`, by the time of one; the first step is behind us."""
    return max(1, round(min_seconds / time_steps(step, 1, target)))


def time_steps(step: Step, count: int, target: Target) -> float:
    """Mean seconds a step: device events on CUDA, the clock around a synchronised device elsewhere."""
    if target.type == "cuda":
        start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        for _ in range(count):
            step()
        stop.record()
        stop.synchronize()
        return float(start.elapsed_time(stop)) / 1000 / count
    target.synchronise()
    begin = time.perf_counter()
    for _ in range(count):
        step()
    target.synchronise()
    return (time.perf_counter() - begin) / count
