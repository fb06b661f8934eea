"""The width at which a changed network costs as much as another, found by search."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import torch
from torch import nn

from archs import costs
from archs.registry import ArchError

Cost = Literal["parameters", "macs"]
TOLERANCE = 0.02
_WIDEST, _STEPS = 8.0, 24


def scaled(width: int, scale: float) -> int:
    """`width` times `scale`, a whole number of channels and at least one."""
    return max(1, round(width * scale))


def match(
    build: Callable[[float], nn.Module],
    like: Callable[[], nn.Module],
    cost: Cost,
    *,
    in_channels: int,
    image_size: int,
) -> float:
    """The scale at which `build(scale)` comes closest to the cost of `like()`, as a rule its parent.

    The search halves an interval of scales, for the cost grows with the width.  It builds on the
    meta device, where a network has shapes and no numbers.

    Raises:
        ArchError: no scale comes within 2 % of it.
    """

    def price(make: Callable[[], nn.Module]) -> int:
        with torch.device("meta"):
            model = make()
        if cost == "parameters":
            return costs.parameters(model)
        return costs.macs(model, in_channels=in_channels, image_size=image_size)

    target = price(like)
    low, high = 0.0, _WIDEST
    best, error = 1.0, float("inf")
    for _ in range(_STEPS):
        scale = (low + high) / 2
        found = price(partial(build, scale))
        if abs(found - target) < error:
            best, error = scale, abs(found - target)
        if found == target:
            break
        low, high = (scale, high) if found < target else (low, scale)
    if error > TOLERANCE * target:
        raise ArchError(f"no width gives {target} {cost} within {TOLERANCE:.0%}; the closest misses by {error}")
    return best
