"""The networks that the five documents print, as data; `archs.documents` builds them."""

from __future__ import annotations

from archs.catalogue.sources import LIN_2013, SIMONYAN_2014, SZEGEDY_2014, counts
from archs.registry import ArchSpec, register

SMALL_RULE = "at 28 pixels the first convolution is 3x3 with stride 1, which the document does not print"
SOFTMAX = "the listing ends in a softmax, which is left to the loss here"

register(
    ArchSpec(
        name="doc000-nin",
        title="NiN of document 000",
        family="nin",
        builder="archs.documents:doc000_nin",
        kind="listing",
        year=2023,
        reference=LIN_2013,
        source="document 000, TensorFlow listing",
        departures=(SOFTMAX, SMALL_RULE),
        counts=counts((1_935_946, 55_596_544), (2_561_098, 413_686_144)),
        printed_for=(3, 224, 10),
    )
)
register(
    ArchSpec(
        name="doc001-nin224",
        title="NiN of document 001, 224 px",
        family="nin",
        builder="archs.documents:doc001_nin224",
        kind="listing",
        year=2025,
        reference=LIN_2013,
        source="document 001, first Keras listing",
        departures=(SOFTMAX, SMALL_RULE),
        counts=counts((1_981_414, 183_719_200), (1_992_166, 762_297_352)),
        printed_for=(3, 224, 10),
    )
)
register(
    ArchSpec(
        name="doc001-nin28",
        title="NiN of document 001, 28 px",
        family="nin",
        builder="archs.documents:doc001_nin28",
        kind="listing",
        year=2025,
        reference=LIN_2013,
        source="document 001, second Keras listing",
        departures=(SOFTMAX,),
        counts=counts((1_588_198, 117_265_696)),
        printed_for=(1, 28, 10),
    )
)
register(
    ArchSpec(
        name="doc002-simplenin",
        title="SimpleNiN of document 002",
        family="nin",
        builder="archs.documents:doc002_simplenin",
        kind="listing",
        reference=LIN_2013,
        source="document 002, PyTorch listing, completed",
        departures=("global average pooling and a linear layer follow, which the document leaves out",),
        counts=counts((22_154, 16_608_896), (22_154, 1_062_929_024)),
        printed_for=(3, 224, 10),
    )
)
register(
    ArchSpec(
        name="doc003-vgg16",
        title="VGG-16 of document 003",
        family="vgg",
        builder="archs.vgg:vgg16",
        kind="listing",
        reference=SIMONYAN_2014,
        source="document 003, first PyTorch listing, completed",
        departures=(
            "the listing stops after two of thirteen convolutions; completed as its classifier wants it, it is vgg16",
            "28-pixel images are padded with zeros to 32, which five halvings need",
        ),
        counts=counts((33_637_066, 330_932_224), (134_300_362, 15_408_406_528)),
        printed_for=(3, 224, 1000),
    )
)
register(
    ArchSpec(
        name="doc003-simplegooglenet",
        title="SimpleGoogleNet of document 003",
        family="googlenet",
        builder="archs.documents:doc003_simplegooglenet",
        kind="listing",
        reference=SZEGEDY_2014,
        source="document 003, second and third PyTorch listings, repaired",
        departures=("its last layer takes the 256 channels that it meets, where 512 are printed",),
        counts=counts((460_906, 358_610_432), (460_906, 22_950_906_368)),
        printed_for=(3, 224, 1000),
    )
)
