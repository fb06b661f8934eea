"""One training run and one reading of the test set."""

from __future__ import annotations

import numpy as np
import torch

from bench.batches import Images
from bench.data import FashionMNIST
from bench.device import Target
from bench.measure.experiments.run import Run
from bench.protocols import HELD_OUT, Protocol
from bench.records import Accuracy, Outcome
from bench.train import Progress, finite, read

SPLIT_SEED = 0
"""Of the shuffle that sets the held-out images apart; the same in every protocol."""

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


def split(
    data: FashionMNIST, protocol: Protocol, target: Target, *, drawn_by: int | None = None
) -> tuple[Images, Images, Images]:
    """Training, validation and test images on the device; no image is in two of them.

    Args:
        drawn_by: seed that draws which training images are taken, where not all of them are; by default the same are.
    """
    settings = protocol.training
    test = Images(
        data.test_images[: settings.test_images],
        data.test_labels[: settings.test_images],
        device=target.device,
        image_size=protocol.image_size,
        standardise=settings.pixels == "standardised",
    )
    return *training_split(data, protocol, target, drawn_by=drawn_by), test


def training_split(
    data: FashionMNIST, protocol: Protocol, target: Target, *, drawn_by: int | None = None
) -> tuple[Images, Images]:
    """Training and validation images on the device; the test set is not touched."""
    settings = protocol.training
    order = torch.randperm(len(data.train_labels), generator=torch.Generator().manual_seed(SPLIT_SEED))
    pool = order[HELD_OUT:]
    if drawn_by is not None:
        pool = pool[torch.randperm(len(pool), generator=torch.Generator().manual_seed(drawn_by))]
    chosen = {"validation": order[: settings.validation_images], "train": pool[: settings.train_images]}
    train, validation = (
        Images(
            data.train_images[i],
            data.train_labels[i],
            device=target.device,
            image_size=protocol.image_size,
            standardise=settings.pixels == "standardised",
        )
        for i in (chosen["train"], chosen["validation"])
    )
    return train, validation


def outcome(progress: Progress, *, num_classes: int) -> Outcome:
    """How the run went: a loss that was not finite, or an accuracy under twice chance, is told from success."""
    if progress.diverged:
        return "diverged"
    if progress.epochs[-1].validation_accuracy < 2 / num_classes:
        return "stuck at chance"
    return "trained"
