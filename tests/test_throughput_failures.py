"""How networks are timed: what happens to a case that fails or that is not to be had."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import factories
import pytest
import torch
from timed_networks import BOTH, CONDITIONS, CPU, Calls, network, timed
from torch import Tensor, nn

from bench import worker
from bench.device import Target
from bench.job import Job
from bench.machine import Stopwatch
from bench.measure import engines
from bench.measure.cases import Case
from bench.measure.engines import Variants
from bench.measure.failures import attempt
from bench.measure.steps import Inputs, step_for
from bench.measure.throughput import Measured, Timed, measure_throughput
from bench.plan import make_plan
from bench.protocols import Timing, get_protocol
from bench.records import Failure, Throughput

pytestmark = pytest.mark.usefixtures("small_ceilings")


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
