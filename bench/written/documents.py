"""The five documents that claims come from: what each is, and how to know it again."""

from __future__ import annotations

from collections import Counter

from bench.audit.listings import DOCUMENTS, LISTINGS
from bench.claims.ledger import claims
from bench.written.markdown import code, table

ABOUT = {
    "000": ("article of a web page on NiN and image recognition, in Chinese", "2023-09-15"),
    "001": ("post of a programmers' forum, NiN in TensorFlow on Fashion-MNIST, in Chinese", "2025-12-27"),
    "002": ("chapter 52 of a web course on natural language processing, on NiN, in Chinese", "undated"),
    "003": ("fourth article of a series on convolutional networks, LeNet to GoogLeNet, in Chinese", "undated"),
    "004": ("article on NiN with code after the textbook d2l, machine-translated into Russian", "undated"),
}
"""What it is, and the day that it gives itself.  None gives an address that could be checked."""


def documents_table() -> str:
    """A row a document."""
    asked = Counter(claim.document for claim in claims())
    printed = Counter(listing.document for listing in LISTINGS)
    rows = [
        [name, *ABOUT[name], str(asked[name]), str(printed[name]), code(sha256[:16])]
        for name, sha256 in DOCUMENTS.items()
    ]
    return table(["document", "what it is", "its date", "claims", "listings", "SHA-256 of its text begins"], rows)
