"""Networks small enough to be timed in no time, for the tests of throughput."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from torch import Tensor, nn

from bench.device import Target
from bench.measure import running
from bench.measure.cases import Conditions
from bench.measure.throughput import Timed, measure_throughput
from bench.protocols import Timing

CPU = Target("cpu", "cpu", "test")
CONDITIONS = Conditions(image_shape=(1, 28, 28), num_classes=10, target=CPU, precision="fp32")
INFERENCE = Timing(inference_batches=(2,), training_batches=(), rounds=3, most_warmup_rounds=1, min_seconds=0.0)
BOTH = Timing(inference_batches=(2,), training_batches=(2,), rounds=3, most_warmup_rounds=1, min_seconds=0.0)


def network() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 10))


class Calls(nn.Linear):
    """Calls `does` with the images and whether it trains, and then gives logits."""

    def __init__(self, does: Callable[[Tensor, bool], object]) -> None:
        super().__init__(784, 10)
        self.does = does

    def forward(self, x: Tensor) -> Tensor:
        self.does(x, self.training)
        return super().forward(x.flatten(1))


def timed(model: nn.Module, timing: Timing, conditions: Conditions = CONDITIONS) -> Timed:
    return measure_throughput({"net": model}, timing, conditions).networks["net"]


def clocked(monkeypatch: pytest.MonkeyPatch, seconds: Iterator[float]) -> list[int]:
    """Has each visit take the next of `seconds` a step; gives the steps of each visit, as they come."""
    counts: list[int] = []

    def time_steps(step: Callable[[], object], count: int, target: Target) -> float:
        counts.append(count)
        return next(seconds)

    monkeypatch.setattr(running, "time_steps", time_steps)
    return counts
