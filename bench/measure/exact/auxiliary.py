"""What GoogLeNet's auxiliary classifiers do once it is trained: nothing."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

import archs
from archs.auxiliary import WithAuxiliary
from bench.measure.exact.drawn import difference, drawn, normal

HEADS = ("auxiliary_4a", "auxiliary_4d")


@dataclass(frozen=True)
class AuxiliaryHeads:
    """A GoogLeNet with auxiliary classifiers, in evaluation; the control is the same network in training."""

    difference: float
    """That other weights of the auxiliary classifiers make to what the network gives."""
    control_difference: float
    """That they make to what the auxiliary classifiers give, in training."""
    heads_run: int
    """Auxiliary classifiers that a forward pass calls."""
    control_heads_run: int


def auxiliary_heads(*, image_size: int = 28, seed: int = 0) -> AuxiliaryHeads:
    """Draw the auxiliary classifiers' weights anew and see what changes."""
    generator = torch.Generator().manual_seed(seed)
    with torch.device("meta"):
        model = archs.create("googlenet-aux", image_size=image_size)
    model.double()
    _draw(model, generator)
    images = normal((2, 1, image_size, image_size), generator)
    run: set[str] = set()
    heads = {name: model.get_submodule(name) for name in HEADS}
    for name, head in heads.items():
        head.register_forward_hook(lambda module, inputs, output, name=name: run.add(name))
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        before, run_in_training = _auxiliary(model, images), len(run)
        run.clear()
        logits, run_in_evaluation = _logits(model, images), len(run)
        for head in heads.values():
            _draw(head, generator)
        after = _auxiliary(model, images)
        return AuxiliaryHeads(
            difference=difference(_logits(model, images), logits),
            control_difference=difference(after, before),
            heads_run=run_in_evaluation,
            control_heads_run=run_in_training,
        )


def _draw(model: nn.Module, generator: torch.Generator) -> None:
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            drawn(layer, generator)


def _logits(model: nn.Module, images: Tensor) -> Tensor:
    found = model.eval()(images)
    assert isinstance(found, Tensor)
    return found


def _auxiliary(model: nn.Module, images: Tensor) -> Tensor:
    """What the auxiliary classifiers give in training, side by side; dropout draws the same every time."""
    torch.manual_seed(0)
    found = model.train()(images)
    assert isinstance(found, WithAuxiliary)
    return torch.cat(found.auxiliary, dim=1)
