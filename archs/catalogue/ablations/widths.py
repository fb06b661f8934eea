"""Families of one network in several widths, at equal numbers of parameters from family to family."""

from __future__ import annotations

from archs.catalogue.ablations.entry import ablation

SHAPE = "depth, kernels, poolings and dropout"

for _name, _factor, _widths, _at_28, _at_224 in (
    ("nin-x025", "a quarter", (24, 64, 96), (131_110, 11_636_128), (133_798, 54_161_320)),
    ("nin-x05", "half", (48, 128, 192), (504_934, 46_134_304), (510_310, 199_262_152)),
    ("nin-x2", "twice", (192, 512, 768), (7_849_702, 733_243_168), (7_871_206, 2_979_701_896)),
):
    ablation(
        _name,
        f"NiN, {_factor} as wide",
        "nin:variant",
        f"the three blocks before the last are {_factor} as wide",
        SHAPE,
        _at_28,
        _at_224,
        widths=_widths,
    )

for _like, _title, _at_28, _at_224 in (
    ("nin-x025", "a quarter-width NiN", (131_255, 1_273_565), (135_926, 4_315_756)),
    ("nin-x05", "a half-width NiN", (505_313, 4_919_676), (513_018, 13_434_536)),
    ("nin", "NiN", (1_979_933, 18_905_331), (1_992_447, 45_741_776)),
    ("nin-x2", "a double-width NiN", (7_849_010, 75_175_512), (7_872_802, 164_883_534)),
):
    ablation(
        f"alexnet-as-{_like}",
        f"AlexNet, narrowed (params of {_title})",
        "alexnet:variant",
        "all widths, those of the two hidden linear layers too, are scaled alike",
        f"the number of parameters of {_like}, within 2 %, in place of AlexNet's; {SHAPE}",
        _at_28,
        _at_224,
        as_large_as=_like,
    )
