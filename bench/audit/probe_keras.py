"""TensorFlow's listings: run with TensorFlow where it is installed, else with Keras on PyTorch under its name."""

from __future__ import annotations

import sys
from functools import cache
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np

from bench.audit.probe import LARGEST_SIZE, Execution, NotBuilt, Request, smallest
from bench.records import Layer, Observed

TYPES = {
    "MaxPooling2D": "MaxPool2d",
    "GlobalAveragePooling2D": "AdaptiveAvgPool2d",
    "Dropout": "Dropout",
    "Flatten": "Flatten",
}
"""Keras's names of layers without weights in PyTorch's."""
ACTIVATIONS = {"relu": "ReLU", "softmax": "Softmax"}


@cache
def provide_tensorflow() -> str:
    """Make `import tensorflow` work; returns what will answer to it."""
    try:
        import tensorflow
    except ImportError:
        import keras

        name = ModuleType("tensorflow")
        name.keras, name.__version__ = keras, "0"  # type: ignore[attr-defined]
        sys.modules["tensorflow"] = name
        sys.modules["tensorflow.keras"] = keras
        return f"Keras {keras.__version__} on PyTorch, under the name of TensorFlow"
    return f"TensorFlow {tensorflow.__version__}"


def observe_keras(request: Request) -> Observed:
    """What running the listing shows."""
    ran_with = provide_tensorflow()
    execution = Execution(request, supplied=False)
    channels, size, _ = request.image
    constructs = execution.attempted(execution.network)

    def build(side: int) -> Any:
        resized = Execution(request, supplied=False, resize=side)
        if not resized.attempt.ok and resized.attempt.line != execution.attempt.line:
            raise NotBuilt(resized.attempt.error)
        model = resized.network()
        if not model.built:
            model.build((None, side, side, channels))
        return model

    def run(side: int) -> None:
        build(side)(np.zeros((1, side, side, channels), dtype="float32"))

    stated = execution.attempted(lambda: run(size))
    layers = _layers(build(size)) if stated.ok else []
    return Observed(
        ran_with=ran_with,
        executes=execution.attempt,
        constructs=constructs,
        runs_as_stated=stated,
        runs_at_28=execution.attempted(lambda: run(28)),
        smallest_size=smallest(lambda side: execution.attempted(lambda: build(side)).ok),
        largest_size_tried=LARGEST_SIZE,
        parameters=sum(layer.parameters for layer in layers) if stated.ok else None,
        macs=sum(layer.macs for layer in layers) if stated.ok else None,
        layers=tuple(layers),
        without_activation=_without_activation(layers),
    )


def _leaves(model: Any) -> list[Any]:
    """Layers in order, those of nested models in their place."""
    found: list[Any] = []
    for layer in model.layers:
        if type(layer).__name__ != "InputLayer":
            found += _leaves(layer) if hasattr(layer, "layers") else [layer]
    return found


def _layers(model: Any) -> list[Layer]:
    """Keras's layers in PyTorch's words, an activation inside a layer told as one of its own."""
    found: list[Layer] = []
    for layer in _leaves(model):
        output = _channels_first(layer.output.shape)
        weights = layer.weights[0].shape if layer.weights else ()
        kind = type(layer).__name__
        activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
        if kind == "Activation":
            found.append(_plain(layer.name, ACTIVATIONS[activation], output))
            continue
        found.append(
            Layer(
                name=layer.name,
                type={"Conv2D": "Conv2d", "Dense": "Linear"}.get(kind) or TYPES[kind],
                output_shape=output,
                parameters=layer.count_params(),
                macs=int(np.prod(weights)) * int(np.prod(output[1:])) if weights else 0,
                kernel_size=_pair(layer, "kernel_size") or _pair(layer, "pool_size"),
                stride=_pair(layer, "strides"),
                padding=_padding(layer),
                input_shape=_channels_first(layer.input.shape),
                dropout=layer.rate if kind == "Dropout" else None,
            )
        )
        if activation in ACTIVATIONS:
            found.append(_plain(layer.name, ACTIVATIONS[activation], output))
    return found


def _plain(name: str, kind: str, shape: tuple[int, ...]) -> Layer:
    return Layer(name=name, type=kind, output_shape=shape, parameters=0, macs=0, input_shape=shape)


def _channels_first(shape: Any) -> tuple[int, ...]:
    *spatial, channels = tuple(shape)[1:]
    return (channels, *spatial)


def _pair(layer: Any, name: str) -> tuple[int, int] | None:
    value = getattr(layer, name, None)
    return tuple(value) if value is not None else None


def _padding(layer: Any) -> tuple[int, int] | None:
    """ "valid" is none; "same" around an odd kernel at stride 1 is half the kernel on each side."""
    if getattr(layer, "padding", None) is None:
        return None
    if layer.padding == "valid":
        return (0, 0)
    height, width = layer.kernel_size
    assert layer.strides == (1, 1)
    assert height % 2 == width % 2 == 1
    return height // 2, width // 2


def _without_activation(layers: list[Layer]) -> tuple[tuple[str, str], ...]:
    weighted = ("Conv2d", "Linear")
    pairs = pairwise(layers)
    return tuple((a.name, b.name) for a, b in pairs if a.type in weighted and b.type in weighted)
