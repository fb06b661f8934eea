"""Every ablation differs from its parent in one thing, and costs what a closed form says."""

from __future__ import annotations

from dataclasses import fields
from importlib import import_module
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import archs
from archs.ablations import nin as nin_forms
from archs.auxiliary import WithAuxiliary
from archs.googlenet import googlenet, paper_form
from bench.update import losses

ABLATIONS = archs.list_archs(kind="ablation")
SIZES = [28, 224]


def build(name: str, size: int = 28, **arguments: int) -> nn.Module:
    with torch.device("meta"):
        return archs.create(name, image_size=size, **arguments)


def conv(c_in: int, c_out: int, kernel: int) -> int:
    return c_out * (c_in * kernel**2 + 1)


def convolutions(network: nn.Module) -> list[tuple[int, int, int]]:
    """Input channels, output channels and kernel side of each convolution."""
    return [
        (m.in_channels, m.out_channels, int(m.kernel_size[0])) for m in network.modules() if isinstance(m, nn.Conv2d)
    ]


@pytest.mark.parametrize("spec", ABLATIONS, ids=lambda spec: spec.name)
def test_it_says_what_it_changes(spec: archs.ArchSpec) -> None:
    parent = archs.get_spec(spec.parent)
    assert "published" in (parent.kind, archs.get_spec(parent.parent or parent.name).kind)
    assert spec.change
    assert spec.held_equal
    assert (spec.family, spec.initialisation) == (parent.family, parent.initialisation)
    assert spec.image_sizes == (28, 224) or spec.name == "nin-3x3-stem"


@pytest.mark.parametrize("spec", ABLATIONS, ids=lambda spec: spec.name)
def test_it_changes_one_keyword(spec: archs.ArchSpec) -> None:
    parents = archs.get_spec(spec.parent).options
    changed = {name for name in {*spec.options, *parents} if spec.options.get(name) != parents.get(name)} - {"equal"}
    module, _, function = spec.builder.partition(":")
    if function == "variant":
        assert len(changed) == 1
    else:  # the function is the change
        assert changed == set()
        assert getattr(import_module(module), function).__doc__


@pytest.mark.parametrize("size", SIZES)
def test_the_parametrised_builders_build_the_parents_when_nothing_is_changed(size: int) -> None:
    arguments = {"in_channels": 3, "num_classes": 7, "image_size": size}
    with torch.device("meta"):
        assert repr(nin_forms.variant(**arguments)) == repr(archs.create("nin", **arguments))
        assert (
            repr(paper_form(**arguments))
            == repr(googlenet(**arguments))
            == repr(archs.create("googlenet", **arguments))
        )


def test_every_field_of_the_form_is_used_by_an_ablation() -> None:
    used = {name for spec in ABLATIONS if spec.builder == "archs.ablations.nin:variant" for name in spec.options}
    assert used - {"equal"} == {field.name for field in fields(nin_forms.Form)}


@pytest.mark.parametrize(("name", "pointwise"), [("nin-no1x1", 0), ("nin-one1x1", 1), ("nin", 2)])
@pytest.mark.parametrize(("size", "stem"), [(28, 3), (224, 11)])
def test_parameters_by_number_of_1x1_layers(name: str, pointwise: int, size: int, stem: int) -> None:
    def block(c_in: int, c_out: int, kernel: int) -> int:
        return conv(c_in, c_out, kernel) + pointwise * conv(c_out, c_out, 1)

    expected = block(1, 96, stem) + block(96, 256, 5) + block(256, 384, 3) + block(384, 10, 3)
    assert archs.get_spec(name).counts[size].parameters == expected


@pytest.mark.parametrize(("size", "side"), [(28, 2), (224, 5)])
def test_parameters_by_head(size: int, side: int) -> None:
    """The trunk is NiN less its last block; documents 004's 5x5 maps at 224 pixels, 2x2 at 28."""
    block = conv(384, 10, 3) + 2 * conv(10, 10, 1)
    nin = archs.get_spec("nin").counts[size].parameters
    pixels = side**2

    def linear(n_in: int, n_out: int) -> int:
        return n_out * (n_in + 1)

    assert {
        name: archs.get_spec(name).counts[size].parameters - nin
        for name in (
            *("nin-block-flatten-fc", "nin-gap-fc", "nin-flatten-fc"),
            *("nin-fc256", "nin-fc1024", "nin-fc4096", "nin-fc4096-linear"),
        )
    } == {
        "nin-block-flatten-fc": linear(10 * pixels, 10),
        "nin-gap-fc": linear(384, 10) - block,
        "nin-flatten-fc": linear(384 * pixels, 10) - block,
        "nin-fc256": linear(384 * pixels, 256) + linear(256, 10) - block,
        "nin-fc1024": linear(384 * pixels, 1024) + linear(1024, 10) - block,
        "nin-fc4096": linear(384 * pixels, 4096) + linear(4096, 4096) + linear(4096, 10) - block,
        "nin-fc4096-linear": linear(384 * pixels, 4096) + linear(4096, 4096) + linear(4096, 10) - block,
    }


