"""The one training harness: the same loop for every network, on every device.

The loop never waits for the device inside an epoch: losses and hits stay there and are read once the
epoch is over.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from archs.auxiliary import AUXILIARY_WEIGHT, WithAuxiliary
from bench.batches import Images
from bench.checkpoint import load_checkpoint, save_checkpoint
from bench.device import Precision, Target, autocast
from bench.peak_memory import peak_bytes
from bench.protocols import Training
from bench.records import Epoch

EVALUATION_BATCH = 250


@dataclass
class Progress:
    """Where a training run stands; everything here survives a kill."""

    epochs: list[Epoch] = field(default_factory=list)
    step_losses: list[float] = field(default_factory=list)
    training_seconds: float = 0.0
    resumed: int = 0

    @property
    def diverged(self) -> bool:
        return not all(map(math.isfinite, self.step_losses))


class OutOfTime(Exception):
    """The time budget is spent; the run can be taken up where its checkpoint stands."""


def learning_rate_at(step: int, steps: int, *, peak: float, warmup: float) -> float:
    """Linear rise to `peak` over the first `warmup` share of `steps`, then half a cosine towards zero."""
    rise = max(1, round(warmup * steps))
    if step < rise:
        return peak * (step + 1) / rise
    return peak * 0.5 * (1 + math.cos(math.pi * (step + 1 - rise) / (steps - rise + 1)))


def fit(
    model: nn.Module,
    train: Images,
    validation: Images,
    settings: Training,
    *,
    target: Target,
    precision: Precision,
    peak_learning_rate: float,
    seed: int,
    checkpoint: Path | None = None,
    out_of_time: Callable[[], bool] = lambda: False,
    tell: Callable[[float, str], None] = lambda share, text: None,
) -> Progress:
    """Train `model` in place and return its learning curve.

    A checkpoint is written after each epoch but the last; where there is one, the run goes on from
    it and ends in the same weights as a run that was never stopped.  A loss that is not finite ends
    the run after its epoch.

    Args:
        seed: of the order of the images and of the augmentation.  The caller seeds torch itself
            before it builds and initialises the model; dropout goes on from there.
        tell: called with the share of the steps that is done and a line about it.

    Raises:
        OutOfTime: `out_of_time` said so at the end of an epoch.
    """
    steps_per_epoch = len(train) // settings.batch_size
    steps = steps_per_epoch * settings.epochs
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=peak_learning_rate, weight_decay=settings.weight_decay, fused=target.type != "mps"
    )
    generator = torch.Generator().manual_seed(seed)
    progress = Progress()
    if checkpoint is not None and (state := load_checkpoint(checkpoint, target)) is not None:
        progress = _restore(state, model, optimiser, generator)
        tell(len(progress.epochs) / settings.epochs, f"going on after epoch {len(progress.epochs)}")

    for epoch in range(len(progress.epochs), settings.epochs):
        model.train()
        losses: list[Tensor] = []
        hits: list[Tensor] = []
        target.synchronise()
        start = time.perf_counter()
        batches = train.epoch(settings.batch_size, generator=generator, augmentation=settings.augmentation)
        for index, (images, labels) in enumerate(batches):
            step = epoch * steps_per_epoch + index
            rate = learning_rate_at(step, steps, peak=peak_learning_rate, warmup=settings.warmup)
            for group in optimiser.param_groups:
                group["lr"] = rate
            loss, logits = training_step(
                model, optimiser, images, labels, target=target, precision=precision, clip_norm=settings.clip_norm
            )
            losses.append(loss)
            hits.append(logits.argmax(1) == labels)
            tell((step + 1) / steps, f"epoch {epoch + 1} of {settings.epochs}")
        target.synchronise()
        seconds = time.perf_counter() - start

        epoch_losses = torch.stack(losses).tolist()
        validation_loss, validation_accuracy = _loss_and_accuracy(model, validation, target, precision)
        seen = steps_per_epoch * settings.batch_size
        progress.step_losses += epoch_losses
        progress.training_seconds += seconds
        progress.epochs.append(
            Epoch(
                epoch=epoch + 1,
                images=seen * (epoch + 1),
                seconds=seconds,
                images_per_second=seen / seconds,
                train_loss=finite(sum(epoch_losses) / steps_per_epoch),
                train_accuracy=torch.cat(hits).float().mean().item(),
                validation_loss=finite(validation_loss),
                validation_accuracy=validation_accuracy,
                learning_rate=rate,
                memory_bytes=peak_bytes(target),
            )
        )
        if progress.diverged or epoch + 1 == settings.epochs:
            break
        if checkpoint is not None:
            save_checkpoint(checkpoint, _state(model, optimiser, generator, progress), target)
        if out_of_time():
            raise OutOfTime
    return progress


def training_step(
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    images: Tensor,
    labels: Tensor,
    *,
    target: Target,
    precision: Precision,
    clip_norm: float,
) -> tuple[Tensor, Tensor]:
    """One update.  Returns the batch's mean cross-entropy, a scalar, and its logits `(B, num_classes)`.

    The losses of auxiliary classifiers steer the update and are left out of what is returned.
    """
    with autocast(target, precision):
        output = model(images)
    loss, objective, logits = losses(output, labels)
    optimiser.zero_grad(set_to_none=True)
    objective.backward()
    nn.utils.clip_grad_norm_(model.parameters(), clip_norm, foreach=True)
    optimiser.step()
    return loss.detach(), logits.detach()


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


def predict(model: nn.Module, images: Images, *, target: Target, precision: Precision) -> Tensor:
    """Logits `(N, num_classes)`, float32, on the CPU, in the order of `images`; leaves the model in evaluation mode."""
    model.eval()
    with torch.inference_mode(), autocast(target, precision):
        return torch.cat([model(batch).float() for batch, _ in images.in_order(EVALUATION_BATCH)]).cpu()


def finite(value: float) -> float | None:
    """None for what JSON has no number for."""
    return value if math.isfinite(value) else None


def _loss_and_accuracy(model: nn.Module, images: Images, target: Target, precision: Precision) -> tuple[float, float]:
    logits, labels = predict(model, images, target=target, precision=precision), images.labels.cpu()
    return F.cross_entropy(logits, labels).item(), (logits.argmax(1) == labels).float().mean().item()


def _state(
    model: nn.Module, optimiser: torch.optim.Optimizer, generator: torch.Generator, progress: Progress
) -> dict[str, Any]:
    return {
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "generator": generator.get_state(),
        "epochs": [epoch.model_dump() for epoch in progress.epochs],
        "step_losses": progress.step_losses,
        "training_seconds": progress.training_seconds,
        "resumed": progress.resumed,
    }


def _restore(
    state: dict[str, Any], model: nn.Module, optimiser: torch.optim.Optimizer, generator: torch.Generator
) -> Progress:
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    generator.set_state(state["generator"])
    return Progress(
        epochs=[Epoch.model_validate(epoch) for epoch in state["epochs"]],
        step_losses=state["step_losses"],
        training_seconds=state["training_seconds"],
        resumed=state["resumed"] + 1,
    )
