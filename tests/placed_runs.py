"""Runs on made-up images, of made-up networks in place of those of the registry: an experiment takes a second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from bench.data import FashionMNIST, Location
from bench.device import Target
from bench.measure.run import Run
from bench.protocols import HELD_OUT, Protocol, get_protocol

CPU = Target("cpu", "cpu", "test")
TRAIN, HELD, TEST = 320, 40, 200


@dataclass(frozen=True)
class MadeUp(Run):
    """A run of a made-up network in place of one from the registry."""

    build: Callable[[int], nn.Module] = nn.Identity

    def network(self, num_classes: int = 10) -> nn.Module:
        torch.manual_seed(self.seed)
        return self.build(num_classes)


def made_up_run(
    kind: str, build: Callable[[int], nn.Module], images: Callable[[Tensor], Tensor], seed: int = 0
) -> MadeUp:
    """`images` turns labels into pixels."""
    generator = torch.Generator().manual_seed(1)
    labels = [torch.randint(0, 10, (count,), generator=generator) for count in (HELD_OUT + TRAIN, TEST)]
    data = FashionMNIST(images(labels[0]), labels[0], images(labels[1]), labels[1], Location(Path(), "made up"))
    return MadeUp("nin", small(get_protocol(f"{kind}28")), data, seed, CPU, "fp32", build=build)


def small(protocol: Protocol) -> Protocol:
    training = replace(
        protocol.training,
        train_images=TRAIN,
        validation_images=HELD,
        test_images=TEST,
        batch_size=16,
        epochs=4,
        learning_rate=1e-2,
    )
    return replace(protocol, training=training)


def brightness(labels: Tensor) -> Tensor:
    """Images of one brightness, by which the classes are told apart."""
    return ((labels + 1) * 25).to(torch.uint8)[:, None, None].expand(-1, 28, 28).contiguous()


def bars(labels: Tensor) -> Tensor:
    """Images with one bright pair of rows, whose height tells the classes apart."""
    images = torch.zeros(len(labels), 28, 28, dtype=torch.uint8)
    for row in (4, 5):
        images[torch.arange(len(labels)), labels * 2 + row] = 255
    return images


def patterns(labels: Tensor) -> Tensor:
    """Images of large black and white tiles, each class with a pattern of its own wherever it lies."""
    tiles = (
        torch.rand(10, 4, 4, generator=torch.Generator().manual_seed(3)) < torch.linspace(0.2, 0.9, 10)[:, None, None]
    )
    return (tiles.repeat_interleave(7, 1).repeat_interleave(7, 2) * 255).to(torch.uint8)[labels]


def frozen(run: MadeUp) -> MadeUp:
    """The same with a learning rate of nothing, so that the network goes on knowing what it knows."""
    training = replace(run.protocol.training, learning_rate=0.0, learning_rates=(), epochs=1, weight_decay=0.0)
    return replace(run, protocol=replace(run.protocol, training=training))
