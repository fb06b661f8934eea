"""The networks that the five documents print, with the layers, shapes and parameters of the originals.

Keras's layers are rebuilt by their meaning: padding "valid" is none, "same" around an odd kernel with
stride 1 is half the kernel, and maps are flattened with the channels varying fastest.  A softmax
at the end of a listing is left to the loss: every network here gives logits.  At 28 pixels a
listing that is written for larger images has its first convolution changed by the rule of `archs.sizes`.
"""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn

from archs.googlenet import Branches
from archs.nin import nin_block
from archs.sizes import first_convolution, output_side


class FlattenChannelsLast(nn.Module):
    """`(N, C, H, W)` to `(N, H * W * C)` in Keras's order, so that weights of Keras's next layer fit as they are."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)


def _logits(features: nn.Module, *head: nn.Module) -> nn.Sequential:
    return nn.Sequential(OrderedDict(features=features, head=nn.Sequential(*head)))


def _class_means() -> tuple[nn.Module, nn.Module]:
    return nn.AdaptiveAvgPool2d(1), nn.Flatten()


def doc000_nin(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """Three convolutions, one 1x1 layer of 1,024 and a linear layer on the flattened maps; Keras, all padding "valid".

    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    features = nn.Sequential(
        first_convolution(in_channels, 96, image_size=image_size, kernel_size=11, stride=4, padding=0),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(96, 256, kernel_size=5),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(256, 384, kernel_size=3),
        nn.ReLU(inplace=True),
        nn.Conv2d(384, 1024, kernel_size=1),
        nn.ReLU(inplace=True),
    )
    side = output_side(image_size, features)
    return _logits(features, FlattenChannelsLast(), nn.Linear(1024 * side**2, num_classes))


def doc001_nin224(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """Four blocks with dropout after the first two poolings; Keras.

    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    features = nn.Sequential(
        nin_block(first_convolution(in_channels, 96, image_size=image_size, kernel_size=11, stride=4, padding=0)),
        nn.MaxPool2d(3, stride=2),
        nn.Dropout(0.5),
        nin_block(nn.Conv2d(96, 256, kernel_size=5, padding=2)),
        nn.MaxPool2d(3, stride=2),
        nn.Dropout(0.5),
        nin_block(nn.Conv2d(256, 384, kernel_size=3, padding=1)),
        nn.MaxPool2d(3, stride=2),
        nin_block(nn.Conv2d(384, num_classes, kernel_size=3, padding=1)),
    )
    return _logits(features, *_class_means())


def doc001_nin28(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """The same document's network for 28 pixels: 3x3 in the first two blocks, and no dropout; Keras.

    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    features = nn.Sequential(
        nin_block(nn.Conv2d(in_channels, 96, kernel_size=3, padding=1)),
        nn.MaxPool2d(3, stride=2),
        nin_block(nn.Conv2d(96, 256, kernel_size=3, padding=1)),
        nn.MaxPool2d(3, stride=2),
        nin_block(nn.Conv2d(256, 384, kernel_size=3, padding=1)),
        nn.MaxPool2d(3, stride=2),
        nin_block(nn.Conv2d(384, num_classes, kernel_size=3, padding=1)),
    )
    return _logits(features, *_class_means())


def doc002_simplenin(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """One 5x5 convolution without a ReLU and two 1x1 layers, completed: global average pooling, one linear layer.

    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    features = nn.Sequential(
        nn.Conv2d(in_channels, 192, kernel_size=5, padding=2),
        nn.Conv2d(192, 64, kernel_size=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(64, 64, kernel_size=1),
        nn.ReLU(inplace=True),
    )
    return _logits(features, *_class_means(), nn.Linear(64, num_classes))


def _inception_without_relu(in_channels: int) -> Branches:
    """The document's module: 64 + 64 + 96 + 32 channels, no ReLU anywhere."""
    return Branches(
        {
            "branch1x1": nn.Conv2d(in_channels, 64, kernel_size=1),
            "branch3x3": nn.Sequential(
                nn.Conv2d(in_channels, 48, kernel_size=1), nn.Conv2d(48, 64, kernel_size=3, padding=1)
            ),
            "branch5x5": nn.Sequential(
                nn.Conv2d(in_channels, 64, kernel_size=1), nn.Conv2d(64, 96, kernel_size=5, padding=2)
            ),
            "branch_pool": nn.Sequential(
                nn.MaxPool2d(3, stride=1, padding=1), nn.Conv2d(in_channels, 32, kernel_size=1)
            ),
        }
    )


def doc003_simplegooglenet(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """One convolution and two modules at full resolution; repaired: the linear layer takes the 256 channels it meets.

    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    features = nn.Sequential(
        nn.Conv2d(in_channels, 192, kernel_size=3, padding=1),
        nn.ReLU(),
        _inception_without_relu(192),
        _inception_without_relu(256),
    )
    return _logits(features, *_class_means(), nn.Linear(256, num_classes))
