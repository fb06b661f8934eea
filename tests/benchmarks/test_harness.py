"""What the harness costs beside the network's own step: both timed in one run, in turn, as a ratio.

`nox -s speed` runs this; the rest of the suite leaves benchmarks out.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from pytest_benchmark.fixture import BenchmarkFixture
from torch import Tensor, nn

import archs
from archs.initialise import initialise
from bench.batches import Images
from bench.device import Target, resolve
from bench.protocols import Training
from bench.stats import bootstrap_ratio
from bench.train import fit

STEPS = {"lenet": 50, "nin": 4}
"""Of an epoch.  Short ones in close succession, for a machine may be half as fast a second later; what happens once an
epoch weighs more in them than in a real one."""
ROUNDS = {"lenet": 200, "nin": 30}
LEAST, WIDEST = 0.97, 0.06
"""What the interval has to reach, and how wide it may be to tell."""


def network(name: str, target: Target) -> nn.Module:
    torch.manual_seed(0)
    model = archs.create(name, image_size=28)
    initialise(model, archs.get_spec(name).initialisation)
    return model.to(target.device, memory_format=torch.channels_last)


def bare_seconds(model: nn.Module, batches: Sequence[tuple[Tensor, Tensor]], target: Target) -> float:
    """The step alone on batches that are ready, written out as one would.

    Each step has a batch of its own, as in every training: one batch again and again stays in a processor's caches,
    which made a step of LeNet some 4 % faster where it was tried.
    """
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-5, weight_decay=0.01, fused=True)
    model.train()
    target.synchronise()
    start = time.perf_counter()
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    target.synchronise()
    return time.perf_counter() - start


def harness_seconds(model: nn.Module, images: Images, settings: Training, target: Target) -> float:
    """The same number of steps through `fit`: batches drawn and normalised, curve and progress kept."""
    one = images.some(torch.tensor([0]))  # what the network is held against after the epoch, of which no time is told
    progress = fit(model, images, one, settings, target=target, precision="fp32", peak_learning_rate=1e-5, seed=0)
    return progress.training_seconds


@pytest.mark.parametrize("name", STEPS)
def test_the_harness_runs_at_97_percent_of_a_bare_loop(benchmark: BenchmarkFixture, name: str) -> None:
    target, batch_size, steps = resolve("auto"), 64, STEPS[name]
    held = Images(
        torch.randint(0, 256, (batch_size * steps, 28, 28), dtype=torch.uint8),
        torch.randint(10, (batch_size * steps,)),
        device=target.device,
        image_size=28,
    )
    settings = Training(train_images=len(held), epochs=1, batch_size=batch_size)
    model = network(name, target)
    batches = list(held.epoch(batch_size, generator=torch.Generator(), augmentation="none"))
    bare_seconds(model, batches, target)
    ways = {
        "bare": partial(bare_seconds, model, batches, target),
        "harness": partial(harness_seconds, model, held, settings, target),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}

    def one_of_each() -> None:
        for way in sorted(ways, reverse=len(seconds["bare"]) % 2 == 1):
            seconds[way].append(ways[way]())

    benchmark.pedantic(one_of_each, rounds=ROUNDS[name])
    ratio = bootstrap_ratio(seconds["bare"], seconds["harness"], paired=True)
    benchmark.extra_info |= {"seconds": seconds, "speed of the harness": (ratio.effect, ratio.low, ratio.high)}
    print(f"\n{name}: harness at {ratio.effect:.1%} [{ratio.low:.1%} to {ratio.high:.1%}] of the bare loop")
    assert ratio.high - ratio.low < WIDEST, "the machine is too restless to tell"
    assert ratio.high >= LEAST
