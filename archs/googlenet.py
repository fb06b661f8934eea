"""GoogLeNet (Szegedy and others, 2015): nine Inception modules, and torchvision's form of them."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from archs.sizes import first_convolution

Unit = Callable[[nn.Conv2d], list[nn.Module]]


class Widths(NamedTuple):
    """One row of the paper's Table 1: output channels of each convolution in a module."""

    one: int
    reduce_three: int
    three: int
    reduce_five: int
    five: int
    pool: int

    @property
    def total(self) -> int:
        return self.one + self.three + self.five + self.pool


MODULES = {
    "3a": Widths(64, 96, 128, 16, 32, 32),
    "3b": Widths(128, 128, 192, 32, 96, 64),
    "4a": Widths(192, 96, 208, 16, 48, 64),
    "4b": Widths(160, 112, 224, 24, 64, 64),
    "4c": Widths(128, 128, 256, 24, 64, 64),
    "4d": Widths(112, 144, 288, 32, 64, 64),
    "4e": Widths(256, 160, 320, 32, 128, 128),
    "5a": Widths(256, 160, 320, 32, 128, 128),
    "5b": Widths(384, 192, 384, 48, 128, 128),
}


def plain(convolution: nn.Conv2d) -> list[nn.Module]:
    """The convolution and its ReLU."""
    return [convolution, nn.ReLU(inplace=True)]


def normalised(convolution: nn.Conv2d) -> list[nn.Module]:
    """The convolution, batch norm and a ReLU."""
    return [convolution, nn.BatchNorm2d(convolution.out_channels, eps=1e-3), nn.ReLU(inplace=True)]


class Branches(nn.ModuleDict):
    """Branches side by side, joined along the channels: `(N, C, H, W)` to `(N, sum of their widths, H, W)`."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.values()], dim=1)


def inception(in_channels: int, widths: Widths, *, unit: Unit, bias: bool, large_kernel: int) -> Branches:
    """An Inception module: `(N, in_channels, H, W)` to `(N, widths.total, H, W)`.

    `large_kernel` is the side of the third branch's convolution: 5 in the paper, 3 in torchvision.
    What has width 0 is left out.
    """
    convolution = partial(nn.Conv2d, bias=bias)

    def reduced(reduction: int, width: int, kernel: int) -> list[nn.Module]:
        before = unit(convolution(in_channels, reduction, 1)) if reduction else []
        return [*before, *unit(convolution(reduction or in_channels, width, kernel, padding=kernel // 2))]

    branches = Branches()
    if widths.one:
        branches["one"] = nn.Sequential(*unit(convolution(in_channels, widths.one, 1)))
    if widths.three:
        branches["three"] = nn.Sequential(*reduced(widths.reduce_three, widths.three, 3))
    if widths.five:
        branches["five"] = nn.Sequential(*reduced(widths.reduce_five, widths.five, large_kernel))
    if widths.pool:
        branches["pool"] = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1), *unit(convolution(in_channels, widths.pool, 1))
        )
    return branches


def _googlenet(
    stem: nn.Conv2d,
    *,
    num_classes: int,
    dropout: float,
    modules: Mapping[str, Widths],
    unit: Unit,
    large_kernel: int,
    halve: Callable[[], nn.Module],
    last_halve: Callable[[], nn.Module],
) -> nn.Sequential:
    bias = stem.bias is not None
    layers = [
        *unit(stem),
        halve(),
        *unit(nn.Conv2d(64, 64, kernel_size=1, bias=bias)),
        *unit(nn.Conv2d(64, 192, kernel_size=3, padding=1, bias=bias)),
        halve(),
    ]
    channels = 192
    for name, widths in modules.items():
        if name == "4a":
            layers.append(halve())
        elif name == "5a":
            layers.append(last_halve())
        layers.append(inception(channels, widths, unit=unit, bias=bias, large_kernel=large_kernel))
        channels = widths.total
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout), nn.Linear(channels, num_classes))
    return nn.Sequential(OrderedDict(features=nn.Sequential(*layers), head=head))


def paper_form(
    *,
    in_channels: int,
    num_classes: int,
    image_size: int,
    modules: Mapping[str, Widths] = MODULES,
    unit: Unit = plain,
) -> nn.Sequential:
    """The paper's network without auxiliary classifiers, with any widths and any unit around a convolution.

    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    halve = partial(nn.MaxPool2d, 3, stride=2, padding=1)
    return _googlenet(
        first_convolution(
            in_channels, 64, image_size=image_size, kernel_size=7, stride=2, padding=3, bias=unit is plain
        ),
        num_classes=num_classes,
        dropout=0.4,
        modules=modules,
        unit=unit,
        large_kernel=5,
        halve=halve,
        last_halve=halve,
    )


def googlenet(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """The paper's network without its auxiliary classifiers.

    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    return paper_form(in_channels=in_channels, num_classes=num_classes, image_size=image_size)


def googlenet_torchvision(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """`torchvision.models.googlenet` without auxiliary classifiers: batch norm, and 3x3 for the paper's 5x5.

    Its parameters come in torchvision's order, so that torchvision's weights can be loaded.
    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    return _googlenet(
        first_convolution(in_channels, 64, image_size=image_size, kernel_size=7, stride=2, padding=3, bias=False),
        num_classes=num_classes,
        dropout=0.2,
        modules=MODULES,
        unit=normalised,
        large_kernel=3,
        halve=partial(nn.MaxPool2d, 3, stride=2, ceil_mode=True),
        last_halve=partial(nn.MaxPool2d, 2, stride=2, ceil_mode=True),
    )
