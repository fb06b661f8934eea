"""Parameters, multiply-accumulates and FLOPs: exact, counted three ways that have to agree."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from archs.costs import parameters
from bench.measure.layers import trace
from bench.records import Complexity

# fvcore's names for what convolutions and linear layers do, and for products of matrices beside them.
_MAC_OPERATORS = ("conv", "linear", "addmm", "mm")
_PRODUCTS = ("matmul", "bmm", "baddbmm", "einsum", "scaled_dot_product_attention")


class CountsDisagree(Exception):
    """Two ways of counting the same network gave different numbers."""


def measure_complexity(model: nn.Module, *, in_channels: int, image_size: int) -> Complexity:
    """Count `model` on one image `(1, in_channels, image_size, image_size)`.

    `model` may be on the meta device, where building it costs nothing; weights do not matter, and
    afterwards it is in evaluation mode on the CPU with zeros for weights.

    The multiply-accumulates of convolutions and linear layers, those of attention among them, come
    from the layers' shapes, from fvcore's trace (which calls them flops) and from torch's dispatcher
    (which counts each as two).  Products of batches of matrices, as of queries and keys, belong to no
    layer: they are with the other operations, by the dispatcher alone, as fvcore rounds some and
    leaves out others.

    Raises:
        CountsDisagree: with the three numbers.
    """
    model.eval()
    _zeros_on_cpu(model)
    image = torch.zeros(1, in_channels, image_size, image_size)
    with _unfused():
        layers = trace(model, image).layers
        by_operator, uncounted = _from_fvcore(model, image)
        from_dispatcher, products = _from_dispatcher(model, image)
    from_shapes = sum(layer.macs for layer in layers)
    from_fvcore = sum(by_operator.pop(name, 0) for name in _MAC_OPERATORS)
    for name in _PRODUCTS:
        by_operator.pop(name, None)
        uncounted.pop(name, None)
    by_operator["bmm"] = products
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


@contextmanager
def _unfused() -> Iterator[None]:
    """Without operators that do a whole attention at once, whose parts cannot be told from each other."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


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


def _from_dispatcher(model: nn.Module, image: Tensor) -> tuple[int, int]:
    """Multiply-accumulates of layers, and those of products of batches of matrices."""
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        model(image)
    by_operator = counter.get_flop_counts().get("Global", {})
    of_batches = sum(by_operator.get(operator, 0) for operator in (torch.ops.aten.bmm, torch.ops.aten.baddbmm))
    return (sum(by_operator.values()) - of_batches) // 2, of_batches // 2
