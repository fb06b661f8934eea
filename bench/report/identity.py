"""What tells units, networks and protocols apart, and the order in which they are listed."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property, total_ordering
from typing import Any

import archs
from bench.protocols import PER_PROCESS
from bench.records import Record, Subject, settings_key
from bench.records.versions import form


def clean(text: str) -> str:
    """`text` with a mark for what neither XML nor UTF-8 can hold: control characters and halves of pairs."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]", "\N{REPLACEMENT CHARACTER}", text)


def network_rank(name: str, family: str) -> tuple[int, str, bool, str]:
    """Sorts networks as the project lists them: its five families first, each led by its published member."""
    families = [archs.get_spec(five).family for five in archs.FIVE]
    place = families.index(family) if family in families else len(families)
    return place, family, name not in archs.FIVE, name


def listing_order(record: Record) -> tuple[Any, ...]:
    """Sorts records in one way only, whatever order they come in."""
    return (
        network_rank(record.arch.name, record.arch.family),
        record.arch.image_size,
        str(record.protocol.get("name")),
        "" if record.device is None else record.device.model,
        record.precision or "",
        record.kind,
        -1 if record.seed is None else record.seed,
        record.started,
        record.key,
        _Content(record),
    )


def device_names(records: Sequence[Record]) -> dict[str, str]:
    """The device of each record's key, by the name under which training runs and timings stand together.

    Timings name a processor exactly where its maker's name is one of many.  They bear that name where training runs
    under their protocol do, to stand beside them; and of timings on several processors with one name only the latest,
    so that no table mixes them.
    """
    newest: dict[tuple[str, ...], str] = {}
    trained = set()
    for record in sorted(records, key=_age):
        if record.device is not None and record.kind in PER_PROCESS:
            newest[_timing(record)] = record.device.model
        elif record.device is not None:
            trained.add((record.protocol.get("name"), record.device.model))
    names = {}
    for record in records:
        model = "" if record.device is None else record.device.model
        beside = (record.protocol.get("name"), makers_name(model)) in trained
        shared = record.kind not in PER_PROCESS or (beside and newest.get(_timing(record)) == model)
        names[record.key] = makers_name(model) if shared else model
    return names


def _timing(record: Record) -> tuple[str, ...]:
    model = "" if record.device is None else makers_name(record.device.model)
    return record.kind, str(record.protocol.get("name")), model, record.precision or ""


def makers_name(device: str) -> str:
    """ "AMD EPYC, 2 threads" of "AMD EPYC (family 26, model 2), 2 threads"."""
    return re.sub(r" \((family|model|implementer) [^()]*\)", "", device)


def latest(records: Sequence[Record]) -> list[Record]:
    """One result a key, the one started last; failures are events, and each of them stays."""
    best: dict[tuple[str, bool, str], Record] = {}
    for record in records:
        identity = (record.key, record.failed, record.started if record.failed else "")
        held = best.get(identity)
        if held is None or _age(record) > _age(held):
            best[identity] = record
    return list(best.values())


def _age(record: Record) -> tuple[str, str, _Content]:
    return record.started, record.key, _Content(record)


@total_ordering
class _Content:
    """Orders records by all that they hold, which is written out only where everything before it is the same."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content) and self._text == other._text

    def __lt__(self, other: _Content) -> bool:
        return self._text < other._text

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def _text(self) -> str:
        return self.record.model_dump_json()


def titles(records: Sequence[Record]) -> dict[tuple[str, str], str]:
    """A title for each network, told apart where two networks share a name or two names a title.

    A listing of a document is no second form of the network that has its name.
    """
    subjects: dict[tuple[str, str], Subject] = {}
    listings = {(record.arch.name, record.arch.fingerprint) for record in records if record.kind == "audit"}
    for record in sorted(records, key=_age):
        subjects[record.arch.name, record.arch.fingerprint] = record.arch
    prints: dict[tuple[object, ...], set[str]] = defaultdict(set)
    names: dict[str, set[str]] = defaultdict(set)
    for identity, subject in subjects.items():
        if identity in listings:
            continue
        prints[form(subject)].add(subject.fingerprint)
        names[subject.title].add(subject.name)
    told = {}
    for identity, subject in subjects.items():
        if identity in listings:
            told[identity] = subject.title
            continue
        title = subject.title if len(names[subject.title]) == 1 else f"{subject.title} ({subject.name})"
        if (subject.in_channels, subject.num_classes) != DATA:
            title += f", {subject.num_classes:,} classes"
        edited = len(prints[form(subject)]) > 1
        told[identity] = f"{title} #{subject.fingerprint[:6]}" if edited else title
    return told


DATA = (1, 10)
"""Channels and classes of Fashion-MNIST, for which a network's title says no more."""


def protocol_labels(records: Sequence[Record]) -> dict[str, str]:
    """The protocol's name, with a mark where records of one name were made under different settings."""
    by_name: dict[str, set[str]] = defaultdict(set)
    for record in records:
        by_name[str(record.protocol.get("name", "unnamed"))].add(settings_key(record))
    return {
        settings: name if len(variants) == 1 else f"{name} #{hashlib.sha256(settings.encode()).hexdigest()[:4]}"
        for name, variants in by_name.items()
        for settings in variants
    }
