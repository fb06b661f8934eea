"""What is proved about Network in Network rather than measured; beside each proof, a case where it must fail."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

import archs
from bench.device import Target
from bench.measure import exact
from bench.measure.activations import LayerActivations, activations
from bench.measure.cases import Conditions
from bench.measure.memory import saved_for_backward
from bench.measure.receptive_field import ReceptiveField, receptive_field

ROUNDING, PLAIN = 1e-12, 0.1  # a difference that is rounding, and one that anybody would see
SEEDS = (0, 1, 2)


def normal(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


# 1x1 convolutions


@pytest.mark.parametrize("seed", SEEDS)
def test_a_1x1_convolution_is_a_linear_layer_at_each_pixel(seed: int) -> None:
    found = exact.per_pixel_linear(seed=seed)
    assert found.difference <= ROUNDING
    assert found.control_difference > PLAIN


def test_a_linear_layer_as_a_convolution_pixel_by_pixel() -> None:
    linear, maps = nn.Linear(3, 4).double(), normal(2, 3, 5, 6)
    made = exact.as_convolution(linear)(maps)
    assert made.shape == (2, 4, 5, 6)
    for row in range(5):
        for column in range(6):
            torch.testing.assert_close(made[:, :, row, column], linear(maps[:, :, row, column]))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_1x1_convolution_sees_its_own_pixel_alone(seed: int) -> None:
    found = exact.pixel_independence(seed=seed)
    assert found.permutation_difference <= ROUNDING
    assert found.control_permutation_difference > PLAIN
    assert (found.input_pixels, found.control_input_pixels) == (1, 3 * 3)


# Layers that collapse into one


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("collapsed", [exact.convolutions_collapse, exact.linear_layers_collapse])
def test_layers_without_relu_are_one_layer_and_with_relu_are_none(
    collapsed: Callable[..., exact.Collapse], seed: int
) -> None:
    found = collapsed(seed=seed)
    assert found.difference <= ROUNDING
    assert found.affine_defect <= ROUNDING
    assert found.control_difference > PLAIN
    assert found.control_affine_defect > PLAIN


def test_parameters_of_a_chain_and_of_the_layer_it_is() -> None:
    block = exact.convolutions_collapse(in_channels=3, width=8, kernel_size=5)
    assert block.chain_parameters == (5 * 5 * 3 + 1) * 8 + 2 * (8 + 1) * 8
    assert block.single_parameters == (5 * 5 * 3 + 1) * 8
    linear = exact.linear_layers_collapse(in_features=20, hidden=16, outputs=10)
    assert linear.chain_parameters == (20 + 1) * 16 + (16 + 1) * 10
    assert linear.single_parameters == (20 + 1) * 10


@pytest.mark.parametrize("first_bias", [True, False])
@pytest.mark.parametrize("second_bias", [True, False])
def test_a_collapsed_convolution_keeps_stride_padding_and_dilation(first_bias: bool, second_bias: bool) -> None:
    first = nn.Conv2d(2, 5, (3, 2), stride=2, padding=(2, 1), dilation=2, bias=first_bias, padding_mode="reflect")
    second = nn.Conv2d(5, 4, 1, bias=second_bias)
    chain, maps = nn.Sequential(first, second).double(), normal(2, 2, 9, 8)
    torch.testing.assert_close(exact.collapse(first, second)(maps), chain(maps))


def test_a_collapsed_bias_by_hand() -> None:
    first, second = nn.Linear(1, 2), nn.Linear(2, 1)
    for layer, weight, bias in ((first, [[2.0], [3.0]], [5.0, 7.0]), (second, [[11.0, 13.0]], [17.0])):
        layer.weight.data, layer.bias.data = torch.tensor(weight), torch.tensor(bias)
    single = exact.collapse_linear(first, second)
    assert (single.weight.item(), single.bias.item()) == (11 * 2 + 13 * 3, 11 * 5 + 13 * 7 + 17)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (nn.Conv2d(2, 4, 3), nn.Conv2d(4, 4, 3)),
        (nn.Conv2d(2, 4, 3), nn.Conv2d(4, 4, 1, stride=2)),
        (nn.Conv2d(2, 4, 3), nn.Conv2d(4, 4, 1, padding=1)),
        (nn.Conv2d(2, 4, 3, groups=2), nn.Conv2d(4, 4, 1)),
        (nn.Conv2d(2, 4, 3), nn.Conv2d(4, 4, 1, groups=2)),
    ],
    ids=["3x3", "strided", "padded", "first grouped", "second grouped"],
)
def test_what_cannot_be_collapsed_is_refused(first: nn.Conv2d, second: nn.Conv2d) -> None:
    with pytest.raises(ValueError, match=r"1x1 convolution with stride 1|grouped"):
        exact.collapse(first, second)


# Flattening, pooling and fully connected layers


@pytest.mark.parametrize(("channels", "height", "width"), [(3, 4, 5), (1, 2, 1), (4, 3, 3)])
def test_flattening_forgets_nothing_and_pooling_all_but_the_means(channels: int, height: int, width: int) -> None:
    found = exact.flatten_and_pooling(channels=channels, height=height, width=width)
    assert found.flatten_restores
    assert found.flatten_rank == found.inputs == channels * height * width
    assert found.pooling_rank == channels
    assert found.forgotten == channels * (height * width - 1)
    assert found.pooling_difference <= ROUNDING
    assert found.flatten_difference > PLAIN


def test_pooling_a_single_pixel_forgets_nothing() -> None:
    found = exact.flatten_and_pooling(channels=6, height=1, width=1)
    assert (found.pooling_rank, found.forgotten, found.flatten_difference) == (6, 0, 0.0)


@pytest.mark.parametrize(("channels", "height", "width", "outputs"), [(3, 4, 5, 7), (512, 7, 7, 4096), (6, 1, 1, 2)])
def test_costs_in_closed_form(channels: int, height: int, width: int, outputs: int) -> None:
    costs = exact.layer_costs(channels=channels, height=height, width=width, outputs=outputs)
    pixels = height * width
    assert costs.fully_connected == exact.Cost((channels * pixels + 1) * outputs, channels * pixels * outputs)
    assert costs.pointwise == exact.Cost((channels + 1) * outputs, channels * pixels * outputs)
    assert costs.same_output == exact.Cost(
        (channels * pixels + 1) * outputs * pixels, channels * pixels * outputs * pixels
    )
    assert costs.macs_ratio == 1
    assert costs.parameters_ratio == pytest.approx((channels * pixels + 1) / (channels + 1))
    assert costs.same_output_macs_ratio == pixels
    assert costs.same_output_parameters_ratio == pytest.approx(pixels * costs.parameters_ratio)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_fully_connected_layer_is_a_convolution_as_large_as_its_map(seed: int) -> None:
    """The share is a mean over 20 x 64 channels' spreads, and so within about 1% of what is expected."""
    found = exact.fully_connected_forms(channels=64, height=3, width=2, outputs=20, seed=seed)
    assert found.whole_map_difference <= ROUNDING
    assert found.unexplained_share == pytest.approx(1 - 1 / 6, abs=0.03)
    assert exact.fully_connected_forms(height=1, width=1, seed=seed).unexplained_share == 0


