"""NiN with another head, another stem, other blocks, or without a ReLU or its dropout."""

from __future__ import annotations

from archs.catalogue.ablations.entry import MACS, PARAMETERS, TRUNK, WIDTHS, ablation

ablation(
    "nin-block-flatten-fc",
    "NiN, block + flatten + FC",
    "nin:variant",
    "the mean of the last block's maps gives way to Flatten and one linear layer",
    TRUNK,
    (1_981_824, 183_719_600),
    (1_994_676, 762_299_852),
    head="block, flatten, linear",
)
ablation(
    "nin-gap-fc",
    "NiN trunk + GAP + FC",
    "nin:variant",
    "one linear layer on the mean of the trunk's maps stands for the last block",
    TRUNK,
    (1_950_474, 183_584_000),
    (1_961_226, 761_432_192),
    head="mean, linear",
)
ablation(
    "nin-flatten-fc",
    "NiN trunk + flatten + FC",
    "nin:variant",
    "one linear layer on the flattened trunk stands for the last block and its mean",
    TRUNK,
    (1_961_994, 183_595_520),
    (2_053_386, 761_524_352),
    head="flatten, linear",
)
ablation(
    "nin-fc256",
    "NiN trunk + FC-256",
    "nin:variant",
    "one hidden linear layer of 256 and one to the classes stand for the last block and its mean",
    TRUNK,
    (2_342_666, 183_975_936),
    (4_417_802, 763_888_512),
    head="flatten, 256, linear",
)
ablation(
    "nin-fc1024",
    "NiN trunk + FC-1024",
    "nin:variant",
    "one hidden linear layer of 1,024 and one to the classes stand for the last block and its mean",
    TRUNK,
    (3_530_762, 185_163_264),
    (11_799_050, 771_268_992),
    head="flatten, 1024, linear",
)
ablation(
    "nin-fc4096",
    "NiN trunk + FC-4096 x 2",
    "nin:variant",
    "AlexNet's three linear layers stand for the last block and its mean",
    TRUNK,
    (25_064_458, 206_689_792),
    (58_105_354, 817_568_128),
    head="flatten, 4096, 4096, linear",
)
ablation(
    "nin-fc4096-linear",
    "NiN trunk + FC-4096 x 2, linear",
    "nin:variant",
    "no ReLU after the head's two hidden layers: the head is one linear map, written as three",
    WIDTHS,
    (25_064_458, 206_689_792),
    (58_105_354, 817_568_128),
    parent="nin-fc4096",
    head_relu=False,
)
ablation(
    "nin-no1x1",
    "NiN without 1x1",
    "nin:variant",
    "no 1x1 layer in any block",
    WIDTHS,
    (1_535_306, 136_499_712),
    (1_546_058, 577_472_640),
    pointwise_layers=0,
)
ablation(
    "nin-one1x1",
    "NiN with one 1x1",
    "nin:variant",
    "one 1x1 layer in each block instead of two",
    WIDTHS,
    (1_758_360, 160_109_456),
    (1_769_112, 669_884_996),
    pointwise_layers=1,
)
ablation(
    "nin-linear1x1",
    "NiN, linear 1x1",
    "nin:variant",
    "no ReLU inside a block: each is one linear map, written as three, and the ReLU that ends it",
    WIDTHS,
    (1_981_414, 183_719_200),
    (1_992_166, 762_297_352),
    inner_relu=False,
)
ablation(
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
ablation(
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
ablation(
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
ablation(
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
ablation(
    "nin-three-blocks-macs",
    "NiN of three blocks, widened (MACs)",
    "nin:variant",
    "without the third of the four blocks; its pooling stays, so that the last block sees maps of the same size",
    MACS,
    (1_026_434, 184_381_112),
    (1_030_892, 761_581_244),
    blocks=3,
    equal="macs",
)
ablation(
    "nin-two-blocks-macs",
    "NiN of two blocks, widened (MACs)",
    "nin:variant",
    "without the second and third of the four blocks; their poolings stay, so that the last block sees maps "
    "of the same size",
    MACS,
    (266_110, 183_783_040),
    (291_726, 760_719_920),
    blocks=2,
    equal="macs",
)
ablation(
    "nin-3x3-stem",
    "NiN, three 3x3 for 11x11",
    "stem:nin_3x3_stem",
    "three 3x3 convolutions, strides 2, 1 and 2, stand for the 11x11 one with stride 4",
    "the pixels that the stem sees, its stride and its 96 maps; the multiply-accumulates, within 2 %: "
    "the first two of the three are as wide as that needs",
    None,
    (1_989_154, 760_759_162),
)
ablation(
    "nin-no-last-relu",
    "NiN without last ReLU",
    "nin:variant",
    "no ReLU between the last convolution and the mean",
    WIDTHS,
    (1_981_414, 183_719_200),
    (1_992_166, 762_297_352),
    last_relu=False,
)
ablation(
    "nin-no-dropout",
    "NiN without dropout",
    "nin:variant",
    "no dropout",
    WIDTHS,
    (1_981_414, 183_719_200),
    (1_992_166, 762_297_352),
    dropout="none",
)
ablation(
    "nin-early-dropout",
    "NiN, dropout after pools 1 and 2",
    "nin:variant",
    "dropout stands after the first two poolings instead of the third, as document 001 prints",
    WIDTHS,
    (1_981_414, 183_719_200),
    (1_992_166, 762_297_352),
    dropout="after the first two poolings",
)
