"""The networks of this project, as data.

The counts are for one image of 1 channel and 10 classes.  They are facts about the published
networks, not results: the tests compute each from closed forms and from the built network.
"""

from __future__ import annotations

from types import MappingProxyType

from archs.registry import ArchSpec, Counts, register

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


def _counts(at_28: tuple[int, int], at_224: tuple[int, int]) -> MappingProxyType[int, Counts]:
    """`(parameters, macs)` at either size."""
    return MappingProxyType({28: Counts(*at_28), 224: Counts(*at_224)})


register(
    ArchSpec(
        name="lenet",
        title="LeNet",
        family="lenet",
        builder="archs.lenet:lenet",
        year=1998,
        reference=LECUN_1998,
        source="LeNet-5 as it is taught today",
        departures=(
            "the second convolution sees all six maps, where the paper connects each output to some of them",
            "average pooling has no trainable coefficients, and a linear classifier stands for radial basis functions",
            "at 224 pixels the first linear layer grows to the map that it meets",
        ),
        initialisation="xavier",
        counts=_counts((61_706, 416_520), (5_612_426, 41_129_640)),
    )
)
register(
    ArchSpec(
        name="alexnet",
        title="AlexNet",
        family="alexnet",
        builder="archs.alexnet:alexnet",
        year=2012,
        reference=KRIZHEVSKY_2012,
        source="the 96-256-384-384-256 form on one device, first convolution padded by 1",
        departures=("the paper's two half-width towers are one network without groups", NO_LRN),
        counts=_counts((24_733_898, 237_000_192), (46_764_746, 938_146_176)),
    )
)
register(
    ArchSpec(
        name="alexnet-torchvision",
        title="AlexNet (torchvision)",
        family="alexnet",
        builder="archs.alexnet:alexnet_torchvision",
        year=2014,
        reference=KRIZHEVSKY_2014,
        source="torchvision.models.alexnet",
        departures=(NO_LRN,),
        counts=_counts((57_022_154, 183_907_328), (57_029_322, 663_282_240)),
    )
)
for _depth, _config, _cost in (
    (11, "A", _counts((28_142_858, 170_500_096), (128_806_154, 7_547_232_256))),
    (13, "B", _counts((28_327_370, 245_997_568), (128_990_666, 11_246_608_384))),
    (16, "D", _counts((33_637_066, 330_932_224), (134_300_362, 15_408_406_528))),
    (19, "E", _counts((38_946_762, 415_866_880), (139_610_058, 19_570_204_672))),
):
    register(
        ArchSpec(
            name=f"vgg{_depth}",
            title=f"VGG-{_depth}",
            family="vgg",
            builder=f"archs.vgg:vgg{_depth}",
            year=2014,
            reference=SIMONYAN_2014,
            source=f"configuration {_config} of the paper",
            departures=("28-pixel images are padded with zeros to 32, which five halvings need",),
            counts=_cost,
        )
    )
register(
    ArchSpec(
        name="vgg16-bn",
        title="VGG-16 with batch norm",
        family="vgg",
        builder="archs.vgg:vgg16_bn",
        year=2015,
        reference=f"{SIMONYAN_2014}; {IOFFE_2015}",
        source="torchvision.models.vgg16_bn",
        departures=("28-pixel images are padded with zeros to 32, which five halvings need",),
        counts=_counts((33_645_514, 330_932_224), (134_308_810, 15_408_406_528)),
    )
)
register(
    ArchSpec(
        name="googlenet",
        title="GoogLeNet",
        family="googlenet",
        builder="archs.googlenet:googlenet",
        year=2014,
        reference=SZEGEDY_2014,
        source="Table 1 of the paper, 5x5 branches as printed",
        departures=("the two auxiliary classifiers are left out", NO_LRN),
        counts=_counts((5_974_970, 104_789_504), (5_977_530, 1_502_982_144)),
    )
)
register(
    ArchSpec(
        name="googlenet-torchvision",
        title="GoogLeNet (torchvision)",
        family="googlenet",
        builder="archs.googlenet:googlenet_torchvision",
        year=2015,
        reference=f"{SZEGEDY_2014}; {IOFFE_2015}",
        source="torchvision.models.googlenet",
        departures=("batch norm after every convolution", "3x3 where the paper has 5x5", "no auxiliary classifiers"),
        counts=_counts((5_601_322, 80_248_064), (5_603_882, 1_418_686_464)),
    )
)
register(
    ArchSpec(
        name="nin",
        title="NiN",
        family="nin",
        builder="archs.nin:nin",
        year=2013,
        reference=LIN_2013,
        source="document 004: four blocks with AlexNet's kernel sizes",
        departures=("the paper's own networks have three blocks and 32-pixel inputs",),
        counts=_counts((1_981_414, 183_719_200), (1_992_166, 762_297_352)),
    )
)