def test_what_pooling_leaves_unexplained_is_the_residual_of_least_squares() -> None:
    """One map for each input, 1 there and 0 elsewhere, has the second moments of white inputs, exactly."""
    channels, height, width = 3, 4, 5
    linear = nn.Linear(channels * height * width, 7, bias=False).double().requires_grad_(False)
    maps = torch.eye(linear.in_features, dtype=torch.float64).view(-1, channels, height, width)
    wanted, means = linear(maps.flatten(1)), maps.mean(dim=(2, 3))
    fitted = means @ torch.linalg.lstsq(means, wanted).solution
    share = float((wanted - fitted).square().sum() / wanted.square().sum())
    assert exact.unexplained_by_pooling(linear, channels=channels) == pytest.approx(share, abs=ROUNDING)


def test_a_layer_with_constant_weights_in_each_channel_is_explained_by_pooling() -> None:
    linear = nn.Linear(2 * 9, 3)
    linear.weight.data = normal(3, 2).repeat_interleave(9, dim=1)
    assert exact.unexplained_by_pooling(linear, channels=2) <= ROUNDING
    linear.weight.data[0, 0] += 1
    assert exact.unexplained_by_pooling(linear, channels=2) > 0.01


@pytest.mark.parametrize("seed", SEEDS)
def test_nins_scores_are_means_of_its_class_maps(seed: int) -> None:
    found = exact.head_identities(seed=seed)
    assert found.score_difference <= ROUNDING
    assert found.control_score_difference > PLAIN


