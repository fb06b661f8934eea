"""Named, frozen protocols: every setting of training and timing in one place.

A protocol's fields are part of the key of every unit measured under it, so that changing one makes
new units and leaves the old records as they are.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import Literal

from bench.errors import UserError

TRAINING_SET, TEST_SET, HELD_OUT = 60_000, 10_000, 5_000

Engine = Literal["eager", "contiguous", "compiled", "onnxruntime", "openvino"]
Measure = Literal["complexity", "memory", "throughput", "accuracy"]
MEASURES: tuple[Measure, ...] = ("complexity", "memory", "throughput", "accuracy")
Standing = Literal["citable", "untuned", "quick look", "altered"]

STANDING_NOTES: dict[Standing, str] = {
    "citable": "citable",
    "untuned": "not citable: learning rates not tuned yet",
    "quick look": "not citable: a quick look",
    "altered": "not citable: settings changed on the command line",
}


@dataclass(frozen=True)
class Training:
    """How a network is trained and tested.

    The first 5,000 images of one fixed shuffle of the training set are held out; `validation_images`
    of them are looked at while training.  Training images come after them in the same shuffle.  The
    first `test_images` of the test set are read once, after training.
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
    clip_norm: float = 1.0
    augmentation: Literal["none", "shift-flip"] = "none"

    def peak_learning_rate(self, name: str, family: str) -> float:
        """The network's own rate, else its family's, else the common one."""
        rates = dict(self.learning_rates)
        return rates.get(name, rates.get(family, self.learning_rate))


@dataclass(frozen=True)
class Timing:
    """How throughput is timed: `rounds` visits to each case in turn, each of at least `min_seconds`.

    Before them come rounds of warm-up until no case gets faster by more than the share
    `steady_within`, or until `most_warmup_rounds` of them.  Every engine is timed in every precision;
    "auto" is the one that the run trains in.
    """

    inference_batches: tuple[int, ...] = (1, 64)
    training_batches: tuple[int, ...] = (64,)
    engines: tuple[Engine, ...] = ("eager",)
    precisions: tuple[Literal["auto", "fp32", "tf32", "bf16", "fp16"], ...] = ("auto",)
    rounds: int = 7
    most_warmup_rounds: int = 12
    steady_within: float = 0.03
    min_seconds: float = 0.1


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
    memory_batch: int = 64
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    measures: tuple[Measure, ...] = MEASURES
    """What a run measures unless it is told."""

    @property
    def citable(self) -> bool:
        return self.standing == "citable"


EVERY_MODE = Timing(
    inference_batches=(1, 8, 64, 256),
    training_batches=(64, 256),
    engines=("eager", "contiguous", "compiled", "onnxruntime", "openvino"),
    precisions=("fp32", "tf32", "bf16", "fp16"),
    rounds=15,
)

# The learning rates are starting values from single runs, not the outcome of a search.  One search for
# all networks replaces them, and until then nothing is citable.
PROTOCOLS: dict[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        Protocol(
            name="smoke",
            purpose="seconds, for tests",
            image_size=28,
            seeds=1,
            standing="quick look",
            training=Training(train_images=512, epochs=2, batch_size=64, validation_images=256, test_images=256),
            timing=Timing(
                inference_batches=(8,), training_batches=(8,), rounds=3, most_warmup_rounds=1, min_seconds=0.0
            ),
            memory_batch=8,
        ),
        Protocol(
            name="quick",
            purpose="a first look, minutes on two cores",
            image_size=28,
            seeds=1,
            standing="quick look",
            training=Training(
                train_images=2_560,
                epochs=1,
                batch_size=32,
                validation_images=250,
                test_images=1_000,
                # One pass of 80 steps asks for other rates than a long training.  Several settings were
                # tried for NiN, fewer for the others, and test accuracies of earlier settings had been
                # seen by then: one more reason why this protocol is never cited.
                learning_rates=(("lenet", 2e-2), ("alexnet", 5e-4), ("vgg", 2e-4)),
                warmup=0.3,
            ),
            timing=Timing(
                inference_batches=(1, 8, 32), training_batches=(32,), rounds=6, most_warmup_rounds=6, min_seconds=0.05
            ),
            memory_batch=32,
        ),
        Protocol(
            name="budget28",
            purpose="two cores, a few hours",
            image_size=28,
            seeds=5,
            standing="untuned",
            training=Training(train_images=20_000, epochs=3, batch_size=64),
            timing=Timing(inference_batches=(1, 8, 64, 256), rounds=15),
        ),
        Protocol(
            name="matched28",
            purpose="a GPU in minutes, a CPU in a day",
            image_size=28,
            seeds=5,
            standing="untuned",
            training=Training(
                train_images=TRAINING_SET - HELD_OUT, epochs=10, batch_size=128, augmentation="shift-flip"
            ),
            timing=Timing(inference_batches=(1, 8, 64, 256), training_batches=(64, 128), rounds=15),
        ),
        Protocol(
            name="matched224",
            purpose="a GPU; the networks at their published size",
            image_size=224,
            seeds=3,
            standing="untuned",
            training=Training(
                train_images=TRAINING_SET - HELD_OUT, epochs=10, batch_size=128, augmentation="shift-flip"
            ),
            timing=Timing(inference_batches=(1, 8, 64, 256), training_batches=(64, 128), rounds=15),
        ),
        *(
            Protocol(
                name=f"timing{size}",
                purpose=f"the table of throughput at {size} pixels, in every engine and precision",
                image_size=size,
                seeds=1,
                standing="citable",
                training=Training(train_images=512, epochs=1, batch_size=64),
                timing=EVERY_MODE,
                measures=("complexity", "memory", "throughput"),
            )
            for size in (28, 224)
        ),
    )
}


def get_protocol(name: str) -> Protocol:
    """The protocol called `name`.

    Raises:
        UserError: there is none; the message holds the closest and all the names.
    """
    if name in PROTOCOLS:
        return PROTOCOLS[name]
    close = difflib.get_close_matches(name, PROTOCOLS, n=1, cutoff=0.4)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    raise UserError(f"no protocol is called {name!r}{hint} There are: {', '.join(PROTOCOLS)}")
