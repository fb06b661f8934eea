"""Counts: against closed forms of the papers' layer tables, and against a network whose counts one can do by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

import archs
from archs import costs
from bench.measure.complexity import CountsDisagree, measure_complexity


def count(name: str, size: int):  # type: ignore[no-untyped-def]
    with torch.device("meta"):
        network = archs.create(name, image_size=size)
    return measure_complexity(network, in_channels=1, image_size=size)


def test_a_small_network_by_hand() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 5 * 5, 2))
    counts = measure_complexity(network, in_channels=3, image_size=5)
    convolution, linear = 4 * 25 * (3 * 3 * 3), 100 * 2
    assert counts.macs == convolution + linear
    assert counts.flops == 2 * (convolution + linear)
    assert counts.parameters == 4 * (27 + 1) + 2 * (100 + 1)
    assert [(layer.type, layer.macs, layer.output_shape) for layer in counts.layers] == [
        ("Conv2d", convolution, (4, 5, 5)),
        ("ReLU", 0, (4, 5, 5)),
        ("Flatten", 0, (100,)),
        ("Linear", linear, (2,)),
    ]


def test_grouped_and_strided_convolutions_by_hand() -> None:
    network = nn.Sequential(nn.Conv2d(4, 8, 3, stride=2, groups=4), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    counts = measure_complexity(network, in_channels=4, image_size=9)
    assert counts.macs == 8 * 4 * 4 * (1 * 3 * 3)
    assert counts.other_operations == {"adaptive_avg_pool2d": 8 * 4 * 4}


CASES = [(spec, size) for spec in archs.list_archs() for size in spec.image_sizes]


@pytest.mark.parametrize(("spec", "size"), CASES, ids=[f"{spec.name}-{size}" for spec, size in CASES])
def test_the_catalogue_holds_what_is_counted(spec: archs.ArchSpec, size: int) -> None:
    """Three ways of counting; for the many ablations at 224 pixels by shapes alone, as the others take minutes."""
    if spec.kind == "ablation" and size == 224:
        with torch.device("meta"):
            network = archs.create(spec.name, image_size=size)
        found = costs.parameters(network), costs.macs(network, in_channels=1, image_size=size)
    else:
        counts = count(spec.name, size)
        found = counts.parameters, counts.macs
    assert found == (spec.counts[size].parameters, spec.counts[size].macs)


def test_nin_at_224_from_its_table_of_maps() -> None:
    def block(side: int, c_in: int, c_out: int, kernel: int) -> int:
        return side**2 * (c_in * c_out * kernel**2 + 2 * c_out**2)

    expected = block(54, 1, 96, 11) + block(26, 96, 256, 5) + block(12, 256, 384, 3) + block(5, 384, 10, 3)
    assert count("nin", 224).macs == expected


def test_vgg16_at_224_from_the_papers_table() -> None:
    groups = [(224, (1, 64, 64)), (112, (64, 128, 128)), (56, (128, 256, 256, 256)), (28, (256, 512, 512, 512))]
    groups.append((14, (512, 512, 512, 512)))
    convolutions = sum(side**2 * 9 * sum(a * b for a, b in pairwise(widths)) for side, widths in groups)
    assert count("vgg16", 224).macs == convolutions + 512 * 49 * 4096 + 4096 * 4096 + 4096 * 10


def test_what_fvcore_leaves_out_is_named() -> None:
    counts = count("lenet", 28)
    assert counts.uncounted == {"avg_pool2d": 2, "sigmoid": 4}


class _Hidden(nn.Module):
    """Multiplies without a layer, which counting by layers cannot see."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1) @ torch.ones(x[0].numel(), 2)


def test_ways_of_counting_that_disagree_are_an_error() -> None:
    with pytest.raises(CountsDisagree, match="0 from layer shapes, 0 by fvcore, 50 by torch"):
        measure_complexity(_Hidden(), in_channels=1, image_size=5)


# Networks of torchvision: one of each family


@pytest.mark.parametrize(
    "model",
    [
        *("alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet"),
        *("inception_v3", "maxvit_t", "mnasnet0_5", "mobilenet_v2", "mobilenet_v3_small", "regnet_x_400mf"),
        *("regnet_y_400mf", "resnet18", "resnext50_32x4d", "shufflenet_v2_x0_5", "squeezenet1_1", "swin_t"),
        *("swin_v2_t", "vgg11_bn", "vit_b_16", "wide_resnet50_2"),
    ],
)
def test_every_family_of_torchvision_is_counted(model: str) -> None:
    """Three ways agree, and the layers of the forward pass hold every parameter."""
    counts = count(f"torchvision/{model}", 224 if model == "maxvit_t" else 96)
    assert counts.macs > 0
    assert sum(layer.parameters for layer in counts.layers) == counts.parameters


def attention(tokens: int, width: int, *, seen: int) -> tuple[int, int]:
    """Multiply-accumulates by weights, and by other tokens: each looks at `seen` of them, and takes a mean of those."""
    return tokens * 4 * width**2, tokens * 2 * seen * width


def test_vit_by_hand() -> None:
    tokens, width = (64 // 16) ** 2 + 1, 768
    weights, products = attention(tokens, width, seen=tokens)
    counts = count("torchvision/vit_b_16", 64)
    assert counts.macs == 16 * width * 16**2 + 12 * (weights + tokens * 2 * width * 4 * width) + width * 10
    assert counts.products == 12 * products


def test_swin_by_hand() -> None:
    """Attention is in windows of 7x7, to which maps are padded; the perceptron after it takes them as they are."""
    macs, products = 16**2 * 96 * 4**2, 0
    for depth, side, padded, width in ((2, 16, 21, 96), (2, 8, 14, 192), (6, 4, 7, 384), (2, 2, 7, 768)):
        own, others = attention(padded**2, width, seen=7**2)
        macs += depth * (own + side**2 * 2 * width * 4 * width)
        products += depth * others
        if width < 768:
            macs += (side // 2) ** 2 * 4 * width * 2 * width  # four neighbours become one place of twice the width
    counts = count("torchvision/swin_t", 64)
    assert (counts.macs, counts.products) == (macs + 768 * 10, products)


class _Encoder(nn.Module):
    """PyTorch's own encoder layer, which has a fast way that no counter sees into."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(8, 2, dim_feedforward=16, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x.flatten(2).transpose(1, 2))  # type: ignore[no-any-return]


def test_pytorchs_encoder_by_hand() -> None:
    weights, products = attention(9, 8, seen=9)
    counts = measure_complexity(_Encoder(), in_channels=8, image_size=3)
    assert (counts.macs, counts.products) == (weights + 9 * 2 * 8 * 16, products)


def test_attention_that_is_called_by_keyword_is_counted_too() -> None:
    class ByKeyword(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            tokens = x.flatten(2).transpose(1, 2)
            found, _ = self.attention(query=tokens, key=tokens, value=tokens)
            return found.mean(1)  # type: ignore[no-any-return]

    weights, _ = attention(9, 8, seen=9)
    assert measure_complexity(ByKeyword(), in_channels=8, image_size=3).macs == weights
