"""``python -m bench.written``: write every such part anew; with ``--check`` say which are stale, and leave with 1."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.errors import UserError
from bench.written.parts import stale

ROOT = Path(__file__).parents[2]


def main(arguments: list[str]) -> int:
    """Exit code: 0 done, 1 a page is stale, 2 bad input."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m bench.written [--check]", file=sys.stderr)
        return 2
    try:
        pages = stale(ROOT)
    except UserError as error:
        print(f"bench.written: {error}", file=sys.stderr)
        return 2
    for page, text in pages.items():
        if not arguments:
            page.write_text(text, encoding="utf-8")
        print(f"{page.relative_to(ROOT)} {'is stale' if arguments else 'written'}")
    return 1 if arguments and pages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
