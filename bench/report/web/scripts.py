"""The page's scripts: a library that sorts and searches tables, and our own, as text that may stand in HTML.

The library is DataTables with jQuery, MIT licence, in the bundle that the package itables brings for pages without a
network; its notice of licences is part of the bundle and so of the page.
"""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

PARTS = ("theme", "filters", "claims", "tables", "records", "print")
"""Our own, in the order in which they run."""


def library() -> str:
    """DataTables as a module that leaves it in ``globalThis.DataTable``.

    The package is found and not imported: of all that it can do, one file is wanted.

    Raises:
        RuntimeError: itables is not installed or its bundle has another form than is known here.
    """
    spec = find_spec("itables")
    if spec is None or spec.origin is None:
        raise RuntimeError("itables, which brings the tables' script, is not installed; run pip install -e . again")
    bundle = Path(spec.origin).parent / "html" / "dt_bundle.js"
    text = bundle.read_text(encoding="utf-8")
    exports = re.search(r"export\s*\{([^}]*)\};?", text)
    query = re.search(r"([\w$]+) as jQuery\b", exports[1]) if exports else None
    if exports is None or query is None:
        raise RuntimeError(f"{bundle} exports no jQuery; install the version of itables that constraints.txt names")
    handed = f"globalThis.DataTable={query[1]}.fn.dataTable;"
    return in_html(text[: exports.start()] + handed + text[exports.end() :])


def own() -> str:
    """Our scripts, as one module."""
    folder = files("bench.report.web") / "templates" / "scripts"
    return in_html("\n".join((folder / f"{name}.js").read_text(encoding="utf-8") for name in PARTS))


def in_html(script: str) -> str:
    """The same script without the signs that would end its element or change how HTML reads it.

    Nor has it the sign that ends the body, before which others put scripts of theirs.  These signs occur in strings,
    regular expressions and comments only, where the escaped form means the same.
    """
    return re.sub(r"<(?=!--|/?script|/body)", r"\\x3c", script, flags=re.IGNORECASE)