@pytest.mark.parametrize(("name", "affine"), [("nin-fc4096-linear", True), ("nin-fc4096", False)])
def test_a_head_without_relu_is_one_affine_map(name: str, affine: bool) -> None:
    """An affine map takes the middle of two points to the middle of their images."""
    torch.manual_seed(0)
    head = archs.create(name, image_size=28).head.double().eval()  # type: ignore[operator, union-attr]
    one, other = torch.randn(2, 3, 384, 2, 2, dtype=torch.float64)
    with torch.no_grad():
        distance = (head((one + other) / 2) - (head(one) + head(other)) / 2).abs().max()
    assert distance < 1e-12 if affine else distance > 1e-3


@pytest.mark.parametrize(("name", "trunk"), [("nin-two-blocks-macs", 1), ("nin-three-blocks-macs", 2), ("nin", 3)])
@pytest.mark.parametrize(("size", "stem", "sides"), [(28, 3, (28, 13, 6, 2)), (224, 11, (54, 26, 12, 5))])
def test_fewer_blocks_see_maps_of_the_same_sizes(
    name: str, trunk: int, size: int, stem: int, sides: tuple[int, ...]
) -> None:
    """The widths are found by search; what they cost is counted here from the sides of the maps."""
    network = build(name, size)
    widths = [c_out for _, c_out, kernel in convolutions(network) if kernel > 1]
    assert len(widths) == trunk + 1
    assert widths[-1] == 10
    macs, parameters, c_in = 0, 0, 1
    for c_out, kernel, side in zip(widths, (*(stem, 5, 3)[:trunk], 3), (*sides[:trunk], sides[-1]), strict=True):
        macs += side**2 * (c_in * c_out * kernel**2 + 2 * c_out**2)
        parameters += conv(c_in, c_out, kernel) + 2 * conv(c_out, c_out, 1)
        c_in = c_out
    counts = archs.get_spec(name).counts[size]
    assert (counts.macs, counts.parameters) == (macs, parameters)
    assert [type(layer).__name__ for layer in network.modules()].count("MaxPool2d") == 3


@pytest.mark.parametrize(("name", "factor"), [("nin-x025", 1 / 4), ("nin-x05", 1 / 2), ("nin", 1), ("nin-x2", 2)])
@pytest.mark.parametrize(("size", "stem"), [(28, 3), (224, 11)])
def test_parameters_by_width(name: str, factor: float, size: int, stem: int) -> None:
    first, second, third = (int(factor * width) for width in (96, 256, 384))
    expected = sum(
        conv(c_in, c_out, kernel) + 2 * conv(c_out, c_out, 1)
        for c_in, c_out, kernel in ((1, first, stem), (first, second, 5), (second, third, 3), (third, 10, 3))
    )
    assert archs.get_spec(name).counts[size].parameters == expected


@pytest.mark.parametrize("like", ["nin-x025", "nin-x05", "nin", "nin-x2"])
@pytest.mark.parametrize(("size", "stem", "side"), [(28, 3, 2), (224, 11, 5)])
def test_alexnet_as_large_as_another_network(like: str, size: int, stem: int, side: int) -> None:
    spec = archs.get_spec(f"alexnet-as-{like}")
    network = build(spec.name, size)
    first, second, third, fourth, fifth = (c_out for _, c_out, _ in convolutions(network))
    sixth, seventh, classes = (m.out_features for m in network.modules() if isinstance(m, nn.Linear))
    expected = (
        conv(1, first, stem)
        + conv(first, second, 5)
        + conv(second, third, 3)
        + conv(third, fourth, 3)
        + conv(fourth, fifth, 3)
        + sixth * (fifth * side**2 + 1)
        + seventh * (sixth + 1)
        + classes * (seventh + 1)
    )
    assert spec.counts[size].parameters == expected
    assert expected == pytest.approx(archs.get_spec(like).counts[size].parameters, rel=0.02)
    # One factor for all seven widths, each rounded to whole channels.
    factor = seventh / 4096
    for width, published in ((first, 96), (second, 256), (third, 384), (fourth, 384), (fifth, 256), (sixth, 4096)):
        assert abs(width - factor * published) <= 1
    assert classes == 10


