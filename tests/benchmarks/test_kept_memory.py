"""What it gains that training keeps the memory that it frees: the same steps with and without, in turn, as ratios.

`nox -s speed` runs this.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from own_process import OwnProcess
from own_rate import training_step_of
from pytest_benchmark.fixture import BenchmarkFixture

from bench.allocator import keep_freed_memory, keeps_freed_memory
from bench.device import resolve
from bench.stats import bootstrap_ratio

# Network, image size, batch, steps of a round.
CASES = [
    *(
        ("lenet", 28, 64, 50),
        ("alexnet", 28, 64, 2),
        ("vgg16", 28, 64, 2),
        ("googlenet", 28, 64, 4),
        ("nin", 28, 64, 4),
    ),
    *(("lenet", 224, 64, 2), ("nin", 224, 32, 2), ("vgg16", 224, 16, 1)),
]
ROUNDS = 12


def steps(name: str, size: int, batch: int, count: int, kept: bool) -> Callable[[], None]:
    if kept:
        keep_freed_memory()
    step = training_step_of(name, size, batch)

    def take() -> None:
        for _ in range(count):
            step()

    return take


@pytest.mark.skipif(keeps_freed_memory() is None, reason="the C library does not say")
@pytest.mark.skipif(resolve("auto").type != "cpu", reason="a GPU's memory is kept by PyTorch")
@pytest.mark.parametrize("case", CASES, ids=[f"{name}-{size}" for name, size, *_ in CASES])
def test_no_network_is_slower_where_freed_memory_is_kept(
    benchmark: BenchmarkFixture, case: tuple[str, int, int, int]
) -> None:
    processes = {kept: OwnProcess(steps, *case, kept) for kept in (False, True)}
    seconds: dict[bool, list[float]] = {kept: [] for kept in processes}

    def one_of_each() -> None:
        for kept in sorted(processes, reverse=len(seconds[True]) % 2 == 1):
            seconds[kept].append(processes[kept].seconds())

    benchmark.pedantic(one_of_each, rounds=ROUNDS, warmup_rounds=2)
    for process in processes.values():
        process.end()
    ratio = bootstrap_ratio(seconds[False][2:], seconds[True][2:], paired=True)
    benchmark.extra_info |= {"seconds": {str(kept): taken for kept, taken in seconds.items()}}
    name, size, batch, _ = case
    told = f"{ratio.effect:.2f} [{ratio.low:.2f} to {ratio.high:.2f}] times as fast"
    print(f"\n{name} at {size} px, batch {batch}: {told} with freed memory kept")
    assert ratio.high >= 0.97
