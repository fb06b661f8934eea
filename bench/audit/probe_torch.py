"""PyTorch's listings: built and run at the stated size, at 28 pixels, and at every size from 1 upwards."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from archs.costs import parameters
from bench.audit.probe import LARGEST_SIZE, Execution, Request, smallest
from bench.measure.layers import Trace, described, trace
from bench.records import Attempt, Layer, Observed


def observe_torch(request: Request) -> Observed:
    """What running the listing shows, with what it leaves out supplied once it was seen that it does."""
    bare = Execution(request, supplied=False)
    constructs = bare.attempted(bare.network)
    execution = Execution(request, supplied=True) if request.supplied else bare
    channels, size, _ = request.image
    seen = Trace()
    model: nn.Module | None = None

    def run(side: int, into: Trace) -> None:
        assert model is not None
        trace(model, torch.zeros(1, channels, side, side), into)

    if execution.attempted(execution.network).ok:
        model = execution.network().eval()
    as_stated = execution.attempted(lambda: run(size, seen)) if model else None
    at_28 = execution.attempted(lambda: run(28, Trace())) if model else None
    return Observed(
        ran_with=f"PyTorch {torch.__version__.partition('+')[0]}",
        executes=bare.attempt,
        constructs=constructs if bare.attempt.ok else None,
        runs_as_stated=as_stated,
        runs_at_28=at_28,
        smallest_size=smallest(_runs(execution, channels)) if model else None,
        largest_size_tried=LARGEST_SIZE,
        parameters=parameters(model) if model else None,
        macs=sum(layer.macs for layer in seen.layers) if as_stated is not None and as_stated.ok else None,
        layers=tuple(seen.layers),
        not_reached=_not_reached(model, seen),
        failed_in=_where(as_stated, seen),
        without_activation=tuple(seen.without_activation),
        transitions=tuple(seen.transitions),
    )


def _not_reached(model: nn.Module | None, seen: Trace) -> tuple[Layer, ...]:
    reached = {layer.name for layer in seen.layers}
    return tuple(
        described(
            name,
            module,
            input_shape=(module.in_features,) if isinstance(module, nn.Linear) else None,
            output_shape=(module.out_features,) if isinstance(module, nn.Linear) else (),
            macs=0,
        )
        for name, module in (model.named_modules() if model else ())
        if not list(module.children()) and name not in reached
    )


def _where(attempt: Attempt | None, seen: Trace) -> str | None:
    return seen.running[-1] if attempt is not None and not attempt.ok and seen.running else None


def _runs(execution: Execution, channels: int) -> Any:
    """Whether an image of some side goes through, on the meta device, where only shapes are computed."""
    with torch.device("meta"):
        model = execution.network().eval()

    def runs(side: int) -> bool:
        with torch.no_grad():
            return execution.attempted(lambda: model(torch.empty(1, channels, side, side, device="meta"))).ok

    return runs
