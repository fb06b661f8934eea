"""Citations on the command line: for people, and as one JSON document."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bench.citation.cite import Citation


def print_citation(citation: Citation) -> None:
    """Identifier, APA and BibTeX, nothing folded, so that each can be copied."""
    plural = "" if citation.records == 1 else "s"
    print(f"{citation.identifier}  ({citation.records} record{plural})\n")
    print(f"{citation.apa}\n\n{citation.bibtex}")


def as_document(citation: Citation) -> dict[str, Any]:
    """Every fact, and the citation in each form."""
    return asdict(citation) | {"apa": citation.apa, "bibtex": citation.bibtex}
