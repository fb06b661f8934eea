"""Batches: drawn, augmented, resized and normalised on the device, each against a plain way to do it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from bench.batches import MAX_SHIFT, Images, _shift_and_flip
from bench.data import MEAN, STD

CPU = torch.device("cpu")


def made_up(count: int = 10, side: int = 28) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (count, side, side), generator=generator, dtype=torch.uint8)
    return images, torch.arange(count) % 10


def test_a_batch_is_normalised_and_channels_last() -> None:
    images, labels = made_up()
    batch, chosen = Images(images, labels, device=CPU, image_size=28).batch(torch.tensor([3, 1]))
    expected = ((images[[3, 1]].double() / 255 - MEAN) / STD)[:, None].float()
    torch.testing.assert_close(batch, expected, rtol=1e-5, atol=1e-5)
    assert chosen.tolist() == [3, 1]
    assert batch.stride() == (28 * 28, 1, 28, 1)


def test_resizing_is_bilinear_interpolation() -> None:
    images, labels = made_up()
    batch, _ = Images(images, labels, device=CPU, image_size=224).batch(torch.arange(4))
    normalised = (images[:4, None].float() / 255 - MEAN) / STD
    expected = F.interpolate(normalised, size=224, mode="bilinear", align_corners=False)
    torch.testing.assert_close(batch, expected, rtol=1e-4, atol=1e-4)


def test_an_epoch_has_every_image_once_in_another_order_each_time() -> None:
    images, _ = made_up(count=12)
    held = Images(images, torch.arange(12), device=CPU, image_size=28)
    generator = torch.Generator().manual_seed(0)
    orders = [torch.cat([y for _, y in held.epoch(4, generator=generator, augmentation="none")]) for _ in range(2)]
    assert all(sorted(order.tolist()) == list(range(12)) for order in orders)
    assert orders[0].tolist() != orders[1].tolist()
    again = torch.cat([y for _, y in held.epoch(4, generator=torch.Generator().manual_seed(0), augmentation="none")])
    assert again.tolist() == orders[0].tolist()


def test_an_incomplete_last_batch_is_left_out_of_training_and_kept_in_evaluation() -> None:
    images, labels = made_up(count=10)
    held = Images(images, labels, device=CPU, image_size=28)
    trained = [len(y) for _, y in held.epoch(4, generator=torch.Generator(), augmentation="none")]
    evaluated = [len(y) for _, y in held.in_order(4)]
    assert (trained, evaluated) == ([4, 4], [4, 4, 2])


@settings(max_examples=50, deadline=None)
@given(down=st.integers(-MAX_SHIFT, MAX_SHIFT), right=st.integers(-MAX_SHIFT, MAX_SHIFT), mirrored=st.booleans())
def test_a_move_is_a_shift_by_whole_pixels_after_a_mirroring(down: int, right: int, mirrored: bool) -> None:
    images, _ = made_up(count=3, side=8)
    moved = _shift_and_flip(images, torch.tensor([[down, right, int(mirrored)]] * 3))
    expected = torch.zeros_like(images)
    for row in range(8):
        for column in range(8):
            source = 7 - column if mirrored else column
            row_from, column_from = row - down, source - right
            if 0 <= row_from < 8 and 0 <= column_from < 8:
                expected[:, row, column] = images[:, row_from, column_from]
    assert torch.equal(moved, expected)


def test_augmentation_changes_images_and_keeps_labels() -> None:
    images, _ = made_up(count=64)
    held = Images(images, torch.arange(64), device=CPU, image_size=28)
    ((plain, labels),) = held.epoch(64, generator=torch.Generator().manual_seed(5), augmentation="none")
    ((moved, moved_labels),) = held.epoch(64, generator=torch.Generator().manual_seed(5), augmentation="shift-flip")
    assert labels.tolist() == moved_labels.tolist()
    unchanged = (plain == moved).flatten(1).all(1).float().mean().item()
    assert unchanged < 0.2  # one move in 50 leaves an image as it is
