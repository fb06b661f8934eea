"""AlexNet (Krizhevsky, Sutskever and Hinton, 2012) on one device, and torchvision's narrower form."""

from collections import OrderedDict

from torch import nn

from archs.heads import linear_layers
from archs.sizes import first_convolution, output_side


def _convolutions(stem: nn.Conv2d, widths: tuple[int, int, int, int]) -> nn.Sequential:
    """AlexNet's five convolutions and three overlapping poolings; `widths` are those after the stem."""
    second, third, fourth, fifth = widths
    return nn.Sequential(
        stem,
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(stem.out_channels, second, kernel_size=5, padding=2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(second, third, kernel_size=3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(third, fourth, kernel_size=3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(fourth, fifth, kernel_size=3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2),
    )


def paper_form(
    *,
    in_channels: int,
    num_classes: int,
    image_size: int,
    widths: tuple[int, int, int, int, int] = (96, 256, 384, 384, 256),
    hidden: tuple[int, int] = (4096, 4096),
) -> nn.Module:
    """AlexNet with any `widths` of its convolutions and of its two `hidden` linear layers.

    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    stem = first_convolution(in_channels, widths[0], image_size=image_size, kernel_size=11, stride=4, padding=1)
    features = _convolutions(stem, widths[1:])
    head = linear_layers(widths[-1] * output_side(image_size, features) ** 2, hidden, num_classes)
    return nn.Sequential(OrderedDict(features=features, head=head))


def alexnet(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """The 96-256-384-384-256 form: five convolutions, two linear layers of 4,096, dropout 0.5.

    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    return paper_form(in_channels=in_channels, num_classes=num_classes, image_size=image_size)


def alexnet_torchvision(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """The 64-192-384-256-256 form of `torchvision.models.alexnet`, which Krizhevsky's 2014 note describes.

    Its parameters come in torchvision's order, so that torchvision's weights can be loaded.
    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    stem = first_convolution(in_channels, 64, image_size=image_size, kernel_size=11, stride=4, padding=2)
    features = _convolutions(stem, (192, 384, 256, 256))
    head = nn.Sequential(
        nn.AdaptiveAvgPool2d(6),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(256 * 6 * 6, 4096),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(4096, 4096),
        nn.ReLU(inplace=True),
        nn.Linear(4096, num_classes),
    )
    return nn.Sequential(OrderedDict(features=features, head=head))