@pytest.mark.parametrize(("name", "convolutions_of_stem"), [("nin", 1), ("nin-3x3-stem", 3)])
def test_each_value_after_the_stem_comes_from_the_same_11x11_pixels(name: str, convolutions_of_stem: int) -> None:
    first_block = archs.create(name, image_size=224).features[0]  # type: ignore[index, union-attr]
    stem = nn.Sequential(*[m for m in first_block if isinstance(m, nn.Conv2d)][:convolutions_of_stem])
    for weights in stem.parameters():
        nn.init.ones_(weights)  # so that nothing cancels
    image = torch.zeros(1, 1, 224, 224, requires_grad=True)
    maps = stem(image)
    assert maps.shape == (1, 96, 54, 54)
    maps[0, 0, 20, 30].backward()
    assert image.grad is not None
    rows, columns = image.grad[0, 0].nonzero(as_tuple=True)
    assert (rows.unique().tolist(), columns.unique().tolist()) == ([*range(80, 91)], [*range(120, 131)])


def test_costs_of_the_stem_of_three() -> None:
    stem = [m for m in build("nin-3x3-stem", 224).features[0] if isinstance(m, nn.Conv2d)][:3]  # type: ignore[index, union-attr]
    assert [m.kernel_size for m in stem] == [(3, 3)] * 3
    narrow = stem[0].out_channels
    assert [m.out_channels for m in stem] == [narrow, narrow, 96]
    stem_macs = 9 * (111**2 * narrow + 109**2 * narrow**2 + 54**2 * narrow * 96)
    counts, nin = archs.get_spec("nin-3x3-stem").counts[224], archs.get_spec("nin").counts[224]
    assert counts.macs == nin.macs - 54**2 * 96 * 11**2 + stem_macs
    assert counts.macs == pytest.approx(nin.macs, rel=0.02)
    assert counts.parameters == nin.parameters - conv(1, 96, 11) + (
        conv(1, narrow, 3) + conv(narrow, narrow, 3) + conv(narrow, 96, 3)
    )


def test_the_stem_of_three_leaves_the_rest_alone() -> None:
    ours, theirs = build("nin-3x3-stem", 224), build("nin", 224)
    own, parents = list(ours.features[0]), list(theirs.features[0])  # type: ignore[index]
    assert [str(layer) for layer in own[5:]] == [str(layer) for layer in parents[1:]]
    assert [str(layer) for layer in (own[1], own[3])] == [str(parents[1])] * 2
    assert repr(ours.features[1:]) == repr(theirs.features[1:])  # type: ignore[index]
    assert repr(ours.head) == repr(theirs.head)
    with pytest.raises(archs.ArchError, match="not 28"):
        build("nin-3x3-stem", 28)


@pytest.mark.parametrize(("name", "parent", "width"), [("alexnet-gap", "alexnet", 256), ("vgg16-gap", "vgg16", 512)])
@pytest.mark.parametrize("size", SIZES)
def test_a_mean_head_leaves_the_features_alone(name: str, parent: str, width: int, size: int) -> None:
    ours, theirs = build(name, size), build(parent, size)
    assert repr(ours.features) == repr(theirs.features)
    assert sum(p.numel() for p in ours.head.parameters()) == 10 * (width + 1)  # type: ignore[union-attr]


@pytest.mark.parametrize("spec", [s for s in ABLATIONS if "equal" in s.options], ids=lambda spec: spec.name)
@pytest.mark.parametrize("size", SIZES)
def test_matched_variants_cost_what_the_parent_costs(spec: archs.ArchSpec, size: int) -> None:
    cost, parent = spec.options["equal"], archs.get_spec(spec.parent)
    assert getattr(spec.counts[size], cost) == pytest.approx(getattr(parent.counts[size], cost), rel=0.02)


