"""Maps of where a network sees a class, and the tests that they are put to, on networks whose answers are known."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from placed_runs import CPU, TEST, frozen, made_up_run, patterns
from torch import Tensor, nn

import archs
from bench.batches import BLACK, Images, Placement
from bench.errors import UserError
from bench.measure.experiments import class_maps as class_maps_module
from bench.measure.experiments.calls import calls_of, field_centres
from bench.measure.experiments.class_maps import (
    class_maps,
    find_layers,
    grad_cam,
    maps_of,
    means_are_scores,
    sums_are_scores,
    weight_maps,
)
from bench.measure.experiments.examples import examples
from bench.measure.experiments.localisation import localisation
from bench.measure.experiments.pointing import boxes, deletion_area, hits, most_prominent, stretched_centres
from bench.records.experiments import Localisation


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


# --- which networks have class maps


@pytest.mark.parametrize(
    ("name", "cells", "class_cells", "weighted"),
    [
        ("lenet", 10, None, False),
        ("alexnet", 6, None, False),
        ("vgg11", 2, None, False),
        ("googlenet", 2, 2, True),
        ("nin", 2, 2, False),
        ("nin-no-last-relu", 2, 2, False),
        ("nin-gap-fc", 6, 2, True),
        ("nin-flatten-fc", 6, None, False),
        ("nin-block-flatten-fc", 2, None, False),
        ("nin-fc4096", 6, None, False),
        ("alexnet-gap", 6, 2, True),
        ("vgg16-gap", 2, None, False),  # its mean is taken of maps of a single cell
        ("googlenet-aux", 2, 2, True),
        ("doc000-nin", 2, None, False),
        ("doc003-simplegooglenet", 28, 28, True),
    ],
)
def test_networks_with_class_maps_are_known_by_their_structure(
    name: str, cells: int, class_cells: int | None, weighted: bool
) -> None:
    torch.manual_seed(0)
    model, images = archs.create(name, image_size=28), drawn(2, 1, 28, 28)
    layers = find_layers(model, images)
    assert layers.convolutional.side == cells
    assert (layers.mean.side if layers.mean else None) == class_cells
    assert (layers.weights is not None) == weighted
    assert means_are_scores(model, layers, images) == (class_cells is not None)


def detector(num_classes: int = 10, *, in_place: bool = True) -> nn.Sequential:
    """NiN's head on patches of 2x2 pixels: a map for each class, and its mean is the score."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, num_classes, 2, stride=2), nn.ReLU(in_place), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )


def test_a_network_whose_scores_are_not_the_means_is_found_out_by_its_numbers() -> None:
    class Hidden(nn.Module):
        """Does something between its layers that no layer shows."""

        def __init__(self) -> None:
            super().__init__()
            self.layers = detector()

        def forward(self, x: Tensor) -> Tensor:
            scores: Tensor = self.layers(x)
            return scores.flip(1)

    images = drawn(4, 1, 28, 28)
    for model, expected in ((detector(), True), (Hidden(), False)):
        layers = find_layers(model, images)
        assert layers.mean is not None
        assert means_are_scores(model, layers, images) == expected


def test_two_linear_layers_behind_the_mean_weigh_maps_no_more() -> None:
    hidden = nn.Sequential(*detector(6), nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 10))
    directly = nn.Sequential(*detector(6), nn.Dropout(0.5), nn.Linear(6, 10))
    images = drawn(2, 1, 28, 28)
    assert find_layers(hidden, images).mean is None
    assert find_layers(directly, images).weights is directly[-1]


def test_a_network_without_convolutions_is_refused() -> None:
    with pytest.raises(ValueError, match="no convolutional map"):
        find_layers(nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), drawn(1, 1, 28, 28))


# --- what the maps are


def test_the_mean_of_a_class_map_is_the_score_of_its_class() -> None:
    torch.manual_seed(0)
    images, classes = drawn(3, 1, 28, 28), torch.tensor([4, 0, 9])
    for name in ("nin", "googlenet", "nin-gap-fc"):
        model = archs.create(name, image_size=28).eval()
        layers = find_layers(model, images)
        mapper = class_maps(model, layers)
        assert mapper is not None
        bias = layers.weights.bias[classes] if layers.weights is not None else torch.zeros(3)
        scores = model(images)[torch.arange(3), classes]
        torch.testing.assert_close(mapper(images, classes).mean((1, 2)) + bias, scores, rtol=1e-4, atol=1e-5)


