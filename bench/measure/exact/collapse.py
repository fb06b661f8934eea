"""Affine layers with no ReLU between them are one affine layer."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from archs.costs import parameters
from bench.measure.exact.drawn import convolution_layer, difference, linear_layer, normal


def collapse(convolution: nn.Conv2d, pointwise: nn.Conv2d) -> nn.Conv2d:
    """The one convolution that equals `pointwise` after `convolution`, with no ReLU between them.

    With weights W and P and biases b and q, its weight is the sum over m of `P[o, m] W[m, i]` at each tap and its bias
    `P b + q`.  It has the stride, padding and dilation of `convolution`.

    Raises:
        ValueError: `pointwise` is not 1x1 with stride 1 and no padding, or one of the two is grouped.
    """
    if pointwise.kernel_size != (1, 1) or pointwise.stride != (1, 1) or pointwise.padding not in ((0, 0), "valid"):
        raise ValueError("only a 1x1 convolution with stride 1 and no padding can be taken into the one before it")
    if convolution.groups != 1 or pointwise.groups != 1:
        raise ValueError("grouped convolutions are not composed here")
    mixing = pointwise.weight[:, :, 0, 0]
    single = copy.deepcopy(convolution)
    single.out_channels = pointwise.out_channels
    single.weight = nn.Parameter(torch.einsum("om,mihw->oihw", mixing, convolution.weight).detach())
    single.bias = _composed_bias(mixing, convolution.bias, pointwise.bias)
    return single


def collapse_linear(first: nn.Linear, second: nn.Linear) -> nn.Linear:
    """The one linear layer that equals `second` after `first`, with no ReLU between them."""
    single = nn.Linear(first.in_features, second.out_features, device="meta")
    single.weight = nn.Parameter((second.weight @ first.weight).detach())
    single.bias = _composed_bias(second.weight, first.bias, second.bias)
    return single


def _composed_bias(mixing: Tensor, first: Tensor | None, second: Tensor | None) -> nn.Parameter:
    bias = mixing.new_zeros(len(mixing)) if first is None else mixing @ first
    return nn.Parameter((bias if second is None else bias + second).detach())


@dataclass(frozen=True)
class Collapse:
    """A chain of affine layers and the one layer that it equals; the control has ReLUs between the layers.

    The defect of a function f is the largest |f(x) + f(-x) - 2 f(0)|.  It is 0 for every affine function, so that a
    defect above 0 excludes every single layer, not only the one that the chain was compared with.
    """

    difference: float
    control_difference: float
    affine_defect: float
    control_affine_defect: float
    chain_parameters: int
    single_parameters: int


def convolutions_collapse(
    *, in_channels: int = 3, width: int = 8, kernel_size: int = 5, image_size: int = 9, seed: int = 0
) -> Collapse:
    """A NiN block of `width` channels without its ReLUs: a convolution and two 1x1 convolutions."""
    generator = torch.Generator().manual_seed(seed)
    images = normal((2, in_channels, image_size, image_size), generator)
    first = convolution_layer(in_channels, width, kernel_size, generator)
    second, third = (convolution_layer(width, width, 1, generator) for _ in range(2))
    return _compared([first, second, third], collapse(collapse(first, second), third), images)


def linear_layers_collapse(*, in_features: int = 20, hidden: int = 16, outputs: int = 10, seed: int = 0) -> Collapse:
    """Two fully connected layers without a ReLU between them."""
    generator = torch.Generator().manual_seed(seed)
    images = normal((4, in_features), generator)
    first, second = linear_layer(in_features, hidden, generator), linear_layer(hidden, outputs, generator)
    return _compared([first, second], collapse_linear(first, second), images)


def _compared(chain: list[nn.Module], single: nn.Module, images: Tensor) -> Collapse:
    plain = nn.Sequential(*chain)
    bent = nn.Sequential(chain[0], *(layer for after in chain[1:] for layer in (nn.ReLU(), after)))
    with torch.no_grad():
        return Collapse(
            difference=difference(plain(images), single(images)),
            control_difference=difference(bent(images), single(images)),
            affine_defect=affine_defect(plain, images),
            control_affine_defect=affine_defect(bent, images),
            chain_parameters=parameters(plain),
            single_parameters=parameters(single),
        )


def affine_defect(function: Callable[[Tensor], Tensor], images: Tensor) -> float:
    """Largest |f(x) + f(-x) - 2 f(0)| over `images`."""
    return difference(function(images) + function(-images), 2 * function(torch.zeros_like(images)))
