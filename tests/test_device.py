"""Which device and which precision a run gets: by name, by what the device can do, and on the device that was named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import Spoken

from bench import processes, profiling, worker
from bench.device import Target, resolve, resolve_precision, unsupported, use_device
from bench.errors import UserError
from bench.job import Job
from bench.machine import Stopwatch
from bench.plan import make_plan
from bench.protocols import get_protocol

CPU = Target("cpu", "cpu", "test")
SECOND = Target("cuda", "cuda:1", "test")
Bench = Callable[..., Spoken]
Processor = Callable[..., None]


@pytest.fixture
def processor(monkeypatch: pytest.MonkeyPatch) -> Processor:
    """Make this a processor whose oneDNN does bf16, or None where torch has no oneDNN, with these instructions."""

    def make(onednn: bool | None, *instructions: str) -> None:
        monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: onednn is not None)
        if onednn is None:
            monkeypatch.setattr(torch.ops, "mkldnn", object())  # which knows no question
        else:
            monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: onednn, raising=False)
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: dict.fromkeys(instructions, True))

    return make


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Two GPUs: the first of before Ampere, the second a later one.  Gives the devices that were set."""
    capabilities = {torch.device("cuda:0"): (7, 5), torch.device("cuda:1"): (9, 0)}
    chosen: list[Any] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: "test")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capabilities[device])
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    return chosen


def test_devices_by_name() -> None:
    assert resolve("cpu").device == torch.device("cpu")
    assert resolve("auto").type in ("cpu", "cuda", "mps")
    for name in ("gpu", "cuda:x", ""):
        with pytest.raises(UserError, match="no device is called"):
            resolve(name)


@pytest.mark.parametrize(
    ("onednn", "instructions", "expected"),
    [
        (True, ("avx512_f", "amx_bf16"), "bf16"),
        (True, ("avx512_f", "avx512_bf16"), "bf16"),
        (True, ("avx512_f",), "fp32"),  # oneDNN takes it and rounds what it computes in fp32
        (False, (), "fp32"),
        (None, ("bf16",), "fp32"),  # an Apple processor
    ],
)
def test_a_processor_gets_bf16_by_its_instructions(
    processor: Processor, onednn: bool | None, instructions: tuple[str, ...], expected: str
) -> None:
    processor(onednn, *instructions)
    assert resolve_precision("auto", CPU) == expected
    assert (unsupported(CPU, "bf16") is None) == bool(onednn)


def test_each_gpu_is_asked_for_itself(gpus: list[Any]) -> None:
    assert resolve_precision("auto", resolve("cuda:0")) == "fp32"
    assert resolve_precision("auto", resolve("cuda:1")) == "bf16"
    assert unsupported(resolve("cuda:0"), "bf16") == "this GPU only emulates it"
    assert [unsupported(resolve(name), "tf32") is None for name in ("cuda:0", "cuda:1")] == [False, True]


def test_a_precision_that_is_named_must_be_there(processor: Processor) -> None:
    processor(True)
    assert resolve_precision("bf16", CPU) == "bf16"  # slowly, but it is what was asked for
    processor(False)
    for precision, device, reason in (
        ("tf32", CPU, "only NVIDIA GPUs since Ampere have it"),
        ("bf16", CPU, "this processor only emulates it"),
        ("bf16", Target("mps", "mps", "test"), "not used on this kind of device"),
    ):
        with pytest.raises(UserError, match=f"precision {precision} is not for test: {reason}"):
            resolve_precision(precision, device)


@pytest.mark.parametrize(
    "command", [("run", "--arch", "lenet", "--protocol", "smoke"), ("profile", "lenet")], ids=lambda command: command[0]
)
def test_nothing_begins_in_a_precision_that_the_device_lacks(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bench: Bench
) -> None:
    monkeypatch.chdir(tmp_path)
    spoken = bench(*command, "--device", "cpu", "--precision", "tf32")
    assert spoken.code == 2
    assert spoken.err.startswith("bench: precision tf32 is not for ")
    assert not list(tmp_path.rglob("*.json"))


def test_only_a_gpu_is_made_the_process_own(gpus: list[Any]) -> None:
    use_device(CPU)
    assert gpus == []
    use_device(SECOND)
    assert gpus == [torch.device("cuda:1")]


def test_a_profile_is_made_on_the_gpu_that_was_named(gpus: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def ready(*arguments: Any, **named: Any) -> None:
        assert gpus == [torch.device("cuda:1")]  # before the first tensor is there
        raise KeyboardInterrupt

    monkeypatch.setattr("bench.measure.networks.ready", ready)
    with pytest.raises(KeyboardInterrupt):
        profiling.profile_network("lenet", 28, 2, "training", "cuda:1", "fp32", None)


def test_a_job_is_measured_on_the_gpu_that_was_named(gpus: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def carry_out(*arguments: Any) -> None:
        assert gpus == [torch.device("cuda:1")]
        raise KeyboardInterrupt

    monkeypatch.setattr(worker, "carry_out", carry_out)
    units = make_plan(["lenet"], get_protocol("smoke"), ["complexity"], seeds=1, device=SECOND.described, precision="")
    job = Job(tuple(units), SECOND, None, Path(), None)
    with pytest.raises(KeyboardInterrupt):
        list(worker.measure(job, lambda share, text: None, lambda progress: None, Stopwatch()))


@pytest.mark.parametrize(("system", "expected"), [("linux", "forkserver"), ("darwin", "spawn"), ("win32", "spawn")])
def test_processes_fork_only_where_that_is_safe(monkeypatch: pytest.MonkeyPatch, system: str, expected: str) -> None:
    methods = ["spawn"] if system == "win32" else ["fork", "spawn", "forkserver"]
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setattr("multiprocessing.get_all_start_methods", lambda: methods)
    assert processes.context().get_start_method() == expected
