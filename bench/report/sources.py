"""Which records stand behind a row of a table, and what the page tells of each of them.

Rows are traced by the columns that their table was grouped by, so that the tables themselves need not carry keys.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.numbers import duration, missing
from bench.records import Record
from bench.report.facts import flat_facts
from bench.report.frames import NETWORK, Frames
from bench.report.identity import clean, latest, listing_order, protocol_labels, settings_key, titles
from bench.report.tables import PLACE

_OWN = (*PLACE, "member")


@dataclass(frozen=True)
class Origin:
    """Rows of a frame that a row of a table was made from: those that agree in some columns."""

    frame: str
    by: tuple[str, ...]
    """Columns that agree; "memory_batch=batch" where table and frame call one by two names."""
    kinds: tuple[str, ...] = ()
    """Of failures, the kinds of record that count."""
    last: bool = False
    """Only the record that was measured last."""


ORIGINS: Mapping[str, tuple[Origin, ...]] = {
    "summary": (
        Origin("complexity", tuple(NETWORK)),
        Origin("throughput", (*PLACE, "group")),
        Origin("memory", (*PLACE, "memory_batch=batch")),
        Origin("accuracy", tuple(PLACE)),
        Origin("failures", tuple(PLACE), ("throughput", "memory", "accuracy")),
        Origin("failures", tuple(NETWORK), ("complexity",)),
    ),
    "complexity": (Origin("complexity", (*NETWORK, "parameters", "macs", "flops")),),
    "throughput": (
        Origin("throughput", (*PLACE, "group", "engine", "mode", "requested_batch", "batch")),
        Origin("complexity", tuple(NETWORK)),
    ),
    "memory": (Origin("memory", (*PLACE, "batch", "method")),),
    "accuracy": (Origin("accuracy", tuple(PLACE)), Origin("failures", tuple(PLACE), ("accuracy",))),
    "overfitting": (Origin("overfitting", (*_OWN, "train_images", "epochs", "dropout")),),
    "convergence": (Origin("convergence", (*_OWN, "peak_learning_rate")),),
    "robustness": (Origin("robustness", (*_OWN, "transformation", "unit")),),
    "quadrants": (Origin("quadrants", _OWN),),
    "localisation": (Origin("localisation", (*_OWN, "map", "chance")),),
    "branches": (Origin("branches", (*_OWN, "module", "branch")),),
    "activations": (Origin("memory_layers", (*NETWORK, "batch"), last=True),),
    "listings": (Origin("listings", ("document", "arch", "first_line")),),
    "statements": (Origin("statements", ("key",)),),
    "failures": (Origin("failures", ("key",)),),
}
"""By the name of a table.  A table that is not here has rows of which the page tells no records."""


class Tracer:
    """Finds the keys of the records behind rows, each frame looked through once."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._found: dict[Origin, dict[tuple[Any, ...], list[str]]] = {}

    def keys(self, table: str, row: Mapping[str, Any]) -> list[str]:
        """Keys of the records that `row` of the table called `table` was made from, without doubles."""
        found: dict[str, None] = {}
        for origin in ORIGINS.get(table, ()):
            names = [column.split("=")[0] for column in origin.by]
            if all(name in row for name in names):
                found |= dict.fromkeys(self._index(origin).get(_values(row[name] for name in names), ()))
        return list(found)

    def _index(self, origin: Origin) -> dict[tuple[Any, ...], list[str]]:
        if origin not in self._found:
            frame = getattr(self._frames, origin.frame)
            if origin.kinds:
                frame = frame[frame["kind"].isin(origin.kinds)]
            if origin.last:
                frame = frame.sort_values(["started", "key"], kind="stable")
            index: dict[tuple[Any, ...], dict[str, None]] = defaultdict(dict)
            columns = [frame[column.split("=")[-1]] for column in origin.by]
            for *values, key in zip(*columns, frame["key"], strict=True):
                index[_values(values)][key] = None
            self._found[origin] = {
                values: list(keys)[-1:] if origin.last else list(keys) for values, keys in index.items()
            }
        return self._found[origin]


def _values(values: Iterable[Any]) -> tuple[Any, ...]:
    """Comparable: what is missing is None, whatever pandas calls it."""
    return tuple(None if missing(value) else value for value in values)


def ledger(records: Sequence[Record], folder: Path | None, out: Path | None) -> dict[str, Any]:
    """What the page tells of its records, as JSON: each key once, with every attempt at it.

    Facts of provenance, which most records share, are kept once and pointed at.

    Args:
        folder: the results folder.
        out: the page's folder, from which links to the records' files start; without either there are no links.
    """
    named, labels = titles(records), protocol_labels(latest(records))
    attempts: dict[str, list[Record]] = defaultdict(list)
    for record in sorted(records, key=listing_order):
        attempts[record.key].append(record)
    facts: dict[tuple[str, str], int] = {}
    files = _Files(folder, out)
    told = []
    for key, own in attempts.items():
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
                    "facts": [facts.setdefault(pair, len(facts)) for pair in flat_facts(record.provenance)],
                }
                for record in own
            ],
            "files": links,
        }
        told.append(entry)
    return {"facts": [list(pair) for pair in facts], "records": told}


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


def spans(numbers: Iterable[int]) -> str:
    """Whole numbers as short text, runs of them by their ends: "0-4 9"."""
    parts: list[list[int]] = []
    for number in sorted(set(numbers)):
        if parts and number == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number])
    return " ".join("-".join(map(str, part)) for part in parts)
