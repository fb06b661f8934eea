"""NiN at 224 pixels with three 3x3 convolutions where its 11x11 one stands."""

from __future__ import annotations

from functools import cache

from torch import nn

from archs.ablations.matching import match, scaled
from archs.nin import nin


def nin_3x3_stem(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """NiN whose first layer is three: strides 2, 1 and 2, no padding, a ReLU after each.

    Together they see 11x11 pixels at stride 4, as the layer that they replace, and give the same 96
    maps; the first two are as wide as makes the network's multiply-accumulates NiN's.
    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    width = scaled(_WIDTH, _scale_of_equal_macs(in_channels, num_classes, image_size))
    return _with_width(width, in_channels, num_classes, image_size)


_WIDTH = 96
"""Of the layer that is replaced; the search starts from it."""


def _with_width(width: int, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    network = nin(in_channels=in_channels, num_classes=num_classes, image_size=image_size)
    features = network.get_submodule("features")
    _, *rest = features.get_submodule("0").children()
    features.set_submodule(
        "0",
        nn.Sequential(
            nn.Conv2d(in_channels, width, kernel_size=3, stride=2),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, kernel_size=3),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, _WIDTH, kernel_size=3, stride=2),
            *rest,
        ),
    )
    return network


@cache
def _scale_of_equal_macs(in_channels: int, num_classes: int, image_size: int) -> float:
    return match(
        lambda scale: _with_width(scaled(_WIDTH, scale), in_channels, num_classes, image_size),
        lambda: nin(in_channels=in_channels, num_classes=num_classes, image_size=image_size),
        "macs",
        in_channels=in_channels,
        image_size=image_size,
    )
