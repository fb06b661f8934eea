"""Where the garment lies on its canvas: in the middle, moved, scaled, turned, or in one of the quarters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from bench.batches import Placement
from bench.protocols import Protocol

PLACES_SEED = 1_000_000
"""Of the places of held-out and test images, which are the same in every run, as the images are.  Far from the
seeds of runs, whose generators draw the order of the training images."""
MOST_SHIFTS = 7
"""At 224 pixels seven even steps over the margin have every remainder by 4; steps of a multiple of 4 would spare the
networks whose first convolution has that stride."""
SCALES = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3)
ANGLES = (0, 15, 30, 45, 60, 75, 90)
DIRECTIONS = ((1, 0), (0, 1), (-1, 0), (0, -1))


@dataclass(frozen=True)
class Transformation:
    """Placements of the test images by the strength of what is done to them."""

    name: Literal["shift", "scale", "rotation"]
    unit: Literal["pixels", "times", "degrees"]
    placements: dict[float, Placement | None]
    """In rising order of strength; None at the strength that leaves the images as they are."""


def object_side(protocol: Protocol) -> int:
    """Side of the garment's image in pixels of the canvas."""
    return round(protocol.training.object_share * protocol.image_size)


def transformations(count: int, side: int, canvas: int) -> tuple[Transformation, ...]:
    """What is done to `count` images of `side` pixels that were trained on in the middle of the canvas.

    Where a strength has several directions, every image goes in one of them, in turn, so that a mean over the images
    is one over the directions and costs one reading of the test set.  Scaled garments are made from the stored
    images, not from scaled ones; scales at which they do not fit are left out.
    """
    middle = Placement.middle(count, side, canvas)
    margin = (canvas - side) // 2
    distances = sorted({round(margin * step / MOST_SHIFTS) for step in range(1, MOST_SHIFTS + 1)} - {0})
    sides = sorted({_same_parity(side, scale) for scale in SCALES})
    return (
        Transformation("shift", "pixels", {0.0: None, **{float(by): shifted(middle, by) for by in distances}}),
        Transformation(
            "scale",
            "times",
            {
                scaled / side: None if scaled == side else Placement.middle(count, scaled, canvas)
                for scaled in sides
                if scaled <= canvas
            },
        ),
        Transformation(
            "rotation", "degrees", {float(angle): turned(middle, angle) if angle else None for angle in ANGLES}
        ),
    )


def shifted(placement: Placement, by: int) -> Placement:
    """Moved by `by` whole pixels: the first image down, the next to the right, up, to the left, and so on."""
    count = len(placement.corners)
    moves = torch.tensor(DIRECTIONS)[torch.arange(count) % len(DIRECTIONS)]
    return replace(placement, corners=placement.corners + by * moves)


def turned(placement: Placement, degrees: float) -> Placement:
    """Turned about the middle of the canvas: the first image anticlockwise, the next clockwise, and so on."""
    signs = 1 - 2 * (torch.arange(len(placement.corners)) % 2)
    return replace(placement, angles=degrees * signs.to(torch.float32))


def quarters(labels: Tensor, generator: torch.Generator) -> Tensor:
    """`(N,)`: for each image a quarter, 0 to 3, drawn so that every class has as many in each, give or take one."""
    order = torch.randperm(len(labels), generator=generator)
    by_class = order[labels.cpu()[order].argsort(stable=True)]
    drawn = torch.empty_like(order)
    drawn[by_class] = torch.arange(len(labels)) % 4
    return drawn


def in_quarters(drawn: Tensor, side: int, canvas: int) -> Placement:
    """In the middle of its quarter: 0 top left, 1 top right, 2 bottom left, 3 bottom right.

    Raises:
        ValueError: an image is larger than a quarter.
    """
    half = canvas // 2
    if side > half:
        raise ValueError(f"an image of {side} pixels does not fit in a quarter of a canvas of {canvas}")
    corners = torch.stack((drawn // 2, drawn % 2), dim=1) * (canvas - half)
    return Placement(side, corners + (half - side) // 2)


def _same_parity(side: int, scale: float) -> int:
    """The side nearest to `scale` times `side` whose middle falls on the same point of the canvas."""
    return side + 2 * round((scale - 1) * side / 2)
