"""Where two results folders were made, and under which settings: what differs and what does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.records import Record
from bench.report.facts import flat_facts
from bench.report.identity import clean, latest

_NOT_SETTINGS = ("name", "purpose")


@dataclass(frozen=True)
class Fact:
    """One thing about two folders, each with all its values."""

    name: str
    this: tuple[str, ...]
    other: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return self.this != self.other


def environment(this: Sequence[Record], other: Sequence[Record]) -> list[Fact]:
    """Devices, machine, software and commit, by name; a side that does not tell has no value."""
    return _facts(_environment(this), _environment(other))


def settings(this: Sequence[Record], other: Sequence[Record]) -> dict[str, list[Fact]]:
    """The settings of every protocol that both folders used, by its name."""
    ours, theirs = _settings(this), _settings(other)
    return {name: _facts(ours[name], theirs[name]) for name in sorted(ours) if name in theirs}


def settings_across(this: Sequence[Record], other: Sequence[Record], mine: str, yours: str) -> list[Fact]:
    """The settings of two protocols of different names that were compared with each other."""
    return _facts(_settings(this).get(mine, {}), _settings(other).get(yours, {}))


def shared_records(this: Sequence[Record], other: Sequence[Record]) -> int:
    """Measurements that lie in both folders: copies, whose likeness says nothing."""
    return len({(record.key, record.started) for record in this} & {(record.key, record.started) for record in other})


Values = dict[str, set[str]]


def _facts(this: Values, other: Values) -> list[Fact]:
    return [
        Fact(name, tuple(sorted(this.get(name, ()))), tuple(sorted(other.get(name, ()))))
        for name in sorted({*this, *other})
    ]


def _environment(records: Sequence[Record]) -> Values:
    found: Values = {}
    for record in latest(records):
        if record.device is not None:
            found.setdefault("device", set()).add(clean(record.device.model))
        for name, value in flat_facts(record.surroundings):
            found.setdefault(name, set()).add(value)
    return found


def _settings(records: Sequence[Record]) -> dict[str, Values]:
    found: dict[str, Values] = {}
    for record in latest(records):
        facts = found.setdefault(clean(str(record.protocol.get("name", "unnamed"))), {})
        for name, value in flat_facts(record.protocol):
            if name not in _NOT_SETTINGS:
                facts.setdefault(name, set()).add(value)
    return found
