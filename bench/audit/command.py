"""One `bench audit` from request to audits: run the documents' listings, or recall what was found before."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from archs.names import unknown
from bench.audit.listings import DOCUMENTS
from bench.errors import UserError
from bench.records import Audit


def audits(name: str | None, folder: Path | None, results: Path, *, say: Callable[[str], None]) -> list[Audit]:
    """Audits of one document, or of all; what is run is kept in `results`.

    Raises:
        UserError: there is no such document, it is not in `folder`, or nothing was found before.
    """
    if name is not None and name not in DOCUMENTS:
        raise UserError(unknown("no document is called", name, DOCUMENTS))
    names = [name] if name is not None else list(DOCUMENTS)

    from bench.audit import keep

    if folder is None:
        found = [audit for audit in keep.recall(results) if audit.document in names]
        if not found:
            raise UserError(f"no audit in {results}; name the folder of the documents with --documents")
        return found

    from bench.audit.examine import examine
    from bench.audit.text import find_documents

    started = time.time()
    found, records = [], []
    for listing, audit in examine(find_documents(folder, names), say=say):
        found.append(audit)
        records.append(keep.record(listing, audit, started))
    keep.keep(results, records)
    return found
