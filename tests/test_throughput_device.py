"""How networks are timed: what the device itself can do, and the energy that it takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from timed_networks import CONDITIONS, CPU, INFERENCE, Calls, clocked, network, timed

from bench.device import Target
from bench.measure import ceilings, power, throughput
from bench.measure.ceilings import Ceilings
from bench.measure.power import PowerMeter
from bench.measure.throughput import measure_throughput
from bench.protocols import Timing

pytestmark = pytest.mark.usefixtures("small_ceilings")


def test_ceilings_count_two_operations_a_product_and_both_ways_of_a_copy() -> None:
    found = Ceilings(CPU, ("fp32", "bf16"), lambda call, count: 0.5)
    found.prepare()
    for _ in range(3):
        found.sample()
    first, second = found.result()
    assert (first.precision, second.precision) == ("fp32", "bf16")
    assert first.matmul_flops_per_second == second.matmul_flops_per_second == (2 * 8**3 / 0.5,) * 3
    # Two channels in and out, four images of 32 x 32, a kernel of 5 x 5.
    assert first.convolution_flops_per_second == (2 * 4 * 32**2 * 2**2 * 5**2 / 0.5,) * 3
    assert first.flops_per_second == first.convolution_flops_per_second, "the faster of the two"
    assert first.copy_bytes_per_second == (2 * 1024 / 0.5,) * 3


def test_a_sample_of_a_ceiling_is_of_as_many_calls_as_last_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceilings, "MIN_SECONDS", 0.05)
    counts: list[int] = []

    def seconds_of(call: Callable[[], object], count: int) -> float:
        call()
        counts.append(count)
        return 0.5 if len(counts) % 2 else 0.0015  # the first call of a size is slow

    found = Ceilings(CPU, ("fp32",), seconds_of)
    found.prepare()
    assert counts == [1, 1] * 3
    found.sample()
    assert counts[6:] == [34] * 3 == [math.ceil(0.05 / 0.0015)] * 3


def test_a_round_of_ceilings_takes_no_memory_that_was_not_there_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product and the copy are written to the same place each time; a convolution has no such place."""
    places: list[int] = []

    def seconds_of(call: Any, count: int) -> float:
        places.append(call().data_ptr())
        return 1.0

    found = Ceilings(CPU, ("fp32",), seconds_of)
    found.prepare()
    found.sample()
    product, copy = places[0], places[4]
    assert [places[i] for i in (0, 1, 4, 5, 6, 8)] == [product, product, copy, copy, product, copy]


def test_networks_are_timed_where_there_is_no_room_for_the_ceilings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceilings, "_SIZES", {"cpu": (8, 2**54)})
    measured = measure_throughput({"net": network()}, INFERENCE, CONDITIONS)
    assert len(measured.networks["net"].cases) == 1
    assert measured.ceilings == ()
    assert measured.left_out == ("the device's own rates: out of memory",)


def test_ceilings_are_measured_in_every_round() -> None:
    (ceiling,) = measure_throughput({"net": network()}, INFERENCE, CONDITIONS).ceilings
    assert len(ceiling.matmul_flops_per_second) == len(ceiling.copy_bytes_per_second) == 3


class Counter(PowerMeter):
    """A GPU that uses 0.3 J a step, and whose counter has seen all but the last few steps."""

    lag = 5

    def __init__(self, target: Target) -> None:
        super().__init__(CPU)
        self.steps: list[int] = [0]

    def joules(self) -> float:
        return 0.3 * max(0, self.steps[0] - self.lag)

    def step(self) -> None:
        self.steps[0] += 1


def test_energy_is_that_of_a_window_whose_beginning_is_like_its_end() -> None:
    meter = Counter(CPU)
    assert meter.joules_a_step(meter.step, step_seconds=0.03) == pytest.approx(0.3)
    assert meter.steps[0] == 7 + 67  # 0.2 s before the first reading, and 2 s after it


def test_a_counter_that_did_not_move_tells_nothing() -> None:
    meter = Counter(CPU)
    assert meter.joules_a_step(lambda: None, step_seconds=0.5) is None
    assert PowerMeter(CPU).joules_a_step(lambda: pytest.fail("steps for nothing"), step_seconds=0.5) is None


def test_energy_is_told_of_pytorch_as_it_is_in_the_runs_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    meter = Counter(CPU)
    monkeypatch.setattr(throughput, "PowerMeter", lambda target: meter)
    monkeypatch.setattr(power, "LEAD_SECONDS", 0.0)
    clocked(monkeypatch, iter([0.5] * 100))
    timing = Timing((2,), (), engines=("eager", "contiguous"), rounds=2, most_warmup_rounds=1, min_seconds=0.0)
    meter.lag = 0
    cases = timed(Calls(lambda x, training: meter.step()), timing).cases
    assert {case.engine: case.joules for case in cases} == {"eager": (pytest.approx(0.3),), "contiguous": None}
