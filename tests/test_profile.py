"""Whose time a profile counts, from events as torch's profiler makes them."""

from __future__ import annotations

from typing import Any

import pytest
from torch.autograd import DeviceType
from torch.autograd.profiler_util import EventList, FunctionEvent

from bench.measure.profile import STEPS, operators


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
