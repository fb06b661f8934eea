"""How near a training step comes to what the device can do: what is left to gain, whatever one does around it.

`nox -s speed` runs this.
"""

from __future__ import annotations

from functools import partial
from statistics import median

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from torch.utils.flop_counter import FlopCounterMode

from bench.device import resolve, resolve_precision, use_precision
from bench.measure.cases import Case, Conditions
from bench.measure.ceilings import Ceilings
from bench.measure.engines import Variants
from bench.measure.networks import ready
from bench.measure.steps import Inputs, step_for, time_steps

ROUNDS = 5


@pytest.mark.parametrize(
    ("name", "size", "on_cpu", "on_gpu"), [("nin", 28, 128, 1024), ("nin", 224, 32, 256), ("vgg16", 224, 16, 256)]
)
def test_a_step_of_convolutions_takes_half_of_the_devices_own_rate(
    benchmark: BenchmarkFixture, name: str, size: int, on_cpu: int, on_gpu: int
) -> None:
    """The operations of a step, forwards and backwards, as torch counts them, against the device in each round."""
    target = resolve("auto")
    precision = resolve_precision("auto", target)
    batch = on_gpu if target.type == "cuda" else on_cpu
    conditions = Conditions(image_shape=(1, size, size), num_classes=10, target=target, precision=precision)
    network = Variants(ready(name, image_size=size, target=target))
    step = step_for(Case("training", "eager", precision, batch), network, Inputs(conditions))
    step.ready()
    with FlopCounterMode(display=False) as counter:
        step.run()
    flops = counter.get_total_flops()
    ceilings = Ceilings(target, (precision,), partial(time_steps, target=target))
    ceilings.prepare()
    rates: list[float] = []

    def one_of_each() -> None:
        step.ready()
        rates.append(flops / time_steps(step.run, 2, target))
        use_precision(target, precision)
        ceilings.sample()

    benchmark.pedantic(one_of_each, rounds=ROUNDS)
    (own,) = ceilings.result()
    shares = [rate / best for rate, best in zip(rates, own.flops_per_second, strict=True)]
    told = f"{name} at {size} px, batch {batch}, {precision}: a training step at {median(rates) / 1e9:,.0f} GFLOP/s"
    print(f"\n{told}, {median(shares):.0%} ({min(shares):.0%} to {max(shares):.0%}) of {own.arithmetic}")
    benchmark.extra_info |= {"precision": precision, "flops of a step": flops, "shares": shares}
    assert median(shares) >= 0.5
