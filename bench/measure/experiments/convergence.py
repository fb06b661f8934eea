"""How a network gets off the ground and when it arrives where, on held-out images; the test set is never read."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from bench.measure.outcome import outcome
from bench.measure.run import Run
from bench.measure.splits import training_split
from bench.observer import Observer, Sight
from bench.records import Check, Convergence, GradientNorms
from bench.train import finite

MOST_GRADIENTS = 300
"""Steps whose gradients are kept, spread evenly over the run."""


def convergence(run: Run) -> Convergence:
    """Train, with a look at the held-out images several times an epoch and at the gradients of a few hundred steps.

    The gradients are those of what is minimised: with auxiliary classifiers their weighted losses are in it,
    so that what such a classifier sends to the first layer is in the first layer's norm.

    Raises:
        OutOfTime: the time budget ended between two epochs; the checkpoint holds the run.
    """
    train, held_out = training_split(run.data, run.protocol, run.target)
    settings = run.protocol.training
    model = run.network()
    image, _ = train.batch(torch.zeros(1, dtype=torch.int64, device=train.device))
    course = Course(
        ends(model, image),
        steps_per_epoch=len(train) // settings.batch_size,
        epochs=settings.epochs,
        checks_per_epoch=settings.checks_per_epoch,
    )
    progress = run.train(model, train, held_out, course)
    return Convergence(
        outcome=outcome(progress, num_classes=course.num_classes),
        peak_learning_rate=run.peak_learning_rate,
        num_classes=course.num_classes,
        checks=tuple(course.checks),
        gradients=tuple(course.norms),
    )


def ends(model: nn.Module, image: Tensor) -> tuple[nn.Parameter, ...]:
    """Weights of the first and of the last layer on the way from `image` `(1, C, H, W)` to its logits.

    What has one weight a channel, as a normalisation, is no such layer, nor is an auxiliary classifier, which
    is not on the way.  Empty where there is none; leaves the model in evaluation mode.
    """
    met: list[nn.Parameter] = []

    def meet(module: nn.Module, inputs: object) -> None:
        assert isinstance(module.weight, nn.Parameter)
        met.append(module.weight)

    hooks = [module.register_forward_pre_hook(meet) for module in model.modules() if _has_weights(module)]
    try:
        with torch.inference_mode():
            model.eval()(image)
    finally:
        for hook in hooks:
            hook.remove()
    return (met[0], met[-1]) if met else ()


def _has_weights(module: nn.Module) -> bool:
    weight = getattr(module, "weight", None)
    return isinstance(weight, nn.Parameter) and weight.ndim > 1 and weight.requires_grad


def _norm(weight: nn.Parameter) -> Tensor:
    """Of its gradient, on the device; zero where the loss does not reach it."""
    return torch.zeros_like(weight).sum() if weight.grad is None else torch.linalg.vector_norm(weight.grad)


def dead_classes(logits: Tensor) -> int:
    """Classes whose logit is the same number for every image of `(N, num_classes)`.

    A ReLU before the logits makes such: zero for all images.  Numbers are the same when they are so in the
    precision of the run; two that differ by less than a step of bf16 are one.
    """
    return int((logits == logits[:1]).all(0).sum())


class Course(Observer):
    """Looks at the held-out images before the first step and then `checks_per_epoch` times an epoch, and at the
    gradients of some of the steps.

    The norms are taken while the clock of the training runs, since stopping it would make the host wait for the
    device; they are two sums over one layer's weights each.

    Args:
        weights: of the first and of the last layer, or none.
    """

    def __init__(
        self, weights: Sequence[nn.Parameter], *, steps_per_epoch: int, epochs: int, checks_per_epoch: int
    ) -> None:
        self.checks: list[Check] = []
        self.norms: list[GradientNorms] = []
        self.num_classes = 0
        self._weights = weights
        self._steps_per_epoch = steps_per_epoch
        # The end of the epoch is not among them: there everyone looks.
        self._marks = {round(steps_per_epoch * check / checks_per_epoch) for check in range(1, checks_per_epoch)}
        self._every = math.ceil(steps_per_epoch * epochs / MOST_GRADIENTS)
        self._unread: list[tuple[int, Tensor]] = []

    def due(self, step: int) -> bool:
        return step == 0 or step % self._steps_per_epoch in self._marks

    def look(self, sight: Sight) -> None:
        self._read()
        self.num_classes = sight.held_out.logits.shape[1]
        self.checks.append(
            Check(
                step=sight.step,
                images=sight.images,
                seconds=sight.seconds,
                held_out_loss=finite(sight.held_out.loss),
                held_out_accuracy=sight.held_out.accuracy,
                dead_classes=dead_classes(sight.held_out.logits),
            )
        )

    def reads_gradients(self, step: int) -> bool:
        return bool(self._weights) and (step - 1) % self._every == 0

    @property
    def of_gradients(self) -> Callable[[], Tensor] | None:
        if not self._weights:
            return None
        return lambda: torch.stack([_norm(weight) for weight in self._weights])

    def gradients(self, step: int, found: Tensor) -> None:
        self._unread.append((step, found))

    def _read(self) -> None:
        """Fetch the norms that lie on the device: one wait for all of them, when the loop stands still anyway."""
        if self._unread:
            steps, norms = zip(*self._unread, strict=True)
            for step, (first, last) in zip(steps, torch.stack(norms).tolist(), strict=True):
                self.norms.append(GradientNorms(step=step, first=finite(first), last=finite(last)))
            self._unread = []

    def state(self) -> dict[str, Any]:
        return {
            "checks": [check.model_dump() for check in self.checks],
            "norms": [norms.model_dump() for norms in self.norms],
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.checks = [Check.model_validate(check) for check in state["checks"]]
        self.norms = [GradientNorms.model_validate(norms) for norms in state["norms"]]
