"""A task that only position solves: in which quarter of the canvas does the garment lie."""

from __future__ import annotations

import torch

from bench.batches import Images
from bench.measure.experiments.convergence import dead_classes
from bench.measure.experiments.places import PLACES_SEED, in_quarters, object_side, quarters
from bench.measure.outcome import outcome
from bench.measure.run import Run
from bench.measure.splits import split
from bench.records.experiments import Quadrants
from bench.train import predict


def quadrants(run: Run) -> Quadrants:
    """Train on quarters as labels, then read the test images, each in one quarter.

    Every class of garment lies in every quarter equally often, so that what it is tells nothing about where it is.

    Raises:
        OutOfTime: the time budget ended between two epochs; the checkpoint holds the run.
    """
    canvas, side = run.protocol.image_size, object_side(run.protocol)
    own, common = torch.Generator().manual_seed(PLACES_SEED + 1 + run.seed), torch.Generator().manual_seed(PLACES_SEED)

    def drawn(images: Images, generator: torch.Generator) -> Images:
        labels = quarters(images.labels, generator)
        return images.placed(in_quarters(labels, side, canvas), labels)

    train, held_out, test = split(run.data, run.protocol, run.target)
    train, held_out, test = drawn(train, own), drawn(held_out, common), drawn(test, common)
    model = run.network(num_classes=4)
    progress = run.train(model, train, held_out)
    run.tell(0.9, "test set")
    logits = predict(model, test, target=run.target, precision=run.precision)
    return Quadrants(
        outcome=outcome(progress, num_classes=4),
        peak_learning_rate=run.peak_learning_rate,
        object_side=side,
        test_images=len(test),
        test_accuracy=(logits.argmax(1) == test.labels.cpu()).double().mean().item(),
        dead_classes=dead_classes(logits),
    )
