"""Machines and protocols as names and values for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench import numbers
from bench.records import Record
from bench.report.identity import clean


@dataclass(frozen=True)
class Facts:
    """Something with a name, and what there is to know of it."""

    name: str
    pairs: tuple[tuple[str, str], ...]


def machines(records: Sequence[Record]) -> list[Facts]:
    """Facts of provenance by device; a fact that varies between records is told with all its values."""
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(clean(record.device.model) if record.device else "No device: exact counts", []).append(record)
    return [Facts(name, _of_machine(group)) for name, group in sorted(found.items())]


def _of_machine(records: Sequence[Record]) -> tuple[tuple[str, str], ...]:
    days = sorted({record.started[:10] for record in records})
    seconds = sum(sorted(record.seconds for record in records))
    return (
        ("records", str(len(records))),
        ("measured", days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"),
        ("time taken", numbers.duration(seconds)),
        *_company(records),
        *sorted(_together(record.surroundings for record in records)),
    )


def _company(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """What other processes took of the machine while something was measured on it."""
    shares = [record.provenance["others_share"] for record in records if "others_share" in record.provenance]
    if shares:
        ends = sorted({numbers.percent(min(shares)), numbers.percent(max(shares))}, key=len)
        yield "taken by others", " to ".join(ends)


def settings(records: Sequence[Record]) -> list[Facts]:
    """Every setting of every protocol."""
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(clean(str(record.protocol.get("name", "unnamed"))), []).append(record)
    return [
        Facts(name, tuple(pair for pair in _together(record.protocol for record in group) if pair[0] != "name"))
        for name, group in sorted(found.items())
    ]


def flat_facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names in words and values in words; what is nested has the names of what it is in before its own."""
    return [(_words(name), clean(_value(name, value))) for name, value in flat(facts)]


def _together(several: Iterator[Mapping[str, Any]]) -> list[tuple[str, str]]:
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
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def _few(values: Sequence[str], most: int = 6) -> str:
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return "; ".join(values[:most]) + more
