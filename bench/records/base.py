"""What all parts of a record have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Frozen, and without fields that the schema does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)
