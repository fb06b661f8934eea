"""Garments on a canvas: where they come to lie, how they are shrunk, moved and turned, each against a plain way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.ndimage
import torch
from PIL import Image
from torch import Tensor

from bench.batches import Images, Placement
from bench.data import MEAN, STD
from bench.measure.experiments.places import (
    in_quarters,
    object_side,
    quarters,
    shifted,
    transformations,
    turned,
)
from bench.protocols import get_protocol

CPU = torch.device("cpu")


def made_up(count: int = 10) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (count, 28, 28), generator=generator, dtype=torch.uint8)


def canvases(pixels: Tensor, placement: Placement | None, canvas: int = 28) -> Tensor:
    """`(N, canvas, canvas)`, from 0 to 255."""
    images = Images(pixels, torch.arange(len(pixels)), device=CPU, image_size=canvas, placement=placement)
    return pixels_of(images.batch(torch.arange(len(pixels)))[0])


def pixels_of(batch: Tensor) -> Tensor:
    """`(N, H, W)`, from 0 to 255, of a normalised batch."""
    return (batch[:, 0] * STD + MEAN) * 255


def resized(image: Tensor, side: int) -> Tensor:
    """By Pillow, whose bilinear filter takes the mean over what a pixel stands for."""
    return torch.from_numpy(
        np.array(Image.fromarray(image.numpy().astype(np.float32)).resize((side, side), Image.Resampling.BILINEAR))
    )


def bright_boxes(images: Tensor) -> list[tuple[int, int, int, int]]:
    """Top, left, bottom and right of what is not black in each of `(N, H, W)`, from 0 to 255."""
    found = []
    for image in images:
        rows, columns = torch.nonzero(image > 1, as_tuple=True)
        found.append((int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1))
    return found


@pytest.mark.parametrize(("side", "canvas"), [(20, 28), (14, 28), (28, 28), (160, 224), (20, 33)])
def test_a_garment_is_shrunk_or_enlarged_as_pillow_does_and_black_is_around_it(side: int, canvas: int) -> None:
    pixels = made_up(3)
    corners = torch.tensor([[0, 0], [canvas - side, 0], [(canvas - side) // 2, canvas - side]])
    drawn = canvases(pixels, Placement(side, corners), canvas)
    for image, original, (top, left) in zip(drawn, pixels, corners.tolist(), strict=True):
        expected = torch.zeros(canvas, canvas)
        expected[top : top + side, left : left + side] = resized(original, side)
        torch.testing.assert_close(image, expected, rtol=0, atol=0.01)


def test_every_image_lies_in_its_place_whichever_way_it_is_asked_for() -> None:
    pixels = made_up(12)
    placement = Placement.anywhere(12, 14, 28, torch.Generator().manual_seed(3))
    placement = replace(placement, angles=torch.arange(12) * 7.0)
    images = Images(pixels, torch.arange(12), device=CPU, image_size=28, placement=placement)
    whole, _ = images.batch(torch.arange(12))
    in_order = torch.cat([batch for batch, _ in images.in_order(5)])
    epoch = list(images.epoch(4, generator=torch.Generator().manual_seed(0), augmentation="none"))
    some, labels = images.some(torch.tensor([7, 2])).batch(torch.arange(2))
    torch.testing.assert_close(in_order, whole)
    torch.testing.assert_close(torch.cat([x for x, _ in epoch]), whole[torch.cat([y for _, y in epoch])])
    torch.testing.assert_close(some, whole[[7, 2]])
    assert labels.tolist() == [7, 2]


def test_new_places_are_drawn_for_every_epoch_from_its_generator() -> None:
    bright = torch.full((64, 28, 28), 255, dtype=torch.uint8)
    first = Placement.anywhere(64, 14, 28, torch.Generator().manual_seed(1), anew=True)
    images = Images(bright, torch.arange(64), device=CPU, image_size=28, placement=first)

    def two_epochs(seed: int) -> list[list[tuple[int, int, int, int]]]:
        generator = torch.Generator().manual_seed(seed)
        return [
            bright_boxes(
                pixels_of(torch.cat([x for x, _ in images.epoch(16, generator=generator, augmentation="none")]))
            )
            for _ in range(2)
        ]

    places = two_epochs(5)
    assert places[0] != places[1]
    assert places == two_epochs(5)
    assert places != two_epochs(6)
    assert all((bottom - top, right - left) == (14, 14) for top, left, bottom, right in places[0])


def test_every_place_is_as_likely_as_any_other() -> None:
    corners = Placement.anywhere(30_000, 14, 28, torch.Generator().manual_seed(0)).corners
    for along in range(2):
        counts = corners[:, along].bincount(minlength=15)
        assert len(counts) == 15  # 0 to 14: the garment may touch either border
        assert counts.min() > 0.85 * 2_000
        assert counts.max() < 1.15 * 2_000


@pytest.mark.parametrize(
    "placement",
    [Placement(20, torch.tensor([[9, 0]])), Placement(20, torch.tensor([[0, -1]])), Placement(20, torch.zeros(2, 2))],
    ids=["beyond", "before", "of other images"],
)
def test_a_place_that_is_not_on_the_canvas_is_refused(placement: Placement) -> None:
    with pytest.raises(ValueError, match=r"placed beyond|were given for"):
        canvases(made_up(1), placement)


def test_a_garment_larger_than_its_canvas_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit on a canvas of 28"):
        Placement.middle(3, 30, 28)


@pytest.mark.parametrize(("degrees", "quarter_turns"), [(90.0, 1), (-90.0, 3), (180.0, 2)])
def test_a_quarter_turn_moves_pixels_and_changes_none(degrees: float, quarter_turns: int) -> None:
    still, pixels = Placement.middle(4, 20, 28), made_up(4)
    turned_by_angle = canvases(pixels, replace(still, angles=torch.full((4,), degrees)))
    expected = torch.rot90(canvases(pixels, still), quarter_turns, (1, 2))
    torch.testing.assert_close(turned_by_angle, expected, rtol=0, atol=0.01)


def test_other_turns_are_scipys() -> None:
    still, pixels = Placement.middle(1, 14, 28), made_up(1)
    plain = canvases(pixels, still)
    for degrees in (15.0, -40.0, 75.0):
        drawn = canvases(pixels, replace(still, angles=torch.tensor([degrees])))
        expected = scipy.ndimage.rotate(plain[0].numpy(), degrees, reshape=False, order=1)
        np.testing.assert_allclose(drawn[0].numpy(), expected, atol=0.05)


def test_shifts_go_in_four_directions_by_whole_pixels() -> None:
    still, pixels = Placement.middle(8, 20, 28), made_up(8)
    plain, moved = canvases(pixels, still), canvases(pixels, shifted(still, 3))
    for index, (down, right) in enumerate([(3, 0), (0, 3), (-3, 0), (0, -3)] * 2):
        torch.testing.assert_close(moved[index], plain[index].roll((down, right), (0, 1)))  # the margin is black


def test_turns_go_both_ways_in_turn() -> None:
    assert turned(Placement.middle(4, 20, 28), 30).angles.tolist() == [30, -30, 30, -30]  # type: ignore[union-attr]


@pytest.mark.parametrize("size", [28, 224])
def test_strengths_go_from_none_to_the_margin_and_each_leaves_the_whole_garment_on_the_canvas(size: int) -> None:
    side = object_side(get_protocol(f"robustness{size}"))
    assert side == size * 20 / 28
    shift, scale, rotation = transformations(4, side, size)
    assert max(shift.placements) == (size - side) / 2
    assert [*scale.placements] == pytest.approx([0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3])
    assert [*rotation.placements] == [0, 15, 30, 45, 60, 75, 90]
    for change, neutral in ((shift, 0), (scale, 1), (rotation, 0)):
        assert [strength for strength, placement in change.placements.items() if placement is None] == [neutral]
        assert list(change.placements) == sorted(change.placements)
    for change in (shift, scale):
        for placement in filter(None, change.placements.values()):
            boxes = bright_boxes(canvases(torch.full((4, 28, 28), 255, dtype=torch.uint8), placement, size))
            assert all((bottom - top, right - left) == (placement.side,) * 2 for top, left, bottom, right in boxes)


def test_scaled_garments_keep_their_middle() -> None:
    _, scale, _ = transformations(1, 20, 28)
    for placement in filter(None, scale.placements.values()):
        ((top, left),) = placement.corners.tolist()
        assert (top + placement.side / 2, left + placement.side / 2) == (14, 14)


def test_at_224_pixels_shifts_do_not_favour_a_stride_of_4() -> None:
    shift, _, _ = transformations(1, 160, 224)
    assert {strength % 4 for strength in shift.placements} == {0, 1, 2, 3}


def test_quarters_are_balanced_and_tell_nothing_about_the_garment() -> None:
    labels = torch.randint(0, 10, (1_003,), generator=torch.Generator().manual_seed(2))
    drawn = quarters(labels, torch.Generator().manual_seed(0))
    table = torch.zeros(10, 4)
    for label, quarter in zip(labels.tolist(), drawn.tolist(), strict=True):
        table[label, quarter] += 1
    assert (table.amax(1) - table.amin(1)).max() <= 1
    assert table.sum(0).max() - table.sum(0).min() <= 1
    assert torch.equal(drawn, quarters(labels, torch.Generator().manual_seed(0)))
    assert not torch.equal(drawn, quarters(labels, torch.Generator().manual_seed(1)))


@pytest.mark.parametrize(("side", "canvas"), [(14, 28), (10, 28), (112, 224), (13, 27)])
def test_a_garment_lies_wholly_in_its_quarter(side: int, canvas: int) -> None:
    bright = torch.full((4, 28, 28), 255, dtype=torch.uint8)
    boxes = bright_boxes(canvases(bright, in_quarters(torch.arange(4), side, canvas), canvas))
    for quarter, (top, left, bottom, right) in enumerate(boxes):
        assert (bottom - top, right - left) == (side, side)
        assert (top >= canvas / 2, left >= canvas / 2) == (quarter >= 2, quarter % 2 == 1)
        assert (bottom > canvas / 2, right > canvas / 2) == (quarter >= 2, quarter % 2 == 1)


def test_a_garment_larger_than_a_quarter_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit in a quarter"):
        in_quarters(torch.arange(4), 15, 28)
