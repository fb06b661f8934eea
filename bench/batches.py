"""Images on the device as bytes; batches are drawn, augmented, resized and normalised there.

Nothing here touches an image on its own: a batch is a handful of tensor operations whatever its size.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from bench.data import MEAN, STD

MAX_SHIFT = 2
_PREPARED_PIXELS = 2**21
"""Pixels prepared at once, 8 MiB of them, unless one batch is larger."""


class Images:
    """A labelled set of images held on one device.

    Args:
        images: `(N, side, side)`, uint8.
        labels: `(N,)`, int64.
        image_size: side of the images in a batch; other than the stored side, they are resized
            by bilinear interpolation.
    """

    def __init__(self, images: Tensor, labels: Tensor, *, device: torch.device, image_size: int) -> None:
        self.images = images.to(device)
        self.labels = labels.to(device)
        self.device = device
        self.image_size = image_size
        side = images.shape[-1]
        self._resize = None if side == image_size else _interpolation(side, image_size).to(device)

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Normalised images `(B, 1, image_size, image_size)`, float32, and labels `(B,)`."""
        return self._prepare(self.images.index_select(0, indices)), self.labels.index_select(0, indices)

    def epoch(
        self, batch_size: int, *, generator: torch.Generator, augmentation: Literal["none", "shift-flip"]
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Every image once in a random order, the last incomplete batch left out.

        Order and augmentation come from `generator`, a CPU generator, so that they are the same on
        every device; an epoch's worth is drawn at once and crosses to the device in one copy.
        """
        order = torch.randperm(len(self), generator=generator).to(self.device)
        moves = _draw_moves(len(self), generator).to(self.device) if augmentation == "shift-flip" else None
        # Several batches are prepared at once and handed out in slices: on small images the few
        # operations of a batch would otherwise show beside the network's own.
        batches = len(self) // batch_size
        together = max(1, _PREPARED_PIXELS // (batch_size * self.image_size**2))
        for first in range(0, batches, together):
            span = slice(first * batch_size, min(first + together, batches) * batch_size)
            pixels, labels = self.images.index_select(0, order[span]), self.labels.index_select(0, order[span])
            if moves is not None:
                pixels = _shift_and_flip(pixels, moves[span])
            yield from zip(self._prepare(pixels).split(batch_size), labels.split(batch_size), strict=True)

    def in_order(self, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Every image once, in the stored order, the last batch as large as it comes."""
        for start in range(0, len(self), batch_size):
            stop = start + batch_size
            yield self._prepare(self.images[start:stop]), self.labels[start:stop]

    def _prepare(self, pixels: Tensor) -> Tensor:
        images = pixels.to(torch.float32)
        if self._resize is not None:
            # Two matrix products: bilinear interpolation is linear in rows and in columns.
            images = self._resize @ images @ self._resize.T
        images = images.mul_(1 / (255 * STD)).sub_(MEAN / STD)
        # With one channel both layouts are the same bytes; these strides tell PyTorch channels-last.
        return images.unsqueeze(-1).permute(0, 3, 1, 2)


def _interpolation(side: int, image_size: int) -> Tensor:
    """`(image_size, side)`: the matrix that interpolates a row of pixels linearly, half-pixel centres."""
    return F.interpolate(torch.eye(side)[None], size=image_size, mode="linear", align_corners=False)[0].T.contiguous()


def _draw_moves(count: int, generator: torch.Generator) -> Tensor:
    """`(count, 3)`: a shift down and right of up to `MAX_SHIFT` pixels, and whether to mirror."""
    shifts = torch.randint(-MAX_SHIFT, MAX_SHIFT + 1, (count, 2), generator=generator)
    mirrored = torch.randint(0, 2, (count, 1), generator=generator)
    return torch.cat((shifts, mirrored), dim=1)


def _shift_and_flip(pixels: Tensor, moves: Tensor) -> Tensor:
    """Shift each of `pixels` `(B, side, side)` by its own whole pixels, filling with zeros, and mirror some."""
    side = pixels.shape[-1]
    padded = F.pad(pixels, (MAX_SHIFT,) * 4)
    positions = torch.arange(side, device=pixels.device)
    rows = positions + MAX_SHIFT - moves[:, :1]
    columns = torch.where(moves[:, 2:] == 1, side - 1 - positions, positions) + MAX_SHIFT - moves[:, 1:2]
    images = torch.arange(len(pixels), device=pixels.device)
    return padded[images[:, None, None], rows[:, :, None], columns[:, None, :]]
