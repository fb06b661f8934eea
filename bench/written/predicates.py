"""The tests that a claim may name, each with what it asks and the parameters that it takes."""

from __future__ import annotations

import inspect
from pathlib import Path

from bench.written.markdown import code, table


def predicates_table(results: Path) -> str:
    """A row a predicate, by the name that the ledger uses; parameters that may be left out stand in brackets."""
    from bench.claims.predicates import PREDICATES

    rows = []
    for name, predicate in sorted(PREDICATES.items()):
        fields = [
            code(field) if info.is_required() else f"[{code(field)}]"
            for field, info in predicate.model_fields.items()
            if field != "test"
        ]
        first, *_ = inspect.cleandoc(predicate.__doc__ or "").split("\n\n")
        rows.append([name, first, ", ".join(fields)])
    return table(["`test`", "asks", "parameters"], rows)
