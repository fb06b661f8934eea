"""What a 1x1 convolution does to the shape of maps, and which channels it brings together."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.autograd.functional import jacobian

from bench.measure.exact.drawn import convolution_layer, drawn, normal

SIDES = (1, 2, 5, 14, 27)
"""Heights and widths of the maps that are tried, each with each."""


@dataclass(frozen=True)
class Channels:
    """1x1 convolutions with stride 1 beside layers that do without what makes them so."""

    size_change: int
    """Largest change of height or width, over all sizes and widths tried."""
    control_size_change: int
    """Of a 3x3 convolution without padding, where it can be applied."""
    seen: int
    """Fewest input channels that an output channel depends on."""
    control_seen: int
    """Of a depthwise convolution, which has a 1x1 kernel for each channel."""
    inputs: int
    smallest_ratio: float
    """Of output to input channels, among the layers tried."""
    largest_ratio: float
    control_ratio: float
    """Of the depthwise convolution."""


def channels(*, inputs: int = 8, outputs: tuple[int, ...] = (2, 8, 32), seed: int = 0) -> Channels:
    """Apply 1x1 convolutions from `inputs` channels to each of `outputs` to maps of many sizes."""
    generator = torch.Generator().manual_seed(seed)
    layers = [convolution_layer(inputs, width, 1, generator) for width in outputs]
    with torch.device("meta"):
        unpadded = nn.Conv2d(inputs, inputs, 3, dtype=torch.float64)
        depthwise = nn.Conv2d(inputs, inputs, 1, groups=inputs, dtype=torch.float64)
    ratios = [_made(layer, inputs, 3, 3)[0] / inputs for layer in layers]
    return Channels(
        size_change=max(_size_change(layer, inputs, SIDES) for layer in layers),
        control_size_change=_size_change(
            drawn(unpadded, generator), inputs, [side for side in SIDES if side >= unpadded.kernel_size[0]]
        ),
        seen=min(_seen(layer, inputs, generator) for layer in layers),
        control_seen=_seen(drawn(depthwise, generator), inputs, generator),
        inputs=inputs,
        smallest_ratio=min(ratios),
        largest_ratio=max(ratios),
        control_ratio=_made(depthwise, inputs, 3, 3)[0] / inputs,
    )


@torch.no_grad()
def _made(layer: nn.Module, inputs: int, height: int, width: int) -> tuple[int, ...]:
    """Shape of what `layer` makes of one map."""
    return tuple(layer(torch.zeros(1, inputs, height, width, dtype=torch.float64)).shape[1:])


def _size_change(layer: nn.Module, inputs: int, sides: tuple[int, ...] | list[int]) -> int:
    changes = []
    for height in sides:
        for width in sides:
            _, *after = _made(layer, inputs, height, width)
            changes += [abs(after[0] - height), abs(after[1] - width)]
    return max(changes)


def _seen(layer: nn.Module, inputs: int, generator: torch.Generator) -> int:
    """Fewest input channels at which an output has a gradient, of any size."""
    pixel = normal((1, inputs, 1, 1), generator)
    gradients = jacobian(layer, pixel).reshape(-1, inputs)
    return int((gradients != 0).sum(dim=1).min())
