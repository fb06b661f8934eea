"""How networks are timed: what fits in memory, and who holds it."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any
from weakref import ref

import pytest
import torch
from timed_networks import BOTH, CONDITIONS, INFERENCE, Calls, network, timed
from torch import Tensor, nn

from bench.device import Target
from bench.measure import running
from bench.measure.cases import Case, Conditions
from bench.measure.engines import Variants
from bench.measure.failures import is_out_of_memory
from bench.measure.steps import Inputs, step_for
from bench.measure.throughput import measure_throughput
from bench.protocols import Timing

pytestmark = pytest.mark.usefixtures("small_ceilings")


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
