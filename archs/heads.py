"""The classifiers that end in linear layers."""

from collections.abc import Sequence

from torch import nn


def linear_layers(in_features: int, hidden: Sequence[int], num_classes: int, *, relu: bool = True) -> nn.Sequential:
    """Flatten, a linear layer of each width in `hidden` with ReLU and dropout 0.5, and one to the logits.

    Maps `(N, C, H, W)` with `C * H * W == in_features` to `(N, num_classes)`.
    """
    layers: list[nn.Module] = [nn.Flatten()]
    for width in hidden:
        layers += [nn.Linear(in_features, width), *([nn.ReLU(inplace=True)] if relu else []), nn.Dropout(0.5)]
        in_features = width
    return nn.Sequential(*layers, nn.Linear(in_features, num_classes))


def three_linear_layers(in_features: int, num_classes: int) -> nn.Sequential:
    """The head that AlexNet and VGG share: two linear layers of 4,096 with ReLU and dropout 0.5, one to the logits.

    Maps `(N, C, H, W)` with `C * H * W == in_features` to `(N, num_classes)`.
    """
    return linear_layers(in_features, (4096, 4096), num_classes)
