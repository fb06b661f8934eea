"""Throughput and memory on the CPU: against other ways to measure, and against sizes one can work out."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.benchmark import Timer

import archs
from bench import device
from bench.device import Target, resolve, resolve_precision
from bench.errors import UserError
from bench.measure.activations import activations
from bench.measure.cases import Conditions
from bench.measure.memory import measure_memory, memory_by_layer, saved_for_backward
from bench.measure.steps import time_steps
from bench.measure.throughput import measure_throughput
from bench.protocols import Timing
from bench.records import LayerMemory

CPU = Target("cpu", "cpu", "test")
CONDITIONS = Conditions(image_shape=(1, 28, 28), num_classes=10, target=CPU, precision="fp32")


def network(width: int = 256) -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, width), nn.ReLU(), nn.Linear(width, 10))


def test_it_agrees_with_torchs_own_benchmark() -> None:
    """On a step whose length is known, since it waits for the clock; that of a network is in `tests/benchmarks`.

    Other work on the machine only lengthens a wait, so the shortest of a few counts.
    """
    seconds = 0.02

    def step() -> None:
        time.sleep(seconds)

    timer = Timer("step()", globals={"step": step})
    ours = min(time_steps(step, 3, CPU) for _ in range(10))
    theirs = min(timer.timeit(3).mean for _ in range(10))
    assert ours == pytest.approx(theirs, rel=0.03)
    assert ours == pytest.approx(seconds, rel=0.03)


def test_timing_training_leaves_the_weights_as_they_were() -> None:
    model = network()
    before = [parameter.clone() for parameter in model.parameters()]
    timing = Timing(inference_batches=(), training_batches=(8,), rounds=3, min_seconds=0.0)
    measure_throughput({"net": model}, timing, CONDITIONS)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_what_autograd_keeps_of_two_layers_by_hand() -> None:
    kept = saved_for_backward(network(256), batch=8, conditions=CONDITIONS)
    images = 8 * 784 * 4  # the first layer's input
    hidden = 8 * 256 * 4  # the ReLU's output, which is the second layer's input
    log_probabilities, labels, weight = 8 * 10 * 4, 8 * 8, 4  # of the cross-entropy
    assert kept == images + hidden + log_probabilities + labels + weight


def test_the_memory_of_each_layer_by_hand() -> None:
    batch = 8
    memory = measure_memory(network, batch=batch, conditions=CONDITIONS)
    assert memory.layers == (
        LayerMemory(name="0", type="Flatten", output_elements=batch * 784, saved_bytes=0),
        LayerMemory(name="1", type="Linear", output_elements=batch * 256, saved_bytes=batch * 784 * 4),  # its input
        LayerMemory(name="2", type="ReLU", output_elements=batch * 256, saved_bytes=batch * 256 * 4),  # its output
        LayerMemory(name="3", type="Linear", output_elements=batch * 10, saved_bytes=0),  # has the ReLU's output too
    )
    loss = batch * 10 * 4 + batch * 8 + 4  # log-probabilities, labels and the sum of the labels' weights
    assert memory.saved_for_backward_bytes == sum(layer.saved_bytes for layer in memory.layers) + loss


@pytest.mark.parametrize("name", ["lenet", "nin", "vgg16-bn", "googlenet"])
def test_layers_add_up_to_what_a_step_of_the_whole_batch_keeps(name: str) -> None:
    """And each is what counting the whole batch at once finds."""
    batch, losses = 9, 9 * 10 * 4 + 9 * 8 + 4
    model = archs.create(name, image_size=28)
    layers = memory_by_layer(model, batch=batch, conditions=CONDITIONS)
    kept = saved_for_backward(model, batch=batch, conditions=CONDITIONS)
    assert sum(layer.saved_bytes for layer in layers) == kept - losses
    whole = activations(model, in_channels=1, image_size=28, batch=batch)
    assert [layer.model_dump() for layer in layers] == [asdict(layer) for layer in whole]


def test_devices_by_name() -> None:
    assert resolve("cpu").device == torch.device("cpu")
    assert resolve("auto").type in ("cpu", "cuda", "mps")
    for name in ("gpu", "cuda:x", ""):
        with pytest.raises(UserError, match="no device is called"):
            resolve(name)


def test_the_fast_precision_is_measured_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: True, raising=False)
    seconds = {"fp32": 3.0, "bf16": 1.0}
    monkeypatch.setattr(device, "_step_seconds", lambda precision, target: seconds[precision])
    assert resolve_precision("auto", CPU, tmp_path) == "bf16"
    seconds["bf16"] = 9.0  # a busy moment later
    assert resolve_precision("auto", CPU, tmp_path) == "bf16"
    (remembered,) = json.loads((tmp_path / "bf16.json").read_text()).values()
    assert remembered == 3.0
    assert resolve_precision("auto", Target("cpu", "cpu", "another"), tmp_path) == "fp32"
    assert resolve_precision("bf16", Target("cpu", "cpu", "another"), tmp_path) == "bf16"


def test_bf16_is_not_tried_where_the_processor_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: False, raising=False)
    assert resolve_precision("auto", CPU, tmp_path) == "fp32"
