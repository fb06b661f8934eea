"""The records: what one measured unit leaves behind, as a versioned schema.

A record is a header that says what was measured, where and when, and a result of its kind.  Every
quantity carries its unit in its name or is a plain count; every rate has its raw samples.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1
Kind = Literal["complexity", "throughput", "memory", "accuracy"]
KINDS: tuple[Kind, ...] = ("complexity", "memory", "throughput", "accuracy")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _side(pair: tuple[int, int] | None) -> str:
    assert pair is not None
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}x{pair[1]}"


class Layer(_Model):
    """One leaf module in the order of the forward pass."""

    name: str
    type: str
    output_shape: tuple[int, ...]
    """Of one image, the batch dimension left out."""
    parameters: int
    macs: int
    kernel_size: tuple[int, int] | None = None
    """Of a convolution or a pooling, height and width."""
    stride: tuple[int, int] | None = None
    padding: tuple[int, int] | None = None
    dropout: float | None = None
    """Of a dropout layer, the share of its inputs that it sets to zero in training."""

    @property
    def geometry(self) -> str:
        """ "11x11, stride 4"; a stride of one, no padding and what the layer has not are left out."""
        words = [f"{self.kernel_size[0]}x{self.kernel_size[1]}"] if self.kernel_size else []
        words += [f"stride {_side(self.stride)}"] if self.stride not in (None, (1, 1)) else []
        words += [f"padding {_side(self.padding)}"] if self.padding not in (None, (0, 0)) else []
        words += [f"{self.dropout:g}"] if self.dropout is not None else []
        return ", ".join(words)


class Complexity(_Model):
    """Exact counts for one image, forward pass."""

    kind: Literal["complexity"] = "complexity"
    parameters: int
    macs: int
    """Multiply-accumulates of convolutions and linear layers; three ways of counting agreed."""
    other_operations: dict[str, int]
    """What fvcore counts beside them, by operator, in its own unit."""
    uncounted: dict[str, int]
    """Operators that fvcore does not count, and how often each is called."""
    layers: tuple[Layer, ...]

    @property
    def flops(self) -> int:
        """Floating-point operations: a multiply-accumulate is two."""
        return 2 * self.macs


class Timings(_Model):
    """One case of the throughput measurement."""

    mode: Literal["training", "inference"]
    requested_batch: int = Field(gt=0)
    batch: int = Field(gt=0)
    """The batch that fitted: the requested one, or that halved until it did."""
    step_seconds: tuple[Annotated[float, Field(gt=0)], ...] = Field(min_length=1)
    """Mean seconds a step, one sample a round."""
    steps_per_round: int


class Throughput(_Model):
    """Speed on random images, the networks of one group timed in interleaved rounds."""

    kind: Literal["throughput"] = "throughput"
    group: str
    """Records with the same group were timed side by side; only those compare without reserve."""
    companions: tuple[str, ...]
    channels_last: bool
    cases: tuple[Timings, ...]


class Memory(_Model):
    """Peak memory of a training step and of inference, in bytes above the idle process."""

    kind: Literal["memory"] = "memory"
    batch: int
    parameter_bytes: int
    saved_for_backward_bytes: int
    """Tensors that autograd keeps between forward and backward, parameters left out."""
    training_peak_bytes: int | None
    inference_peak_bytes: int | None
    method: Literal["cuda allocator", "resident set", "none"]


class Epoch(_Model):
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


class Accuracy(_Model):
    """One training run and one reading of the test set.

    A loss that is not finite is None, since JSON has no such number; `outcome` says so.
    """

    kind: Literal["accuracy"] = "accuracy"
    outcome: Literal["trained", "stuck at chance", "diverged"]
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


Result = Annotated[Complexity | Throughput | Memory | Accuracy, Field(discriminator="kind")]


class Failure(_Model):
    """Why a unit has no result."""

    reason: Literal["out of memory", "killed", "error"]
    message: str
    traceback: str | None = None


class Subject(_Model):
    """The network that was measured."""

    name: str
    title: str
    family: str
    image_size: int
    in_channels: int
    num_classes: int
    fingerprint: str
    """Hash of the layers, so that an edited network makes new units."""


class Device(_Model):
    """Where it was measured."""

    type: Literal["cpu", "cuda", "mps"]
    model: str


class Record(_Model):
    """One measured unit."""

    schema_version: Literal[1] = 1
    key: str
    """Hash of everything that determines the unit; see `bench.plan`."""
    kind: Kind
    arch: Subject
    protocol: dict[str, Any]
    """Every setting of the protocol; its name is under "name"."""
    seed: int | None
    precision: Literal["fp32", "bf16"] | None
    device: Device | None
    """None where the result does not depend on one."""
    result: Result | None
    failure: Failure | None
    started: str
    """UTC, ISO 8601."""
    seconds: float
    provenance: dict[str, Any]
    """The machine, the software and the commit; see `bench.machine`."""

    @property
    def failed(self) -> bool:
        return self.failure is not None
