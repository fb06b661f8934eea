"""What the experiments leave behind: each trains a network in its own way and reads one thing off it."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import median
from typing import Annotated, Literal

from pydantic import Field

from bench.records.base import Model, Outcome

Share = Annotated[float, Field(ge=0, le=1)]
Loss = float | None
"""Mean cross-entropy in nats; None where it is not finite."""
MapKind = Literal["class map", "weight map", "Grad-CAM"]


class FitEpoch(Model):
    """After an epoch, in evaluation mode: the images that were trained on beside images that were held out."""

    epoch: int
    """0 before the first step."""
    train_loss: Loss
    train_accuracy: Share
    held_out_loss: Loss
    held_out_accuracy: Share


class Overfitting(Model):
    """How much better a network does on what it was trained on."""

    kind: Literal["overfitting"] = "overfitting"
    outcome: Outcome
    peak_learning_rate: float
    train_images: int = Field(gt=0)
    sampled_images: int = Field(gt=0)
    """Training images that the training side of every comparison is read from."""
    epochs: tuple[FitEpoch, ...] = Field(min_length=1)
    test_images: int = Field(gt=0)
    test_loss: Loss
    test_accuracy: Share


class Check(Model):
    """The held-out images looked at in the course of training."""

    step: int
    """Taken before; 0 is the network as it was drawn."""
    images: int
    """Seen since the start of the run."""
    seconds: float
    """Of training steps alone."""
    held_out_loss: Loss
    held_out_accuracy: Share
    dead_classes: int
    """Classes whose score is the same number for every held-out image."""


class GradientNorms(Model):
    """Norms of the gradient of the loss in one step, before clipping; of the logits' loss, auxiliary ones included."""

    step: int
    first: float | None
    """Of the weights of the first layer that has any."""
    last: float | None
    """Of the weights of the last layer before the logits."""


class Convergence(Model):
    """How a network gets off the ground, and when it arrives where."""

    kind: Literal["convergence"] = "convergence"
    outcome: Outcome
    peak_learning_rate: float
    num_classes: int
    checks: tuple[Check, ...] = Field(min_length=1)
    gradients: tuple[GradientNorms, ...]

    @property
    def gradient_ratio(self) -> float | None:
        """Median over steps of the first weights' gradient norm over the last weights'; None where no step has both.

        Zero where no error reaches the first layer in most steps, which a geometric mean could not tell.
        """
        ratios = [step.first / step.last for step in self.gradients if step.first is not None and step.last]
        return median(ratios) if ratios else None


class Curve(Model):
    """Accuracy on the test images under one transformation, by its strength."""

    transformation: Literal["shift", "scale", "rotation"]
    unit: Literal["pixels", "times", "degrees"]
    strengths: tuple[float, ...]
    accuracies: tuple[Share, ...]
    """Means over the directions of the transformation where there are several."""


class Robustness(Model):
    """Accuracy on images moved, scaled and turned, of a network trained on images in the middle of their canvas."""

    kind: Literal["robustness"] = "robustness"
    outcome: Outcome
    peak_learning_rate: float
    object_side: int
    """Of the garment's image in pixels; the canvas around it is black."""
    test_images: int
    clean_accuracy: Share
    curves: tuple[Curve, ...]

    def retained_area(self, curve: Curve) -> float | None:
        """Mean over the range of strengths of accuracy over clean accuracy, by the trapezoidal rule.

        None where there is no clean accuracy, or one strength only.
        """
        points = sorted(zip(curve.strengths, curve.accuracies, strict=True))
        scale = (points[-1][0] - points[0][0]) * self.clean_accuracy
        area = math.fsum((after - before) * (a + b) / 2 for (before, a), (after, b) in pairwise(points))
        return area / scale if scale else None


class Quadrants(Model):
    """A task of which position is the label: in which quarter of the canvas the garment lies."""

    kind: Literal["quadrants"] = "quadrants"
    outcome: Outcome
    peak_learning_rate: float
    object_side: int
    test_images: int
    test_accuracy: Share
    """Chance is a quarter."""
    dead_classes: int | None = None
    """Quarters whose score is the same for every test image: a network that has them did not come to be asked."""


class Pointing(Model):
    """How often the most prominent point of one kind of map lies on the object."""

    map: MapKind
    hits: int
    """With a map that is stretched over the canvas, and the middle of its most prominent cell."""
    images: int
    """Those that the network classified correctly."""
    deletion_area: float | None = None
    """Area under the class probability as the canvas is blacked out, most prominent tenth first."""
    map_side: int | None = None
    """Of these maps, in cells."""
    hits_elsewhere: int | None = None
    """Hits of the same points on the object of another image: what a map hits that does not look at its image."""
    field_hits: int | None = None
    """Hits with the middle of the cell's receptive field instead: without padding the cells of a map do not look where
    they come to lie when it is stretched.  None where it is not known."""
    field_hits_elsewhere: int | None = None
    """Of those points on the object of another image."""


class Example(Model):
    """One canvas with a map over it, of the first kind in `pointing`, for the picture."""

    label: int
    predicted: int
    box: tuple[int, int, int, int]
    """Top, left, bottom and right of the object, in pixels."""
    canvas: tuple[tuple[int, ...], ...]
    """Pixels, 0 to 255."""
    map: tuple[tuple[float, ...], ...]
    """Of the true class, at its own resolution, before any scaling up."""


class Localisation(Model):
    """Whether a network that was trained on labels alone also tells where the object lies."""

    kind: Literal["localisation"] = "localisation"
    outcome: Outcome
    peak_learning_rate: float
    object_side: int
    canvas_side: int
    test_images: int
    test_accuracy: Share
    chance: Share
    """The object's share of the canvas: what a point drawn at random hits."""
    map_side: int
    """Of the maps of the first kind in `pointing`, in cells."""
    pointing: tuple[Pointing, ...]
    examples: tuple[Example, ...] = ()


class BranchDrop(Model):
    """The test accuracy with one branch of one module silenced."""

    module: str
    branch: str
    accuracy: Share


class Branches(Model):
    """What each branch of each Inception module is worth to the trained network."""

    kind: Literal["branches"] = "branches"
    outcome: Outcome
    peak_learning_rate: float
    test_images: int
    accuracy: Share
    """With all branches."""
    drops: tuple[BranchDrop, ...]


class Proof(Model):
    """An identity or a bound, computed in float64 beside a control in which it does not hold."""

    kind: Literal["proof"] = "proof"
    name: str
    quantities: dict[str, float]
    """What was computed, each under its own name; a difference is the largest absolute one."""
