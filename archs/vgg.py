"""VGG (Simonyan and Zisserman, 2014): 3x3 convolutions and 2x2 poolings, five groups of them."""

from collections import OrderedDict
from functools import partial

from torch import nn

from archs.heads import three_linear_layers
from archs.sizes import SMALL, output_side

# Convolutions in each of the five groups, for configurations A, B, D and E of the paper's Table 1.
GROUPS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
WIDTHS = (64, 128, 256, 512, 512)


def _features(in_channels: int, depth: int, batch_norm: bool) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width, repeats in zip(WIDTHS, GROUPS[depth], strict=True):
        for _ in range(repeats):
            layers.append(nn.Conv2d(in_channels, width, kernel_size=3, padding=1))
            if batch_norm:
                layers.append(nn.BatchNorm2d(width))
            layers.append(nn.ReLU(inplace=True))
            in_channels = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


def vgg(*, in_channels: int, num_classes: int, image_size: int, depth: int, batch_norm: bool = False) -> nn.Module:
    """VGG with `depth` layers that have weights: 11, 13, 16 or 19.

    Five halvings need 32 pixels, so that 28-pixel images are padded with zeros to 32.
    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    features = _features(in_channels, depth, batch_norm)
    side = 32 if image_size == SMALL else image_size
    head = three_linear_layers(512 * output_side(side, features) ** 2, num_classes)
    parts: OrderedDict[str, nn.Module] = OrderedDict(features=features, head=head)
    if side != image_size:
        parts["pad"] = nn.ZeroPad2d((side - image_size) // 2)
        parts.move_to_end("pad", last=False)
    return nn.Sequential(parts)


vgg11, vgg13, vgg16, vgg19 = (partial(vgg, depth=depth) for depth in GROUPS)
vgg16_bn = partial(vgg, depth=16, batch_norm=True)