def test_the_sum_of_a_weight_map_is_the_score_of_its_class() -> None:
    torch.manual_seed(0)
    images, classes = drawn(3, 1, 28, 28), torch.tensor([4, 0, 9])
    for name in ("nin-block-flatten-fc", "nin-flatten-fc"):
        model = archs.create(name, image_size=28).eval()
        layers = find_layers(model, images)
        mapper = weight_maps(model, layers)
        assert mapper is not None
        assert sums_are_scores(model, layers, images)
        found = mapper(images, classes)
        assert found.shape == (3, 2, 2)
        scores = model(images)[torch.arange(3), classes]
        assert layers.flat is not None
        torch.testing.assert_close(found.sum((1, 2)) + layers.flat.bias[classes], scores, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["nin", "nin-gap-fc", "nin-fc4096", "alexnet"])
def test_other_heads_have_no_weight_map(name: str) -> None:
    model = archs.create(name, image_size=28)
    assert weight_maps(model, find_layers(model, drawn(1, 1, 28, 28))) is None


def test_grad_cam_is_what_the_paper_writes_down() -> None:
    """The map after its ReLU, weighted by the means of its gradient, and what is negative of that left out."""
    torch.manual_seed(1)
    first, second = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 8, 3)
    head = nn.Sequential(nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 11 * 11, 20), nn.Tanh(), nn.Linear(20, 10))
    images, classes = drawn(5, 1, 28, 28), torch.tensor([1, 7, 7, 0, 3])
    with torch.no_grad():
        maps = torch.relu(second(torch.sigmoid(first(images))))
    expected = []
    for image_maps, chosen in zip(maps, classes.tolist(), strict=True):
        image_maps = image_maps[None].requires_grad_()
        (gradient,) = torch.autograd.grad(head(image_maps)[0, chosen], image_maps)
        weights = gradient.sum((2, 3)) / 22**2
        expected.append(torch.relu(sum(weights[0, k] * image_maps[0, k] for k in range(8))))  # type: ignore[arg-type]
    for in_place in (True, False):
        model = nn.Sequential(first, nn.Sigmoid(), second, nn.ReLU(in_place), *head)
        found = grad_cam(model, find_layers(model, images))(images, classes)
        torch.testing.assert_close(found, torch.stack(expected).detach(), rtol=1e-4, atol=1e-7)
        assert all(parameter.grad is None for parameter in model.parameters())


def test_grad_cam_of_nin_is_its_class_map_by_the_number_of_cells() -> None:
    """The score is the mean of one map, so that the gradient is one over the cells on it and 0 on all others."""
    model, images, classes = detector(), drawn(6, 1, 28, 28), torch.arange(6)
    layers = find_layers(model, images)
    own = class_maps(model, layers)
    assert own is not None
    torch.testing.assert_close(grad_cam(model, layers)(images, classes) * 14**2, own(images, classes))


