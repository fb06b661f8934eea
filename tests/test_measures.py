"""Throughput and memory on the CPU: against other ways to measure, and against sizes one can work out."""

from __future__ import annotations

import time
import weakref
from dataclasses import asdict, replace

import pytest
import torch
from torch import Tensor, nn
from torch.utils.benchmark import Timer

import archs
from bench.device import Target
from bench.measure import memory, steps
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


def test_in_bf16_what_weights_were_cast_to_is_left_out_like_them() -> None:
    """Two linear layers keep their inputs, in half the bytes; the loss is computed in single precision."""
    kept = saved_for_backward(network(256), batch=8, conditions=replace(CONDITIONS, precision="bf16"))
    assert kept == (8 * 784 * 4 + 8 * 256 * 4) / 2 + 8 * 10 * 4 + 8 * 8 + 4


def test_weights_that_are_half_of_a_network_do_not_outweigh_its_activations() -> None:
    """Convolutions keep their weights as they are, linear layers a view of them: neither counts, in no precision."""
    model = archs.create("alexnet", image_size=28)
    kept = [
        saved_for_backward(model, batch=2, conditions=replace(CONDITIONS, precision=precision))
        for precision in ("fp32", "bf16")
    ]
    assert kept[0] / 2 < kept[1] < kept[0]


def test_images_of_inference_are_gone_when_training_is_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[Tensor]] = []
    alive: list[int] = []

    def images(batch: int, conditions: Conditions) -> Tensor:
        alive.append(sum(one() is not None for one in made))
        made.append(weakref.ref(tensor := torch.randn(batch, *conditions.image_shape)))
        return tensor

    for module in (memory, steps):
        monkeypatch.setattr(module, "random_images", images)
    monkeypatch.setattr(memory, "_load_libraries", lambda conditions: None)
    measure_memory(network, batch=8, conditions=CONDITIONS)
    assert alive[:2] == [0, 0]  # when those of inference are made, and when those of training are


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
