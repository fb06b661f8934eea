"""The settings of the protocols: what most of them share is told once, and of each only what it has otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.protocols.settings import LATER_SETTINGS, Training
from bench.records import Record
from bench.report.facts import together
from bench.report.identity import clean
from bench.report.web.machines import Facts

SHARED = "Unless a protocol says otherwise"
_NAMES = {
    "archs": "networks, unless named",
    "training learning rates": "training learning rate, by family",
    "training train images": "training images",
    "training validation images": "held-out images",
    "training test images": "test images",
}
_ITS_OWN = ("family", "measures", "purpose")
"""What tells protocols apart, and is told of each."""


def settings(records: Sequence[Record]) -> list[Facts]:
    """First what most protocols have, then by protocol what it has otherwise or alone.

    Settings of a timing stand with protocols that time, and the batch in which memory is weighed with those that
    weigh: elsewhere they decide nothing.
    """
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(clean(str(record.protocol.get("name", "unnamed"))), []).append(record)
    told = {name: dict(_told(group)) for name, group in sorted(groups.items())}
    shared = _shared(list(told.values()))
    own = [
        Facts(name, tuple(sorted((pair for pair in pairs.items() if shared.get(pair[0]) != pair[1]), key=_order)))
        for name, pairs in told.items()
    ]
    return [Facts(SHARED, tuple(shared.items())), *own] if shared else own


def _order(pair: tuple[str, str]) -> tuple[bool, str]:
    return pair[0] != "purpose", pair[0]


def _told(group: Sequence[Record]) -> Iterator[tuple[str, str]]:
    kinds = {str(record.kind) for record in group}
    for name, value in together(_applying(record.protocol, kinds) for record in group):
        if name != "name" and value:
            yield _NAMES.get(name, name), value


def _applying(protocol: Mapping[str, Any], kinds: set[str]) -> dict[str, Any]:
    idle = {"timing": "throughput", "memory_batch": "memory"}
    own = {name: value for name, value in protocol.items() if name not in idle or idle[name] in kinds}
    if "training" in own:
        own["training"] = {name: getattr(Training, name) for name in LATER_SETTINGS} | own["training"]
    return own


def _shared(several: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Values that most of the protocols which have such a setting have in common, and at least two."""
    found: dict[str, Counter[str]] = {}
    for pairs in several:
        for name, value in (pair for pair in pairs.items() if pair[0] not in _ITS_OWN):
            found.setdefault(name, Counter())[value] += 1
    most = {name: counts.most_common(1)[0] for name, counts in sorted(found.items())}
    return {name: value for name, (value, times) in most.items() if times > max(1, found[name].total() / 2)}
