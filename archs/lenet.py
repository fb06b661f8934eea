"""LeNet-5 (LeCun, Bottou, Bengio and Haffner, 1998), in the form taught today."""

from collections import OrderedDict

from torch import nn

from archs.sizes import output_side


def lenet(*, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """Two 5x5 convolutions with average pooling, then three linear layers; sigmoids throughout.

    Native at 28 pixels.  At 224 only the first linear layer grows, to the 54x54 map it meets.
    Images `(N, in_channels, image_size, image_size)` to logits `(N, num_classes)`.
    """
    features = nn.Sequential(
        nn.Conv2d(in_channels, 6, kernel_size=5, padding=2),
        nn.Sigmoid(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, kernel_size=5),
        nn.Sigmoid(),
        nn.AvgPool2d(2),
    )
    head = nn.Sequential(
        nn.Flatten(),
        nn.Linear(16 * output_side(image_size, features) ** 2, 120),
        nn.Sigmoid(),
        nn.Linear(120, 84),
        nn.Sigmoid(),
        nn.Linear(84, num_classes),
    )
    return nn.Sequential(OrderedDict(features=features, head=head))