@pytest.mark.parametrize("seed", SEEDS)
def test_pooling_may_change_places_with_a_layer_but_not_with_a_relu(seed: int) -> None:
    found = exact.head_identities(seed=seed)
    assert found.exchange_difference <= ROUNDING
    assert found.control_exchange_difference > 0.01


@pytest.mark.parametrize(
    "identity",
    [
        exact.per_pixel_linear,
        exact.pixel_independence,
        exact.convolutions_collapse,
        exact.linear_layers_collapse,
        exact.flatten_and_pooling,
        exact.fully_connected_forms,
        exact.head_identities,
    ],
)
def test_numbers_depend_on_the_seed_given_and_on_nothing_else(identity: Callable[..., object]) -> None:
    before = torch.get_rng_state()
    assert identity(seed=3) == identity(seed=3)
    assert identity(seed=3) != identity(seed=4)
    assert torch.equal(torch.get_rng_state(), before)


# Receptive fields


def convolutions(*kernel_sizes: int) -> nn.Sequential:
    """Convolutions with ReLUs between them, without padding."""
    layers = [(nn.Conv2d(2, 2, kernel_size), nn.ReLU()) for kernel_size in kernel_sizes]
    return nn.Sequential(*(layer for pair in layers for layer in pair))


@pytest.mark.parametrize(("kernel_sizes", "side"), [((3,), 3), ((3, 3), 5), ((3, 3, 3), 7), ((1, 1), 1), ((5, 1), 5)])
def test_the_field_of_stacked_convolutions(kernel_sizes: tuple[int, ...], side: int) -> None:
    found = receptive_field(convolutions(*kernel_sizes), in_channels=2, image_size=15)
    assert found == ReceptiveField(side, side, clipped=False)


def test_height_and_width_are_told_apart() -> None:
    found = receptive_field(nn.Sequential(nn.Conv2d(1, 1, (3, 5))), in_channels=1, image_size=11)
    assert found == ReceptiveField(height=3, width=5, clipped=False)


def test_a_field_that_reaches_the_border_is_marked() -> None:
    layers = nn.Sequential(*(nn.Conv2d(1, 1, 3, padding=1) for _ in range(3)))
    assert receptive_field(layers, in_channels=1, image_size=9) == ReceptiveField(7, 7, clipped=False)
    assert receptive_field(layers, in_channels=1, image_size=7) == ReceptiveField(7, 7, clipped=True)
    assert receptive_field(layers, in_channels=1, image_size=5) == ReceptiveField(5, 5, clipped=True)


