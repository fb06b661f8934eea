"""How near a training step comes to what the device can do: what is left to gain, whatever one does around it.

`nox -s speed` runs this.
"""

from __future__ import annotations

from statistics import median

import pytest
from own_rate import OwnRate, training_step_of
from pytest_benchmark.fixture import BenchmarkFixture

from bench.device import resolve
from bench.measure.steps import time_steps

ROUNDS = 5


@pytest.mark.parametrize(
    ("name", "size", "on_cpu", "on_gpu"), [("nin", 28, 128, 1024), ("nin", 224, 32, 256), ("vgg16", 224, 16, 256)]
)
def test_a_step_of_convolutions_takes_half_of_the_devices_own_rate(
    benchmark: BenchmarkFixture, name: str, size: int, on_cpu: int, on_gpu: int
) -> None:
    """The operations of a step, forwards and backwards, as torch counts them, against the device in each round."""
    target = resolve("auto")
    own_rate = OwnRate(target)
    batch = on_gpu if target.type == "cuda" else on_cpu
    step = training_step_of(name, size, batch)
    flops = own_rate.flops_of(step)
    rates: list[float] = []
    bests: list[float] = []

    def one_of_each() -> None:
        rates.append(flops / time_steps(step, 2, target))
        bests.append(own_rate.flops_per_second())

    benchmark.pedantic(one_of_each, rounds=ROUNDS)
    shares = [rate / best for rate, best in zip(rates, bests, strict=True)]
    told = f"{name} at {size} px, batch {batch}, {own_rate.precision}: a training step at"
    share = f"{median(shares):.0%} ({min(shares):.0%} to {max(shares):.0%})"
    print(f"\n{told} {median(rates) / 1e9:,.0f} GFLOP/s, {share} of {own_rate.arithmetic}")
    benchmark.extra_info |= {"precision": own_rate.precision, "flops of a step": flops, "shares": shares}
    assert median(shares) >= 0.5
