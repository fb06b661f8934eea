"""How networks are timed: what is on the clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from timed_networks import BOTH, CPU, Calls, timed
from torch import Tensor, nn

from bench.device import Target
from bench.measure import running
from bench.measure.cases import Case, Conditions
from bench.measure.engines import Variants
from bench.measure.steps import Inputs, step_for, time_steps

pytestmark = pytest.mark.usefixtures("small_ceilings")


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
