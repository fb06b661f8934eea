"""AlexNet in other widths."""

from __future__ import annotations

from functools import cache

from torch import nn

from archs.ablations.matching import match, scaled
from archs.alexnet import paper_form
from archs.registry import create


def variant(*, in_channels: int, num_classes: int, image_size: int, as_large_as: str) -> nn.Module:
    """AlexNet with all its widths scaled alike until it has as many parameters as the network `as_large_as`.

    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    scale = _scale_of_equal_parameters(as_large_as, in_channels, num_classes, image_size)
    return _scaled(scale, in_channels, num_classes, image_size)


def _scaled(scale: float, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    middle = scaled(256, scale), scaled(384, scale), scaled(384, scale), scaled(256, scale)
    return paper_form(
        in_channels=in_channels,
        num_classes=num_classes,
        image_size=image_size,
        widths=(scaled(96, scale), *middle),
        hidden=(scaled(4096, scale), scaled(4096, scale)),
    )


@cache
def _scale_of_equal_parameters(name: str, in_channels: int, num_classes: int, image_size: int) -> float:
    return match(
        lambda scale: _scaled(scale, in_channels, num_classes, image_size),
        lambda: create(name, in_channels=in_channels, num_classes=num_classes, image_size=image_size),
        "parameters",
        in_channels=in_channels,
        image_size=image_size,
    )
