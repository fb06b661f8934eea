"""What one asks of a listing's layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.records import Layer, Observed


@dataclass(frozen=True)
class Block:
    """A spatial convolution with the 1x1 convolutions that follow it."""

    spatial: Layer
    pointwise: tuple[Layer, ...]


def every_layer(observed: Observed) -> tuple[Layer, ...]:
    """Layers that the forward pass came to, and then those that it did not."""
    return observed.layers + observed.not_reached


def of_type(observed: Observed, *kinds: str) -> list[Layer]:
    """Layers of these types, in order."""
    return [layer for layer in every_layer(observed) if layer.type in kinds]


def convolutions(observed: Observed) -> list[Layer]:
    return of_type(observed, "Conv2d")


def linear(observed: Observed) -> list[Layer]:
    return of_type(observed, "Linear")


def pools(observed: Observed) -> list[Layer]:
    """Poolings with a window; global average pooling is not one of them."""
    return of_type(observed, "MaxPool2d", "AvgPool2d")


def side(layer: Layer) -> int:
    """Of the layer's square kernel; 0 where it has none."""
    return layer.kernel_size[0] if layer.kernel_size else 0


def channels_in(layer: Layer) -> int:
    assert layer.input_shape is not None
    return layer.input_shape[0]


def channels_out(layer: Layer) -> int:
    return layer.output_shape[0]


def blocks(layers: Sequence[Layer]) -> list[Block]:
    """Spatial convolutions, each with the 1x1 convolutions before the next pooling or spatial convolution."""
    found: list[Block] = []
    open_block = False
    for layer in layers:
        if layer.type == "Conv2d" and side(layer) > 1:
            found.append(Block(layer, ()))
            open_block = True
        elif layer.type == "Conv2d" and open_block:
            found[-1] = Block(found[-1].spatial, (*found[-1].pointwise, layer))
        elif layer.type.endswith(("Pool2d", "Linear")):
            open_block = False
    return found


def followed_by(observed: Observed, layer: Layer) -> str:
    """The type of the layer right after `layer`; empty where it is the last."""
    layers = every_layer(observed)
    place = layers.index(layer)
    return layers[place + 1].type if place + 1 < len(layers) else ""


def counted(number: int, noun: str, plural: str = "") -> str:
    """ "no ReLU", "1 pooling", "2 poolings"."""
    if number == 0:
        return f"no {noun}"
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def capital(sentence: str) -> str:
    """With a capital letter at its start."""
    return sentence[:1].upper() + sentence[1:]


def total_parameters(observed: Observed) -> int:
    assert observed.parameters is not None
    return observed.parameters
