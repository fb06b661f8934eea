"""A training run and its reading of the test set."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bench.records.base import Model, Outcome


class Epoch(Model):
    """One row of the learning curve; losses are mean cross-entropies in nats."""

    epoch: int
    images: int
    """Seen since the start of the run."""
    seconds: float
    images_per_second: float
    train_loss: float | None
    train_accuracy: float
    validation_loss: float | None
    validation_accuracy: float
    learning_rate: float
    memory_bytes: int | None
    """The most in use since the training began or was taken up again, with the reading of held-out images; on a CPU by
    the whole process, and None where the system does not say."""
    replayed: bool = False
    """Whether its steps were recorded once, as a CUDA graph, and replayed; else Python took each."""


class Accuracy(Model):
    """One training run and one reading of the test set.

    A loss that is not finite is None, since JSON has no such number; `outcome` says so.
    """

    kind: Literal["accuracy"] = "accuracy"
    outcome: Outcome
    peak_learning_rate: float
    steps: int
    step_losses: tuple[float | None, ...]
    epochs: tuple[Epoch, ...]
    training_seconds: float
    """Of the training steps alone: no validation, no checkpoints."""
    test_images: int = Field(gt=0)
    test_accuracy: float
    test_loss: float | None
    predictions: str | None
    """File beside the record: predicted class, its probability and the true class of each test image."""
    predictions_sha256: str | None
    resumed: int
    """How often the run was stopped and taken up again."""
