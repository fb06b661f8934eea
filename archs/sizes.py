"""Two image sizes for every network, by one rule.

At 224 pixels a network is as published.  At 28 its first convolution becomes 3x3 with stride 1
and padding 1 and no other layer is defined anew, so that 28-pixel images reach the later layers
with enough of their area left; linear layers have the inputs of the map that they meet.
"""

from torch import nn

SMALL, FULL = 28, 224


def first_convolution(
    in_channels: int,
    out_channels: int,
    *,
    image_size: int,
    kernel_size: int,
    stride: int,
    padding: int,
    bias: bool = True,
) -> nn.Conv2d:
    """The published first convolution at 224 pixels, its 3x3 stand-in at 28."""
    if image_size == SMALL:
        kernel_size, stride, padding = 3, 1, 1
    return nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=bias)


def output_side(side: int, layers: nn.Module) -> int:
    """Side in pixels of the square map that `layers` make of a square input of `side`.

    Follows convolutions and poolings in registration order, which is the order of the forward
    pass in a chain of layers, by the usual `floor((side + 2 padding - kernel) / stride) + 1`.
    """
    for layer in layers.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
            kernel, stride, padding = (
                value if isinstance(value, int) else int(value[0])
                for value in (layer.kernel_size, layer.stride, layer.padding)
            )
            side = (side + 2 * padding - kernel) // stride + 1
    return side