def test_what_the_plain_gradient_hides_is_in_the_field() -> None:
    """A max pooling passes a gradient to one pixel of its window, and a ReLU that is off passes none."""
    convolution = nn.Conv2d(1, 1, 3)
    layers = nn.Sequential(convolution, nn.ReLU(), nn.MaxPool2d(2))
    image = torch.rand(1, 1, 8, 8, requires_grad=True)

    def rows_of_plain_gradient(bias: float) -> int:
        for parameter, value in zip(convolution.parameters(), (1, bias), strict=True):
            nn.init.constant_(parameter, value)
        (gradient,) = torch.autograd.grad(layers(image)[0, 0, 1, 1], image)
        return int((gradient[0, 0] != 0).any(dim=1).sum())

    assert rows_of_plain_gradient(0) == 3
    assert rows_of_plain_gradient(-99) == 0
    assert receptive_field(layers, in_channels=1, image_size=8) == ReceptiveField(4, 4, clipped=False)


def field_by_recurrence(layers: nn.Module, image_size: int) -> ReceptiveField:
    """Of the middle of a chain's output: `r += (k - 1) j`, `j *= s`, placed on the image and cut off at its border."""
    side, field, jump, start = image_size, 1, 1, 0
    for layer in layers.modules():
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
            kernel, stride, padding = (
                value if isinstance(value, int) else int(value[0])
                for value in (layer.kernel_size, layer.stride, layer.padding)
            )
            side = (side + 2 * padding - kernel) // stride + 1
            start -= padding * jump
            field += (kernel - 1) * jump
            jump *= stride
    first = start + side // 2 * jump
    seen = set(range(first, first + field)) & set(range(image_size))
    return ReceptiveField(len(seen), len(seen), clipped=bool(seen & {0, image_size - 1}))


@pytest.mark.parametrize(
    ("name", "side", "clipped"),
    [("lenet", 16, False), ("nin", 131, False), ("alexnet", 194, True), ("vgg16", 212, False)],
)
def test_fields_of_the_networks_are_those_of_the_recurrence(name: str, side: int, clipped: bool) -> None:
    """AlexNet's field is 195 pixels, one of which falls on the padding of its first convolution."""
    with torch.device("meta"):
        features = archs.create(name, image_size=224).get_submodule("features")
    found = receptive_field(features, in_channels=1, image_size=224)
    assert found == field_by_recurrence(features, 224) == ReceptiveField(side, side, clipped)


def test_the_field_of_branches_is_that_of_the_widest() -> None:
    class Branches(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.narrow, self.wide = nn.Conv2d(1, 2, 1), nn.Sequential(nn.MaxPool2d(5, stride=1, padding=2))

        def forward(self, x: Tensor) -> Tensor:
            return torch.cat((self.narrow(x), self.wide(x)), dim=1)

    found = receptive_field(nn.Sequential(Branches(), nn.BatchNorm2d(3)), in_channels=1, image_size=9)
    assert found == ReceptiveField(5, 5, clipped=False)


def test_looking_at_the_field_leaves_the_network_as_it_was() -> None:
    layers = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.MaxPool2d(2)).train()
    before = copy.deepcopy(layers.state_dict())
    receptive_field(layers, in_channels=1, image_size=9)
    assert layers.training
    assert isinstance(layers[2], nn.MaxPool2d)
    assert all(torch.equal(tensor, before[name]) for name, tensor in layers.state_dict().items())


def test_fields_that_cannot_be_had_are_refused() -> None:
    with pytest.raises(ValueError, match="output has shape"):
        receptive_field(nn.Sequential(nn.Conv2d(1, 1, 3), nn.Flatten()), in_channels=1, image_size=9)
    with pytest.raises(ValueError, match="dilated"):
        receptive_field(nn.MaxPool2d(3, dilation=2), in_channels=1, image_size=9)


# Activations


def small(dropout: float | None = 0.5) -> nn.Sequential:
    layers = [nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
    if dropout is not None:
        layers.append(nn.Dropout(dropout))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(2 * 4 * 4, 3))


