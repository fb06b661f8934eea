"""A report's folder: writes what belongs in it and clears away what an earlier rendering left."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.errors import UserError

MANIFEST = "files.json"
_OWN = re.compile(r"(compare\.html|plots/[a-z0-9-]+\.(svg|png|csv)|tables/[a-z0-9-]+\.(csv|md|tex))")


def write_folder(files: Mapping[str, bytes], out: Path) -> Path:
    """Write `files` and a list of them under `out`; return the path of the page.

    A file that the earlier list names and this rendering does not make is removed if it is a table
    or a plot and still has the bytes that were written then.  Nothing else is touched.

    Raises:
        UserError: a folder or file cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        _clear(out, _earlier(out), keep=set(files))
        for name, content in files.items():
            _write(out / name, content)
        hashes = {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}
        _write(out / MANIFEST, (json.dumps(hashes, indent=1) + "\n").encode())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UserError(f"cannot write the report to {out}: {reason}; name a folder that can be written") from error
    return out / "index.html"


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: a reader never sees half a file.  One that is there already is left as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
        return
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _earlier(out: Path) -> dict[str, Any]:
    try:
        listed = json.loads((out / MANIFEST).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return listed if isinstance(listed, dict) else {}


def _clear(out: Path, listed: Mapping[str, Any], keep: set[str]) -> None:
    for name, written in listed.items():
        path = out / name
        if name in keep or _OWN.fullmatch(name) is None or not path.is_file():
            continue
        if hashlib.sha256(path.read_bytes()).hexdigest() == written:
            path.unlink()
