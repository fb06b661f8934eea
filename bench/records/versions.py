"""Which records count where a network was edited, or a protocol was given other settings under its name."""

from __future__ import annotations

import json
from collections.abc import Iterable

from bench.protocols import MEASURES, determining
from bench.records.record import Record, Subject

UNUSED = ("quick look", "altered")
"""Standings of protocols that decide nothing."""


def current(records: Iterable[Record]) -> list[Record]:
    """Records that stand beside each other, in order of time: no failures, no quick looks, of each key the latest.

    Of a network those count that have the layers that were measured last, and under a protocol's name those that have
    the settings of the latest: what bears an old name and is another thing is not compared.
    """
    latest: dict[str, Record] = {}
    for record in sorted(records, key=_age):
        if not record.failed and record.protocol.get("standing") not in UNUSED:
            latest[record.key] = record
    found = sorted(latest.values(), key=_age)
    measured = [one for one in found if one.kind in MEASURES]
    networks = {form(one.arch): one.arch.fingerprint for one in measured}
    # Counts depend on no protocol.
    settings = {one.protocol.get("name"): settings_key(one) for one in measured if one.kind != "complexity"}

    def counts(one: Record) -> bool:
        if one.kind not in MEASURES:  # of a listing or a proposition, whose fingerprint is no network's
            return True
        same = one.kind == "complexity" or settings_key(one) == settings[one.protocol.get("name")]
        return same and one.arch.fingerprint == networks[form(one.arch)]

    return [one for one in found if counts(one)]


def _age(record: Record) -> tuple[str, str]:
    return record.started, record.key


def form(subject: Subject) -> tuple[object, ...]:
    """What two records of one network have in common unless it was edited."""
    return subject.name, subject.image_size, subject.in_channels, subject.num_classes


def settings_key(record: Record) -> str:
    """Everything of the protocol that changes what is measured, and its name; precision is told beside it."""
    settings = determining(record.protocol)
    settings.pop("precision", None)
    return json.dumps(settings, sort_keys=True)