@pytest.mark.parametrize("cost", ["parameters", "macs"])
def test_matching_is_a_search_and_follows_the_classes(cost: str) -> None:
    """With 1,000 classes the last block is another, and the width that matches is too."""

    def widths(classes: int) -> list[int]:
        network = nin_forms.variant(
            in_channels=3,
            num_classes=classes,
            image_size=224,
            pointwise_layers=0,
            equal=cost,  # type: ignore[arg-type]
        )
        return [c_out for _, c_out, _ in convolutions(network)][:3]

    with torch.device("meta"):
        few, many = widths(10), widths(1000)
    assert few != many
    for found in (few, many):  # the three widths keep their proportions
        assert found[1] / found[0] == pytest.approx(256 / 96, rel=0.02)
        assert found[2] / found[0] == pytest.approx(384 / 96, rel=0.02)


def test_a_cost_that_no_width_matches_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from archs.ablations import matching

    with pytest.raises(archs.ArchError, match=r"no width gives 110 parameters within 2%"):
        matching.match(
            lambda scale: nn.Linear(1000, matching.scaled(1, scale)),
            lambda: nn.Linear(10, 10),
            "parameters",
            in_channels=1,
            image_size=1,
        )


def test_3x3_layers_stand_where_the_1x1_stood() -> None:
    kernels = [kernel for _, _, kernel in convolutions(build("nin-3x3-params", 224))]
    assert kernels == [11, 3, 3, 5, 3, 3, 3, 3, 3, 3, 3, 3]


def test_linear_blocks_are_the_function_of_blocks_without_1x1() -> None:
    """Three convolutions with no ReLU between them are one whose weight is the product of theirs."""
    torch.manual_seed(0)
    linear = archs.create("nin-linear1x1", image_size=28).double().eval()
    plain = archs.create("nin-no1x1", image_size=28).double().eval()

    def blocks(network: nn.Module) -> list[list[nn.Conv2d]]:
        found = [*network.features, network.head[0]]  # type: ignore[misc, index]
        return [[m for m in b if isinstance(m, nn.Conv2d)] for b in found if isinstance(b, nn.Sequential)]

    for (spatial, one, two), (target,) in zip(blocks(linear), blocks(plain), strict=True):
        first, second = one.weight.flatten(1), two.weight.flatten(1)
        target.weight.data = torch.einsum("ab,bc,cihw->aihw", second, first, spatial.weight)
        assert spatial.bias is not None
        target.bias = nn.Parameter(second @ (first @ spatial.bias + one.bias) + two.bias)  # type: ignore[operator]
    images = torch.randn(2, 1, 28, 28, dtype=torch.float64)
    torch.testing.assert_close(linear(images), plain(images), rtol=0, atol=1e-12)
    # With its ReLUs, the same weights make another function.
    full = archs.create("nin", image_size=28).double().eval()
    full.load_state_dict(dict(zip(full.state_dict(), linear.state_dict().values(), strict=True)))
    assert (full(images) - plain(images)).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("nin-no-last-relu", {"ReLU": -1}),
        ("nin-no-dropout", {"Dropout": -1}),
        ("nin-early-dropout", {"Dropout": +1}),
        ("nin-linear1x1", {"ReLU": -8}),
        ("nin-one1x1", {"Conv2d": -4, "ReLU": -4}),
        ("nin-fc4096-linear", {"ReLU": -2}),
        ("nin-three-blocks-macs", {"Conv2d": -3, "ReLU": -3}),
        ("nin-two-blocks-macs", {"Conv2d": -6, "ReLU": -6}),
        ("nin-x05", {}),
        ("alexnet-as-nin", {}),
        ("googlenet-no-reductions", {"Conv2d": -18, "ReLU": -18}),
        ("googlenet-no-1x1", {"Conv2d": -9, "ReLU": -9}),
        ("googlenet-no-5x5", {"Conv2d": -18, "ReLU": -18}),
        ("googlenet-no-pool", {"Conv2d": -9, "ReLU": -9, "MaxPool2d": -9}),
        ("googlenet-bn", {"BatchNorm2d": +57}),
        # Each classifier: a convolution with its norm, two linear layers, a ReLU after the first two of these.
        (
            "googlenet-aux-bn",
            {"Conv2d": +2, "BatchNorm2d": +2, "ReLU": +4, "Linear": +4, "Dropout": +2, "Flatten": +2, "Identity": +2},
        ),
    ],
)
def test_layers_that_come_and_go(name: str, kinds: dict[str, int]) -> None:
    def kinds_of(network: nn.Module) -> dict[str, int]:
        names = [type(m).__name__ for m in network.modules() if not list(m.children())]
        return {kind: names.count(kind) for kind in set(names)}

    ours, theirs = kinds_of(build(name)), kinds_of(build(archs.get_spec(name).parent))
    difference = {kind: ours.get(kind, 0) - theirs.get(kind, 0) for kind in ours | theirs}
    assert {kind: change for kind, change in difference.items() if change} == kinds


