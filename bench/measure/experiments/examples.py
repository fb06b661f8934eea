"""A few canvases with a map of their class over them, for a picture."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from bench.batches import Images
from bench.data import MEAN, STD
from bench.measure.experiments.pointing import boxes
from bench.records.experiments import Example

EXAMPLES = 6
LARGEST_SIDE = 56
"""Of a canvas in a record; larger ones are brought down by a whole factor, so that six of 224 pixels do not take a
megabyte."""


def examples(images: Images, predicted: Tensor, maps: Tensor) -> tuple[Example, ...]:
    """The first image of each of the first six classes that turn up, whether it was classified correctly or not.

    `predicted` `(N,)` are classes, `maps` `(N, h, w)` those of the true class.
    """
    labels = images.labels.cpu()
    first = list({int(label): index for index, label in reversed(list(enumerate(labels)))}.values())
    chosen = torch.tensor(sorted(first)[:EXAMPLES])
    canvases, _ = images.some(chosen).batch(torch.arange(len(chosen), device=images.device))
    factor = -(-images.image_size // LARGEST_SIDE)
    pixels = F.avg_pool2d((canvases.cpu() * STD + MEAN) * 255, factor)[:, 0].round().clamp(0, 255).int()
    return tuple(
        Example(
            label=int(labels[index]),
            predicted=int(predicted[index]),
            box=tuple(round(edge / factor) for edge in box),
            canvas=tuple(map(tuple, canvas)),
            map=tuple(map(tuple, maps[index].tolist())),
        )
        for index, canvas, box in zip(chosen.tolist(), pixels.tolist(), boxes(images)[chosen].tolist(), strict=True)
    )
