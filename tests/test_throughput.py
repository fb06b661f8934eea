"""How networks are timed: what is on the clock, how long, in which order, and what happens to a case that fails."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from weakref import ref

import factories
import pytest
import torch
from torch import Tensor, nn

from bench import worker
from bench.device import Target
from bench.job import Job
from bench.machine import Stopwatch
from bench.measure import ceilings, engines, power, running, throughput
from bench.measure.cases import Case, Conditions
from bench.measure.ceilings import Ceilings
from bench.measure.engines import Variants
from bench.measure.failures import attempt, is_out_of_memory
from bench.measure.power import PowerMeter
from bench.measure.steady import is_steady
from bench.measure.steps import Inputs, step_for, time_steps
from bench.measure.throughput import Measured, Timed, measure_throughput
from bench.plan import make_plan
from bench.protocols import Timing, get_protocol
from bench.records import Failure, Throughput

CPU = Target("cpu", "cpu", "test")
CONDITIONS = Conditions(image_shape=(1, 28, 28), num_classes=10, target=CPU, precision="fp32")
INFERENCE = Timing(inference_batches=(2,), training_batches=(), rounds=3, most_warmup_rounds=1, min_seconds=0.0)
BOTH = Timing(inference_batches=(2,), training_batches=(2,), rounds=3, most_warmup_rounds=1, min_seconds=0.0)


@pytest.fixture(autouse=True)
def small_ceilings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceilings, "_SIZES", {"cpu": (8, 1024)})
    monkeypatch.setattr(ceilings, "MIN_SECONDS", 0.0)


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


# What is on the clock


def test_the_mode_is_set_before_the_clock_and_not_in_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases share a network, so that each visit has to set it; a step that sets it walks over all modules."""
    said: list[str] = []

    def time_steps(step: Callable[[], object], count: int, target: Target) -> float:
        said.append("clock")
        step()
        said.append("stop")
        return 1.0

    class Noting(Calls):
        def train(self, mode: bool = True) -> Any:
            said.append("mode")
            return super().train(mode)

    monkeypatch.setattr(running, "time_steps", time_steps)
    model = Noting(lambda x, training: said.append("training" if training else "inference"))
    timed(model, BOTH)
    for start in (place for place, what in enumerate(said) if what == "clock"):
        assert said[start - 1] == "mode"
        assert said[start + 1] in ("training", "inference")
        assert said[start + 2] == "stop"
    assert said.count("training") == said.count("inference") == 1 + BOTH.most_warmup_rounds + BOTH.rounds


def test_inference_in_bf16_has_its_weights_and_images_cast_once_and_training_has_not() -> None:
    seen: set[tuple[bool, torch.dtype, torch.dtype, bool]] = set()

    class Noting(nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            seen.add((self.training, self.weight.dtype, x.dtype, torch.is_autocast_enabled("cpu")))
            return super().forward(x.flatten(1))

    bf16 = Conditions((1, 28, 28), 10, CPU, "bf16")
    for case in (Case("training", "eager", "bf16", 2), Case("inference", "eager", "bf16", 2)):
        step = step_for(case, Variants(Noting(784, 10)), Inputs(bf16))
        step.ready()
        step.run()
    assert seen == {
        (True, torch.float32, torch.float32, True),
        (False, torch.bfloat16, torch.bfloat16, False),
    }


@pytest.mark.parametrize(
    ("mode", "precision", "weights"),
    [
        ("training", "bf16", "fp32"),
        ("inference", "bf16", "bf16"),
        ("inference", "fp16", "fp16"),
        ("inference", "tf32", "fp32"),
        ("inference", "fp32", "fp32"),
    ],
)
def test_the_record_tells_what_the_weights_are_held_in(mode: Any, precision: Any, weights: str) -> None:
    assert Case(mode, "eager", precision, 1).weights == weights


def test_rounded_weights_keep_their_layout_and_leave_the_networks_own_alone() -> None:
    model = nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)
    variants = Variants(model)
    rounded = variants.module("eager", torch.bfloat16)
    assert rounded is variants.module("eager", torch.bfloat16)
    weight = rounded.get_parameter("weight")
    assert weight.is_contiguous(memory_format=torch.channels_last)
    assert variants.module("contiguous", torch.bfloat16).get_parameter("weight").is_contiguous()
    assert torch.equal(weight, model.weight.to(torch.bfloat16))
    assert model.weight.dtype == torch.float32


