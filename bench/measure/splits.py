"""Which images a network is trained on, is looked at with, and is tested on."""

from __future__ import annotations

import torch

from bench.batches import Images
from bench.data import FashionMNIST
from bench.device import Target
from bench.protocols import HELD_OUT, Protocol

SPLIT_SEED = 0
"""Of the shuffle that sets the held-out images apart; the same in every protocol."""


def split(
    data: FashionMNIST, protocol: Protocol, target: Target, *, drawn_by: int | None = None
) -> tuple[Images, Images, Images]:
    """Training, validation and test images on the device; no image is in two of them.

    Args:
        drawn_by: seed that draws which training images are taken, where not all of them are; by default the same are.
    """
    settings = protocol.training
    test = Images(
        data.test_images[: settings.test_images],
        data.test_labels[: settings.test_images],
        device=target.device,
        image_size=protocol.image_size,
        standardise=settings.pixels == "standardised",
    )
    return *training_split(data, protocol, target, drawn_by=drawn_by), test


def training_split(
    data: FashionMNIST, protocol: Protocol, target: Target, *, drawn_by: int | None = None
) -> tuple[Images, Images]:
    """Training and validation images on the device; the test set is not touched."""
    settings = protocol.training
    order = torch.randperm(len(data.train_labels), generator=torch.Generator().manual_seed(SPLIT_SEED))
    pool = order[HELD_OUT:]
    if drawn_by is not None:
        pool = pool[torch.randperm(len(pool), generator=torch.Generator().manual_seed(drawn_by))]
    chosen = {"validation": order[: settings.validation_images], "train": pool[: settings.train_images]}
    train, validation = (
        Images(
            data.train_images[i],
            data.train_labels[i],
            device=target.device,
            image_size=protocol.image_size,
            standardise=settings.pixels == "standardised",
        )
        for i in (chosen["train"], chosen["validation"])
    )
    return train, validation
