"""On a CUDA device: the same harness, the same answers."""

from __future__ import annotations

from functools import partial

import pytest
import torch

import archs
from archs.initialise import initialise
from bench.batches import Images
from bench.device import Target, resolve, resolve_precision
from bench.measure.cases import Conditions
from bench.measure.memory import measure_memory
from bench.measure.throughput import measure_throughput
from bench.progress import Progress
from bench.protocols import Timing, Training
from bench.replay import Recorder, Replayed, cuda_graph
from bench.train import fit
from bench.update import training_step

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")]


@pytest.fixture
def gpu() -> Target:
    return resolve("cuda")


def network(name: str, target: Target) -> torch.nn.Module:
    torch.manual_seed(0)
    model = archs.create(name, image_size=28)
    initialise(model, archs.get_spec(name).initialisation)
    return model.to(target.device).to(memory_format=torch.channels_last)


def rows(count: int, device: torch.device) -> Images:
    """Images whose class is the place of a bright row."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(0, 10, (count,), generator=generator)
    images = torch.randint(0, 60, (count, 28, 28), generator=generator, dtype=torch.uint8)
    images[torch.arange(count), labels * 2] = 255
    return Images(images, labels, device=device, image_size=28)


def train(
    target: Target,
    precision: str,
    epochs: int = 4,
    model: torch.nn.Module | None = None,
    recorder: Recorder | None = None,
) -> Progress:
    images = rows(1024, target.device)
    settings = Training(train_images=1024, epochs=epochs, batch_size=64)
    return fit(
        model or network("lenet", target),
        images,
        images,
        settings,
        target=target,
        precision=precision,  # type: ignore[arg-type]
        peak_learning_rate=5e-3,
        seed=0,
        recorder=recorder,
    )


def test_an_epoch_waits_for_the_device_only_at_its_end(gpu: Target) -> None:
    """Torch raises where the host waits for the device; one step of each part of an epoch must not."""
    images = rows(256, gpu.device)
    model = network("nin", gpu)
    optimiser = torch.optim.AdamW(model.parameters(), fused=True)
    batches = list(images.epoch(64, generator=torch.Generator(), augmentation="shift-flip"))
    training_step(model, optimiser, *batches[0], target=gpu, precision="bf16", clip_norm=1.0)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for x, y in batches:
            training_step(model, optimiser, x, y, target=gpu, precision="bf16", clip_norm=1.0)
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_batches_are_the_same_as_on_the_cpu(gpu: Target) -> None:
    here, there = (
        next(rows(64, device).epoch(64, generator=torch.Generator().manual_seed(1), augmentation="shift-flip"))
        for device in (torch.device("cpu"), gpu.device)
    )
    torch.testing.assert_close(there[0].cpu(), here[0])
    assert torch.equal(there[1].cpu(), here[1])


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_it_learns(gpu: Target, precision: str) -> None:
    assert train(gpu, precision, epochs=12).epochs[-1].validation_accuracy > 0.5


def test_its_losses_are_the_cpus(gpu: Target) -> None:
    there, here = train(gpu, "fp32", epochs=1), train(resolve("cpu"), "fp32", epochs=1)
    assert there.step_losses == pytest.approx(here.step_losses, rel=0.02)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_recorded_step_trains_as_one_that_python_takes(gpu: Target, precision: str) -> None:
    expected, found = (train(gpu, precision, recorder=recorder) for recorder in (None, partial(cuda_graph, target=gpu)))
    assert not any(epoch.replayed for epoch in expected.epochs)
    assert all(epoch.replayed for epoch in found.epochs)
    assert found.step_losses == pytest.approx(expected.step_losses, rel=0.02)
    assert found.epochs[-1].memory_bytes >= expected.epochs[-1].memory_bytes  # type: ignore[operator]


def test_each_replay_draws_its_own_random_numbers(gpu: Target) -> None:
    dropout = torch.nn.Dropout(0.5).train()
    step = Replayed(
        lambda x, y: (y.sum(), dropout(x)), *torch.ones(2, 999, device=gpu.device), partial(cuda_graph, target=gpu)
    )
    first, second = (step(*torch.ones(2, 999, device=gpu.device))[1] for _ in range(2))
    assert not torch.equal(first, second)
    assert first.sum().item() == pytest.approx(999, rel=0.2)


def test_what_cannot_be_recorded_is_trained_all_the_same(gpu: Target) -> None:
    class Waits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(784, 10)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.layer(x.flatten(1) * x.mean().item())

    progress = train(gpu, "fp32", model=Waits().to(gpu.device), recorder=partial(cuda_graph, target=gpu))
    assert not any(epoch.replayed for epoch in progress.epochs)
    assert len(progress.step_losses) == 64


def test_precision_and_device_by_name(gpu: Target) -> None:
    assert resolve("auto").type == "cuda"
    assert resolve("cuda:0").model == gpu.model
    assert resolve_precision("auto", gpu) in ("fp32", "bf16")


def test_throughput_and_memory(gpu: Target) -> None:
    engines = ("eager", "cuda-graph")
    timing = Timing(inference_batches=(1, 64), training_batches=(64,), engines=engines, rounds=5, min_seconds=0.01)
    conditions = Conditions(image_shape=(1, 28, 28), num_classes=10, target=gpu, precision="bf16")
    cases = measure_throughput({"nin": network("nin", gpu)}, timing, conditions).networks["nin"].cases
    assert [case.batch for case in cases] == [64, 1, 64] * 2
    assert [case.weights for case in cases] == ["fp32", "bf16", "bf16"] * 2
    _, one, _, _, replayed, _ = (min(case.step_seconds) for case in cases)
    assert replayed < one
    memory = measure_memory(lambda: network("nin", gpu), batch=64, conditions=conditions)
    assert memory.method == "cuda allocator"
    assert (memory.training_peak_bytes or 0) > (memory.inference_peak_bytes or 0) > memory.parameter_bytes


def test_a_batch_that_does_not_fit_is_halved(gpu: Target) -> None:
    torch.cuda.set_per_process_memory_fraction(0.02, gpu.device)
    try:
        timing = Timing(inference_batches=(), training_batches=(65536,), rounds=3, min_seconds=0.0)
        conditions = Conditions(image_shape=(1, 28, 28), num_classes=10, target=gpu, precision="fp32")
        cases = measure_throughput({"nin": network("nin", gpu)}, timing, conditions).networks["nin"].cases
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, gpu.device)
    assert cases[0].requested_batch == 65536
    assert cases[0].batch < 65536
    assert 65536 % cases[0].batch == 0