def test_maps_come_in_the_order_of_the_images_each_of_its_own_class() -> None:
    model, labels = detector(), torch.tensor([3, 1, 2, 9, 0])
    pixels = torch.randint(0, 256, (5, 28, 28), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    images = Images(pixels, labels, device=CPU.device, image_size=28)
    mapper = class_maps(model, find_layers(model, drawn(1, 1, 28, 28)))
    assert mapper is not None
    with torch.no_grad():
        every = torch.relu(model[0](images.batch(torch.arange(5))[0]))
    expected = torch.stack([every[index, label] for index, label in enumerate(labels)])
    torch.testing.assert_close(maps_of(images, mapper, batch_size=2), expected)


# --- where a cell looks


class Chain(nn.Sequential):
    """Ones for weights, so that a gradient shows the receptive field."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__(*layers)
        for parameter in self.parameters():
            nn.init.ones_(parameter)


@pytest.mark.parametrize(
    "layers",
    [
        (nn.Conv2d(1, 1, 5, stride=2, padding=1), nn.AvgPool2d(3, stride=2), nn.Conv2d(1, 1, 3, padding=1)),
        (nn.Conv2d(1, 1, 3), nn.AvgPool2d(2), nn.Conv2d(1, 1, 3, dilation=2), nn.AvgPool2d(3, stride=3, padding=1)),
        (nn.ZeroPad2d(3), nn.Conv2d(1, 1, 3, padding=1), nn.AvgPool2d(2), nn.Conv2d(1, 1, 1)),
    ],
    ids=["strides", "dilated", "padded"],
)
def test_a_cell_looks_at_the_middle_of_the_pixels_that_it_depends_on(layers: tuple[nn.Module, ...]) -> None:
    model = Chain(*layers)
    image = torch.ones(1, 1, 60, 60, requires_grad=True)
    maps = model(image)
    middle = maps.shape[-1] // 2  # its field is not cut off by the border
    (gradient,) = torch.autograd.grad(maps[0, 0, middle, middle], image)
    rows = gradient[0, 0].sum(1).nonzero()[:, 0]
    centres = field_centres(calls_of(model, image.detach()), 60)
    assert centres is not None
    assert len(centres) == maps.shape[-1]
    assert centres[middle] == (rows[0] + rows[-1] + 1) / 2


def test_where_a_layer_is_unknown_or_branches_have_strides_it_is_not_said_where_cells_look() -> None:
    unknown = nn.Sequential(nn.Conv2d(1, 2, 3), nn.PixelShuffle(1), nn.Upsample(scale_factor=2))
    assert field_centres(calls_of(unknown, drawn(1, 1, 28, 28)), 28) is None

    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.long, self.short = nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.Conv2d(1, 4, 1, stride=2)

        def forward(self, x: Tensor) -> Tensor:
            return torch.relu(self.long(x) + self.short(x))

    assert field_centres(calls_of(Residual(), drawn(1, 1, 28, 28)), 28) is None


# --- the pointing game


def placed_squares(count: int, seed: int = 0, canvas: int = 28) -> Images:
    """White squares of 14 pixels anywhere on the canvas."""
    generator = torch.Generator().manual_seed(seed)
    placement = Placement.anywhere(count, canvas // 2, canvas, generator)
    pixels = torch.full((count, 28, 28), 255, dtype=torch.uint8)
    return Images(pixels, torch.arange(count) % 10, device=CPU.device, image_size=canvas, placement=placement)


def play(images: Images, maps: Tensor) -> tuple[float, float]:
    """Shares of hits, on the object and on that of another image."""
    cells = most_prominent(maps, torch.Generator().manual_seed(1))
    counts = hits(cells, stretched_centres(maps.shape[-1], images.image_size), boxes(images))
    return counts[0] / len(images), counts[1] / len(images)


def test_a_detector_of_the_object_points_at_it() -> None:
    model, images = detector(), placed_squares(200)
    with torch.no_grad():
        model[0].weight.fill_(1.0)
        model[0].bias.fill_(10.0)
    mapper = class_maps(model, find_layers(model, drawn(1, 1, 28, 28)))
    assert mapper is not None
    on_object, elsewhere = play(images, maps_of(images, mapper, batch_size=64))
    assert on_object == 1
    assert elsewhere < 0.8


def test_a_detector_of_the_background_points_beside_it() -> None:
    model, images = detector(), placed_squares(200)
    with torch.no_grad():
        model[0].weight.fill_(-1.0)
        model[0].bias.fill_(10.0)
    mapper = class_maps(model, find_layers(model, drawn(1, 1, 28, 28)))
    assert mapper is not None
    assert play(images, maps_of(images, mapper, batch_size=64))[0] == 0


@pytest.mark.parametrize("side", [2, 4, 14])
def test_a_map_that_is_the_same_everywhere_hits_by_chance(side: int) -> None:
    """Half of the middles along either side lie in a box of half the side, wherever it is: a quarter of all cells."""
    count = 4_000
    on_object, elsewhere = play(placed_squares(count), torch.zeros(count, side, side))
    four_deviations = 4 * (0.25 * 0.75 / count) ** 0.5
    assert on_object == pytest.approx(0.25, abs=four_deviations)
    assert elsewhere == pytest.approx(0.25, abs=four_deviations)


def test_a_map_that_likes_the_middle_is_told_from_one_that_looks() -> None:
    """The middle cell of seven is on nearly every object, and just as often on that of another image."""
    maps = torch.zeros(1_000, 7, 7)
    maps[:, 3, 3] = 1
    on_object, elsewhere = play(placed_squares(1_000), maps)
    # The middle is at 14, in boxes that begin at 1 to 14: fourteen of fifteen places along either side.
    assert on_object == pytest.approx((14 / 15) ** 2, abs=0.04)
    assert elsewhere == on_object


def test_hits_are_counted_up_to_the_edge_and_no_further() -> None:
    within = torch.tensor([[0, 0, 14, 14], [0, 0, 14, 14], [14, 0, 28, 14], [7, 7, 21, 21]])
    cells = torch.tensor([[0, 0], [1, 0], [1, 0], [1, 1]])
    assert hits(cells, (7.0, 14.0), within) == (3, 3)  # 14 is no longer in a box that ends there
    assert hits(cells, (7.0, 21.0), within) == (2, 2)


def test_among_equal_cells_one_is_drawn_and_the_largest_is_always_found() -> None:
    generator = torch.Generator().manual_seed(0)
    maps = torch.zeros(600, 2, 3)
    maps[:, 0, 1] = maps[:, 1, 2] = 5.0
    cells = most_prominent(maps, generator).tolist()
    assert {tuple(cell) for cell in cells} == {(0, 1), (1, 2)}
    assert 240 < sum(cell == [0, 1] for cell in cells) < 360
    negative = -torch.rand(50, 5, 5, generator=generator) - 1
    found = most_prominent(negative, generator)
    assert torch.equal(negative[torch.arange(50), found[:, 0], found[:, 1]], negative.amax((1, 2)))


# --- deletion


class SeesOneQuarter(nn.Module):
    """Sure of class 0 as long as any of the top left quarter is bright, of class 1 otherwise."""

    def forward(self, x: Tensor) -> Tensor:
        bright = (x[:, 0, :14, :14] > BLACK + 0.1).flatten(1).any(1).float()
        return 1e3 * torch.stack((bright, 1 - bright), dim=1)


def test_deletion_finds_whether_the_map_is_high_where_the_evidence_is() -> None:
    pixels = torch.full((6, 28, 28), 255, dtype=torch.uint8)
    images = Images(pixels, torch.zeros(6, dtype=torch.int64), device=CPU.device, image_size=28)
    right = torch.tensor([[1.0, 0.0], [0.0, 0.0]]).expand(6, 2, 2)

    def area(maps: Tensor) -> float:
        generator = torch.Generator().manual_seed(0)
        return deletion_area(SeesOneQuarter(), images, maps, target=CPU, precision="fp32", generator=generator)

    # Scaled up, the map falls from its corner and is level beyond three quarters of the side.  The last pixel of the
    # quarter is as high as 0.52 squared; that many pixels or more are above it, which the count below finds out.
    heat = F.interpolate(right[:1, None], size=28, mode="bilinear")[0, 0]
    above = int((heat >= heat[:14, :14].min()).sum())
    survived = sum(int(784 * step / 10) < above for step in range(11))  # steps at which some of it is left
    assert area(right) == pytest.approx((survived - 0.5) / 10, abs=0.05)
    assert area(-right) == pytest.approx(0.95)  # the corner goes last, in the last step
    assert area(right) < area(torch.zeros(6, 2, 2))


def test_what_is_deleted_is_black_and_of_the_highest_tenths() -> None:
    class CountsLight(nn.Module):
        """Its probability of class 0 is the share of the canvas that is bright."""

        def forward(self, x: Tensor) -> Tensor:
            share = (x[:, 0] > BLACK + 0.1).flatten(1).double().mean(1).clamp(1e-9, 1 - 1e-9)
            return torch.stack((share.log(), (1 - share).log()), dim=1)

    pixels = torch.full((3, 28, 28), 255, dtype=torch.uint8)
    images = Images(pixels, torch.zeros(3, dtype=torch.int64), device=CPU.device, image_size=28)
    area = deletion_area(
        *(CountsLight(), images, torch.zeros(3, 4, 4)),
        target=CPU,
        precision="fp32",
        generator=torch.Generator().manual_seed(0),
    )
    assert area == pytest.approx(0.5, abs=1e-3)  # 1, 0.9, 0.8 and so on to 0


# --- pictures and the whole


def test_examples_are_the_first_images_of_six_classes() -> None:
    images = placed_squares(40)
    labels = torch.tensor([5, 5, 3] * 10 + [1, 0, 0, 2, 9, 8, 7, 6, 4, 1])
    images = Images(images.images, labels, device=CPU.device, image_size=28, placement=images.placement)
    found = examples(images, torch.full((40,), 9), drawn(40, 2, 2))
    assert [one.label for one in found] == [5, 3, 1, 0, 2, 9]
    assert {one.predicted for one in found} == {9}
    for one, index in zip(found, (0, 2, 30, 31, 33, 34), strict=True):
        assert one.map == tuple(map(tuple, drawn(40, 2, 2)[index].tolist()))
        top, left, bottom, right = one.box
        canvas = torch.tensor(one.canvas)
        assert canvas.shape == (28, 28)
        assert (canvas[top:bottom, left:right] == 255).all()
        assert canvas.sum() == 255 * 14**2


def test_a_large_canvas_is_brought_down_for_its_picture() -> None:
    (one, *_) = examples(placed_squares(3, canvas=224), torch.zeros(3), drawn(3, 5, 5))
    canvas = torch.tensor(one.canvas)
    top, left, bottom, right = one.box
    assert canvas.shape == (56, 56)
    assert (bottom - top, right - left) == (28, 28)
    assert (canvas[top + 1 : bottom - 1, left + 1 : right - 1] == 255).all()
    assert canvas.sum() == pytest.approx(255 * 28**2, rel=0.01)


def small_nin(num_classes: int) -> nn.Module:
    return nn.Sequential(
        OrderedDict(
            features=nn.Sequential(nn.Conv2d(1, 24, 7, padding=3), nn.ReLU(inplace=True), nn.MaxPool2d(2)),
            head=nn.Sequential(nn.Conv2d(24, num_classes, 5, padding=2), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        )
    )


def test_a_whole_run_points_at_the_object_repeats_itself_and_survives_a_round_trip() -> None:
    run = made_up_run("localisation", small_nin, patterns)
    training = replace(run.protocol.training, epochs=8, learning_rates=())
    run = replace(run, protocol=replace(run.protocol, training=training))
    result = localisation(run)
    assert (result.object_side, result.canvas_side, result.chance) == (14, 28, 0.25)
    assert (result.map_side, result.test_images, result.outcome) == (14, TEST, "trained")
    assert result.test_accuracy > 0.8
    own, gradient = result.pointing
    assert (own.map, gradient.map) == ("class map", "Grad-CAM")
    for pointing in result.pointing:
        assert pointing.images == round(result.test_accuracy * TEST)
        assert pointing.hits_elsewhere is not None
        assert pointing.hits > 0.6 * pointing.images
        assert pointing.hits > pointing.hits_elsewhere + 0.1 * pointing.images
        assert pointing.field_hits == pointing.hits  # every cell looks where it lies
        assert pointing.deletion_area is not None
        assert 0 < pointing.deletion_area < 1
    assert own.hits == gradient.hits
    assert len(result.examples) == 6
    assert localisation(run) == result
    assert Localisation.model_validate_json(result.model_dump_json()) == result


def test_another_seed_has_other_weights_and_no_pictures() -> None:
    run = frozen(made_up_run("localisation", small_nin, patterns, seed=1))
    result = localisation(run)
    assert result.examples == ()
    assert result.pointing != localisation(replace(run, seed=2)).pointing


def test_a_network_without_class_maps_has_grad_cam_alone() -> None:
    def build(num_classes: int) -> nn.Module:
        return nn.Sequential(
            *(nn.Conv2d(1, 4, 3), nn.Sigmoid(), nn.AvgPool2d(2)),
            *(nn.Flatten(), nn.Linear(676, 20), nn.Tanh(), nn.Linear(20, num_classes)),
        )

    result = localisation(frozen(made_up_run("localisation", build, patterns)))
    assert [pointing.map for pointing in result.pointing] == ["Grad-CAM"]
    assert result.map_side == 26
    assert len(result.examples[0].map) == 26


def test_a_run_that_diverges_is_recorded_with_its_maps() -> None:
    run = made_up_run("localisation", small_nin, patterns)
    training = replace(run.protocol.training, learning_rate=1e30, learning_rates=())
    result = localisation(replace(run, protocol=replace(run.protocol, training=training)))
    assert result.outcome == "diverged"
    assert [pointing.map for pointing in result.pointing] == ["class map", "Grad-CAM"]
    assert all(pointing.deletion_area is None for pointing in result.pointing)
    assert Localisation.model_validate_json(result.model_dump_json()) == result


def test_without_captum_it_ends_before_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*arguments: object) -> None:
        raise AssertionError("trained in vain")

    monkeypatch.setattr(class_maps_module, "find_spec", lambda name: None)
    monkeypatch.setattr("bench.measure.run.fit", never)
    with pytest.raises(UserError, match=r"captum; install it, or ninbench\[maps\]"):
        localisation(made_up_run("localisation", small_nin, patterns))
