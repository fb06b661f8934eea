"""How much better a network does on the images that it was trained on than on others."""

from __future__ import annotations

from typing import Any

import torch

from bench.batches import Images
from bench.measure.outcome import outcome
from bench.measure.run import Run
from bench.measure.splits import split
from bench.observer import Observer, Sight
from bench.protocols import HELD_OUT
from bench.records import FitEpoch, Overfitting
from bench.train import finite, read


def overfitting(run: Run) -> Overfitting:
    """Train, with a look at training and at held-out images before and after each epoch; then read the test set once.

    Each seed draws its own training images, smaller subsets out of larger ones: what is learnt by heart of a few images
    turns on which they are.

    Raises:
        OutOfTime: the time budget ended between two epochs; the checkpoint holds the run.
    """
    train, held_out, test = split(run.data, run.protocol, run.target, drawn_by=run.seed)
    fits = BothSides(sample(train), run)
    model = run.network()
    progress = run.train(model, train, held_out, fits)
    run.tell(0.9, "test set")
    tested = read(model, test, target=run.target, precision=run.precision)
    return Overfitting(
        outcome=outcome(progress, num_classes=tested.logits.shape[1]),
        peak_learning_rate=run.peak_learning_rate,
        train_images=len(train),
        sampled_images=len(fits.seen),
        epochs=tuple(fits.epochs),
        test_images=len(test),
        test_loss=finite(tested.loss),
        test_accuracy=tested.accuracy,
    )


def sample(train: Images) -> Images:
    """As many training images as are held out, or all of them: the first, since their order is that of a shuffle."""
    return train.some(torch.arange(min(HELD_OUT, len(train))))


class BothSides(Observer):
    """Reads images that were trained on, `seen`, beside the held-out ones before the first step and after each epoch.

    Both are read in evaluation mode, without dropout or augmentation: the loss of the training steps would
    have either, and be that of weights which were still changing.
    """

    def __init__(self, seen: Images, run: Run) -> None:
        self.seen = seen
        self.epochs: list[FitEpoch] = []
        self._run = run

    def due(self, step: int) -> bool:
        return step == 0

    def look(self, sight: Sight) -> None:
        trained = read(sight.model, self.seen, target=self._run.target, precision=self._run.precision)
        self.epochs.append(
            FitEpoch(
                epoch=sight.epochs,
                train_loss=finite(trained.loss),
                train_accuracy=trained.accuracy,
                held_out_loss=finite(sight.held_out.loss),
                held_out_accuracy=sight.held_out.accuracy,
            )
        )

    def state(self) -> dict[str, Any]:
        return {"epochs": [epoch.model_dump() for epoch in self.epochs]}

    def restore(self, state: dict[str, Any]) -> None:
        self.epochs = [FitEpoch.model_validate(epoch) for epoch in state["epochs"]]
