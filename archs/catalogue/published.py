"""The published networks and the forms of them in circulation, as data."""

from __future__ import annotations

from archs.catalogue.sources import (
    IOFFE_2015,
    KRIZHEVSKY_2012,
    KRIZHEVSKY_2014,
    LECUN_1998,
    LIN_2013,
    NO_LRN,
    SIMONYAN_2014,
    SZEGEDY_2014,
    counts,
)
from archs.registry import ArchSpec, register

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
        counts=counts((61_706, 416_520), (5_612_426, 41_129_640)),
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
        counts=counts((24_733_898, 237_000_192), (46_764_746, 938_146_176)),
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
        counts=counts((57_022_154, 183_907_328), (57_029_322, 663_282_240)),
    )
)
for _depth, _config, _cost in (
    (11, "A", counts((28_142_858, 170_500_096), (128_806_154, 7_547_232_256))),
    (13, "B", counts((28_327_370, 245_997_568), (128_990_666, 11_246_608_384))),
    (16, "D", counts((33_637_066, 330_932_224), (134_300_362, 15_408_406_528))),
    (19, "E", counts((38_946_762, 415_866_880), (139_610_058, 19_570_204_672))),
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
        counts=counts((33_645_514, 330_932_224), (134_308_810, 15_408_406_528)),
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
        counts=counts((5_974_970, 104_789_504), (5_977_530, 1_502_982_144)),
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
        counts=counts((5_601_322, 80_248_064), (5_603_882, 1_418_686_464)),
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
        counts=counts((1_981_414, 183_719_200), (1_992_166, 762_297_352)),
    )
)
