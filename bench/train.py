"""The one training harness: the same loop for every network, on every device.

The loop never waits for the device inside an epoch: losses and hits stay there and are read once the
epoch is over.  Only an observer that asks for it makes the loop stop and look in between.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from bench.batches import Images
from bench.checkpoint import Checkpointer
from bench.device import Precision, Target, autocast
from bench.observer import Observer, Reading, Sight
from bench.peak_memory import peak_bytes, reset_peak
from bench.progress import ALONE, OutOfTime, Progress, Surroundings, Tell
from bench.protocols import Training
from bench.records import Epoch
from bench.replay import Recorder, Replayed, rehearse
from bench.update import optimiser_of, set_learning_rate, training_step

EVALUATION_BATCH = 250


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
    observer: Observer | None = None,
    checkpoint: Path | None = None,
    around: Surroundings = ALONE,
    recorder: Recorder | None = None,
) -> Progress:
    """Train `model` in place and return its learning curve.

    Where the settings switch dropout off, the model is left without it.

    A checkpoint is written after each epoch but the last, unless that would take too great a part of
    the time, and where the time is up; where there is one, the run goes on from it, and on a device
    that repeats itself to the last bit it ends in the same weights as a run that was never stopped.
    A loss that is not finite ends the run after its epoch.

    Args:
        seed: of the order of the images and of the augmentation.  The caller seeds torch itself
            before it builds and initialises the model; dropout goes on from there.
        observer: looks on; what it has gathered is in the checkpoint too.
        around: told of the run as it goes on; a share that is done is one of its steps.
        recorder: records a step, which is then replayed; without one, or where it raises a RuntimeError, Python takes
            every step, and `around` is told why.

    Raises:
        OutOfTime: `around` said so at the end of an epoch.
    """
    optimiser = optimiser_of(model, settings, peak_learning_rate, target=target, recorded=recorder is not None)
    generator = torch.Generator().manual_seed(seed)
    observer = observer or Observer()
    if settings.dropout == "off":
        switch_off_dropout(model)
    checkpointer = Checkpointer(checkpoint, model, optimiser, generator, observer, target)
    progress = checkpointer.take_up()
    if progress.epochs:
        around.tell(len(progress.epochs) / settings.epochs, f"going on after epoch {len(progress.epochs)}")
        around.follow(progress)
    loop = _Loop(
        model, optimiser, train, validation, settings, target, precision,
        peak_learning_rate, generator, observer, progress, around.tell,
    )  # fmt: skip
    if not progress.epochs and observer.due(0):
        loop.look(step=0, seconds=0.0, held_out=loop.held_out())
    loop.rehearse(recorder)
    while len(progress.epochs) < settings.epochs:
        loop.epoch()
        around.follow(progress)
        if progress.diverged or len(progress.epochs) == settings.epochs:
            break
        stop = around.out_of_time()
        checkpointer.keep(progress, around.provenance, anyway=stop)
        if stop:
            raise OutOfTime
    return progress


@dataclass
class _Loop:
    """The steps of a run, an epoch at a time; `progress` grows as they are taken."""

    model: nn.Module
    optimiser: torch.optim.Optimizer
    train: Images
    validation: Images
    settings: Training
    target: Target
    precision: Precision
    peak_learning_rate: float
    generator: torch.Generator
    observer: Observer
    progress: Progress
    tell: Tell
    replayed: Replayed | None = None
    rehearsed_bytes: int = 0

    def __post_init__(self) -> None:
        self.steps_per_epoch = len(self.train) // self.settings.batch_size
        self.steps = self.steps_per_epoch * self.settings.epochs
        self.update = partial(
            _update, self.model, self.optimiser,
            target=self.target, precision=self.precision, clip_norm=self.settings.clip_norm,
        )  # fmt: skip

    def rehearse(self, recorder: Recorder | None) -> None:
        """Take a step that leaves no trace where the first is slow, and have it recorded; the peak of memory begins."""
        reset_peak(self.target)
        if recorder is None and self.target.type != "cuda":
            return
        images, labels = next(self._batches(torch.Generator()))
        self.replayed = rehearse(
            partial(self.update, taken=self.observer.of_gradients), images, labels, self.model, self.optimiser,
            target=self.target, recorder=recorder, tell=partial(self.tell, 0.0),
        )  # fmt: skip
        # A replay takes no memory, it was all taken by the recording.
        self.rehearsed_bytes = peak_bytes(self.target) or 0 if self.replayed else 0
        reset_peak(self.target)

    def epoch(self) -> None:
        """Take the steps of the next epoch, and look at the network after it."""
        done = len(self.progress.epochs)
        last = (done + 1) * self.steps_per_epoch
        losses: list[Tensor] = []
        hits: list[Tensor] = []
        self.model.train()
        clock = _Clock(self.target)
        clock.start()
        for step, (images, labels) in enumerate(self._batches(self.generator), start=last - self.steps_per_epoch + 1):
            loss, hit = self._step(step, images, labels)
            losses.append(loss)
            hits.append(hit)
            self.tell(step / self.steps, f"epoch {done + 1} of {self.settings.epochs}")
            if step < last and self.observer.due(step):
                clock.stop()
                self.look(step, self.progress.training_seconds + clock.seconds, self.held_out())
                self.model.train()
                clock.start()
        clock.stop()
        step_losses, held_out = torch.stack(losses).tolist(), self.held_out()
        self.progress.step_losses += step_losses
        self.progress.training_seconds += clock.seconds
        self.progress.epochs.append(
            Epoch(
                epoch=done + 1,
                images=last * self.settings.batch_size,
                seconds=clock.seconds,
                images_per_second=self.steps_per_epoch * self.settings.batch_size / clock.seconds,
                train_loss=finite(sum(step_losses) / self.steps_per_epoch),
                train_accuracy=torch.cat(hits).float().mean().item(),
                validation_loss=finite(held_out.loss),
                validation_accuracy=held_out.accuracy,
                learning_rate=self._rate(last),
                memory_bytes=None if (peak := peak_bytes(self.target)) is None else max(peak, self.rehearsed_bytes),
                replayed=self.replayed is not None,
            )
        )
        self.look(last, self.progress.training_seconds, held_out)

    def held_out(self) -> Reading:
        return read(self.model, self.validation, target=self.target, precision=self.precision)

    def look(self, step: int, seconds: float, held_out: Reading) -> None:
        """Let the observer see the run after `step`."""
        images = step * self.settings.batch_size
        self.observer.look(Sight(self.model, len(self.progress.epochs), step, images, seconds, held_out))

    def _batches(self, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        settings = self.settings
        return self.train.epoch(settings.batch_size, generator=generator, augmentation=settings.augmentation)

    def _step(self, step: int, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """The loss of a batch, and which of its images were classified rightly; both stay on the device."""
        set_learning_rate(self.optimiser, self._rate(step))
        asked = self.observer.reads_gradients(step)
        if self.replayed is not None:
            loss, hit, *found = self.replayed(images, labels)
        else:
            loss, hit, *found = self.update(images, labels, taken=self.observer.of_gradients if asked else None)
        if asked:
            self.observer.gradients(step, *found)
        return loss, hit

    def _rate(self, step: int) -> float:
        """The learning rate of this step, the first of which is 1."""
        if self.settings.schedule != "one-cycle":
            return self.peak_learning_rate
        return learning_rate_at(step - 1, self.steps, peak=self.peak_learning_rate, warmup=self.settings.warmup)


def _update(
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    images: Tensor,
    labels: Tensor,
    *,
    taken: Callable[[], Tensor] | None = None,
    **how: Any,
) -> tuple[Tensor, ...]:
    """A training step, of whose logits only which are right is left."""
    loss, logits, *found = training_step(model, optimiser, images, labels, before_clipping=taken, **how)
    return loss, logits.argmax(1) == labels, *found


def predict(model: nn.Module, images: Images, *, target: Target, precision: Precision) -> Tensor:
    """Logits `(N, num_classes)`, float32, on the CPU, in the order of `images`; leaves the model in evaluation mode."""
    model.eval()
    found = []
    with torch.inference_mode():
        for batch, _ in images.in_order(EVALUATION_BATCH):
            with autocast(target, precision):  # for the network alone: images are prepared as those of training are
                logits = model(batch)
            found.append(logits.float())
    return torch.cat(found).cpu()


def read(model: nn.Module, images: Images, *, target: Target, precision: Precision) -> Reading:
    """What `model`, left in evaluation mode, makes of `images`, in their order."""
    return Reading(predict(model, images, target=target, precision=precision), images.labels.cpu())


def switch_off_dropout(model: nn.Module) -> None:
    """Set the rate of every dropout layer and of every attention in `model` to zero, in place.

    A forward pass that calls torch's dropout functions itself is out of reach; no network of the registry does.
    """
    for module in model.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.p = 0.0
        elif isinstance(module, nn.MultiheadAttention):
            module.dropout = 0.0


def finite(value: float) -> float | None:
    """None for what JSON has no number for."""
    return value if math.isfinite(value) else None


class _Clock:
    """Adds up the seconds between `start` and `stop`; the device has done its work at both."""

    def __init__(self, target: Target) -> None:
        self.seconds = 0.0
        self._target = target

    def start(self) -> None:
        self._target.synchronise()
        self._begun = time.perf_counter()

    def stop(self) -> None:
        self._target.synchronise()
        self.seconds += time.perf_counter() - self._begun
