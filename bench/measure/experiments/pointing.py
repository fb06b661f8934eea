"""Two tests of a map: does its most prominent point lie on the object, and do its most prominent pixels matter.

Pointing game: Zhang and others, "Top-down Neural Attention by Excitation Backprop", arXiv:1608.00507, but without its
margin of 15 pixels.  Deletion: Petsiuk and others, "RISE", arXiv:1806.07421.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from bench.batches import BLACK, Images
from bench.device import Precision, Target, autocast
from bench.train import EVALUATION_BATCH

DELETION_STEPS = 10


def most_prominent(maps: Tensor, generator: torch.Generator) -> Tensor:
    """`(N, 2)`: row and column of the cell with the largest value in each of `maps` `(N, h, w)`.

    Where several cells share the largest value one of them is drawn: the first would lie at the top left, and a map
    that tells nothing would be good or bad at pointing by where that is.
    """
    flat = maps.flatten(1)
    largest = flat == flat.amax(1, keepdim=True)
    lots = torch.rand(flat.shape, generator=generator).masked_fill(~largest, -1)
    cells = lots.argmax(1)
    return torch.stack((cells // maps.shape[2], cells % maps.shape[2]), dim=1)


def stretched_centres(side: int, canvas: int) -> tuple[float, ...]:
    """The middles of the cells of a map of `side` cells that is stretched over the canvas, in pixels along one side."""
    return tuple((index + 0.5) * canvas / side for index in range(side))


def boxes(images: Images) -> Tensor:
    """`(N, 4)`: top, left, bottom and right of each image on its canvas, in pixels; the last two are just outside.

    Raises:
        ValueError: the images fill their canvas.
    """
    if images.placement is None:
        raise ValueError("images that fill their canvas have no place on it")
    corners = images.placement.corners
    return torch.cat((corners, corners + images.placement.side), dim=1)


def hits(cells: Tensor, centres: Sequence[float], within: Tensor) -> tuple[int, int]:
    """How many of `cells` `(N, 2)`, whose middles are `centres` along either side, lie in their boxes `(N, 4)`.

    Returns:
        That, and the same with each cell held against the box of the next image: how often such cells hit without
        regard to the image.  A box of half the side almost always covers the middle of the canvas, so that a map
        with a liking for the middle hits far more often than the box's share of the canvas.
    """
    points = torch.tensor(centres)[cells]
    on_object, elsewhere = (
        int(((points >= box[:, :2]) & (points < box[:, 2:])).all(1).sum()) for box in (within, within.roll(-1, 0))
    )
    return on_object, elsewhere


def deletion_area(
    model: nn.Module,
    images: Images,
    maps: Tensor,
    *,
    target: Target,
    precision: Precision,
    generator: torch.Generator,
) -> float:
    """Area under the mean probability of the label while the canvas is blacked out by tenths, from 0 to 1.

    `maps` `(N, h, w)` are scaled to the canvas by bilinear interpolation, and pixels go in the order of their values;
    of equal ones the order is drawn.  The smaller, the more of the evidence lay where the map is high.
    """
    pixels = images.image_size**2
    shuffle = torch.randperm(pixels, generator=generator).to(images.device)
    sums = torch.zeros(DELETION_STEPS + 1, dtype=torch.float64)
    model.eval()
    with torch.inference_mode():
        for (batch, labels), part in zip(images.in_order(EVALUATION_BATCH), maps.split(EVALUATION_BATCH), strict=True):
            heat = F.interpolate(part.to(batch.device)[:, None], size=batch.shape[2:], mode="bilinear")
            order = shuffle[heat.flatten(1)[:, shuffle].argsort(dim=1, descending=True, stable=True)]
            places = torch.arange(pixels, device=batch.device).expand_as(order)
            ranks = torch.empty_like(order).scatter_(1, order, places).view_as(batch)
            for step in range(DELETION_STEPS + 1):
                left = batch.masked_fill(ranks * DELETION_STEPS < step * pixels, BLACK)
                with autocast(target, precision):
                    logits = model(left)
                sums[step] += logits.float().softmax(1).gather(1, labels[:, None]).sum().cpu()
    return float(torch.trapezoid(sums / len(images), dx=1 / DELETION_STEPS))
