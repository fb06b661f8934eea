"""What a network costs, from the shapes of its layers: parameters and multiply-accumulates."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


def parameters(model: nn.Module) -> int:
    """How many trainable numbers `model` holds."""
    return sum(parameter.numel() for parameter in model.parameters())


def layer_macs(layer: nn.Module, output: Tensor) -> int:
    """Multiply-accumulates with which `layer` made `output`; 0 for all but convolutions and linear layers.

    Each output element of either is one dot product.
    """
    if isinstance(layer, nn.Conv2d):
        return output.numel() * layer.weight[0].numel()
    if isinstance(layer, nn.Linear):
        return output.numel() * layer.in_features
    return 0


def macs(model: nn.Module, *, in_channels: int, image_size: int) -> int:
    """Multiply-accumulates of one forward pass of one image, in evaluation mode, in which it leaves `model`.

    On the meta device nothing is computed but shapes.
    """
    total = 0

    def add(layer: nn.Module, inputs: Any, output: Tensor) -> None:
        nonlocal total
        total += layer_macs(layer, output)

    layers = [layer for layer in model.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    hooks = [layer.register_forward_hook(add) for layer in layers]
    try:
        with torch.no_grad():
            model.eval()(torch.zeros(1, in_channels, image_size, image_size, device=next(model.parameters()).device))
    finally:
        for hook in hooks:
            hook.remove()
    return total