# Table 1 of the GoogLeNet paper: 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool projection.
TABLE_1 = [
    (64, 96, 128, 16, 32, 32),
    (128, 128, 192, 32, 96, 64),
    (192, 96, 208, 16, 48, 64),
    (160, 112, 224, 24, 64, 64),
    (128, 128, 256, 24, 64, 64),
    (112, 144, 288, 32, 64, 64),
    (256, 160, 320, 32, 128, 128),
    (256, 160, 320, 32, 128, 128),
    (384, 192, 384, 48, 128, 128),
]


@pytest.mark.parametrize("left_out", ["no-1x1", "no-3x3", "no-5x5", "no-pool", "no-reductions"])
def test_parameters_of_googlenet_with_changed_modules(left_out: str) -> None:
    total, channels = conv(1, 64, 7) + conv(64, 64, 1) + conv(64, 192, 3), 192
    for one, reduce3, three, reduce5, five, pool in TABLE_1:
        branches = {
            "no-1x1": (one, conv(channels, one, 1)),
            "no-3x3": (three, conv(channels, reduce3, 1) + conv(reduce3, three, 3)),
            "no-5x5": (five, conv(channels, reduce5, 1) + conv(reduce5, five, 5)),
            "no-pool": (pool, conv(channels, pool, 1)),
        }
        if left_out == "no-reductions":
            branches["no-3x3"] = (three, conv(channels, three, 3))
            branches["no-5x5"] = (five, conv(channels, five, 5))
        branches.pop(left_out, None)
        total += sum(cost for _, cost in branches.values())
        channels = sum(width for width, _ in branches.values())
    assert archs.get_spec(f"googlenet-{left_out}").counts[224].parameters == total + 10 * (channels + 1)


def test_3x3_only_modules_are_one_branch_each() -> None:
    found = convolutions(build("googlenet-3x3-macs", 224))[3:]
    assert [kernel for _, _, kernel in found] == [1, 3] * 9
    assert all(before[1] == after[0] for before, after in pairwise(found))


@pytest.mark.parametrize(
    ("name", "parent", "beside_weights"), [("googlenet-aux", "googlenet", 1), ("googlenet-aux-bn", "googlenet-bn", 2)]
)
def test_auxiliary_classifiers_change_nothing_but_the_objective(name: str, parent: str, beside_weights: int) -> None:
    """`beside_weights`: parameters for each map of their convolution, a bias or batch norm's scale and shift."""
    torch.manual_seed(0)
    ours, theirs = archs.create(name, image_size=28), archs.create(parent, image_size=28)
    shared = {key: value for key, value in ours.state_dict().items() if not key.startswith("auxiliary")}
    theirs.load_state_dict(dict(zip(theirs.state_dict(), shared.values(), strict=True)))
    images, labels = torch.randn(4, 1, 28, 28), torch.tensor([0, 1, 2, 3])
    with torch.no_grad():
        torch.testing.assert_close(ours.eval()(images), theirs.eval()(images))
    counts = archs.get_spec(name).counts[28], archs.get_spec(parent).counts[28]
    assert counts[0].macs == counts[1].macs
    assert counts[0].parameters - counts[1].parameters == sum(
        128 * (width + beside_weights) + 1024 * (128 * 16 + 1) + 10 * 1025 for width in (512, 528)
    )

    output = ours.train()(images)
    assert isinstance(output, WithAuxiliary)
    assert [tuple(one.shape) for one in (output.logits, *output.auxiliary)] == [(4, 10)] * 3
    loss, objective, logits = losses(output, labels)
    assert logits is output.logits
    assert loss.item() == pytest.approx(F.cross_entropy(output.logits, labels).item())
    others = [F.cross_entropy(one, labels).item() for one in output.auxiliary]
    assert objective.item() == pytest.approx(loss.item() + 0.3 * sum(others))


def test_a_network_without_auxiliary_classifiers_minimises_its_loss() -> None:
    logits, labels = torch.randn(4, 10), torch.tensor([0, 1, 2, 3])
    loss, objective, _ = losses(logits, labels)
    assert objective is loss
