"""What all parts of a record have in common."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Outcome = Literal["trained", "stuck at chance", "diverged"]
"""How a training run went: with a loss that was not finite, or a held-out accuracy under twice chance, it learnt
nothing."""


class Model(BaseModel):
    """Frozen, and without fields that the schema does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)
