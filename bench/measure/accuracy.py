"""One training run and one reading of the test set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

import archs
from bench.batches import Images
from bench.data import FashionMNIST
from bench.device import Precision, Target
from bench.measure.networks import ready
from bench.protocols import HELD_OUT, Protocol
from bench.records import Accuracy
from bench.train import Progress, finite, fit, predict

SPLIT_SEED = 0
"""Of the shuffle that sets the held-out images apart; the same in every protocol."""

Predictions = dict[str, np.ndarray]


def measure_accuracy(
    arch: str,
    protocol: Protocol,
    data: FashionMNIST,
    *,
    seed: int,
    target: Target,
    precision: Precision,
    checkpoint: Path | None = None,
    out_of_time: Callable[[], bool] = lambda: False,
    tell: Callable[[float, str], None] = lambda share, text: None,
) -> tuple[Accuracy, Predictions]:
    """Train `arch` as `protocol` says, then read the test set once.

    Returns:
        The result, and for each test image the predicted class, the probability given to it and
        the true class.

    Raises:
        OutOfTime: the time budget ended between two epochs; the checkpoint holds the run.
    """
    settings, spec = protocol.training, archs.get_spec(arch)
    train, validation, test = split(data, protocol, target)
    model = ready(arch, image_size=protocol.image_size, target=target, seed=seed)
    peak = settings.peak_learning_rate(spec.name, spec.family)
    progress = fit(
        model,
        train,
        validation,
        settings,
        target=target,
        precision=precision,
        peak_learning_rate=peak,
        seed=seed,
        checkpoint=checkpoint,
        out_of_time=out_of_time,
        tell=lambda share, text: tell(0.9 * share, text),
    )
    tell(0.9, "test set")
    logits, labels = predict(model, test, target=target, precision=precision), test.labels.cpu()
    predicted = logits.argmax(1)
    probabilities = logits.softmax(1).gather(1, predicted[:, None])[:, 0]
    result = Accuracy(
        outcome=outcome(progress, num_classes=logits.shape[1]),
        peak_learning_rate=peak,
        steps=len(progress.step_losses),
        step_losses=tuple(map(finite, progress.step_losses)),
        epochs=tuple(progress.epochs),
        training_seconds=progress.training_seconds,
        test_images=len(labels),
        test_accuracy=(predicted == labels).double().mean().item(),
        test_loss=finite(F.cross_entropy(logits, labels).item()),
        predictions=None,
        predictions_sha256=None,
        resumed=progress.resumed,
    )
    return result, {
        "predicted": predicted.to(torch.uint8).numpy(),
        "probability": probabilities.to(torch.float16).numpy(),
        "label": labels.to(torch.uint8).numpy(),
    }


def split(data: FashionMNIST, protocol: Protocol, target: Target) -> tuple[Images, Images, Images]:
    """Training, validation and test images on the device; no image is in two of them."""
    settings = protocol.training
    order = torch.randperm(len(data.train_labels), generator=torch.Generator().manual_seed(SPLIT_SEED))
    chosen = {
        "validation": order[: settings.validation_images],
        "train": order[HELD_OUT : HELD_OUT + settings.train_images],
    }
    train, validation = (
        Images(data.train_images[i], data.train_labels[i], device=target.device, image_size=protocol.image_size)
        for i in (chosen["train"], chosen["validation"])
    )
    test = Images(
        data.test_images[: settings.test_images],
        data.test_labels[: settings.test_images],
        device=target.device,
        image_size=protocol.image_size,
    )
    return train, validation, test


def outcome(progress: Progress, *, num_classes: int) -> Literal["trained", "stuck at chance", "diverged"]:
    """How the run went: a loss that was not finite, or an accuracy under twice chance, is told from success."""
    if progress.diverged:
        return "diverged"
    if progress.epochs[-1].validation_accuracy < 2 / num_classes:
        return "stuck at chance"
    return "trained"
