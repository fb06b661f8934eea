"""What to say to a name that nothing has."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

FEW = 40
"""More names than this are a wall that nobody reads, and are left to what lists them, if something does."""


def unknown(problem: str, name: str, known: Iterable[str], *, listed_by: str = "", also: str = "") -> str:
    """One line: `problem`, `name`, the closest of `known` where one is close, and all of them where they are few.

    Args:
        problem: what is wrong, up to the name, such as `no network is called`.
        name: what was asked for.
        known: the names that there are.
        listed_by: where to find them when they are many.
        also: what else there is.
    """
    names = list(known)
    lowered = {one.lower(): one for one in names}
    close = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    hint = f"; did you mean {lowered[close[0]]!r}?" if close else "."
    wall = listed_by and len(names) > FEW
    there = f"{listed_by} lists all {len(names)}" if wall else f"There are: {', '.join(names)}"
    return f"{problem} {name!r}{hint} {there}{also}"
