"""The predicates by the name that the ledger uses; a new one is written in its topic's file and listed here."""

from __future__ import annotations

from bench.claims.model import Predicate
from bench.claims.predicates.arrangement import ARRANGEMENT
from bench.claims.predicates.audited import AUDITED
from bench.claims.predicates.heads import HEADS
from bench.claims.predicates.layers import LAYERS
from bench.claims.predicates.proofs import PROOFS
from bench.claims.predicates.trained import TRAINED
from bench.claims.predicates.untestable import NotTestable

PREDICATES: dict[str, type[Predicate]] = {
    **ARRANGEMENT,
    **AUDITED,
    **HEADS,
    **LAYERS,
    **PROOFS,
    **TRAINED,
    "not testable": NotTestable,
}
