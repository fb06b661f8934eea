"""The layers of a network in the order in which it calls them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Call:
    """One call of a leaf module."""

    layer: nn.Module
    before: torch.Size
    """Shape of what went in."""
    after: torch.Size
    """Shape of what came out."""


def calls_of(model: nn.Module, images: Tensor) -> list[Call]:
    """Every call of a leaf module on `images` `(B, C, H, W)`, in order.  Leaves the model in evaluation mode."""
    calls: list[Call] = []

    def note(layer: nn.Module, inputs: Any, output: Tensor) -> None:
        calls.append(Call(layer, inputs[0].shape, output.shape))

    hooks = [layer.register_forward_hook(note) for layer in model.modules() if not list(layer.children())]
    try:
        with torch.inference_mode():
            model.eval()(images)
    finally:
        for hook in hooks:
            hook.remove()
    return calls


def field_centres(calls: Sequence[Call], canvas: int) -> tuple[float, ...] | None:
    """Along one side, the middle of the receptive field of each cell of the map that `calls` end in, in pixels.

    Without padding these lie closer together than the cells of a map that is stretched over the canvas.  Formula:
    Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill, 2019,
    doi:10.23915/distill.00021.  Branches side by side are followed one after the other, which is right where they
    keep each cell in its place.

    Returns:
        None where the calls are no chain, or one of them is a layer whose windows are not known.
    """
    first, step, side = 0.5, 1.0, canvas  # of the pixels themselves: the middle of the first, and from one to the next
    for call in calls:
        window = _window(call.layer)
        if len(call.before) != 4 or call.before[-1] != side or (window is None and call.after[-1] != side):
            return None
        if window is not None:
            span, stride, padding = window
            first += ((span - 1) / 2 - padding) * step
            step *= stride
        side = call.after[-1]
    return tuple(first + step * index for index in range(side))


def _window(layer: nn.Module) -> tuple[int, int, int] | None:
    """Pixels from one end of the layer's window to the other, its stride and its padding at the front."""
    if isinstance(layer, nn.ZeroPad2d):
        return 1, 1, int(layer.padding[0])
    if not isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d) or isinstance(layer.padding, str):
        return None
    kernel, stride, padding, dilation = (
        value if isinstance(value, int) else int(value[0])
        for value in (layer.kernel_size, layer.stride, layer.padding, getattr(layer, "dilation", 1))
    )
    return dilation * (kernel - 1) + 1, stride, padding
