"""AlexNet and VGG-16 with NiN's idea of a head: the mean of each map in place of the wide linear layers."""

from __future__ import annotations

from torch import nn

from archs.alexnet import alexnet
from archs.vgg import vgg16


def _mean_head(network: nn.Module, num_classes: int) -> nn.Module:
    width = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)][-1].out_channels
    network.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, num_classes))
    return network


def alexnet_gap(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """AlexNet's features, global average pooling, and one linear layer.

    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    return _mean_head(alexnet(in_channels=in_channels, num_classes=num_classes, image_size=image_size), num_classes)


def vgg16_gap(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """VGG-16's features, global average pooling, and one linear layer.

    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    return _mean_head(vgg16(in_channels=in_channels, num_classes=num_classes, image_size=image_size), num_classes)
