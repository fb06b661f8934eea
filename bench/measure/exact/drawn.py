"""Weights and inputs that are drawn so that outputs are of the order of 1, in float64."""

from __future__ import annotations

from typing import Any, TypeVar

import torch
from torch import Tensor, nn

Layer = TypeVar("Layer", bound=nn.Module)


def normal(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def convolution_layer(in_channels: int, out_channels: int, kernel_size: int, generator: torch.Generator) -> nn.Conv2d:
    """Padded so that an odd kernel keeps the size of the map."""
    options: dict[str, Any] = {"padding": kernel_size // 2, "device": "meta", "dtype": torch.float64}
    return drawn(nn.Conv2d(in_channels, out_channels, kernel_size, **options), generator)


def linear_layer(in_features: int, out_features: int, generator: torch.Generator) -> nn.Linear:
    return drawn(nn.Linear(in_features, out_features, device="meta", dtype=torch.float64), generator)


def drawn(layer: Layer, generator: torch.Generator) -> Layer:
    """`layer`, which comes without weights, with normal ones that keep the variance of white inputs."""
    layer.to_empty(device="cpu")
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_(std=parameter[0].numel() ** -0.5, generator=generator)
    return layer


def difference(first: Tensor, second: Tensor) -> float:
    return float((first - second).abs().max())
