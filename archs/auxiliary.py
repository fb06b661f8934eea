"""What a network with auxiliary classifiers gives while it is trained."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

AUXILIARY_WEIGHT = 0.3
"""Of each auxiliary loss beside the main one: Szegedy and others, arXiv:1409.4842, section 5."""


class WithAuxiliary(NamedTuple):
    """Logits `(N, num_classes)` of the network and of each of its auxiliary classifiers."""

    logits: Tensor
    auxiliary: tuple[Tensor, ...]
