"""A made-up data set and small networks, with which an experiment takes a second."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from archs import ArchSpec, registry
from archs.googlenet import Branches
from bench.data import FashionMNIST, Location
from bench.device import Target
from bench.measure.run import Run
from bench.protocols import HELD_OUT, Training, get_protocol

CPU = Target("cpu", "cpu", "test")
TRAINING = Training(
    train_images=96,
    epochs=3,
    batch_size=16,
    validation_images=48,
    test_images=40,
    learning_rate=1e-2,
    learning_rates=(),
)


def garments(train: int = 96, test: int = 40) -> FashionMNIST:
    """Images whose class is the place of a bright row; as many as are held out, `train` and `test` more."""
    generator = torch.Generator().manual_seed(0)

    def some(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        labels = torch.randint(0, 10, (count,), generator=generator)
        images = torch.randint(0, 160, (count, 28, 28), generator=generator, dtype=torch.uint8)
        images[torch.arange(count), labels * 2] = 255
        return images, labels

    return FashionMNIST(*some(HELD_OUT + train), *some(test), Location(Path(), "made up"))


def run(
    arch: str = "flat", *, data: FashionMNIST | None = None, training: dict[str, Any] | None = None, **rest: Any
) -> Run:
    """A run of a few steps; "flat" and "forked" are there once `register` was called."""
    settings = replace(TRAINING, **(training or {}))
    return Run(
        arch=arch,
        protocol=replace(get_protocol("smoke"), training=settings),
        **{"data": data or garments(settings.train_images), "seed": 0, "target": CPU, "precision": "fp32", **rest},
    )


def register(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put this file's networks into the registry, until the end of the test."""
    for name in ("flat", "forked"):
        spec = ArchSpec(name=name, title=name, family=name, builder=f"made_up:{name}", kind="plug-in")
        monkeypatch.setitem(registry._specs, name, spec)


def flat(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """One linear layer behind dropout."""
    return nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(in_channels * image_size**2, num_classes))


def forked(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """One Inception module of two branches: 3 channels that see rows, and 2 that see pixels."""
    rows = nn.Sequential(nn.Conv2d(in_channels, 3, (1, 5), padding=(0, 2)), nn.ReLU())
    pixels = nn.Sequential(nn.Conv2d(in_channels, 2, 1), nn.ReLU())
    module = Branches({"rows": rows, "pixels": pixels})
    return nn.Sequential(module, nn.Flatten(), nn.Linear(5 * image_size**2, num_classes))
