"""A network as every measurement begins with it: built, initialised, on the device, channels last."""

from __future__ import annotations

import torch
from torch import nn

import archs
from archs.initialise import initialise
from archs.registry import Initialisation
from bench.device import Target


def ready(
    name: str,
    *,
    image_size: int,
    target: Target,
    in_channels: int = 1,
    num_classes: int = 10,
    seed: int = 0,
    scheme: Initialisation | None = None,
) -> nn.Module:
    """The network called `name` with initial weights of `scheme`, or of its spec's own initialisation.

    torch's global generator is seeded here, and dropout goes on from where this leaves it.
    """
    torch.manual_seed(seed)
    model = archs.create(name, in_channels=in_channels, num_classes=num_classes, image_size=image_size)
    initialise(model, scheme or archs.get_spec(name).initialisation)
    return model.to(target.device).to(memory_format=torch.channels_last)
