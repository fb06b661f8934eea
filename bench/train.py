"""The one training harness: the same loop for every network, on every device.

The loop never waits for the device inside an epoch: losses and hits stay there and are read once the
epoch is over.  Only an observer that asks for it makes the loop stop and look in between.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from bench.batches import Images
from bench.checkpoint import load_checkpoint, save_checkpoint
from bench.device import Precision, Target, autocast
from bench.observer import Observer, Reading, Sight
from bench.peak_memory import peak_bytes, reset_peak
from bench.protocols import Training
from bench.records import Epoch
from bench.replay import Recorder, rehearse
from bench.update import optimiser_of, set_learning_rate, training_step

EVALUATION_BATCH = 250
CHECKPOINT_SHARE = 20
"""Times as long as it took to write the last one, before the next is written: a twentieth of a run's time at most."""


@dataclass
class Progress:
    """Where a training run stands; everything here survives a kill."""

    epochs: list[Epoch] = field(default_factory=list)
    step_losses: list[float] = field(default_factory=list)
    training_seconds: float = 0.0
    resumed: int = 0
    earlier: list[dict[str, Any]] = field(default_factory=list)
    """What each process said of itself that took part before this one; empty for one of which nothing is known."""

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
    observer: Observer | None = None,
    checkpoint: Path | None = None,
    provenance: Callable[[], dict[str, Any]] = dict,
    out_of_time: Callable[[], bool] = lambda: False,
    tell: Callable[[float, str], None] = lambda share, text: None,
    follow: Callable[[Progress], None] = lambda progress: None,
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
        provenance: what this process says of itself so far, in plain values; it is in the checkpoint
            for the process that goes on from there.
        tell: called with the share of the steps that is done and a line about it.
        follow: called with what is done after each epoch, and once where a run is taken up again; all of it is
            on the host by then.
        recorder: records a step, which is then replayed; without one, or where it raises a RuntimeError, Python takes
            every step, and `tell` hears why.

    Raises:
        OutOfTime: `out_of_time` said so at the end of an epoch.
    """
    steps_per_epoch = len(train) // settings.batch_size
    steps = steps_per_epoch * settings.epochs
    optimiser = optimiser_of(model, settings, peak_learning_rate, target=target, recorded=recorder is not None)
    generator = torch.Generator().manual_seed(seed)
    progress = Progress()
    observer = observer or Observer()
    if settings.dropout == "off":
        switch_off_dropout(model)
    if checkpoint is not None and (state := load_checkpoint(checkpoint, target)) is not None:
        progress = _restore(state, model, optimiser, generator, observer)
        tell(len(progress.epochs) / settings.epochs, f"going on after epoch {len(progress.epochs)}")
        follow(progress)

    def take_step(images: Tensor, labels: Tensor, *, taken: Callable[[], Tensor] | None = None) -> tuple[Tensor, ...]:
        loss, logits, *found = training_step(
            model, optimiser, images, labels,
            target=target, precision=precision, clip_norm=settings.clip_norm, before_clipping=taken,
        )  # fmt: skip
        return loss, logits.argmax(1) == labels, *found

    if not progress.epochs and observer.due(0):
        held_out = read(model, validation, target=target, precision=precision)
        observer.look(Sight(model, epochs=0, step=0, images=0, seconds=0.0, held_out=held_out))
    reset_peak(target)
    saved, saving = time.monotonic(), 0.0
    replayed, rehearsed_bytes = None, 0
    if recorder is not None or target.type == "cuda":
        first = train.epoch(settings.batch_size, generator=torch.Generator(), augmentation=settings.augmentation)
        recorded = partial(take_step, taken=observer.of_gradients)
        replayed = rehearse(
            recorded, *next(first), model, optimiser, target=target, recorder=recorder, tell=partial(tell, 0.0)
        )
        # A replay takes no memory, it was all taken by the recording.
        rehearsed_bytes = peak_bytes(target) or 0 if replayed else 0
        reset_peak(target)

    for epoch in range(len(progress.epochs), settings.epochs):
        model.train()
        losses: list[Tensor] = []
        hits: list[Tensor] = []
        clock = _Clock(target)
        clock.start()
        batches = train.epoch(settings.batch_size, generator=generator, augmentation=settings.augmentation)
        for index, (images, labels) in enumerate(batches):
            done = epoch * steps_per_epoch + index
            rate = peak_learning_rate
            if settings.schedule == "one-cycle":
                rate = learning_rate_at(done, steps, peak=peak_learning_rate, warmup=settings.warmup)
            step = done + 1
            set_learning_rate(optimiser, rate)
            asked = observer.reads_gradients(step)
            if replayed is not None:
                loss, hit, *found = replayed(images, labels)
            else:
                loss, hit, *found = take_step(images, labels, taken=observer.of_gradients if asked else None)
            if asked:
                observer.gradients(step, *found)
            losses.append(loss)
            hits.append(hit)
            tell(step / steps, f"epoch {epoch + 1} of {settings.epochs}")
            if index + 1 < steps_per_epoch and observer.due(step):
                clock.stop()
                held_out = read(model, validation, target=target, precision=precision)
                seconds = progress.training_seconds + clock.seconds
                observer.look(Sight(model, epoch, step, step * settings.batch_size, seconds, held_out))
                model.train()
                clock.start()
        clock.stop()

        epoch_losses = torch.stack(losses).tolist()
        held_out = read(model, validation, target=target, precision=precision)
        seen = steps_per_epoch * settings.batch_size
        progress.step_losses += epoch_losses
        progress.training_seconds += clock.seconds
        progress.epochs.append(
            Epoch(
                epoch=epoch + 1,
                images=seen * (epoch + 1),
                seconds=clock.seconds,
                images_per_second=seen / clock.seconds,
                train_loss=finite(sum(epoch_losses) / steps_per_epoch),
                train_accuracy=torch.cat(hits).float().mean().item(),
                validation_loss=finite(held_out.loss),
                validation_accuracy=held_out.accuracy,
                learning_rate=rate,
                memory_bytes=None if (peak := peak_bytes(target)) is None else max(peak, rehearsed_bytes),
                replayed=replayed is not None,
            )
        )
        observer.look(Sight(model, epoch + 1, step, seen * (epoch + 1), progress.training_seconds, held_out))
        follow(progress)
        if progress.diverged or epoch + 1 == settings.epochs:
            break
        stop, begun = out_of_time(), time.monotonic()
        if checkpoint is not None and (stop or begun - saved >= CHECKPOINT_SHARE * saving):
            save_checkpoint(checkpoint, _state(model, optimiser, generator, progress, observer, provenance()), target)
            saved, saving = time.monotonic(), time.monotonic() - begun
        if stop:
            raise OutOfTime
    return progress


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


def _state(
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    generator: torch.Generator,
    progress: Progress,
    observer: Observer,
    provenance: dict[str, Any],
) -> dict[str, Any]:
    return {
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "generator": generator.get_state(),
        "epochs": [epoch.model_dump() for epoch in progress.epochs],
        "step_losses": progress.step_losses,
        "training_seconds": progress.training_seconds,
        "resumed": progress.resumed,
        "observer": observer.state(),
        "processes": [*progress.earlier, provenance],
    }


def _restore(
    state: dict[str, Any],
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    generator: torch.Generator,
    observer: Observer,
) -> Progress:
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    generator.set_state(state["generator"])
    observer.restore(state.get("observer", {}))  # a checkpoint of before there were observers has none
    return Progress(
        epochs=[Epoch.model_validate(epoch) for epoch in state["epochs"]],
        step_losses=state["step_losses"],
        training_seconds=state["training_seconds"],
        resumed=state["resumed"] + 1,
        earlier=state.get("processes", [{}]),  # one of before processes were told of says nothing of its own
    )
