"""Images on the device as bytes; batches are drawn, augmented, resized and normalised there.

Nothing here touches an image on its own: a batch is a handful of tensor operations whatever its size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from bench.data import MEAN, STD

BLACK = -MEAN / STD
"""A black pixel in a batch."""
MAX_SHIFT = 2
_PREPARED_PIXELS = 2**21
"""Pixels prepared at once, 8 MiB of them, unless one batch is larger."""


@dataclass(frozen=True)
class Placement:
    """Where each of N images lies, smaller than its canvas, which is black around it."""

    side: int
    """Of the images on the canvas, in pixels of the canvas."""
    corners: Tensor
    """`(N, 2)`, int64: rows above the image and columns to the left of it."""
    angles: Tensor | None = None
    """`(N,)`: degrees by which the canvas is turned anticlockwise about its middle once the image lies on it."""
    anew: bool = False
    """Whether every epoch draws other corners, anywhere on the canvas, in place of `corners`."""

    @classmethod
    def middle(cls, count: int, side: int, canvas: int) -> Placement:
        """Each of `count` images in the middle; half a pixel up and left of it where the margin is odd.

        Raises:
            ValueError: the images are larger than the canvas.
        """
        return cls(side, torch.full((count, 2), _margin(side, canvas) // 2))

    @classmethod
    def anywhere(
        cls, count: int, side: int, canvas: int, generator: torch.Generator, *, anew: bool = False
    ) -> Placement:
        """Each of `count` images at a place of its own, whole pixels, every place as likely as any other.

        Raises:
            ValueError: the images are larger than the canvas.
        """
        return cls(side, torch.randint(0, _margin(side, canvas) + 1, (count, 2), generator=generator), anew=anew)


class Images:
    """A labelled set of images held on one device.

    Args:
        images: `(N, side, side)`, uint8.
        labels: `(N,)`, int64.
        image_size: side of the images in a batch; other than the stored side, they are resized
            by bilinear interpolation.
        placement: where the images lie on a canvas of `image_size`; None where they fill it.
        standardise: to a mean of 0 and a deviation of 1 over the training set; else pixels lie between 0 and 1.

    Raises:
        ValueError: an image is placed where it does not fit.
    """

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        *,
        device: torch.device,
        image_size: int,
        placement: Placement | None = None,
        standardise: bool = True,
    ) -> None:
        self.images = images.to(device)
        self.labels = labels.to(device)
        self.device = device
        self.image_size = image_size
        self.placement = placement
        self.standardise = standardise
        side, drawn = images.shape[-1], image_size if placement is None else placement.side
        self._resize = None if side == drawn else _interpolation(side, drawn).to(device)
        self._corners = self._angles = None
        if placement is not None:
            margin = _margin(placement.side, image_size)
            if placement.corners.shape != (len(labels), 2):
                raise ValueError(f"corners of {len(placement.corners)} images were given for {len(labels)}")
            if not 0 <= int(placement.corners.min()) <= int(placement.corners.max()) <= margin:
                raise ValueError(f"an image of {placement.side} pixels is placed beyond a canvas of {image_size}")
            self._corners = placement.corners.to(device)
            self._angles = None if placement.angles is None else placement.angles.to(device)

    def placed(self, placement: Placement, labels: Tensor | None = None) -> Images:
        """The same images at other places, and with other labels `(N,)` where they are given."""
        return Images(
            self.images,
            self.labels if labels is None else labels,
            device=self.device,
            image_size=self.image_size,
            placement=placement,
            standardise=self.standardise,
        )

    def some(self, indices: Tensor) -> Images:
        """The images of these indices, at their places."""
        indices, placement = indices.cpu(), self.placement
        if placement is not None:
            angles = None if placement.angles is None else placement.angles[indices]
            placement = replace(placement, corners=placement.corners[indices], angles=angles)
        on_device = indices.to(self.device)
        return Images(
            self.images.index_select(0, on_device),
            self.labels.index_select(0, on_device),
            device=self.device,
            image_size=self.image_size,
            placement=placement,
            standardise=self.standardise,
        )

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Normalised images `(B, 1, image_size, image_size)`, float32, and labels `(B,)`."""
        pixels, labels = self.images.index_select(0, indices), self.labels.index_select(0, indices)
        return self._prepare(pixels, _part(self._corners, indices), _part(self._angles, indices)), labels

    def epoch(
        self, batch_size: int, *, generator: torch.Generator, augmentation: Literal["none", "shift-flip"]
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Every image once in a random order, the last incomplete batch left out.

        Order, augmentation and new places come from `generator`, a CPU generator, so that they are the same on
        every device; an epoch's worth is drawn at once and crosses to the device in one copy.
        """
        order = torch.randperm(len(self), generator=generator).to(self.device)
        moves = _draw_moves(len(self), generator).to(self.device) if augmentation == "shift-flip" else None
        corners = self._corners
        if self.placement is not None and self.placement.anew:
            anywhere = Placement.anywhere(len(self), self.placement.side, self.image_size, generator)
            corners = anywhere.corners.to(self.device)
        # Several batches are prepared at once and handed out in slices: on small images the few
        # operations of a batch would otherwise show beside the network's own.
        batches = len(self) // batch_size
        together = max(1, _PREPARED_PIXELS // (batch_size * self.image_size**2))
        for first in range(0, batches, together):
            span = slice(first * batch_size, min(first + together, batches) * batch_size)
            pixels, labels = self.images.index_select(0, order[span]), self.labels.index_select(0, order[span])
            if moves is not None:
                pixels = _shift_and_flip(pixels, moves[span])
            images = self._prepare(pixels, _part(corners, order[span]), _part(self._angles, order[span]))
            yield from zip(images.split(batch_size), labels.split(batch_size), strict=True)

    def in_order(self, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Every image once, in the stored order, the last batch as large as it comes."""
        for start in range(0, len(self), batch_size):
            span = slice(start, start + batch_size)
            images = self._prepare(self.images[span], _part(self._corners, span), _part(self._angles, span))
            yield images, self.labels[span]

    def _prepare(self, pixels: Tensor, corners: Tensor | None, angles: Tensor | None) -> Tensor:
        images = pixels.to(torch.float32)
        if self._resize is not None:
            # Two matrix products: bilinear interpolation is linear in rows and in columns.
            images = self._resize @ images @ self._resize.T
        if corners is not None:
            images = _on_canvas(images, corners, self.image_size)
        if angles is not None:
            images = _turned(images, angles)
        images = images.mul_(1 / (255 * STD)).sub_(MEAN / STD) if self.standardise else images.mul_(1 / 255)
        # With one channel both layouts are the same bytes; these strides tell PyTorch channels-last.
        return images.unsqueeze(-1).permute(0, 3, 1, 2)


def _part(values: Tensor | None, chosen: Tensor | slice) -> Tensor | None:
    return None if values is None else values[chosen]


def _margin(side: int, canvas: int) -> int:
    if side > canvas:
        raise ValueError(f"an image of {side} pixels does not fit on a canvas of {canvas}")
    return canvas - side


def _interpolation(side: int, image_size: int) -> Tensor:
    """`(image_size, side)`: the matrix that resizes a row of pixels linearly, half-pixel centres.

    Where it shrinks, each pixel is a mean over all of those that it stands for, weighted by a triangle.  Without
    that some of them would hardly count, and a garment one pixel further on would be another picture.
    """
    size, shrinks = (image_size, side), image_size < side
    rows = F.interpolate(
        torch.eye(side)[None, None], size=size, mode="bilinear", align_corners=False, antialias=shrinks
    )
    return rows[0, 0].contiguous()


def _on_canvas(images: Tensor, corners: Tensor, canvas: int) -> Tensor:
    """`(B, canvas, canvas)`, black but for `images` `(B, side, side)` at their `corners` `(B, 2)`."""
    along = torch.arange(images.shape[-1], device=images.device)
    which = torch.arange(len(images), device=images.device)
    rows, columns = corners[:, :1] + along, corners[:, 1:] + along
    placed = images.new_zeros(len(images), canvas, canvas)
    placed[which[:, None, None], rows[:, :, None], columns[:, None, :]] = images
    return placed


def _turned(images: Tensor, angles: Tensor) -> Tensor:
    """`images` `(B, side, side)`, each turned about its middle by its own angle, in degrees anticlockwise.

    Pixels between pixels are interpolated linearly, so that a garment that is turned by other than quarters is a
    little softer as well.
    """
    radians = torch.deg2rad(angles.to(torch.float32))
    cosines, sines, zeros = radians.cos(), radians.sin(), torch.zeros_like(radians)
    turn = torch.stack((cosines, -sines, zeros, sines, cosines, zeros), dim=1).view(-1, 2, 3)
    grid = F.affine_grid(turn, [len(images), 1, *images.shape[1:]], align_corners=False)
    return F.grid_sample(images[:, None], grid, mode="bilinear", padding_mode="zeros", align_corners=False)[:, 0]


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
