"""The cases of throughput: what is timed of every network, and what cannot be timed here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.device import Precision, Target, unsupported
from bench.measure import engines
from bench.protocols import Engine, Timing

Mode = Literal["training", "inference"]


@dataclass(frozen=True)
class Conditions:
    """What every step of a measurement has in common."""

    image_shape: tuple[int, int, int]
    """Channels, height and width."""
    num_classes: int
    target: Target
    precision: Precision
    """That of the run; a case has its own."""


@dataclass(frozen=True)
class Case:
    """What is timed of a network."""

    mode: Mode
    engine: Engine
    precision: Precision
    batch: int

    @property
    def weights(self) -> Literal["fp32", "bf16", "fp16"]:
        """What the weights are held in: training keeps fp32 ones and casts them in every step, inference need not."""
        return self.precision if self.mode == "inference" and self.precision != "tf32" else "fp32"

    def __str__(self) -> str:
        return f"{self.engine} in {self.precision}, {self.mode} at batch {self.batch}"


def available(timing: Timing, conditions: Conditions) -> tuple[list[Case], tuple[str, ...]]:
    """The cases of `timing` that this device and installation have, and a line about each kind that they have not."""
    found: list[Case] = []
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
                found += [Case(mode, engine, precision, batch) for batch in batches]
    return found, tuple(left_out)


def _batches(timing: Timing, engine: Engine, precision: Precision) -> Iterator[tuple[Mode, Sequence[int]]]:
    """Training in fp16 needs a scaled loss, which nobody does who has bf16: it is not timed."""
    if engine in engines.TORCH_ENGINES and precision != "fp16":
        yield "training", timing.training_batches
    yield "inference", timing.inference_batches
