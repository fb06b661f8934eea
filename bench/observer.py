"""What an experiment sees of a training run while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Reading:
    """What a network makes of labelled images in evaluation mode; on the CPU."""

    logits: Tensor
    """`(N, num_classes)`, float32."""
    labels: Tensor
    """`(N,)`, int64."""

    @property
    def loss(self) -> float:
        """Mean cross-entropy in nats; may be not finite."""
        return F.cross_entropy(self.logits, self.labels).item()

    @property
    def accuracy(self) -> float:
        """Share of the images whose highest logit is their label's."""
        return (self.logits.argmax(1) == self.labels).double().mean().item()


@dataclass(frozen=True)
class Sight:
    """A training run between two of its steps."""

    model: nn.Module
    """In evaluation mode; `fit` sees to it that training goes on as if nobody had looked."""
    epochs: int
    """Finished ones."""
    step: int
    """Steps since the start of the run."""
    images: int
    """Seen since the start of the run."""
    seconds: float
    """Of training steps alone, since the start of the run."""
    held_out: Reading


class Observer:
    """Looks on while a network is trained, and leaves the training as it is.

    This one sees nothing and costs nothing; an experiment overrides what it needs.  What an observer has
    gathered is part of the run's checkpoint: a run that was stopped ends with the same.
    """

    def due(self, step: int) -> bool:
        """Whether to stop after this step, within an epoch, and `look`: the first step of a run is 1.

        0 asks whether to look before it, at the network as it was drawn.
        """
        return False

    def look(self, sight: Sight) -> None:
        """Called where `due` asked for it, and after each epoch.  The clock of the training stands still."""

    @property
    def of_gradients(self) -> Callable[[], Tensor] | None:
        """What is to be known of gradients, computed on the device between the backward pass and clipping.

        None where nothing is.  It must not wait for the device, and it may be recorded and replayed: what Python
        decides in it is decided once.
        """
        return None

    def reads_gradients(self, step: int) -> bool:
        """Whether it is asked for in this step."""
        return False

    def gradients(self, step: int, found: Tensor) -> None:
        """Given what `of_gradients` found in a step in which it was asked for; must not wait for the device."""

    def state(self) -> dict[str, Any]:
        """Plain numbers and lists that `restore` takes; asked for after an epoch."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
