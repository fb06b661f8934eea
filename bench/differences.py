"""Two networks layer by layer: what one has that the other has not, and what differs between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bench.records import Layer

ACTIVATIONS = ("ReLU", "Sigmoid")


@dataclass(frozen=True)
class Step:
    """A layer with the activations right after it, which have neither parameters nor a shape of their own."""

    layer: Layer
    activations: tuple[str, ...] = ()

    def __str__(self) -> str:
        """ "Conv2d 11x11, stride 4, ReLU"."""
        return ", ".join((str(self.layer), *self.activations))


def steps(layers: Sequence[Layer]) -> list[Step]:
    """`layers` with each activation told with the layer that it follows."""
    found: list[Step] = []
    for layer in layers:
        if found and layer.type in ACTIVATIONS:
            found[-1] = Step(found[-1].layer, (*found[-1].activations, layer.type))
        else:
            found.append(Step(layer))
    return found


@dataclass(frozen=True)
class Difference:
    """One place in the two sequences of layers."""

    change: Literal["same", "changed", "added", "removed"]
    parent: Step | None
    own: Step | None


def differences(parent: Sequence[Layer], own: Sequence[Layer]) -> list[Difference]:
    """Align the layers of a network with its parent's, in the order of the forward pass.

    Layers are paired by type and geometry; a pair is the same where output shape, parameters and
    activations are, wherever in the module tree either stands.
    """
    before, after = steps(parent), steps(own)
    found: list[Difference] = []
    matcher = SequenceMatcher(None, [_kind(step) for step in before], [_kind(step) for step in after], autojunk=False)
    for operation, i1, i2, j1, j2 in matcher.get_opcodes():
        if operation == "equal":
            pairs = zip(before[i1:i2], after[j1:j2], strict=True)
            found += [Difference("same" if _facts(a) == _facts(b) else "changed", a, b) for a, b in pairs]
        else:
            found += [Difference("removed", step, None) for step in before[i1:i2]]
            found += [Difference("added", None, step) for step in after[j1:j2]]
    return found


def _kind(step: Step) -> tuple[str, str]:
    return step.layer.type, step.layer.geometry


def _facts(step: Step) -> tuple[tuple[str, ...], tuple[int, ...], int, int]:
    return step.activations, step.layer.output_shape, step.layer.parameters, step.layer.macs
