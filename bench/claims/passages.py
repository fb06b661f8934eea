"""The documents' own words, read at run time and kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.audit.text import find_documents
from bench.claims.model import Claim


def passages(folder: Path, claims: Sequence[Claim]) -> dict[str, str]:
    """The line of the document at which each of `claims` stands, by the claim's id.

    Raises:
        UserError: the folder cannot be read, or a document is not there or was changed.
    """
    documents = find_documents(folder, sorted({claim.document for claim in claims}))
    return {claim.id: documents[claim.document].lines[claim.line - 1].strip() for claim in claims}
