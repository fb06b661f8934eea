"""Whether the timing of a network agrees with torch's own, on the same tensors, in turn.

`nox -s speed` runs this; a test of the suite does the same on a step whose length is known.
"""

from __future__ import annotations

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from torch.utils.benchmark import Timer

from bench.device import resolve
from bench.measure.cases import Case, Conditions
from bench.measure.engines import Variants
from bench.measure.networks import ready
from bench.measure.steps import Inputs, step_for, time_steps

ROUNDS = 60


@pytest.mark.parametrize(("name", "batch"), [("lenet", 256), ("nin", 8)])
def test_a_networks_timing_agrees_with_torchs_own(benchmark: BenchmarkFixture, name: str, batch: int) -> None:
    """The fastest of each: other work on the machine only slows, and by more than is looked for here."""
    target = resolve("auto")
    conditions = Conditions(image_shape=(1, 28, 28), num_classes=10, target=target, precision="fp32")
    network = Variants(ready(name, image_size=28, target=target))
    step = step_for(Case("inference", "eager", "fp32", batch), network, Inputs(conditions))
    step.ready()
    timer = Timer("step()", globals={"step": step.run}, num_threads=torch.get_num_threads())
    ours, theirs = [], []

    def one_of_each() -> None:
        ours.append(time_steps(step.run, 3, target))
        theirs.append(timer.timeit(3).mean)

    benchmark.pedantic(one_of_each, rounds=ROUNDS)
    print(f"\n{name}: {min(ours):.5f} s a step by the harness, {min(theirs):.5f} s by torch.utils.benchmark")
    assert min(ours) == pytest.approx(min(theirs), rel=0.03)
