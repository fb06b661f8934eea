"""What a protocol is made of.

Its fields are part of the key of every unit measured under it, so that changing one makes new units
and leaves the old records as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from archs import FIVE

TRAINING_SET, TEST_SET, HELD_OUT = 60_000, 10_000, 5_000

Engine = Literal["eager", "contiguous", "compiled", "cuda-graph", "onnxruntime", "openvino"]
Experiment = Literal["overfitting", "convergence", "robustness", "quadrants", "localisation", "branches"]
Measure = Literal["complexity", "memory", "throughput", "accuracy", Experiment]
MEASURES: tuple[Measure, ...] = get_args(Measure)
PER_PROCESS: tuple[Measure, ...] = ("memory", "throughput")
"""Measurements that fresh processes repeat, since only they tell how a number differs from run to run."""
TRAINED: tuple[Measure, ...] = ("accuracy", *get_args(Experiment))
"""Measurements that train a network, once a seed."""
Standing = Literal["citable", "untuned", "quick look", "altered"]

STANDING_NOTES: dict[Standing, str] = {
    "citable": "citable",
    "untuned": "not citable: learning rates not tuned yet",
    "quick look": "not citable: a quick look",
    "altered": "not citable: settings changed on the command line",
}

STANDING_MEANINGS: dict[Standing, str] = {
    "citable": "the settings are the same for all, were tuned alike for all, or are those that a source prints",
    "untuned": "learning rates are starting values that no search chose; a claim decided on such records has a star",
    "quick look": "too little training and timing to rest anything on; decides no claim",
    "altered": "a setting was changed on the command line, such as `--batch-size`; decides no claim",
}


@dataclass(frozen=True)
class Training:
    """How a network is trained and tested.

    The first 5,000 images of one fixed shuffle of the training set are held out; `validation_images`
    of them are looked at while training.  Training images come after them in the same shuffle, or, to see
    what is learnt by heart, are drawn from all after them by the seed.  The first `test_images` of the test
    set are read after training: once, or once for each way in which an experiment changes them.
    """

    train_images: int
    epochs: int
    batch_size: int
    validation_images: int = HELD_OUT
    test_images: int = TEST_SET
    learning_rate: float = 1e-3
    learning_rates: tuple[tuple[str, float], ...] = (("lenet", 5e-3), ("vgg", 5e-4))
    """Peaks that differ from `learning_rate`, by the name of a network or of its family."""
    weight_decay: float = 0.01
    warmup: float = 0.2
    """Share of the steps in which the learning rate rises to its peak; then it falls as a cosine."""
    clip_norm: float | None = 1.0
    """Of the gradient of all parameters together; None where it is not clipped."""
    augmentation: Literal["none", "shift-flip"] = "none"
    dropout: Literal["as defined", "off"] = "as defined"
    checks_per_epoch: int = 1
    """How often an experiment on convergence looks at the held-out images."""
    object_share: float = 1.0
    """Side of the garment's image over that of the canvas, which is black around it."""
    optimiser: Literal["adamw", "adam", "sgd"] = "adamw"
    schedule: Literal["one-cycle", "constant"] = "one-cycle"
    initialisation: Literal["as registered", "xavier"] = "as registered"
    pixels: Literal["standardised", "unit interval"] = "standardised"

    def peak_learning_rate(self, name: str, family: str) -> float:
        """The network's own rate, else its family's, else the common one."""
        rates = dict(self.learning_rates)
        return rates.get(name, rates.get(family, self.learning_rate))


LATER_SETTINGS = ("optimiser", "schedule", "initialisation", "pixels")
"""Settings that came when there were records already, all of them made with what is now the default."""


def as_ever(protocol: Mapping[str, Any]) -> dict[str, Any]:
    """A protocol's settings without those that came later, where they are what all had before them.

    So that a setting which is new changes neither the key nor the name of what was measured without it.
    """
    told = dict(protocol.get("training") or {})
    before = {one.name: one.default for one in fields(Training)}
    for name in LATER_SETTINGS:
        if told.get(name) == before[name]:
            del told[name]
    return {**protocol, "training": told} if "training" in protocol else dict(protocol)


DESCRIBING = ("purpose", "standing", "seeds", "measures", "family", "archs")
"""What a protocol says of itself, of what a run takes unless it is told, and of how often that is repeated."""


def determining(protocol: Mapping[str, Any]) -> dict[str, Any]:
    """A protocol's settings without those that make no difference to what one unit measures."""
    settings = {name: value for name, value in as_ever(protocol).items() if name not in DESCRIBING}
    if "timing" in settings:
        settings["timing"] = {name: value for name, value in settings["timing"].items() if name != "processes"}
    return settings


@dataclass(frozen=True)
class Timing:
    """How throughput is timed: `rounds` visits to each case in turn, each of at least `min_seconds`.

    Before them come rounds of warm-up until no case gets faster by more than the share
    `steady_within`, or until `most_warmup_rounds` of them.  Every engine is timed in every precision;
    "auto" is the one that the run trains in.  Training casts fp32 weights in every step of bf16, inference beforehand.
    """

    inference_batches: tuple[int, ...] = (1, 64)
    training_batches: tuple[int, ...] = (64,)
    engines: tuple[Engine, ...] = ("eager",)
    precisions: tuple[Literal["auto", "fp32", "tf32", "bf16", "fp16"], ...] = ("auto",)
    processes: int = 1
    """Fresh processes, each of which times everything anew and leaves records of its own, and as many in which
    memory is weighed.  Only they tell how a number differs from run to run; one process knows no more than how its
    own rounds differ."""
    rounds: int = 7
    most_warmup_rounds: int = 12
    steady_within: float = 0.03
    min_seconds: float = 0.1

    @property
    def visits(self) -> int:
        """How often each batch of each mode is visited at most, over all engines and precisions."""
        return (self.rounds + self.most_warmup_rounds) * len(self.engines) * len(self.precisions)


@dataclass(frozen=True)
class Protocol:
    """Everything that decides what a run measures, but for the networks and the device."""

    name: str
    purpose: str
    image_size: int
    seeds: int
    standing: Standing
    training: Training
    timing: Timing = field(default_factory=Timing)
    in_channels: int = 1
    num_classes: int = 10
    memory_batch: int = 64
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    measures: tuple[Measure, ...] = ("complexity", "memory", "throughput", "accuracy")
    """What a run measures unless it is told."""
    archs: tuple[str, ...] = FIVE
    """Networks that a run takes unless it is told."""
    family: str = ""
    """Name by which a run asks for this protocol together with others that differ from it in one setting."""

    @property
    def citable(self) -> bool:
        return self.standing == "citable"
