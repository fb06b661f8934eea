"""NiN with one thing changed: its 1x1 layers, its ReLUs, its dropout or its head."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from torch import nn

from archs.ablations.matching import Cost, match, scaled
from archs.heads import three_linear_layers
from archs.nin import nin
from archs.sizes import first_convolution, output_side

Head = Literal["block, mean", "block, flatten, linear", "mean, linear", "flatten, linear", "three linear layers"]


@dataclass(frozen=True)
class Form:
    """What can be changed.  The defaults are NiN; an ablation changes one field."""

    widths: tuple[int, int, int] = (96, 256, 384)
    pointwise_layers: int = 2
    """Layers after the spatial convolution of a block."""
    pointwise_kernel: int = 1
    inner_relu: bool = True
    """Whether a ReLU stands between the layers of a block; one ends the block in any case."""
    last_relu: bool = True
    """Whether a ReLU stands between the last convolution and the head's mean."""
    dropout: Literal["after the third pooling", "after the first two poolings", "none"] = "after the third pooling"
    head: Head = "block, mean"


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
    first, second, third = form.widths
    early = form.dropout == "after the first two poolings"
    stem = first_convolution(in_channels, first, image_size=image_size, kernel_size=11, stride=4, padding=0)
    features = nn.Sequential(
        block(stem, form),
        nn.MaxPool2d(3, stride=2),
        *([nn.Dropout(0.5)] if early else []),
        block(nn.Conv2d(first, second, kernel_size=5, padding=2), form),
        nn.MaxPool2d(3, stride=2),
        *([nn.Dropout(0.5)] if early else []),
        block(nn.Conv2d(second, third, kernel_size=3, padding=1), form),
        nn.MaxPool2d(3, stride=2),
        *([nn.Dropout(0.5)] if form.dropout == "after the third pooling" else []),
    )
    head = _head(form, features, num_classes, image_size)
    return nn.Sequential(OrderedDict(features=features, head=head))


def _head(form: Form, features: nn.Sequential, num_classes: int, image_size: int) -> nn.Sequential:
    width, pixels = form.widths[-1], output_side(image_size, features) ** 2
    if form.head == "mean, linear":
        return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, num_classes))
    if form.head == "flatten, linear":
        return nn.Sequential(nn.Flatten(), nn.Linear(width * pixels, num_classes))
    if form.head == "three linear layers":
        return three_linear_layers(width * pixels, num_classes)
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
