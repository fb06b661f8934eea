"""AlexNet and VGG-16 with another head; GoogLeNet with other modules, with batch norm, with auxiliary classifiers."""

from __future__ import annotations

from archs.catalogue.ablations.entry import BRANCHES, MACS, PARAMETERS, TRUNK, WIDTHS, ablation
from archs.catalogue.sources import NO_LRN

ablation(
    "alexnet-gap",
    "AlexNet + GAP",
    "heads:alexnet_gap",
    "global average pooling and one linear layer stand for the three linear layers",
    TRUNK,
    (3_715_786, 215_990_272),
    (3_726_538, 895_116_160),
)
ablation(
    "vgg16-gap",
    "VGG-16 + GAP",
    "heads:vgg16_gap",
    "global average pooling and one linear layer stand for the three linear layers",
    TRUNK,
    (14_718_666, 312_022_016),
    (14_718_666, 15_288_833_024),
)
ablation(
    "googlenet-no-reductions",
    "GoogLeNet without reductions",
    "googlenet:variant",
    "no 1x1 reduction before a 3x3 or 5x5 convolution; the pool projection stays",
    WIDTHS,
    (24_282_362, 322_726_912),
    (24_284_922, 4_346_857_472),
    modules="no reductions",
)
ablation(
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
ablation(
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
ablation(
    "googlenet-no-1x1",
    "GoogLeNet without 1x1 branch",
    "googlenet:variant",
    "no 1x1 branch in any module",
    BRANCHES,
    (4_607_274, 89_534_208),
    (4_609_834, 1_305_234_688),
    modules="no 1x1",
)
ablation(
    "googlenet-no-3x3",
    "GoogLeNet without 3x3 branch",
    "googlenet:variant",
    "no 3x3 branch in any module",
    BRANCHES,
    (1_639_530, 42_706_688),
    (1_642_090, 666_870_528),
    modules="no 3x3",
)
ablation(
    "googlenet-no-5x5",
    "GoogLeNet without 5x5 branch",
    "googlenet:variant",
    "no 5x5 branch in any module",
    BRANCHES,
    (4_938_442, 90_361_600),
    (4_941_002, 1_305_839_360),
    modules="no 5x5",
)
ablation(
    "googlenet-no-pool",
    "GoogLeNet without pool branch",
    "googlenet:variant",
    "no pooling branch in any module",
    BRANCHES,
    (5_290_970, 97_031_424),
    (5_293_530, 1_402_127_104),
    modules="no pool",
)
ablation(
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
ablation(
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
ablation(
    "googlenet-bn",
    "GoogLeNet with batch norm",
    "googlenet:batch_norm",
    "batch norm between each convolution and its ReLU; its shift stands for the bias",
    WIDTHS,
    (5_982_250, 104_789_504),
    (5_984_810, 1_502_982_144),
)
ablation(
    "googlenet-aux",
    "GoogLeNet with auxiliary heads",
    "googlenet:auxiliary",
    "the paper's two auxiliary classifiers, whose losses count 0.3 each while training",
    WIDTHS,
    (10_325_198, 104_789_504),
    (10_327_758, 1_502_982_144),
    departures=(NO_LRN,),
)
ablation(
    "googlenet-aux-bn",
    "GoogLeNet with batch norm and auxiliary heads",
    "googlenet:auxiliary_batch_norm",
    "the paper's two auxiliary classifiers, with batch norm too, whose losses count 0.3 each while training",
    WIDTHS,
    (10_332_734, 104_789_504),
    (10_335_294, 1_502_982_144),
    parent="googlenet-bn",
    departures=(NO_LRN,),
)
