"""Peak memory."""

from __future__ import annotations

from typing import Literal

from bench.records.base import Model


class Memory(Model):
    """Peak memory of a training step and of inference, in bytes above the idle process."""

    kind: Literal["memory"] = "memory"
    batch: int
    parameter_bytes: int
    saved_for_backward_bytes: int
    """Tensors that autograd keeps between forward and backward, parameters left out."""
    training_peak_bytes: int | None
    inference_peak_bytes: int | None
    method: Literal["cuda allocator", "resident set", "none"]
