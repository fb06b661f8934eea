"""Peak memory."""

from __future__ import annotations

from typing import Literal

from bench.records.base import Model


class LayerMemory(Model):
    """What one call of a leaf module makes and keeps for the backward pass, for the whole batch, in float32."""

    name: str
    """Empty for what is computed outside all leaf modules."""
    type: str
    output_elements: int
    saved_bytes: int
    """Of tensors that autograd first kept while this module ran, parameters left out."""


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
    layers: tuple[LayerMemory, ...] = ()
    """In the order of the forward pass; empty in records of before they were told."""
