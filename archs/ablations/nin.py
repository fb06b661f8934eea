"""NiN with one thing changed: its widths, its blocks, its 1x1 layers, its ReLUs, its dropout or its head."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from torch import nn

from archs.ablations.matching import Cost, match, scaled
from archs.heads import linear_layers
from archs.nin import nin
from archs.sizes import first_convolution, output_side

Head = Literal[
    "block, mean",
    "block, flatten, linear",
    "mean, linear",
    "flatten, linear",
    "flatten, 256, linear",
    "flatten, 1024, linear",
    "flatten, 4096, 4096, linear",
]

# Widths of the hidden linear layers, in the heads that flatten the trunk.
_HIDDEN: Mapping[Head, tuple[int, ...]] = {
    "flatten, linear": (),
    "flatten, 256, linear": (256,),
    "flatten, 1024, linear": (1024,),
    "flatten, 4096, 4096, linear": (4096, 4096),
}


@dataclass(frozen=True)
class Form:
    """What can be changed.  The defaults are NiN; an ablation changes one field."""

    widths: tuple[int, int, int] = (96, 256, 384)
    """Of the blocks before the head's; with fewer of them the last widths are not used."""
    blocks: Literal[2, 3, 4] = 4
    """The head's included.  The first ones stay, and all poolings do, so that the head sees maps of the same size."""
    pointwise_layers: int = 2
    """Layers after the spatial convolution of a block."""
    pointwise_kernel: int = 1
    inner_relu: bool = True
    """Whether a ReLU stands between the layers of a block; one ends the block in any case."""
    last_relu: bool = True
    """Whether a ReLU stands between the last convolution and the head's mean."""
    dropout: Literal["after the third pooling", "after the first two poolings", "none"] = "after the third pooling"
    head: Head = "block, mean"
    head_relu: bool = True
    """Whether a ReLU follows each hidden linear layer of a head that has some."""


def block(convolution: nn.Conv2d, form: Form, *, last_relu: bool = True) -> nn.Sequential:
    """`convolution` and the form's pointwise layers, of the same width."""
    width, kernel = convolution.out_channels, form.pointwise_kernel
    convolutions = [
        convolution,
        *(nn.Conv2d(width, width, kernel, padding=kernel // 2) for _ in range(form.pointwise_layers)),
    ]
    layers: list[nn.Module] = []
    for index, layer in enumerate(convolutions):
        last = index + 1 == len(convolutions)
        layers.append(layer)
        if last_relu if last else form.inner_relu:
            layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


def build(form: Form, *, in_channels: int, num_classes: int, image_size: int) -> nn.Sequential:
    """The network of `form`: images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`."""
    dropout_after = {"after the third pooling": (2,), "after the first two poolings": (0, 1), "none": ()}[form.dropout]
    layers: list[nn.Module] = []
    channels = in_channels
    for index, (width, kernel) in enumerate(zip(form.widths, (11, 5, 3), strict=True)):
        if index < form.blocks - 1:
            layers.append(
                block(
                    first_convolution(channels, width, image_size=image_size, kernel_size=kernel, stride=4, padding=0)
                    if index == 0
                    else nn.Conv2d(channels, width, kernel, padding=kernel // 2),
                    form,
                )
            )
            channels = width
        layers.append(nn.MaxPool2d(3, stride=2))
        if index in dropout_after:
            layers.append(nn.Dropout(0.5))
    features = nn.Sequential(*layers)
    head = _head(form, features, channels, num_classes, image_size)
    return nn.Sequential(OrderedDict(features=features, head=head))


def _head(form: Form, features: nn.Sequential, width: int, num_classes: int, image_size: int) -> nn.Sequential:
    pixels = output_side(image_size, features) ** 2
    if form.head == "mean, linear":
        return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, num_classes))
    if form.head in _HIDDEN:
        return linear_layers(width * pixels, _HIDDEN[form.head], num_classes, relu=form.head_relu)
    last = block(nn.Conv2d(width, num_classes, kernel_size=3, padding=1), form, last_relu=form.last_relu)
    if form.head == "block, flatten, linear":
        return nn.Sequential(last, nn.Flatten(), nn.Linear(num_classes * pixels, num_classes))
    return nn.Sequential(last, nn.AdaptiveAvgPool2d(1), nn.Flatten())


def variant(
    *, in_channels: int, num_classes: int, image_size: int, equal: Cost | None = None, **change: Any
) -> nn.Module:
    """NiN with the fields of `Form` in `change`; `equal` scales the three widths until that cost is NiN's."""
    form = replace(Form(), **change)
    if equal is not None:
        form = _with_equal_cost(form, equal, in_channels, num_classes, image_size)
    return build(form, in_channels=in_channels, num_classes=num_classes, image_size=image_size)


@cache
def _with_equal_cost(form: Form, cost: Cost, in_channels: int, num_classes: int, image_size: int) -> Form:
    size = {"in_channels": in_channels, "num_classes": num_classes, "image_size": image_size}

    def at(scale: float) -> Form:
        first, second, third = form.widths
        return replace(form, widths=(scaled(first, scale), scaled(second, scale), scaled(third, scale)))

    return at(
        match(
            lambda scale: build(at(scale), **size),
            lambda: nin(**size),
            cost,
            in_channels=in_channels,
            image_size=image_size,
        )
    )
