"""What a 1x1 convolution is: a linear layer at each pixel, which sees no other pixel."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.autograd.functional import jacobian

from bench.measure.exact.drawn import convolution_layer, difference, linear_layer, normal


@dataclass(frozen=True)
class PerPixelLinear:
    """Largest absolute differences from one linear layer that is applied to every pixel."""

    difference: float
    control_difference: float
    """Of a 3x3 convolution whose centre tap has the linear layer's weights."""


def per_pixel_linear(
    *, in_channels: int = 8, out_channels: int = 6, height: int = 7, width: int = 9, seed: int = 0
) -> PerPixelLinear:
    """Compare a 1x1 convolution with `nn.Linear` of the same weights on the channels of each pixel."""
    generator = torch.Generator().manual_seed(seed)
    images = normal((2, in_channels, height, width), generator)
    linear = linear_layer(in_channels, out_channels, generator)
    pointwise = as_convolution(linear)
    neighbours = convolution_layer(in_channels, out_channels, 3, generator)
    with torch.no_grad():
        neighbours.weight[:, :, 1, 1] = linear.weight
        neighbours.bias = linear.bias
        expected = linear(images.movedim(1, -1)).movedim(-1, 1)  # nn.Linear works on the last dimension
        return PerPixelLinear(difference(pointwise(images), expected), difference(neighbours(images), expected))


def as_convolution(linear: nn.Linear, *, height: int = 1, width: int = 1) -> nn.Conv2d:
    """A convolution without padding whose kernel `(height, width)` has the weights of `linear`.

    On a map `(channels, height, width)` with `channels * height * width == linear.in_features` it gives what `linear`
    gives on the flattened map; its weights are views of the linear layer's.
    """
    channels = linear.in_features // (height * width)
    convolution = nn.Conv2d(channels, linear.out_features, (height, width), device="meta")
    convolution.weight = nn.Parameter(linear.weight.detach().view(-1, channels, height, width))
    convolution.bias = linear.bias
    return convolution


@dataclass(frozen=True)
class PixelIndependence:
    """A 1x1 convolution and the pixels beside its own; the control is a 3x3 convolution."""

    permutation_difference: float
    """Largest difference between permuting the pixels before the layer and after it."""
    control_permutation_difference: float
    input_pixels: int
    """Pixels of the input that one pixel of the output depends on."""
    control_input_pixels: int


def pixel_independence(
    *, in_channels: int = 8, out_channels: int = 6, height: int = 7, width: int = 9, seed: int = 0
) -> PixelIndependence:
    """Permute the pixels at random, and count those that the middle pixel of the output depends on.

    Maps of less than 3x3 pixels would cut off the control's kernel.
    """
    generator = torch.Generator().manual_seed(seed)
    images = normal((1, in_channels, height, width), generator)
    order = torch.randperm(height * width, generator=generator)
    pointwise, neighbours = (convolution_layer(in_channels, out_channels, size, generator) for size in (1, 3))
    return PixelIndependence(
        permutation_difference=_permutation_difference(pointwise, images, order),
        control_permutation_difference=_permutation_difference(neighbours, images, order),
        input_pixels=_input_pixels(pointwise, images),
        control_input_pixels=_input_pixels(neighbours, images),
    )


@torch.no_grad()
def _permutation_difference(layer: nn.Module, images: Tensor, order: Tensor) -> float:
    return difference(layer(_permuted(images, order)), _permuted(layer(images), order))


def _permuted(images: Tensor, order: Tensor) -> Tensor:
    return images.flatten(2)[:, :, order].view_as(images)


def _input_pixels(layer: nn.Module, images: Tensor) -> int:
    """Pixels at which some channel of the output's middle pixel has a gradient, of any size."""
    middle_row, middle_column = images.shape[-2] // 2, images.shape[-1] // 2
    gradients = jacobian(lambda x: layer(x)[0, :, middle_row, middle_column], images)  # (out, 1, in, height, width)
    return int((gradients != 0).any(dim=0).any(dim=0).any(dim=0).sum())
