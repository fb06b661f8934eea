"""Images a second, in training and inference, with the networks timed in interleaved rounds.

A round visits every case of every network once, so that a machine that slows down or speeds up
does so for all of them.  Each visit is one sample: the mean of enough steps to be timed well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import nn

from bench.device import Precision, Target, autocast
from bench.protocols import Timing
from bench.records import Timings
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


@dataclass
class _Case:
    network: str
    mode: Mode
    requested_batch: int
    batch: int
    step: Step
    steps_per_round: int = 1
    samples: list[float] = field(default_factory=list)


def measure_throughput(
    networks: Mapping[str, nn.Module],
    timing: Timing,
    conditions: Conditions,
    *,
    tell: Callable[[float, str], None] = lambda share, text: None,
) -> dict[str, tuple[Timings, ...] | Exception]:
    """Time every network at every batch size of `timing` on random images.

    A batch that does not fit in memory is halved until it does.  The networks must be on the device.

    Returns:
        For each network its cases, one sample of seconds a step for each round; or what it raised
        in its first steps, running out of memory at one image included, while the others were
        timed all the same.
    """
    cases: list[_Case] = []
    broken: dict[str, Exception] = {}
    wanted: list[tuple[str, Mode, int]] = [
        (name, mode, batch) for name in networks for mode, batches in _batches(timing) for batch in batches
    ]
    visits = len(wanted) * (timing.warmup_rounds + timing.rounds + 1)
    for index, (name, mode, batch) in enumerate(wanted):
        tell(index / visits, f"first step of {name}")
        try:
            case = _fit_case(name, networks[name], mode, batch, conditions)
            case.steps_per_round = _steps_needed(case.step, conditions.target, timing.min_seconds)
            cases.append(case)
        except Exception as error:  # a user's own network may raise anything
            broken[name] = error
    cases = [case for case in cases if case.network not in broken]
    for round_index in range(timing.warmup_rounds + timing.rounds):
        for index, case in enumerate(cases):
            done = len(wanted) + round_index * len(cases) + index
            tell(done / visits, f"round {round_index + 1} of {timing.warmup_rounds + timing.rounds}")
            seconds = time_steps(case.step, case.steps_per_round, conditions.target)
            if round_index >= timing.warmup_rounds:
                case.samples.append(seconds)
    timings: dict[str, tuple[Timings, ...] | Exception] = dict(broken)
    for name in networks.keys() - broken.keys():
        timings[name] = tuple(
            Timings(
                mode=case.mode,
                requested_batch=case.requested_batch,
                batch=case.batch,
                step_seconds=tuple(case.samples),
                steps_per_round=case.steps_per_round,
            )
            for case in cases
            if case.network == name
        )
    return timings


def _batches(timing: Timing) -> tuple[tuple[Mode, tuple[int, ...]], ...]:
    return ("training", timing.training_batches), ("inference", timing.inference_batches)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether PyTorch ran out of memory, on the device or in the machine."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    )


def _fit_case(
    name: str,
    model: nn.Module,
    mode: Mode,
    requested_batch: int,
    conditions: Conditions,
) -> _Case:
    """The case at the largest batch that fits: the requested one, halved as often as needed."""
    make = training_case if mode == "training" else inference_case
    batch = requested_batch
    while True:
        try:
            step = make(model, batch, conditions)
            step()
            conditions.target.synchronise()
        except (RuntimeError, MemoryError) as error:
            if batch == 1 or not is_out_of_memory(error):
                raise
        else:
            return _Case(name, mode, requested_batch, batch, step)
        if conditions.target.type == "cuda":
            torch.cuda.empty_cache()
        batch //= 2


def training_case(model: nn.Module, batch: int, conditions: Conditions) -> Step:
    """The harness's own update, on one fixed batch."""
    images, target = random_images(batch, conditions), conditions.target
    labels = torch.randint(conditions.num_classes, (batch,), device=target.device)
    # A learning rate of zero costs the same and keeps the weights, hence the timings, from drifting.
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.0, fused=target.type != "mps")

    def step() -> object:
        model.train()
        return training_step(
            model, optimiser, images, labels, target=target, precision=conditions.precision, clip_norm=1.0
        )

    return step


def inference_case(model: nn.Module, batch: int, conditions: Conditions) -> Step:
    """A forward pass to logits, without gradients."""
    images = random_images(batch, conditions)

    def step() -> object:
        model.eval()
        with torch.inference_mode(), autocast(conditions.target, conditions.precision):
            return model(images)

    return step


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
