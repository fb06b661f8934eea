"""Parameters, multiply-accumulates and FLOPs: exact, counted three ways that have to agree."""

from __future__ import annotations

import warnings
from collections import Counter

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from archs.costs import parameters
from bench.measure.layers import trace
from bench.records import Complexity

# fvcore's names for the two operators that multiply and accumulate in these networks.
_MAC_OPERATORS = ("conv", "linear", "addmm", "matmul", "bmm", "mm")


class CountsDisagree(Exception):
    """Two ways of counting the same network gave different numbers."""


def measure_complexity(model: nn.Module, *, in_channels: int, image_size: int) -> Complexity:
    """Count `model` on one image `(1, in_channels, image_size, image_size)`.

    `model` may be on the meta device, where building it costs nothing; weights do not matter, and
    afterwards it is in evaluation mode on the CPU with zeros for weights.

    The multiply-accumulates of convolutions and linear layers come from the layers' shapes, from
    fvcore's trace (which calls them flops) and from torch's dispatcher (which counts each as two).

    Raises:
        CountsDisagree: with the three numbers.
    """
    model.eval()
    _zeros_on_cpu(model)
    image = torch.zeros(1, in_channels, image_size, image_size)
    layers = trace(model, image).layers
    from_shapes = sum(layer.macs for layer in layers)
    by_operator, uncounted = _from_fvcore(model, image)
    from_fvcore = sum(by_operator.pop(name, 0) for name in _MAC_OPERATORS)
    from_dispatcher = _from_dispatcher(model, image)
    if not from_shapes == from_fvcore == from_dispatcher:
        raise CountsDisagree(
            f"multiply-accumulates disagree: {from_shapes} from layer shapes, "
            f"{from_fvcore} by fvcore, {from_dispatcher} by torch's FLOP counter"
        )
    return Complexity(
        parameters=parameters(model),
        macs=from_shapes,
        other_operations={name: count for name, count in sorted(by_operator.items()) if count},
        uncounted=dict(sorted(uncounted.items())),
        layers=tuple(layers),
    )


def _zeros_on_cpu(model: nn.Module) -> None:
    """fvcore's tracer needs real tensors; zeros keep garbage out of the arithmetic."""
    model.to_empty(device="cpu")
    with torch.no_grad():
        for tensor in (*model.parameters(), *model.buffers()):
            tensor.zero_()


def _from_fvcore(model: nn.Module, image: Tensor) -> tuple[dict[str, int], dict[str, int]]:
    """Operations by operator, and calls of operators that fvcore knows no formula for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit, which fvcore traces with, is deprecated in favour of torch.export
        from fvcore.nn import FlopCountAnalysis

        analysis = FlopCountAnalysis(model, image).unsupported_ops_warnings(False).uncalled_modules_warnings(False)
        analysis.tracer_warnings("none")
        by_operator: Counter[str] = analysis.by_operator()
        uncounted: Counter[str] = analysis.unsupported_ops()
    return (
        {name: int(count) for name, count in by_operator.items()},
        {name.removeprefix("aten::"): int(calls) for name, calls in uncounted.items()},
    )


def _from_dispatcher(model: nn.Module, image: Tensor) -> int:
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        model(image)
    return int(counter.get_total_flops()) // 2
