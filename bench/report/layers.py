"""What sort of layer a recorded layer is."""

from __future__ import annotations

from bench.records import Layer

CATEGORIES: tuple[str, ...] = (
    "1×1 convolution",
    "larger convolution",
    "convolution",
    "linear",
    "batch norm",
    "other",
)
"""In the order of drawing.  Plain "convolution" is one whose kernel size the record does not tell."""


def category(layer: Layer) -> str:
    """One of `CATEGORIES`, from the layer's type and, for a convolution, its kernel size."""
    kind = layer.type.lower()
    if "conv" in kind:
        if layer.kernel_size is None:
            return "convolution"
        return "1×1 convolution" if set(layer.kernel_size) == {1} else "larger convolution"
    if "linear" in kind:
        return "linear"
    return "batch norm" if "batchnorm" in kind else "other"
