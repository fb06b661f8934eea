"""What the page tells of its records when it is asked where a number comes from, with links to their files."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.numbers import duration
from bench.records import Record, settings_key
from bench.report.facts import flat_facts
from bench.report.identity import clean, latest, network_rank, protocol_labels, titles


def ledger(records: Sequence[Record], folder: Path | None, out: Path | None) -> dict[str, Any]:
    """What the page tells of its records, as JSON: each key once, with every attempt at it.

    Facts of provenance, which most records share, are kept once and pointed at.

    Args:
        folder: the results folder.
        out: the page's folder, from which links to the records' files start; without either there are no links.
    """
    named, labels = titles(records), protocol_labels(latest(records))
    attempts: dict[str, list[Record]] = defaultdict(list)
    for record in sorted(records, key=_order):
        attempts[record.key].append(record)
    facts, files = _Facts(), _Files(folder, out)
    told = []
    for key, own in attempts.items():
        if len(own) > 1:  # writing records out takes its time
            own.sort(key=lambda record: (record.started, record.model_dump_json()))
        first, links = own[0], files.of(own[0])
        entry = {
            "key": clean(key),
            "kind": first.kind,
            "network": clean(named[first.arch.name, first.arch.fingerprint]),
            "size": first.arch.image_size,
            "protocol": clean(labels.get(settings_key(first), str(first.protocol.get("name", "unnamed")))),
            "standing": clean(str(first.protocol.get("standing", "unknown"))),
            "seed": first.seed,
            "device": clean(first.device.model) if first.device else None,
            "precision": first.precision,
            "attempts": [
                {
                    "started": clean(record.started),
                    "took": duration(record.seconds),
                    "failed": record.failure.reason if record.failure else None,
                    "facts": facts.places(record),
                }
                for record in own
            ],
            "files": links,
        }
        told.append(entry)
    return {"facts": facts.pairs, "records": told}


def _order(record: Record) -> tuple[Any, ...]:
    """Networks as the project lists them, and the units of each in one way only."""
    rank = network_rank(record.arch.name, record.arch.family)
    device = record.device.model if record.device else ""
    seed = -1 if record.seed is None else record.seed
    return rank, record.arch.image_size, str(record.protocol.get("name")), device, record.kind, seed, record.key


class _Facts:
    """Facts of provenance without doubles, and where those of a record are among them."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], int] = {}

    @property
    def pairs(self) -> list[list[str]]:
        return [list(pair) for pair in self._found]

    def places(self, record: Record) -> list[int]:
        return [self._found.setdefault(pair, len(self._found)) for pair in flat_facts(record.provenance)]


class _Files:
    """Links from the page to the files of records, of those that are there."""

    def __init__(self, folder: Path | None, out: Path | None) -> None:
        self._start = None if folder is None or out is None else _relative(folder / "records", out)
        self._folder = folder
        self._listed: dict[str, set[str]] = {}

    def of(self, record: Record) -> list[str]:
        """In the order in which they were written; `bench.store` numbers later attempts from two."""
        if self._start is None or self._folder is None:
            return []
        names = self._names(self._folder / "records", record.kind)
        stem = f"{record.arch.name.replace('/', '.')}-{record.arch.image_size}-{record.key}"
        found, number = [], 1
        while (name := f"{stem}.json" if number == 1 else f"{stem}-{number}.json") in names:
            found.append(quote(f"{self._start}/{record.kind}/{name}"))
            number += 1
        return found

    def _names(self, records: Path, kind: str) -> set[str]:
        if kind not in self._listed:
            place = records / kind
            self._listed[kind] = {path.name for path in place.iterdir()} if place.is_dir() else set()
        return self._listed[kind]


def _relative(target: Path, start: Path) -> str | None:
    """With slashes; None where there is no way, as between two drives."""
    try:
        return Path(os.path.relpath(target, start)).as_posix()
    except ValueError:
        return None
