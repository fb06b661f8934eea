"""The predicates by the name that the ledger uses; a new one is written in its topic's file and listed here."""

from __future__ import annotations

from bench.claims.model import Predicate

PREDICATES: dict[str, type[Predicate]] = {}
