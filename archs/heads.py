"""The classifier that AlexNet and VGG share."""

from torch import nn


def three_linear_layers(in_features: int, num_classes: int) -> nn.Sequential:
    """Flatten, two linear layers of 4,096 with ReLU and dropout 0.5, and one to the logits.

    Maps `(N, C, H, W)` with `C * H * W == in_features` to `(N, num_classes)`.
    """
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(in_features, 4096),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(4096, 4096),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(4096, num_classes),
    )
