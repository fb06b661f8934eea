"""The documents' text: a document is found by its checksum, a listing cut out of it and made Python again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.audit.listings import DOCUMENTS, Listing
from bench.errors import UserError
from bench.records import Attempt

_LIST_NUMBER = re.compile(r"^\s*\d+\.\s?")


@dataclass(frozen=True)
class Document:
    """One document as it lies in the user's folder."""

    name: str
    path: Path
    lines: tuple[str, ...]


def find_documents(folder: Path, names: Sequence[str]) -> dict[str, Document]:
    """The documents `names` in `folder`, each known by its checksum, whatever its file is called.

    Raises:
        UserError: the folder cannot be read, or a document is not there or was changed.
    """
    if not folder.is_dir():
        raise UserError(f"no folder {folder}; --documents takes the folder of the five documents")
    found: dict[str, Document] = {}
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        for name in names:
            if DOCUMENTS[name] == digest:
                found[name] = Document(name, path, tuple(content.decode("utf-8").splitlines()))
    for name in names:
        if name not in found:
            changed = next(iter(sorted(folder.glob(f"{name}*"))), None)
            reason = f"{changed.name} has another checksum" if changed else "no file has its checksum"
            raise UserError(
                f"document {name} is not in {folder}: {reason}; its lines could not be found in another text"
            )
    return found


def printed(document: Document, lines: tuple[int, int]) -> str:
    """Lines `first` to `last` as they stand, at their own line numbers."""
    first, last = lines
    return "\n" * (first - 1) + "\n".join(document.lines[first - 1 : last]) + "\n"


def restored(document: Document, listing: Listing) -> tuple[str, str | None]:
    """The listing as Python, at its own line numbers, and what was restored to make it so.

    Numbers of a list and no-break spaces are taken out, and lost indentation is put back.
    """
    first, last = listing.lines
    lines = list(document.lines[first - 1 : last])
    done = []
    if listing.list_numbers:
        lines = [_LIST_NUMBER.sub("", line) for line in lines]
        done.append("list numbers taken out")
    if any("\N{NO-BREAK SPACE}" in line for line in lines):
        lines = [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]
        done.append("no-break spaces made spaces")
    if listing.indents:
        lines = [" " * 4 * int(level) + line.strip() for level, line in zip(listing.indents, lines, strict=True)]
        done.append("indentation put back")
    return "\n" * (first - 1) + "\n".join(lines) + "\n", ", ".join(done) or None


def parse(code: str, document: str) -> Attempt:
    """Whether Python reads `code`."""
    try:
        compile(code, f"document {document}", "exec")
    except SyntaxError as error:
        return Attempt(ok=False, error=f"{type(error).__name__}: {error.msg}", line=error.lineno)
    return Attempt(ok=True)


_SHAPES = re.compile(r"#\s*(\d+(?:\s*\*\s*\d+)*)\s*->\s*(\d+(?:\s*\*\s*\d+)*)")


def stated_shapes(document: Document, listing: Listing) -> list[tuple[int, tuple[int, ...], tuple[int, ...]]]:
    """Shapes before and after a layer that comments of the listing state, each with its line."""
    found = []
    first, last = listing.lines
    for number in range(first, last + 1):
        if match := _SHAPES.search(document.lines[number - 1]):
            before, after = (tuple(int(side) for side in part.split("*")) for part in match.groups())
            found.append((number, before, after))
    return found


def by_listing(documents: Mapping[str, Document], listings: Sequence[Listing]) -> dict[str, str]:
    """The restored code of each listing."""
    return {listing.name: restored(documents[listing.document], listing)[0] for listing in listings}
