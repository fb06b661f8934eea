"""One-change variants of the published networks, as data: parent, what changed, what is held equal.

`options` is the change itself, one keyword of the builder; `equal` beside it asks for the search
for the width at which the variant costs what its parent costs.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from archs.catalogue import published as _published  # noqa: F401  (parents are registered first)
from archs.catalogue.sources import counts
from archs.registry import ArchSpec, get_spec, register

Pair = tuple[int, int]

WIDTHS = "the widths of all layers, and all that is not named"
PARAMETERS = "the number of parameters, within 2 %: the widths are scaled alike until it is the parent's"
MACS = "the multiply-accumulates, within 2 %: the widths are scaled alike until they are the parent's"
TRUNK = "everything before the head"
BRANCHES = "the widths of the other branches, so that a module gives fewer channels"


def _ablation(
    name: str, title: str, builder: str, change: str, held_equal: str, at_28: Pair, at_224: Pair, **options: Any
) -> None:
    parent = get_spec(name.split("-")[0])
    register(
        ArchSpec(
            name=name,
            title=title,
            family=parent.family,
            builder=f"archs.ablations.{builder}",
            kind="ablation",
            reference=parent.reference,
            source=f"ablation of {parent.name}",
            departures=parent.departures,
            initialisation=parent.initialisation,
            counts=counts(at_28, at_224),
            options=MappingProxyType(options),
            parent=parent.name,
            change=change,
            held_equal=held_equal,
        )
    )


_ablation(
    "nin-block-flatten-fc",
    "NiN, block + flatten + FC",
    "nin:variant",
    "the mean of the last block's maps gives way to Flatten and one linear layer",
    TRUNK,
    (1_981_824, 183_719_600),
    (1_994_676, 762_299_852),
    head="block, flatten, linear",
)
_ablation(
    "nin-gap-fc",
    "NiN trunk + GAP + FC",
    "nin:variant",
    "one linear layer on the mean of the trunk's maps stands for the last block",
    TRUNK,
    (1_950_474, 183_584_000),
    (1_961_226, 761_432_192),
    head="mean, linear",
)
_ablation(
    "nin-flatten-fc",
    "NiN trunk + flatten + FC",
    "nin:variant",
    "one linear layer on the flattened trunk stands for the last block and its mean",
    TRUNK,
    (1_961_994, 183_595_520),
    (2_053_386, 761_524_352),
    head="flatten, linear",
)
_ablation(
    "nin-fc4096",
    "NiN trunk + FC-4096 x 2",
    "nin:variant",
    "AlexNet's three linear layers stand for the last block and its mean",
    TRUNK,
    (25_064_458, 206_689_792),
    (58_105_354, 817_568_128),
    head="three linear layers",
)
_ablation(
    "nin-no1x1",
    "NiN without 1x1",
    "nin:variant",
    "no 1x1 layer in any block",
    WIDTHS,
    (1_535_306, 136_499_712),
    (1_546_058, 577_472_640),
    pointwise_layers=0,
)
_ablation(
    "nin-one1x1",
    "NiN with one 1x1",
    "nin:variant",
    "one 1x1 layer in each block instead of two",
    WIDTHS,
    (1_758_360, 160_109_456),
    (1_769_112, 669_884_996),
    pointwise_layers=1,
)
_ablation(
    "nin-linear1x1",
    "NiN, linear 1x1",
    "nin:variant",
    "no ReLU inside a block: each is one linear map, written as three, and the ReLU that ends it",
    WIDTHS,
    (1_981_414, 183_719_200),
    (1_992_166, 762_297_352),
    inner_relu=False,
)
_ablation(
    "nin-no1x1-params",
    "NiN without 1x1, widened (params)",
    "nin:variant",
    "no 1x1 layer in any block",
    PARAMETERS,
    (1_978_636, 176_141_307),
    (1_990_844, 740_301_906),
    pointwise_layers=0,
    equal="parameters",
)
_ablation(
    "nin-no1x1-macs",
    "NiN without 1x1, widened (MACs)",
    "nin:variant",
    "no 1x1 layer in any block",
    MACS,
    (2_058_336, 183_147_039),
    (2_046_204, 762_535_236),
    pointwise_layers=0,
    equal="macs",
)
_ablation(
    "nin-3x3-params",
    "NiN, 3x3 for 1x1 (params)",
    "nin:variant",
    "3x3 layers in place of the 1x1 layers",
    PARAMETERS,
    (1_981_410, 199_731_879),
    (1_987_794, 804_766_050),
    pointwise_kernel=3,
    equal="parameters",
)
_ablation(
    "nin-3x3-macs",
    "NiN, 3x3 for 1x1 (MACs)",
    "nin:variant",
    "3x3 layers in place of the 1x1 layers",
    MACS,
    (1_822_556, 183_703_382),
    (1_870_600, 761_826_260),
    pointwise_kernel=3,
    equal="macs",
)
_ablation(
    "nin-no-last-relu",
    "NiN without last ReLU",
    "nin:variant",
    "no ReLU between the last convolution and the mean",
    WIDTHS,
    (1_981_414, 183_719_200),
    (1_992_166, 762_297_352),
    last_relu=False,
)
_ablation(
    "nin-no-dropout",
    "NiN without dropout",
    "nin:variant",
    "no dropout",
    WIDTHS,
    (1_981_414, 183_719_200),
    (1_992_166, 762_297_352),
    dropout="none",
)
_ablation(
    "nin-early-dropout",
    "NiN, dropout after pools 1 and 2",
    "nin:variant",
    "dropout stands after the first two poolings instead of the third, as document 001 prints",
    WIDTHS,
    (1_981_414, 183_719_200),
    (1_992_166, 762_297_352),
    dropout="after the first two poolings",
)
_ablation(
    "alexnet-gap",
    "AlexNet + GAP",
    "heads:alexnet_gap",
    "global average pooling and one linear layer stand for the three linear layers",
    TRUNK,
    (3_715_786, 215_990_272),
    (3_726_538, 895_116_160),
)
_ablation(
    "vgg16-gap",
    "VGG-16 + GAP",
    "heads:vgg16_gap",
    "global average pooling and one linear layer stand for the three linear layers",
    TRUNK,
    (14_718_666, 312_022_016),
    (14_718_666, 15_288_833_024),
)
_ablation(
    "googlenet-no-reductions",
    "GoogLeNet without reductions",
    "googlenet:variant",
    "no 1x1 reduction before a 3x3 or 5x5 convolution; the pool projection stays",
    WIDTHS,
    (24_282_362, 322_726_912),
    (24_284_922, 4_346_857_472),
    modules="no reductions",
)
_ablation(
    "googlenet-no-reductions-params",
    "GoogLeNet without reductions (params)",
    "googlenet:variant",
    "no 1x1 reduction before a 3x3 or 5x5 convolution; the pool projection stays",
    PARAMETERS,
    (5_997_843, 99_497_506),
    (6_000_403, 1_421_631_191),
    modules="no reductions",
    equal="parameters",
)
_ablation(
    "googlenet-no-reductions-macs",
    "GoogLeNet without reductions (MACs)",
    "googlenet:variant",
    "no 1x1 reduction before a 3x3 or 5x5 convolution; the pool projection stays",
    MACS,
    (6_421_816, 104_602_236),
    (6_511_947, 1_503_469_084),
    modules="no reductions",
    equal="macs",
)
_ablation(
    "googlenet-no-1x1",
    "GoogLeNet without 1x1 branch",
    "googlenet:variant",
    "no 1x1 branch in any module",
    BRANCHES,
    (4_607_274, 89_534_208),
    (4_609_834, 1_305_234_688),
    modules="no 1x1",
)
_ablation(
    "googlenet-no-3x3",
    "GoogLeNet without 3x3 branch",
    "googlenet:variant",
    "no 3x3 branch in any module",
    BRANCHES,
    (1_639_530, 42_706_688),
    (1_642_090, 666_870_528),
    modules="no 3x3",
)
_ablation(
    "googlenet-no-5x5",
    "GoogLeNet without 5x5 branch",
    "googlenet:variant",
    "no 5x5 branch in any module",
    BRANCHES,
    (4_938_442, 90_361_600),
    (4_941_002, 1_305_839_360),
    modules="no 5x5",
)
_ablation(
    "googlenet-no-pool",
    "GoogLeNet without pool branch",
    "googlenet:variant",
    "no pooling branch in any module",
    BRANCHES,
    (5_290_970, 97_031_424),
    (5_293_530, 1_402_127_104),
    modules="no pool",
)
_ablation(
    "googlenet-3x3-params",
    "GoogLeNet, 3x3 only (params)",
    "googlenet:variant",
    "one 3x3 branch with its reduction in each module instead of four branches",
    PARAMETERS,
    (5_973_284, 107_524_020),
    (5_975_844, 1_549_711_420),
    modules="3x3 only",
    equal="parameters",
)
_ablation(
    "googlenet-3x3-macs",
    "GoogLeNet, 3x3 only (MACs)",
    "googlenet:variant",
    "one 3x3 branch with its reduction in each module instead of four branches",
    MACS,
    (5_788_186, 104_829_287),
    (5_729_331, 1_502_864_996),
    modules="3x3 only",
    equal="macs",
)
_ablation(
    "googlenet-bn",
    "GoogLeNet with batch norm",
    "googlenet:batch_norm",
    "batch norm between each convolution and its ReLU; its shift stands for the bias",
    WIDTHS,
    (5_982_250, 104_789_504),
    (5_984_810, 1_502_982_144),
)
_ablation(
    "googlenet-aux",
    "GoogLeNet with auxiliary heads",
    "googlenet:auxiliary",
    "the paper's two auxiliary classifiers, whose losses count 0.3 each while training",
    WIDTHS,
    (10_325_198, 104_789_504),
    (10_327_758, 1_502_982_144),
)
