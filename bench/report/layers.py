"""What sort of layer a recorded layer is."""

from __future__ import annotations

from bench.records import Layer

KINDS = ("convolution", "activation function", "pooling", "normalisation", "linear", "other")
"""In the order of drawing."""
CATEGORIES: tuple[str, ...] = (
    "1×1 convolution",
    "larger convolution",
    "convolution",
    "linear",
    "batch norm",
    "other",
)
"""Those that hold parameters, in the order of drawing.  Plain "convolution" is one whose kernel size the record does
not tell."""
_ACTIVATIONS = ("relu", "sigmoid", "tanh", "gelu", "elu", "silu", "softmax")


def kind_of(layer_type: str) -> str:
    """One of `KINDS`, from the name of the module's class."""
    name = layer_type.lower()
    if "conv" in name:
        return "convolution"
    if "pool" in name:
        return "pooling"
    if "norm" in name:
        return "normalisation"
    if "linear" in name:
        return "linear"
    return "activation function" if any(word in name for word in _ACTIVATIONS) else "other"


def category(layer: Layer) -> str:
    """One of `CATEGORIES`, from the layer's kind and, for a convolution, its kernel size."""
    kind = kind_of(layer.type)
    if kind == "convolution" and layer.kernel_size is not None:
        return "1×1 convolution" if set(layer.kernel_size) == {1} else "larger convolution"
    if kind == "normalisation" and "batch" in layer.type.lower():
        return "batch norm"
    return kind if kind in CATEGORIES else "other"