def test_a_library_is_handed_fp32_images_in_every_precision() -> None:
    inputs = Inputs(Conditions((1, 28, 28), 10, CPU, "bf16"))
    assert inputs.images(Case("inference", "openvino", "bf16", 2)).dtype == torch.float32
    assert inputs.images(Case("inference", "compiled", "bf16", 2)).dtype == torch.bfloat16


def test_a_gpus_events_are_recorded_where_its_work_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second GPU's work is not in the stream of the first, which is where events go unless they are told."""
    said: list[object] = []

    class Event:
        def __init__(self, enable_timing: bool) -> None:
            assert enable_timing

        def record(self, stream: object = None) -> None:
            said.append(stream)

        def synchronize(self) -> None:
            said.append("waited")

        def elapsed_time(self, other: object) -> float:
            return 30.0  # milliseconds

    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: f"stream of {device}")
    seconds = time_steps(lambda: said.append("step"), 2, Target("cuda", "cuda:1", "GPU"))
    assert said == ["stream of cuda:1", "step", "step", "stream of cuda:1", "waited"]
    assert seconds == pytest.approx(0.015)


# How long, and in which order


@pytest.mark.parametrize(
    ("seconds", "steady"),
    [
        ([9, 5, 3, 2.0, 2.0, 2.0], False),  # was still getting faster
        ([2, 2, 2, 2.01, 1.99, 2], True),
        ([2, 2, 2, 1.97, 1.97, 1.97], True),  # 1.5 % faster is noise
        ([2, 2, 2, 4, 4, 4], True),  # slower is drift, not warm-up
        ([2, 2, 2, 2, 2], False),  # too few to tell
    ],
)
def test_steady_is_no_longer_getting_faster(seconds: list[float], steady: bool) -> None:
    assert is_steady(seconds, within=0.03) is steady


def clocked(monkeypatch: pytest.MonkeyPatch, seconds: Iterator[float]) -> list[int]:
    """Has each visit take the next of `seconds` a step; gives the steps of each visit, as they come."""
    counts: list[int] = []

    def time_steps(step: Callable[[], object], count: int, target: Target) -> float:
        counts.append(count)
        return next(seconds)

    monkeypatch.setattr(running, "time_steps", time_steps)
    return counts


def test_warm_up_ends_when_every_case_is_steady_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    warm = (0.5, 0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1)
    clocked(monkeypatch, iter(warm + (0.1,) * 4))
    (case,) = timed(network(), Timing(inference_batches=(2,), training_batches=(), rounds=4, min_seconds=0.0)).cases
    assert case.warmup_seconds == warm
    assert case.steady
    assert case.step_seconds == (0.1,) * 4


def test_a_case_that_never_settles_is_measured_and_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    clocked(monkeypatch, (1.0 / step for step in range(1, 100)))
    timing = Timing(inference_batches=(2,), training_batches=(), rounds=3, most_warmup_rounds=8, min_seconds=0.0)
    (case,) = timed(network(), timing).cases
    assert len(case.warmup_seconds) == 8
    assert not case.steady


