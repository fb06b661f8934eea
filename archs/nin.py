"""Network in Network (Lin, Chen and Yan, 2013): micro-networks of 1x1 convolutions, no linear layer."""

from collections import OrderedDict

from torch import nn

from archs.sizes import first_convolution


def nin_block(convolution: nn.Conv2d) -> nn.Sequential:
    """`convolution` and two 1x1 convolutions of the same width, each followed by a ReLU."""
    width = convolution.out_channels
    return nn.Sequential(
        convolution,
        nn.ReLU(inplace=True),
        nn.Conv2d(width, width, kernel_size=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(width, width, kernel_size=1),
        nn.ReLU(inplace=True),
    )


def nin(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """The form that AlexNet's kernel sizes gave rise to: four blocks of 11, 5, 3 and 3.

    The last block has a channel for each class, and the mean of a channel is that class's logit.
    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    stem = first_convolution(in_channels, 96, image_size=image_size, kernel_size=11, stride=4, padding=0)
    features = nn.Sequential(
        nin_block(stem),
        nn.MaxPool2d(3, stride=2),
        nin_block(nn.Conv2d(96, 256, kernel_size=5, padding=2)),
        nn.MaxPool2d(3, stride=2),
        nin_block(nn.Conv2d(256, 384, kernel_size=3, padding=1)),
        nn.MaxPool2d(3, stride=2),
        nn.Dropout(0.5),
    )
    head = nn.Sequential(
        nin_block(nn.Conv2d(384, num_classes, kernel_size=3, padding=1)),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )
    return nn.Sequential(OrderedDict(features=features, head=head))
