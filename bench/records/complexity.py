"""Exact counts, layer by layer."""

from __future__ import annotations

from typing import Literal

from bench.records.base import Model


def _side(pair: tuple[int, int] | None) -> str:
    assert pair is not None
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}x{pair[1]}"


class Layer(Model):
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
    input_shape: tuple[int, ...] | None = None
    """Of one image, the batch dimension left out."""
    dropout: float | None = None
    """Of a dropout layer, the share of its inputs that it sets to zero in training."""

    def __str__(self) -> str:
        """ "Conv2d 11x11, stride 4"."""
        return " ".join(word for word in (self.type, self.geometry) if word)

    @property
    def geometry(self) -> str:
        """ "11x11, stride 4"; a stride of one, no padding and what the layer has not are left out."""
        words = [f"{self.kernel_size[0]}x{self.kernel_size[1]}"] if self.kernel_size else []
        words += [f"stride {_side(self.stride)}"] if self.stride not in (None, (1, 1)) else []
        words += [f"padding {_side(self.padding)}"] if self.padding not in (None, (0, 0)) else []
        words += [f"{self.dropout:g}"] if self.dropout is not None else []
        return ", ".join(words)


class Complexity(Model):
    """Exact counts for one image, forward pass."""

    kind: Literal["complexity"] = "complexity"
    parameters: int
    macs: int
    """Multiply-accumulates of convolutions and linear layers; three ways of counting agreed."""
    other_operations: dict[str, int]
    """What fvcore counts beside them, by operator, in its own unit; under `bmm` multiply-accumulates of products of
    matrices outside of layers, as in attention."""
    uncounted: dict[str, int]
    """Operators that fvcore does not count, and how often each is called."""
    layers: tuple[Layer, ...]

    @property
    def products(self) -> int:
        """Multiply-accumulates outside of convolutions and linear layers, as of queries with keys in attention."""
        return self.other_operations.get("bmm", 0)

    @property
    def flops(self) -> int:
        """Floating-point operations: a multiply-accumulate is two."""
        return 2 * self.macs