def test_a_visit_lasts_as_long_as_it_should_by_the_fastest_of_the_last_warm_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first step is ten times as slow: by it, a visit would be over after a tenth of its time."""
    counts = clocked(monkeypatch, iter((0.3, 0.03, 0.031, 0.03, 0.03, 0.03)))
    timing = Timing(inference_batches=(2,), training_batches=(), rounds=2, most_warmup_rounds=4, min_seconds=0.1)
    (case,) = timed(network(), timing).cases
    assert counts == [1, 1, 4, 4, 4, 4]  # 4 steps of 30 ms are the fewest that last 100 ms
    assert case.steps_per_round == 4


def test_a_round_visits_every_case_once_in_an_order_of_its_own() -> None:
    def order(seed: int) -> list[str]:
        visits: list[str] = []
        networks = {label: Calls(lambda x, training, label=label: visits.append(label)) for label in "abcde"}
        timing = Timing(inference_batches=(2,), training_batches=(), rounds=6, most_warmup_rounds=1, min_seconds=0.0)
        measured = measure_throughput(networks, timing, CONDITIONS, seed=seed)
        assert [len(one.cases[0].step_seconds) for one in measured.networks.values()] == [6] * 5
        text = "".join(visits)
        assert text.startswith("abcde" * 2)  # the first step and the warm-up
        return [text[start : start + 5] for start in range(10, len(text), 5)]

    rounds = order(seed=0)
    assert all(sorted(one) == list("abcde") for one in rounds)
    assert len(set(rounds)) > 1
    assert order(seed=0) == rounds
    assert order(seed=1) != rounds


# Memory


def test_cases_share_their_images_while_one_has_them() -> None:
    inputs = Inputs(CONDITIONS)
    one, same = (inputs.images(Case("inference", engine, "fp32", 2)) for engine in ("eager", "compiled"))
    assert one is same
    assert inputs.images(Case("inference", "eager", "fp32", 3)).shape == (3, 1, 28, 28)
    assert len(inputs._kept) == 1  # nobody has the three any more
    del one, same
    assert len(inputs._kept) == 0


def test_cases_that_train_the_same_weights_share_an_optimiser() -> None:
    variants = Variants(network())
    assert variants.optimiser("eager") is variants.optimiser("compiled")
    assert variants.optimiser("eager") is not variants.optimiser("contiguous")
    trained = [parameter for group in variants.optimiser("eager").param_groups for parameter in group["params"]]
    assert all(a is b for a, b in zip(trained, variants.model.parameters(), strict=True))


def test_between_visits_a_case_holds_no_gradients() -> None:
    model = network()
    held: list[bool] = []
    probe = Calls(lambda x, training: held.append(any(p.grad is not None for p in model.parameters())))
    measure_throughput({"net": model, "probe": probe}, BOTH, CONDITIONS)
    assert held
    assert not any(held)


class Fits(nn.Linear):
    """Takes so many images at once; how many may change from call to call."""

    def __init__(self, most: Callable[[], int], error: Callable[[str], Exception] = torch.OutOfMemoryError) -> None:
        super().__init__(784, 10)
        self.most, self.error = most, error

    def forward(self, x: Tensor) -> Tensor:
        if len(x) > self.most():
            raise self.error("CUDA error: out of memory")
        return super().forward(x.flatten(1))


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, RuntimeError])
def test_a_batch_that_does_not_fit_is_halved_until_it_does(error: Any) -> None:
    timing = Timing(inference_batches=(64,), training_batches=(8,), rounds=3, min_seconds=0.0)
    cases = timed(Fits(lambda: 10, error), timing).cases
    assert [(case.requested_batch, case.batch) for case in cases] == [(8, 8), (64, 8)]


def test_a_batch_that_no_longer_fits_once_all_cases_are_there_is_halved_and_warmed_up_anew() -> None:
    """What fits must not turn on which network comes first, when there is still room."""
    calls = iter(range(1000))
    timing = Timing(inference_batches=(16,), training_batches=(), rounds=3, most_warmup_rounds=9, min_seconds=0.0)
    found = timed(Fits(lambda: 16 if next(calls) < 4 else 10), timing)
    (case,) = found.cases
    assert (case.requested_batch, case.batch, found.left_out) == (16, 8, ())
    assert len(case.warmup_seconds) == 9 - 4  # three that were made with 16 images, and the one that failed


def test_a_case_that_runs_out_of_memory_in_a_round_is_left_out_alone() -> None:
    calls = iter(range(1000))
    networks = {"big": Fits(lambda: 99 if next(calls) < 3 else 0), "small": network()}
    found = measure_throughput(networks, INFERENCE, CONDITIONS).networks
    assert found["big"].cases == ()
    assert found["big"].left_out == ("big, eager in fp32, inference at batch 2: out of memory",)
    assert found["big"].failure is not None
    assert found["big"].failure.reason == "out of memory"
    assert len(found["small"].cases[0].step_seconds) == 3


def test_a_case_that_is_left_out_holds_its_images_no_longer() -> None:
    images: list[ref[Tensor]] = []
    held: list[bool] = []

    def note(x: Tensor, training: bool) -> None:
        if len(x) == 2:
            held.append(images[0]() is not None)
            return
        images.append(ref(x))
        if len(images) > 3:  # the first step, the warm-up and the first round went well
            raise torch.OutOfMemoryError("too many")

    timing = Timing(inference_batches=(4, 2), training_batches=(), rounds=6, most_warmup_rounds=1, min_seconds=0.0)
    assert [case.batch for case in timed(Calls(note), timing).cases] == [2]
    assert held[0]
    assert not held[-1]


def test_a_first_update_that_broke_off_leaves_no_part_of_the_optimisers_state() -> None:
    """AdamW takes a parameter that has any state for one that has all of it."""
    variants = Variants(network())
    optimiser = variants.optimiser("eager")
    parameter = next(variants.model.parameters())
    optimiser.state[parameter] = {"step": torch.zeros(())}
    variants.forget_training()
    step = step_for(Case("training", "eager", "fp32", 2), variants, Inputs(CONDITIONS))
    step.ready()
    step.run()
    assert set(optimiser.state[parameter]) == {"step", "exp_avg", "exp_avg_sq"}


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_memory_is_given_back_only_when_nothing_holds_the_step_any_more(
    monkeypatch: pytest.MonkeyPatch, device: Any
) -> None:
    alive: list[int] = []

    class Scratch(Tensor):
        pass

    def devour(x: Tensor, training: bool) -> None:
        scratch = torch.zeros(3).as_subclass(Scratch)
        if len(x) > 4:
            raise torch.OutOfMemoryError(f"{scratch.numel()} too many")

    def emptied() -> None:
        alive.append(sum(type(one) is Scratch for one in gc.get_objects()))

    monkeypatch.setattr(getattr(torch, device), "empty_cache", emptied)
    monkeypatch.setattr(Target, "device", torch.device("cpu"))
    monkeypatch.setattr(Target, "synchronise", lambda self: None)
    monkeypatch.setattr(running, "time_steps", lambda step, count, target: float(step() is not None))
    target = Target(device, device, "test")
    timing = Timing(inference_batches=(16,), training_batches=(), rounds=3, min_seconds=0.0)
    case = running.Running(
        "net",
        Case("inference", "eager", "fp32", 16),
        Variants(Calls(devour)),
        Inputs(Conditions((1, 28, 28), 10, target, "fp32")),
        timing,
    )
    case.fit()
    assert case.batch == 4
    assert alive == [0, 0]


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        MemoryError(),
        RuntimeError("MPS backend out of memory (MPS allocated: 18.00 GB, max allowed: 18.13 GB)."),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: not enough memory"),
    ],
    ids=str,
)
def test_running_out_of_memory_has_many_words(error: Exception) -> None:
    assert is_out_of_memory(error)


def test_running_out_of_memory_is_told_from_other_errors() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**52)
    assert is_out_of_memory(caught.value)
    assert not is_out_of_memory(RuntimeError("shapes do not fit"))
    assert not is_out_of_memory(RuntimeError("CUDA error: an illegal memory access was encountered"))
    assert not is_out_of_memory(ValueError("out of memory"))


# Cases that fail


def test_a_case_that_fails_leaves_the_networks_other_cases_and_the_other_networks() -> None:
    def refuse(x: Tensor, training: bool) -> None:
        if training:
            raise ValueError("cannot train; really")

    found = measure_throughput({"bad": Calls(refuse), "good": network()}, BOTH, CONDITIONS).networks
    assert [case.mode for case in found["bad"].cases] == ["inference"]
    assert found["bad"].left_out == ("bad, eager in fp32, training at batch 2: cannot train, really",)
    assert found["bad"].failure is None
    assert [case.mode for case in found["good"].cases] == ["training", "inference"]
    assert found["good"].left_out == ()


def test_an_engine_that_fails_costs_its_own_cases_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(model: nn.Module) -> nn.Module:
        raise RuntimeError("backend='inductor' raised:\nCppCompileError: no compiler")

    monkeypatch.setattr(engines, "_Compiled", broken)
    monkeypatch.setattr(engines, "missing", lambda engine, target, precision: None)
    timing = Timing((2,), (), engines=("compiled", "eager"), rounds=2, most_warmup_rounds=1, min_seconds=0.0)
    found = timed(network(), timing)
    assert [case.engine for case in found.cases] == ["eager"]
    (line,) = found.left_out
    assert line.endswith("backend='inductor' raised: CppCompileError: no compiler")


def test_a_network_none_of_whose_cases_can_be_timed_has_failed() -> None:
    def refuse(x: Tensor, training: bool) -> None:
        raise ValueError("no")

    measured = measure_throughput({"bad": Calls(refuse)}, BOTH, CONDITIONS)
    failure = measured.networks["bad"].failure
    assert failure is not None
    assert (failure.reason, failure.message) == ("error", "no")
    assert "refuse" in (failure.traceback or "")
    assert measured.ceilings == ()


def test_a_failure_holds_none_of_the_tensors_of_the_step_that_failed() -> None:
    class Scratch(Tensor):
        pass

    def fail() -> None:
        scratch = torch.zeros(3).as_subclass(Scratch)
        raise ValueError(f"{scratch.numel()} numbers")

    kept = attempt(fail)
    assert kept is not None
    assert not [one for one in gc.get_objects() if type(one) is Scratch]


def test_a_record_tells_the_cases_that_its_own_network_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """One network has lost a case, another all of them; what the device has not is told of both."""
    units = make_plan(
        ["nin", "vgg16"], get_protocol("smoke"), ["throughput"], seeds=1, device=CPU.described, precision="fp32"
    )
    some = factories.throughput("nin").result
    assert isinstance(some, Throughput)
    failure = Failure(reason="error", message="no")
    networks = {"nin": Timed(some.cases, ("nin: lost",), None), "vgg16": Timed((), ("vgg16: lost",), failure)}
    measured = Measured(networks, (), (), ("tf32: not here",))
    monkeypatch.setattr("bench.job.measure_throughput", lambda networks, *rest, **named: measured)
    job = Job(tuple(units), CPU, None, Path("none"), None)
    told = worker.measure(job, lambda share, text: None, lambda progress: None, Stopwatch())
    nin, vgg16 = (one.record for one in told)
    assert isinstance(nin.result, Throughput)
    assert nin.result.left_out == ("tf32: not here", "nin: lost")
    assert nin.result.cases == some.cases
    assert (vgg16.result, vgg16.failure) == (None, failure)


@pytest.mark.parametrize(
    ("there", "variable", "reason"),
    [
        ((), None, "a C compiler"),
        (("gcc",), None, None),
        (("clang",), None, None),
        ((), "/opt/bin/cc", None),
    ],
)
def test_compiling_for_a_gpu_needs_a_c_compiler(
    monkeypatch: pytest.MonkeyPatch, there: tuple[str, ...], variable: str | None, reason: str | None
) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda name: object())
    monkeypatch.setattr(engines.shutil, "which", lambda name: name if name in there else None)
    monkeypatch.delenv("CC", raising=False)
    if variable:
        monkeypatch.setenv("CC", variable)
    found = engines.missing("compiled", Target("cuda", "cuda:0", "GPU"), "fp32")
    assert found is None if reason is None else reason in (found or "")


def test_a_cuda_graph_is_recorded_once_when_its_case_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[tuple[bool, bool]] = []

    def record(work: Callable[[], object], target: Target) -> Callable[[], object]:
        modes.append((module.training, torch.is_grad_enabled()))
        return work

    monkeypatch.setattr("bench.measure.steps.cuda_graph", record)
    variants = Variants(network())
    module = variants.module("cuda-graph")
    inputs = Inputs(CONDITIONS)
    for mode in ("training", "inference"):
        step = step_for(Case(mode, "cuda-graph", "fp32", 2), variants, inputs)  # type: ignore[arg-type]
        for _ in range(2):
            step.ready()
            step.run()
    assert modes == [(True, True), (False, True)]
    assert variants.optimiser("cuda-graph") is not variants.optimiser("eager")
    assert engines.missing("cuda-graph", Target("cuda", "cuda:0", "GPU"), "fp32") is None
    assert "NVIDIA" in (engines.missing("cuda-graph", CPU, "fp32") or "")


# The device itself


def test_ceilings_count_two_operations_a_product_and_both_ways_of_a_copy() -> None:
    found = Ceilings(CPU, ("fp32", "bf16"), lambda call, count: 0.5)
    found.prepare()
    for _ in range(3):
        found.sample()
    first, second = found.result()
    assert (first.precision, second.precision) == ("fp32", "bf16")
    assert first.matmul_flops_per_second == second.matmul_flops_per_second == (2 * 8**3 / 0.5,) * 3
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
    assert counts == [1, 1] * 2
    found.sample()
    assert counts[4:] == [34, 34] == [math.ceil(0.05 / 0.0015)] * 2


def test_a_round_of_ceilings_takes_no_memory_that_was_not_there_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product and the copy are written to the same place each time."""
    places: list[int] = []

    def seconds_of(call: Any, count: int) -> float:
        places.append(call().data_ptr())
        return 1.0

    found = Ceilings(CPU, ("fp32",), seconds_of)
    found.prepare()
    found.sample()
    product, copy = places[0], places[2]
    assert places == [product, product, copy, copy, product, copy]


def test_networks_are_timed_where_there_is_no_room_for_the_ceilings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceilings, "_SIZES", {"cpu": (8, 2**54)})
    measured = measure_throughput({"net": network()}, INFERENCE, CONDITIONS)
    assert len(measured.networks["net"].cases) == 1
    assert measured.ceilings == ()
    assert measured.left_out == ("the device's own rates: out of memory",)


def test_ceilings_are_measured_in_every_round() -> None:
    (ceiling,) = measure_throughput({"net": network()}, INFERENCE, CONDITIONS).ceilings
    assert len(ceiling.matmul_flops_per_second) == len(ceiling.copy_bytes_per_second) == 3


# Energy


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
