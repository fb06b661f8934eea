"""The layers of a network in the order in which one forward pass calls them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from archs.costs import is_attention, layer_macs, parameters
from bench.records import Layer

Shape = tuple[int, ...]


@dataclass
class Trace:
    """What a forward pass went through; shapes leave the batch dimension out."""

    layers: list[Layer] = field(default_factory=list)
    without_activation: list[tuple[str, str]] = field(default_factory=list)
    """Pairs of layers with weights of which the second takes what the first gives, nothing in between."""
    transitions: list[tuple[Shape, Shape]] = field(default_factory=list)
    """Input and output shape of each direct child of the network."""
    running: list[str] = field(default_factory=list)
    """Leaf modules that were begun and did not end: where the pass failed, if it did."""


Result = Tensor | tuple[Tensor, ...]


def trace(model: nn.Module, image: Tensor, into: Trace | None = None) -> Trace:
    """Run `model` once on `image` `(1, C, H, W)` without gradients and note each leaf module.

    Attention is one layer, whatever it holds but does not call; a parameter that another module holds itself, such as
    the embedding of positions, is noted as a layer of the type `Parameter`.

    `into` is filled as the pass goes on, so that it holds how far a pass came that ends in an error.
    """
    seen = Trace() if into is None else into
    names = {module: name for name, module in model.named_modules()}
    made_by: dict[int, str] = {}
    kept: list[Tensor] = []  # a tensor that is alive keeps its identity to itself

    def begin(module: nn.Module, inputs: Any) -> None:
        seen.running.append(f"{names[module]} ({type(module).__name__})")

    def end(module: nn.Module, inputs: tuple[Tensor, ...], named: dict[str, Any], result: Result) -> None:
        seen.running.pop()
        before, output = _through(inputs, named, result)
        weighted = isinstance(module, nn.Conv2d | nn.Linear)
        if weighted and id(before) in made_by:
            seen.without_activation.append((made_by[id(before)], names[module]))
        made_by.pop(id(output), None)
        if weighted:
            made_by[id(output)] = names[module]
        kept.extend((before, output))
        layer = described(
            names[module],
            module,
            input_shape=tuple(before.shape[1:]),
            output_shape=tuple(output.shape[1:]),
            macs=layer_macs(module, output),
        )
        if list(module.children()):
            called = sum(inner.parameters for inner in seen.layers if inner.name.startswith(f"{layer.name}."))
            layer = layer.model_copy(update={"parameters": layer.parameters - called})
        seen.layers.append(layer)

    def own(module: nn.Module, inputs: Any) -> None:
        for name, parameter in module.named_parameters(names[module], recurse=False):
            shape = tuple(parameter.shape)
            seen.layers.append(
                Layer(name=name, type="Parameter", output_shape=shape, parameters=parameter.numel(), macs=0)
            )

    def child(module: nn.Module, inputs: tuple[Tensor, ...], named: dict[str, Any], result: Result) -> None:
        before, output = _through(inputs, named, result)
        seen.transitions.append((tuple(before.shape[1:]), tuple(output.shape[1:])))

    hooks = [module.register_forward_hook(child, with_kwargs=True) for module in model.children()]
    for module in model.modules():
        if not list(module.children()) or is_attention(module):
            hooks += [module.register_forward_pre_hook(begin), module.register_forward_hook(end, with_kwargs=True)]
        elif module._parameters:
            hooks.append(module.register_forward_pre_hook(own))
    try:
        with torch.no_grad():
            model(image)
    finally:
        for hook in hooks:
            hook.remove()
    return seen


def _through(inputs: tuple[Tensor, ...], named: dict[str, Any], result: Result) -> tuple[Tensor, Tensor]:
    """What went into a module first, by its place or by its name, and what came out of it first."""
    before = inputs[0] if inputs else next(iter(named.values()))
    return before, result if isinstance(result, Tensor) else result[0]


def described(name: str, module: nn.Module, *, input_shape: Shape | None, output_shape: Shape, macs: int) -> Layer:
    """What a record says of one leaf module; shapes are of one image."""
    return Layer(
        name=name,
        type=type(module).__name__,
        output_shape=output_shape,
        parameters=parameters(module),
        macs=macs,
        kernel_size=_pair(module, "kernel_size"),
        stride=_pair(module, "stride"),
        padding=_pair(module, "padding"),
        input_shape=input_shape,
        dropout=module.p if isinstance(module, nn.Dropout) else None,
    )


def _pair(module: nn.Module, name: str) -> tuple[int, int] | None:
    """Height and width of a setting that PyTorch writes as a pair, or as one number for both."""
    value = getattr(module, name, None)
    if isinstance(value, int):
        return value, value
    return value if isinstance(value, tuple) and len(value) == 2 else None
