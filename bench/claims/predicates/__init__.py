"""The predicates by the name that the ledger uses; a new one is written in its topic's file and listed there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from bench.claims.model import Predicate
from bench.claims.predicates import (
    citations,
    counts,
    efficiency,
    instead,
    literature,
    memory,
    published,
    ranks,
    shares,
    untestable,
    weights,
)
from bench.claims.predicates.arrangement import ARRANGEMENT
from bench.claims.predicates.audited import AUDITED
from bench.claims.predicates.heads import HEADS
from bench.claims.predicates.layers import LAYERS
from bench.claims.predicates.proofs import PROOFS
from bench.claims.predicates.trained import TRAINED


def _by_name(predicates: Iterable[type[Predicate]]) -> dict[str, type[Predicate]]:
    """The one value of each `test` field, which is what the ledger calls it."""
    return {get_args(one.model_fields["test"].annotation)[0]: one for one in predicates}


PREDICATES: dict[str, type[Predicate]] = {
    **ARRANGEMENT,
    **AUDITED,
    **HEADS,
    **LAYERS,
    **PROOFS,
    **TRAINED,
    **_by_name(
        (
            *citations.PREDICATES,
            *counts.PREDICATES,
            *efficiency.PREDICATES,
            *instead.PREDICATES,
            *literature.PREDICATES,
            *memory.PREDICATES,
            *published.PREDICATES,
            *ranks.PREDICATES,
            *shares.PREDICATES,
            *untestable.PREDICATES,
            *weights.PREDICATES,
        )
    ),
}
