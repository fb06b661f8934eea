"""Whatever has names and values, however nested, as pairs of words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench import numbers
from bench.report.identity import clean


def flat_facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names in words and values in words; what is nested has the names of what it is in before its own."""
    return [(_words(name), clean(_value(name, value))) for name, value in flat(facts)]


def together(several: Iterator[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Facts of all, in the order of their keys, each with all its values."""
    found: dict[str, set[str]] = {}
    # Hundreds of records share a machine and a few protocols.
    for facts in {json.dumps(one, sort_keys=True, default=str): one for one in several}.values():
        for name, value in flat(facts):
            found.setdefault(name, set()).add(clean(_value(name, value)))
    return [(_words(name), _few(sorted(found[name]))) for name in sorted(found)]


def flat(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Pairs of a name and a value that is not nested; a nested one has the names of what it is in before its own."""
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name} ")
        elif value is not None:
            yield clean(f"{prefix}{name}"), value


def _words(name: str) -> str:
    """Words instead of a key; an environment variable keeps its own spelling."""
    words = [part if part.isupper() else part.replace("_", " ") for part in name.split(" ")]
    return " ".join(words).removesuffix(" bytes")


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("_bytes") and isinstance(value, int | float):
        return numbers.size(value)
    if isinstance(value, list | tuple):
        return ", ".join(" ".join(map(str, one)) if isinstance(one, list | tuple) else str(one) for one in value)
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def _few(values: Sequence[str], most: int = 6) -> str:
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return "; ".join(values[:most]) + more
