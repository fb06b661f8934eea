"""The harness beside the ways in which one trains such a network today, in turn, in one run, as ratios.

Same network, same images, same batch, same optimiser; each way as its users write it, in a process of its own as they
have it.  What the harness does beyond that, clipping the gradient and keeping a learning curve, is left in.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from statistics import median
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from own_process import OwnProcess
from own_rate import OwnRate, training_step_of
from pytest_benchmark.fixture import BenchmarkFixture
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms
from torchvision.datasets import FashionMNIST
from torchvision.transforms import v2

import archs
from archs.initialise import initialise
from bench.allocator import keep_freed_memory
from bench.batches import Images
from bench.device import Target, resolve, resolve_precision
from bench.protocols import Training
from bench.train import fit

ROUNDS = 3
RATE = 1e-4
Epoch = Callable[[], None]


def network(name: str, size: int, target: Target) -> nn.Module:
    torch.manual_seed(0)
    model = archs.create(name, image_size=size)
    initialise(model, archs.get_spec(name).initialisation)
    return model.to(target.device)


def dataset(pixels: Tensor, labels: Tensor, transform: Any) -> Dataset[tuple[Tensor, int]]:
    """torchvision's own data set around images that are at hand: a PIL image and a transform for each sample."""
    made = FashionMNIST.__new__(FashionMNIST)
    made.data, made.targets, made.transform, made.target_transform = pixels, labels, transform, None
    return made  # type: ignore[no-any-return]


def loader(data: Dataset[tuple[Tensor, int]], batch_size: int) -> DataLoader[tuple[Tensor, int]]:
    workers = min(4, os.cpu_count() or 1)
    return DataLoader(data, batch_size, shuffle=True, drop_last=True, num_workers=workers, persistent_workers=True)


def textbook(model: nn.Module, pixels: Tensor, labels: Tensor, size: int, batch: int, target: Target) -> Epoch:
    """As Dive into Deep Learning trains: ToTensor for each sample, loss and accuracy read after each batch."""
    steps = [transforms.Resize(size)] if size != 28 else []
    batches = loader(dataset(pixels, labels, transforms.Compose([*steps, transforms.ToTensor()])), batch)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE)

    def epoch() -> None:
        model.train()
        total = 0.0
        for images, classes in batches:
            images, classes = images.to(target.device), classes.to(target.device)
            optimiser.zero_grad()
            logits = model(images)
            loss = F.cross_entropy(logits, classes)
            loss.backward()
            optimiser.step()
            total += loss.item() * len(images) + (logits.argmax(1) == classes).sum().item()

    return epoch


def references(model: nn.Module, pixels: Tensor, labels: Tensor, size: int, batch: int, target: Target) -> Epoch:
    """As torchvision's reference scripts train: v2 transforms, normalised, metrics read after each batch."""
    steps = [v2.Resize(size)] if size != 28 else []
    transform = v2.Compose(
        [v2.PILToTensor(), *steps, v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5], [0.5])]
    )
    batches = loader(dataset(pixels, labels, transform), batch)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE)
    criterion = nn.CrossEntropyLoss()

    def epoch() -> None:
        model.train()
        total = 0.0
        for images, classes in batches:
            images, classes = images.to(target.device), classes.to(target.device)
            logits = model(images)
            loss = criterion(logits, classes)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            first, fifth = (logits.topk(5, 1).indices == classes[:, None]).cumsum(1).float().mean(0)[[0, 4]]
            total += loss.item() + first.item() + fifth.item()

    return epoch


def lightning(model: nn.Module, pixels: Tensor, labels: Tensor, size: int, batch: int, target: Target) -> Epoch:
    """As Lightning's Trainer trains a module that logs its loss."""
    import lightning as pl

    class Module(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
            loss = F.cross_entropy(self.model(batch[0]), batch[1])
            self.log("loss", loss)
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.AdamW(self.parameters(), lr=RATE)

    steps = [transforms.Resize(size)] if size != 28 else []
    batches = loader(dataset(pixels, labels, transforms.Compose([*steps, transforms.ToTensor()])), batch)
    module = Module()
    quiet = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }

    def epoch() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            accelerator = "gpu" if target.type == "cuda" else "cpu"
            pl.Trainer(max_epochs=1, accelerator=accelerator, devices=1, **quiet).fit(module, batches)  # type: ignore[arg-type]

    return epoch


def harness(model: nn.Module, pixels: Tensor, labels: Tensor, size: int, batch: int, target: Target) -> Epoch:
    """As a job of `bench run` trains."""
    keep_freed_memory()
    precision = resolve_precision("auto", target)
    model.to(memory_format=torch.channels_last)
    images = Images(pixels, labels, device=target.device, image_size=size)
    one = Images(pixels[:1], labels[:1], device=target.device, image_size=size)
    settings = Training(train_images=len(pixels), epochs=1, batch_size=batch)

    def epoch() -> None:
        fit(model, images, one, settings, target=target, precision=precision, peak_learning_rate=RATE, seed=0)

    return epoch


WAYS = {"textbook loop": textbook, "torchvision references": references, "Lightning": lightning, "harness": harness}
# Network, image size, batch, images of an epoch.
CASES = [("lenet", 28, 256, 8192), ("nin", 28, 128, 512), ("nin", 224, 32, 96)]


def way_to_train(way: str, name: str, size: int, batch: int, count: int) -> Epoch:
    """An epoch of it, over when the device has done its work."""
    target = resolve("auto")
    torch.manual_seed(1)
    pixels, labels = torch.randint(0, 256, (count, 28, 28), dtype=torch.uint8), torch.randint(10, (count,))
    epoch = WAYS[way](network(name, size, target), pixels, labels, size, batch, target)

    def whole() -> None:
        epoch()
        target.synchronise()

    return whole


@pytest.mark.parametrize("case", CASES, ids=[f"{name}-{size}" for name, size, *_ in CASES])
def test_no_way_of_today_is_faster(benchmark: BenchmarkFixture, case: tuple[str, int, int, int]) -> None:
    """Beside each ratio stands what it would be if the device did nothing but the step's products, at its best rate."""
    name, size, batch, count = case
    own_rate = OwnRate(resolve("auto"))
    known = [way for way in WAYS if way != "Lightning" or find_spec("lightning")]
    processes = {way: OwnProcess(way_to_train, way, *case) for way in known}
    seconds: dict[str, list[float]] = {way: [] for way in known}
    rates: list[float] = []

    def one_of_each() -> None:
        for way, process in processes.items():
            seconds[way].append(process.seconds())
        rates.append(own_rate.flops_per_second())

    benchmark.pedantic(one_of_each, rounds=ROUNDS, warmup_rounds=1)
    for process in processes.values():
        process.end()
    for samples in seconds.values():
        del samples[0]  # of the warm-up: workers start, kernels are chosen
    own = median(seconds["harness"])
    at_best = count // batch * own_rate.flops_of(training_step_of(name, size, batch)) / median(rates)
    ratios = {way: median(samples) / own for way, samples in seconds.items() if way != "harness"}
    bounds = {way: median(samples) / at_best for way, samples in seconds.items() if way != "harness"}
    spread = {way: [sample / own for sample in samples] for way, samples in seconds.items()}
    benchmark.extra_info |= {
        "precision": own_rate.precision, "ratios": ratios, "bounds": bounds, "each round": spread
    }  # fmt: skip
    told = ", ".join(f"{ratio:.2f}x over {way} (of {bounds[way]:.1f}x)" for way, ratio in ratios.items())
    print(f"\n{name} at {size} px, batch {batch}, {own_rate.precision}: {told}")
    assert min(ratios.values()) > 0.97
