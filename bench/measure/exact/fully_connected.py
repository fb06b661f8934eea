"""What a fully connected layer costs beside a 1x1 convolution, and how far one can be written as the other."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from archs.costs import layer_macs, parameters
from bench.measure.exact.drawn import difference, linear_layer, normal
from bench.measure.exact.pointwise import as_convolution


@dataclass(frozen=True)
class Cost:
    """Of one layer and one image, forward pass; biases count as parameters."""

    parameters: int
    macs: int


@dataclass(frozen=True)
class LayerCosts:
    """Layers on maps `(channels, height, width)`; ratios are to the 1x1 convolution."""

    fully_connected: Cost
    """To `outputs` units."""
    pointwise: Cost
    """A 1x1 convolution to `outputs` channels."""
    same_output: Cost
    """Fully connected, to as many units as the 1x1 convolution's output has elements."""

    @property
    def parameters_ratio(self) -> float:
        return self.fully_connected.parameters / self.pointwise.parameters

    @property
    def macs_ratio(self) -> float:
        return self.fully_connected.macs / self.pointwise.macs

    @property
    def same_output_parameters_ratio(self) -> float:
        return self.same_output.parameters / self.pointwise.parameters

    @property
    def same_output_macs_ratio(self) -> float:
        return self.same_output.macs / self.pointwise.macs


def layer_costs(*, channels: int, height: int, width: int, outputs: int) -> LayerCosts:
    """Count three layers on maps `(channels, height, width)`, on the meta device, where size costs nothing."""
    inputs = channels * height * width
    with torch.device("meta"):
        vector, maps = torch.empty(1, inputs), torch.empty(1, channels, height, width)
        return LayerCosts(
            fully_connected=_cost(nn.Linear(inputs, outputs), vector),
            pointwise=_cost(nn.Conv2d(channels, outputs, kernel_size=1), maps),
            same_output=_cost(nn.Linear(inputs, outputs * height * width), vector),
        )


def _cost(layer: nn.Module, inputs: Tensor) -> Cost:
    return Cost(parameters=parameters(layer), macs=layer_macs(layer, layer(inputs)))


@dataclass(frozen=True)
class FullyConnectedForms:
    """A fully connected layer with independent normal weights, written as convolutions."""

    whole_map_difference: float
    """From a convolution whose kernel is as large as the map, without padding."""
    unexplained_share: float
    """Of the output's variance, by the best 1x1 convolution with global average pooling, under white inputs."""


def fully_connected_forms(
    *, channels: int = 8, height: int = 5, width: int = 5, outputs: int = 10, seed: int = 0
) -> FullyConnectedForms:
    """Write a fully connected layer on maps `(channels, height, width)` as convolutions, as far as that goes."""
    generator = torch.Generator().manual_seed(seed)
    maps = normal((4, channels, height, width), generator)
    linear = linear_layer(channels * height * width, outputs, generator)
    with torch.no_grad():
        whole_map = as_convolution(linear, height=height, width=width)(maps)
        return FullyConnectedForms(
            whole_map_difference=difference(linear(maps.flatten(1)), whole_map.flatten(1)),
            unexplained_share=unexplained_by_pooling(linear, channels=channels),
        )


def unexplained_by_pooling(linear: nn.Linear, *, channels: int) -> float:
    """Share of the variance of `linear` that the best 1x1 convolution with global average pooling leaves over.

    `linear` works on flattened maps of so many channels.  A 1x1 convolution with global average pooling is a linear
    function of the channels' means, hence a linear layer whose weights are constant within a channel.  Under white
    inputs an output's variance is the sum of its squared weights, and the least-squares choice is the projection: each
    weight's mean over its channel.  What is left is the spread about it.  For independent normal weights that is
    `1 - 1 / (height * width)` on average, and nothing where the map is a single pixel.
    """
    weights = linear.weight.detach().view(linear.out_features, channels, -1)
    spread = weights - weights.mean(dim=2, keepdim=True)
    return float(spread.square().sum() / weights.square().sum())
