"""Where an object lies, read off by a linear layer after flattening and after global average pooling."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from bench.measure.exact.drawn import normal

QUARTERS = 4


@dataclass(frozen=True)
class Position:
    """Share of maps that were not fitted on whose quarter the best linear layer names; chance is a quarter."""

    after_flattening: float
    after_pooling: float
    maps: int
    """That the shares are of."""


def position(
    *, channels: int = 4, side: int = 8, object_side: int = 3, fitted: int = 1_000, tested: int = 1_000, seed: int = 0
) -> Position:
    """Draw maps with one object each in one of their quarters, and name the quarter by least squares.

    An object has positive values, another in each channel and each map; around it are zeros, so that its place is in
    the maps and in nothing else.
    """
    generator = torch.Generator().manual_seed(seed)
    maps, quarters = _draw(fitted + tested, channels, side, object_side, generator)
    pooling = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return Position(
        after_flattening=_named(maps.flatten(1), quarters, fitted),
        after_pooling=_named(pooling(maps), quarters, fitted),
        maps=tested,
    )


def _draw(number: int, channels: int, side: int, object_side: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Maps `(number, channels, side, side)` and the quarter `(number,)` that each object lies within."""
    maps = torch.zeros(number, channels, side, side, dtype=torch.float64)
    quarters = torch.randint(QUARTERS, (number,), generator=generator)
    places = torch.randint(side // 2 - object_side + 1, (number, 2), generator=generator)
    objects = normal((number, channels, object_side, object_side), generator).abs()
    for one, quarter, (down, right), values in zip(maps, quarters.tolist(), places.tolist(), objects, strict=True):
        top, left = down + side // 2 * (quarter // 2), right + side // 2 * (quarter % 2)
        one[:, top : top + object_side, left : left + object_side] = values
    return maps, quarters


def _named(features: Tensor, quarters: Tensor, fitted: int) -> float:
    """Share of the maps after the first `fitted` whose quarter has the largest score."""
    inputs = torch.cat((features, torch.ones(len(features), 1, dtype=features.dtype)), dim=1)
    wanted = one_hot(quarters[:fitted], QUARTERS).to(features.dtype)
    weights = torch.linalg.lstsq(inputs[:fitted], wanted, driver="gelsd").solution
    scores = inputs[fitted:] @ weights
    return float((scores.argmax(dim=1) == quarters[fitted:]).double().mean())