def test_activations_of_a_small_network_by_hand() -> None:
    batch, number, index = 2, 4, 8  # images, and bytes of a float32 and of an int64
    image, maps, pooled = 8 * 8, 2 * 8 * 8, 2 * 4 * 4  # elements of one image's input and layers
    assert activations(small(), in_channels=1, image_size=8, batch=batch) == (
        LayerActivations("0", "Conv2d", batch * maps, batch * image * number),  # its input
        LayerActivations("1", "ReLU", batch * maps, batch * maps * number),  # its output, the pooling's input
        LayerActivations("2", "MaxPool2d", batch * pooled, batch * pooled * index),  # where each maximum was
        LayerActivations("3", "Dropout", batch * pooled, batch * pooled * number),  # its mask
        LayerActivations("4", "Flatten", batch * pooled, 0),
        LayerActivations("5", "Linear", batch * 3, batch * pooled * number),  # its input
    )


def test_without_dropout_there_is_no_mask() -> None:
    kept = {layer.type: layer.saved_bytes for layer in activations(small(dropout=None), in_channels=1, image_size=8)}
    assert kept == {"Conv2d": 8 * 8 * 4, "ReLU": 2 * 8 * 8 * 4, "MaxPool2d": 32 * 8, "Flatten": 0, "Linear": 32 * 4}


def test_a_batch_normalisation_keeps_its_input_and_two_pairs_of_statistics() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2))
    convolution, normalisation = activations(network, in_channels=1, image_size=4, batch=3)
    assert convolution.saved_bytes == 3 * 16 * 4
    assert normalisation.saved_bytes == 3 * 2 * 16 * 4 + 2 * 4 + 2 * 4 + 2 * 4 + 2 * 4  # of the batch, and running


def test_an_input_of_two_layers_counts_once_and_what_no_layer_keeps_comes_last() -> None:
    class Gated(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.value, self.gate = nn.Linear(6, 5), nn.Linear(6, 5)

        def forward(self, x: Tensor) -> Tensor:
            x = x.mean(dim=(1, 2))
            value, gate = self.value(x), self.gate(x)
            return torch.mul(value, gate.exp())

    assert activations(Gated(), in_channels=1, image_size=6) == (
        LayerActivations("value", "Linear", 5, 6 * 4),
        LayerActivations("gate", "Linear", 5, 0),
        LayerActivations("", "", 0, 2 * 5 * 4),  # both factors of the product; the second is also the exponential
    )


def test_a_layer_that_is_called_twice_has_two_entries() -> None:
    sigmoid = nn.Sigmoid()
    found = activations(nn.Sequential(nn.Conv2d(1, 1, 1), sigmoid, sigmoid), in_channels=1, image_size=2)
    assert [(layer.type, layer.saved_bytes) for layer in found] == [("Conv2d", 16), ("Sigmoid", 16), ("Sigmoid", 16)]


@pytest.mark.parametrize("name", ["lenet", "nin", "alexnet", "googlenet"])
def test_layers_add_up_to_what_autograd_keeps_in_all(name: str) -> None:
    batch, classes = 2, 10
    conditions = Conditions((3, 28, 28), classes, Target("cpu", "cpu", "test"), "fp32")
    network = archs.create(name, in_channels=3, image_size=28)
    layers = activations(network, in_channels=3, image_size=28, batch=batch)
    loss = batch * classes * 4 + batch * 8 + 4  # log-probabilities, labels and the sum of the labels' weights
    total = saved_for_backward(network, batch=batch, conditions=conditions)
    assert sum(layer.saved_bytes for layer in layers) == total - loss
    assert len({layer.saved_bytes for layer in layers}) > 2  # not all of it put down to one layer


def test_counting_activations_leaves_the_network_and_the_generator_as_they_were() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(0.5)).eval()
    before, generator = copy.deepcopy(network.state_dict()), torch.get_rng_state()
    activations(network, in_channels=1, image_size=8, batch=2)
    assert not network.training
    assert not network[0]._forward_hooks
    assert torch.equal(torch.get_rng_state(), generator)
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


def test_activations_do_not_need_weights() -> None:
    with torch.device("meta"):
        unbuilt = small()
    assert activations(unbuilt, in_channels=1, image_size=8) == activations(small(), in_channels=1, image_size=8)
