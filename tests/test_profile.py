"""Whose time a profile counts, from events as torch's profiler makes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from torch.autograd import DeviceType
from torch.autograd.profiler_util import EventList, FunctionEvent

from bench.errors import UserError
from bench.measure.profile import STEPS, Profile, operators
from bench.profiling import profile_network


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """No step is profiled, and no trace is written."""
    monkeypatch.setattr("bench.measure.profile.profile_step", lambda *about: Profile(1.0, ()))


@pytest.mark.usefixtures("quickly")
def test_a_trace_that_was_not_written_is_an_error(tmp_path: Path) -> None:
    def profiled(trace: Path | None) -> Profile:
        return profile_network("lenet", 28, 2, "inference", "cpu", "fp32", trace)

    assert profiled(None).seconds == 1
    with pytest.raises(UserError, match="is a folder; give it a file"):
        profiled(tmp_path)
    with pytest.raises(UserError, match="could not be written; give --trace another file"):
        profiled(tmp_path / "trace.json")
    old = tmp_path / "old.json"
    old.write_text("{}")
    with pytest.raises(UserError, match="could not be written"):
        profiled(old)
    old.chmod(0o400)
    with pytest.raises(UserError, match="be written"):
        profiled(old)


def gpu_events() -> EventList:
    """What torch tells of a step on a GPU: two operators with a kernel each, one of them in an optimiser's step.

    The second operator is there twice, the second time such that torch does not add it to the first.
    """

    def event(number: int, name: str, start: int, end: int, **more: Any) -> FunctionEvent:
        return FunctionEvent(number, name, 0, start, end, use_device="cuda", stack=[], **more)

    convolution, update = event(1, "aten::conv", 0, 4), event(3, "aten::adamw", 10, 14)
    convolution.append_kernel("conv_kernel", 0, 30)
    update.append_kernel("adamw_kernel", 0, 50)
    step = event(2, "Optimizer.step", 9, 15, is_user_annotation=True)
    step.append_kernel("Optimizer.step", 0, 60)  # from the first of its kernels to the end of the last
    again = event(4, "aten::adamw", 20, 24)
    again.append_kernel("adamw_kernel", 0, 20)
    again.node_id = 1
    gpu = [
        event(5, "conv_kernel", 5, 35, device_type=DeviceType.CUDA),
        event(6, "adamw_kernel", 40, 90, device_type=DeviceType.CUDA),
        event(7, "adamw_kernel", 92, 112, device_type=DeviceType.CUDA),
        event(8, "Optimizer.step", 40, 100, device_type=DeviceType.CUDA, is_user_annotation=True),
    ]
    events = EventList([convolution, step, update, again, *gpu], use_device="cuda")
    events._build_tree()
    return events


def test_a_gpus_time_is_counted_once() -> None:
    found = operators(gpu_events().key_averages(), on_gpu=True)
    assert [(one.name, one.share) for one in found] == [("aten::adamw", 0.7), ("aten::conv", 0.3)]
    assert [one.seconds * STEPS * 1e6 for one in found] == pytest.approx([70, 30])
    assert [one.calls * STEPS for one in found] == pytest.approx([2, 1])


def test_on_a_processor_a_named_stretch_has_what_is_not_in_its_operators() -> None:
    own = {one.name: one.seconds * STEPS * 1e6 for one in operators(gpu_events().key_averages(), on_gpu=False)}
    assert own == pytest.approx({"aten::conv": 4, "Optimizer.step": 6 - 4, "aten::adamw": 4 + 4})
