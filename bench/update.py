"""One update of a network's weights, as every training and every timing of training takes it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from archs.auxiliary import AUXILIARY_WEIGHT, WithAuxiliary
from bench.device import Precision, Target, autocast
from bench.protocols import Training


def optimiser_of(
    model: nn.Module, settings: Training, learning_rate: float, *, target: Target, recorded: bool = False
) -> torch.optim.Optimizer:
    """The optimiser that the settings name, over all parameters of `model`; SGD is without momentum.

    Where its steps are to be `recorded`, the learning rate lies on the device, for a replay finds it there.
    """
    made: dict[str, type[torch.optim.Optimizer]] = {
        "adamw": torch.optim.AdamW, "adam": torch.optim.Adam, "sgd": torch.optim.SGD
    }  # fmt: skip
    lr = torch.tensor(learning_rate, device=target.device) if recorded else learning_rate
    if recorded:
        expect_rehearsals()
    # SGD has no such option: it counts no steps, which is all that the option is about.
    options: dict[str, Any] = {"capturable": True} if recorded and settings.optimiser != "sgd" else {}
    options |= {"lr": lr, "weight_decay": settings.weight_decay, "fused": target.type != "mps"}
    return made[settings.optimiser](model.parameters(), **options)


def expect_rehearsals() -> None:
    """Of optimisers that are to be recorded PyTorch tells everyone that a step was taken without; rehearsals are."""
    warnings.filterwarnings("ignore", message="This instance was constructed with capturable=True")


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """For the next step; where the rate lies on a device it is written there, and nobody waits."""
    for group in optimiser.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


def training_step(
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    images: Tensor,
    labels: Tensor,
    *,
    target: Target,
    precision: Precision,
    clip_norm: float | None,
    before_clipping: Callable[[], Tensor] | None = None,
) -> tuple[Tensor, ...]:
    """One update.

    Args:
        before_clipping: called when the gradients of the whole objective are there.

    Returns:
        The batch's mean cross-entropy, a scalar, and its logits `(B, num_classes)`; then what `before_clipping`
        found, if there is one.  The losses of auxiliary classifiers steer the update and are left out.
    """
    with autocast(target, precision):
        output = model(images)
    loss, objective, logits = losses(output, labels)
    optimiser.zero_grad(set_to_none=True)
    objective.backward()
    found = () if before_clipping is None else (before_clipping(),)
    if clip_norm is not None:
        nn.utils.clip_grad_norm_(model.parameters(), clip_norm, foreach=True)
    optimiser.step()
    return loss.detach(), logits.detach(), *found


def losses(output: Tensor | WithAuxiliary, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What a network gave in training, against its labels.

    Returns:
        The mean cross-entropy of its logits, that plus the weighted ones of its auxiliary
        classifiers, which is what is minimised, and the logits `(B, num_classes)`.
    """
    logits, auxiliary = output if isinstance(output, WithAuxiliary) else (output, ())
    loss = objective = F.cross_entropy(logits.float(), labels)
    for other in auxiliary:
        objective = objective + AUXILIARY_WEIGHT * F.cross_entropy(other.float(), labels)
    return loss, objective, logits
