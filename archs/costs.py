"""What a network costs, from the shapes of its layers: parameters and multiply-accumulates."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn


def parameters(model: nn.Module) -> int:
    """How many trainable numbers `model` holds."""
    return sum(parameter.numel() for parameter in model.parameters())


def is_attention(layer: nn.Module) -> bool:
    """Whether `layer` multiplies by the weights of linear layers that it holds but does not call.

    So do PyTorch's attention and torchvision's attention in shifted windows (Swin).
    """
    return isinstance(layer, nn.MultiheadAttention) or _is_windowed(layer)


def layer_macs(layer: nn.Module, output: Tensor) -> int:
    """Multiply-accumulates with which `layer` made `output`; 0 for all but convolutions, linear layers and attention.

    Each output element of the first two is one dot product.  Self-attention is four linear layers as wide as its
    output: they make queries, keys, values and the output itself.  Its products of these with each other belong to no
    layer and are left out.
    """
    if isinstance(layer, nn.Conv2d):
        return output.numel() * layer.weight[0].numel()
    if isinstance(layer, nn.Linear):
        return output.numel() * layer.in_features
    if isinstance(layer, nn.MultiheadAttention):
        return 4 * output.numel() * int(layer.embed_dim)
    if _is_windowed(layer):
        batch, *sides, channels = output.shape
        windows: Any = layer.window_size
        padded: list[int] = [-(-side // window) * window for side, window in zip(sides, windows, strict=True)]
        return 4 * batch * math.prod(padded) * channels**2
    return 0


def _is_windowed(layer: nn.Module) -> bool:
    """Told without loading torchvision."""
    return type(layer).__module__ == "torchvision.models.swin_transformer" and hasattr(layer, "window_size")


def macs(model: nn.Module, *, in_channels: int, image_size: int) -> int:
    """Multiply-accumulates of one forward pass of one image, in evaluation mode, in which it leaves `model`.

    On the meta device nothing is computed but shapes.
    """
    total = 0

    def add(layer: nn.Module, inputs: Any, output: Tensor | tuple[Tensor, ...]) -> None:
        nonlocal total
        total += layer_macs(layer, output if isinstance(output, Tensor) else output[0])

    layers = [layer for layer in model.modules() if isinstance(layer, nn.Conv2d | nn.Linear) or is_attention(layer)]
    hooks = [layer.register_forward_hook(add) for layer in layers]
    try:
        with torch.no_grad():
            model.eval()(torch.zeros(1, in_channels, image_size, image_size, device=next(model.parameters()).device))
    finally:
        for hook in hooks:
            hook.remove()
    return total
