"""The receptive field of a network, read off the pixels at which an output has a gradient."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class ReceptiveField:
    """Rows and columns of the input that one position of the output depends on."""

    height: int
    width: int
    clipped: bool
    """Whether the field reaches the border of the image, so that it might be larger on a larger one."""


def receptive_field(features: nn.Module, *, in_channels: int, image_size: int) -> ReceptiveField:
    """The field of the central position of the maps that `features` makes, in pixels of the input.

    `features` takes images `(1, in_channels, image_size, image_size)` to maps `(1, channels, height, width)`.  It is
    left as it was, and may be on the meta device: its weights do not matter, since those of a copy are set so that
    every pixel that can have an influence has one.  Rows within the field that no path reaches, as under a dilated
    kernel, are not counted.

    Raises:
        ValueError: the output is no map, or a max pooling is dilated.
    """
    probe = _transparent(features)
    image = torch.ones(1, in_channels, image_size, image_size, dtype=torch.float64, requires_grad=True)
    maps = probe(image)
    if maps.dim() != 4:
        raise ValueError(f"a receptive field belongs to a position of a map; the output has shape {tuple(maps.shape)}")
    central = maps[0, :, maps.shape[2] // 2, maps.shape[3] // 2]
    (gradient,) = torch.autograd.grad(central.sum(), image)
    seen = (gradient != 0)[0].any(dim=0)
    rows, columns = seen.any(dim=1), seen.any(dim=0)
    return ReceptiveField(
        height=int(rows.sum()),
        width=int(columns.sum()),
        clipped=bool(rows[0] or rows[-1] or columns[0] or columns[-1]),
    )


def _transparent(features: nn.Module) -> nn.Module:
    """A copy in which the gradient's support is the field: nothing is hidden, and nothing cancels.

    With positive weights and a positive image every ReLU is alive and no two paths cancel.  As weights are one over
    their number, each layer is an average, whose values neither overflow nor vanish however deep the network is.  Max
    pooling passes a gradient to the largest pixel alone, so that average pooling of the same geometry takes its
    place.  In float64 convolutions are plain sums of products; the faster algorithms for float32 leave traces of
    rounding where the gradient is zero.
    """
    probe = copy.deepcopy(features).eval().double().requires_grad_(False)
    if any(parameter.is_meta for parameter in probe.parameters()):
        probe.to_empty(device="cpu")
    for name, parameter in probe.named_parameters():
        parameter.fill_(0 if name.endswith("bias") else 1 / parameter[0].numel())
    for module in probe.modules():
        if isinstance(module, nn.modules.batchnorm._NormBase):
            module.reset_running_stats()
    for name, module in list(probe.named_modules()):
        if isinstance(module, nn.MaxPool2d):
            if name == "":
                return _average_pooling(module)
            probe.set_submodule(name, _average_pooling(module))
    return probe


def _average_pooling(pooling: nn.MaxPool2d) -> nn.AvgPool2d:
    if pooling.dilation not in (1, (1, 1)):
        raise ValueError("a dilated max pooling has no average pooling of the same geometry")
    return nn.AvgPool2d(pooling.kernel_size, pooling.stride, pooling.padding, pooling.ceil_mode)
