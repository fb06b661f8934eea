"""What a 1x1 layer can compute alone, and what a NiN block is: a perceptron of several layers on each patch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import nn
from torch.nn.functional import unfold

from archs.nin import nin_block
from bench.measure.exact.collapse import affine_defect
from bench.measure.exact.drawn import convolution_layer, difference, drawn, normal

CORNERS = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
EXCLUSIVE_OR = (False, True, True, False)


@dataclass(frozen=True)
class BlockOnPatches:
    """Largest absolute differences from three linear layers, a ReLU after each, on every patch of the image."""

    difference: float
    """Of a NiN block with the same weights."""
    control_difference: float
    """Of the block without the ReLU before its first 1x1 layer."""


def block_on_patches(
    *, in_channels: int = 3, width: int = 8, kernel_size: int = 5, image_size: int = 9, seed: int = 0
) -> BlockOnPatches:
    """Compare a NiN block with a perceptron that slides over the image and sees one patch at a time."""
    generator = torch.Generator().manual_seed(seed)
    images = normal((2, in_channels, image_size, image_size), generator)
    with torch.device("meta"):
        block = nin_block(nn.Conv2d(in_channels, width, kernel_size, dtype=torch.float64)).double()
    for layer in block:
        if isinstance(layer, nn.Conv2d):
            drawn(layer, generator)
    perceptron = nn.Sequential(*(_on_patches(layer) for layer in block))
    patches = unfold(images, kernel_size).transpose(1, 2)  # (N, patches, channels * pixels of a patch)
    side = image_size - kernel_size + 1
    with torch.no_grad():
        expected = perceptron(patches).transpose(1, 2).unflatten(2, (side, side))
        return BlockOnPatches(
            difference=difference(block(images), expected),
            control_difference=difference(nn.Sequential(block[0], *block[2:])(images), expected),
        )


def _on_patches(layer: nn.Module) -> nn.Module:
    if not isinstance(layer, nn.Conv2d):
        return nn.ReLU()
    linear = nn.Linear(layer.weight[0].numel(), layer.out_channels, device="meta")
    linear.weight = nn.Parameter(layer.weight.detach().flatten(1))
    assert layer.bias is not None
    linear.bias = nn.Parameter(layer.bias.detach())
    return linear


@dataclass(frozen=True)
class SingleLayer:
    """One 1x1 convolution beside two with a ReLU between them."""

    affine_defect: float
    """Of one: the largest |f(x) + f(-x) - 2 f(0)|, which is 0 for every affine f."""
    control_affine_defect: float
    """Of two."""
    exclusive_or: float
    """Share of the four cases of an exclusive or of two channels that the best single layer tells right, by whether
    its output is above zero; a ReLU after it changes nothing in that."""
    control_exclusive_or: float
    """Share that two layers with a ReLU between them tell right."""


def single_layer(*, channels: int = 8, side: int = 5, seed: int = 0) -> SingleLayer:
    """Hold one 1x1 convolution against two: for being affine, and for the smallest task that no affine map solves."""
    generator = torch.Generator().manual_seed(seed)
    images = normal((2, channels, side, side), generator)
    first, second = (convolution_layer(channels, channels, 1, generator) for _ in range(2))
    two = nn.Sequential(first, nn.ReLU(), second)
    with torch.no_grad():
        return SingleLayer(
            affine_defect=affine_defect(first, images),
            control_affine_defect=affine_defect(two, images),
            exclusive_or=best_single_layer(EXCLUSIVE_OR),
            control_exclusive_or=_two_layers_on_exclusive_or(),
        )


def best_single_layer(truth: Sequence[bool]) -> float:
    """Share of the four corners of the unit square that the best single affine function tells right by its sign.

    Corners that one function tells right are those that a line separates, which linear programming decides exactly;
    the largest such set among all sets of corners is the best.
    """
    cases = list(zip(CORNERS, truth, strict=True))
    for size in range(len(cases), 0, -1):
        if any(_separable(chosen) for chosen in combinations(cases, size)):
            return size / len(cases)
    raise AssertionError("one corner is always separable")


def _separable(cases: Sequence[tuple[tuple[float, float], bool]]) -> bool:
    """Whether some a, b, c have a x + b y + c >= 1 in every true case and <= -1 in every false one."""
    from scipy.optimize import linprog

    rows = [[-x, -y, -1.0] if true else [x, y, 1.0] for (x, y), true in cases]
    return bool(linprog([0, 0, 0], A_ub=rows, b_ub=[-1] * len(rows), bounds=(None, None)).success)


def _two_layers_on_exclusive_or() -> float:
    """With weights written down: ReLU(x + y) - 2 ReLU(x + y - 1) - 1/2, on an image whose four pixels are corners."""
    generator = torch.Generator()
    first, second = (convolution_layer(2, outputs, 1, generator) for outputs in (2, 1))
    for layer, weight, bias in (
        (first, [[1.0, 1.0], [1.0, 1.0]], [0.0, -1.0]),
        (second, [[1.0, -2.0]], [-0.5]),
    ):
        layer.weight.data = torch.tensor(weight, dtype=torch.float64)[:, :, None, None]
        layer.bias = nn.Parameter(torch.tensor(bias, dtype=torch.float64))
    pixels = torch.tensor(CORNERS, dtype=torch.float64).T.reshape(1, 2, 2, 2)
    told = nn.Sequential(first, nn.ReLU(), second)(pixels).flatten() > 0
    return float((told == torch.tensor(EXCLUSIVE_OR)).double().mean())
