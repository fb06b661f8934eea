"""Where the networks come from, and how their counts are written down."""

from __future__ import annotations

from types import MappingProxyType

from archs.registry import Counts

LECUN_1998 = (
    "LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition. "
    "Proceedings of the IEEE 86(11), 1998"
)
KRIZHEVSKY_2012 = (
    "Krizhevsky, Sutskever, Hinton: ImageNet classification with deep convolutional neural networks. NIPS 2012"
)
KRIZHEVSKY_2014 = "Krizhevsky: One weird trick for parallelizing convolutional neural networks. arXiv:1404.5997, 2014"
SIMONYAN_2014 = (
    "Simonyan, Zisserman: Very deep convolutional networks for large-scale image recognition. arXiv:1409.1556, 2014"
)
SZEGEDY_2014 = "Szegedy and others: Going deeper with convolutions. arXiv:1409.4842, 2014; CVPR 2015"
LIN_2013 = "Lin, Chen, Yan: Network in network. arXiv:1312.4400, 2013; ICLR 2014"
IOFFE_2015 = "Ioffe, Szegedy: Batch normalization. arXiv:1502.03167, 2015"

NO_LRN = "local response normalisation is left out, as torchvision and textbooks do; it has no parameters"


def counts(
    at_28: tuple[int, int] | None = None, at_224: tuple[int, int] | None = None
) -> MappingProxyType[int, Counts]:
    """`(parameters, macs)` at either size, where the network is defined at it."""
    sizes = {28: at_28, 224: at_224}
    return MappingProxyType({size: Counts(*pair) for size, pair in sizes.items() if pair is not None})
