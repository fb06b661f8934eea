"""Which records lie behind a table, and the name that they give it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

from bench.records import Kind, Record
from bench.report.experiment_frames import EXPERIMENTS
from bench.report.frames import Frames
from bench.report.identity import latest
from bench.report.sections import Section

PROJECT = "ninbench"
EVERYTHING = "results"
"""Name under which all records together are cited."""

KINDS: Mapping[str, tuple[Kind, ...]] = {
    "summary": ("complexity", "memory", "throughput", "accuracy"),
    "complexity": ("complexity",),
    "throughput": ("throughput", "complexity"),
    "engines": ("throughput",),
    "memory": ("memory",),
    "accuracy": ("accuracy",),
    "confusions": ("accuracy",),
    **{name: (name,) for name in EXPERIMENTS},
    "search": ("convergence",),
    "activations": ("memory",),
    "listings": ("audit",),
    "statements": ("audit",),
}
"""What each table is made from; one that is not named here rests on all records."""
SPLIT = ("convergence", "search")
"""Two tables of one kind: the search for learning rates stands for itself."""
TABLES = (*KINDS, "failures", "claims", "contradictions", "findings")
"""Every table that has files, in the order of the page."""


class Sources:
    """The records of a report as its tables draw on them: of each unit the latest, in any order.

    Args:
        records: what a results folder holds.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self._hashed = [(record, content_hash(record)) for record in latest(records)]

    def behind(self, table: str) -> list[Record]:
        """The records that the table called `table` is made from, failed ones among them."""
        return [record for record, _ in self._hashed if _feeds(record, table)]

    def identifier(self, table: str) -> str:
        """ "ninbench:complexity-1a2b3c4d5e6f": a hash of the content of the records behind the table."""
        hashes = {content for record, content in self._hashed if _feeds(record, table)}
        return f"{PROJECT}:{table}-{hashlib.sha256(' '.join(sorted(hashes)).encode()).hexdigest()[:12]}"

    def behind_part(self, part: Section, frames: Frames) -> list[Record]:
        """The records behind one section of a table; those of the whole table where it is not split."""
        keys = _keys(part, frames)
        own = self.behind(part.layout.name)
        return own if keys is None else [record for record in own if record.key in keys]


def content_hash(record: Record) -> str:
    """Hash of everything a record says.

    Fields at the default of the schema are left out, so that a field that the schema gains later changes no hash.
    """
    content = record.model_dump(mode="json", exclude_defaults=True)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _feeds(record: Record, table: str) -> bool:
    if table == "failures":
        return record.failed
    if table in SPLIT and (table == "search") != str(record.protocol.get("name")).startswith("tuning"):
        return False
    return table not in KINDS or record.kind in KINDS[table]


def _keys(part: Section, frames: Frames) -> set[str] | None:
    """Keys of the records of a section; None where the section does not tell."""
    if part.rows and "records" in part.rows[0]:
        return {key for row in part.rows for key in str(row["records"]).split()}
    if "image_size" not in part.scope:
        return None
    return {key for kind in KINDS.get(part.layout.name, ()) for key in _of_kind(kind, part, frames)}


def _of_kind(kind: Kind, part: Section, frames: Frames) -> Iterable[str]:
    frame = getattr(frames, kind)
    if kind == "complexity":  # counts have neither protocol nor device: they are found by the network
        shown = {(row["arch"], row["fingerprint"], row["image_size"]) for row in part.rows}
        own = zip(frame["arch"], frame["fingerprint"], frame["image_size"], frame["key"], strict=True)
        return [key for arch, fingerprint, size, key in own if (arch, fingerprint, size) in shown]
    for column, value in part.scope.items():
        frame = frame[frame[column] == value]
    return list(frame["key"])
