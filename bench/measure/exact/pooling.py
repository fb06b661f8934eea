"""What flattening and global average pooling keep, and NiN's head."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.autograd.functional import jacobian

import archs
from bench.measure.exact.drawn import difference, drawn, linear_layer, normal
from bench.measure.exact.pointwise import as_convolution


@dataclass(frozen=True)
class FlattenAndPooling:
    """What flattening and global average pooling keep of maps `(channels, height, width)`."""

    inputs: int
    flatten_rank: int
    pooling_rank: int
    flatten_restores: bool
    """Whether unflattening gives back the very same numbers."""
    pooling_difference: float
    """Between the pooled values of two maps, one with the pixels of the other in another order."""
    flatten_difference: float
    """Between the same two maps, flattened."""

    @property
    def forgotten(self) -> int:
        """Dimension of the inputs that pooling maps to zero."""
        return self.inputs - self.pooling_rank


def flatten_and_pooling(*, channels: int = 3, height: int = 4, width: int = 5, seed: int = 0) -> FlattenAndPooling:
    """Ranks of the two maps' own Jacobians, and two inputs that pooling takes for one.

    Both are linear, so that the Jacobian at any point is the map's matrix.  Pooling forgets
    `channels * (height * width - 1)` dimensions: of each channel, all but the mean.
    """
    generator = torch.Generator().manual_seed(seed)
    flatten = nn.Flatten()
    pooling = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    maps = normal((1, channels, height, width), generator)
    # Each pixel takes the place of the next, which differs from the map wherever there are two pixels.
    moved = maps.flatten(2).roll(1, dims=2).view_as(maps)
    ranks = [
        int(torch.linalg.matrix_rank(jacobian(layer, maps).reshape(-1, maps.numel()))) for layer in (flatten, pooling)
    ]
    return FlattenAndPooling(
        inputs=maps.numel(),
        flatten_rank=ranks[0],
        pooling_rank=ranks[1],
        flatten_restores=torch.equal(nn.Unflatten(1, (channels, height, width))(flatten(maps)), maps),
        pooling_difference=difference(pooling(maps), pooling(moved)),
        flatten_difference=difference(flatten(maps), flatten(moved)),
    )


@dataclass(frozen=True)
class HeadIdentities:
    """NiN's head: the class scores are means of class maps, and where a mean may change places with a layer."""

    score_difference: float
    """Between NiN's logits and the means of the maps that its last block puts out."""
    control_score_difference: float
    """Between NiN's logits and the maxima of those maps."""
    exchange_difference: float
    """Between a linear layer after global average pooling and the same layer as a 1x1 convolution before it."""
    control_exchange_difference: float
    """The same with a ReLU after the layer in both; NiN has one between its last convolution and the pooling."""


def head_identities(*, seed: int = 0) -> HeadIdentities:
    """Compare on the head of `archs`' NiN at 224 pixels, and on a layer of as many channels and classes."""
    generator = torch.Generator().manual_seed(seed)
    with torch.device("meta"):
        head = archs.create("nin", image_size=224).get_submodule("head")
    drawn(head.double(), generator)
    block, *pooling = head.children()
    first = next(layer for layer in block.modules() if isinstance(layer, nn.Conv2d))
    channels, num_classes = first.in_channels, first.out_channels
    maps = normal((4, channels, 5, 5), generator)
    linear = linear_layer(channels, num_classes, generator)
    convolution = as_convolution(linear)
    with torch.no_grad():
        pool = nn.Sequential(*pooling)
        logits, class_maps = head(maps), block(maps)
        return HeadIdentities(
            score_difference=difference(logits, class_maps.mean(dim=(2, 3))),
            control_score_difference=difference(logits, class_maps.amax(dim=(2, 3))),
            exchange_difference=difference(linear(pool(maps)), pool(convolution(maps))),
            control_exchange_difference=difference(linear(pool(maps)).relu(), pool(convolution(maps).relu())),
        )
