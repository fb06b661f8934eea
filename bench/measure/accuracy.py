"""One training run and one reading of the test set."""

from __future__ import annotations

import numpy as np
import torch

from bench.measure.outcome import outcome
from bench.measure.run import Run
from bench.measure.splits import split
from bench.records import Accuracy
from bench.train import finite, read

Predictions = dict[str, np.ndarray]


def measure_accuracy(run: Run) -> tuple[Accuracy, Predictions]:
    """Train the network as the protocol says, then read the test set once.

    Returns:
        The result, and for each test image the predicted class, the probability given to it and
        the true class.

    Raises:
        OutOfTime: the time budget ended between two epochs; the checkpoint holds the run.
    """
    train, validation, test = split(run.data, run.protocol, run.target)
    model = run.network()
    progress = run.train(model, train, validation)
    run.tell(0.9, "test set")
    tested = read(model, test, target=run.target, precision=run.precision)
    logits, labels = tested.logits, tested.labels
    predicted = logits.argmax(1)
    probabilities = logits.softmax(1).gather(1, predicted[:, None])[:, 0]
    result = Accuracy(
        outcome=outcome(progress, num_classes=logits.shape[1]),
        peak_learning_rate=run.peak_learning_rate,
        steps=len(progress.step_losses),
        step_losses=tuple(map(finite, progress.step_losses)),
        epochs=tuple(progress.epochs),
        training_seconds=progress.training_seconds,
        test_images=len(labels),
        test_accuracy=tested.accuracy,
        test_loss=finite(tested.loss),
        predictions=None,
        predictions_sha256=None,
        resumed=progress.resumed,
    )
    return result, {
        "predicted": predicted.to(torch.uint8).numpy(),
        "probability": probabilities.to(torch.float16).numpy(),
        "label": labels.to(torch.uint8).numpy(),
    }
