"""The settings of the protocols: what most of them share is told once, and of each only what it has otherwise."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.protocols import PER_PROCESS, TRAINED
from bench.protocols.settings import LATER_SETTINGS, Training
from bench.records import Kind, Record
from bench.report.facts import together
from bench.report.identity import clean
from bench.report.web.machines import Facts

SHARED = "{part}, unless a protocol says otherwise"
_PARTS: Mapping[str, tuple[str, Sequence[str]]] = {
    "training": ("Where networks were trained", TRAINED),
    "timing": ("Where throughput was measured", ("throughput",)),
    "memory": ("Where memory was measured", ("memory",)),
}
"""By the first word of a setting: what it bears on, and the kinds of records without which it decides nothing."""
_EVERYWHERE = "Where networks were measured"
_NAMES = {
    "archs": "networks, unless named",
    "training learning rates": "training learning rate, by family",
    "training train images": "training images",
    "training validation images": "held-out images",
    "training test images": "test images",
}
_ITS_OWN = ("family", "measured", "purpose", "seeds run, a network", "processes run, a network")
"""What tells protocols apart, and is told of each."""
_PLANNED = ("name", "measures", "seeds")
"""What a run measures and how often unless it is told; what was measured, and how often, is told in their place."""


def settings(records: Sequence[Record]) -> list[Facts]:
    """First what most protocols have, then by protocol what was measured under it and what it has otherwise or alone.

    What bears on training, on throughput or on memory alone stands with protocols under which that was measured:
    elsewhere it decides nothing.  A setting that is switched off is "none".
    """
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(clean(str(record.protocol.get("name", "unnamed"))), []).append(record)
    told = {name: dict(_told(group)) for name, group in sorted(groups.items())}
    shared = _shared(list(told.values()))
    found = [
        Facts(SHARED.format(part=_PARTS[part][0] if part else _EVERYWHERE), _named(pairs))
        for part in ("", *_PARTS)
        if (pairs := {name: value for name, value in shared.items() if _part(name) == part})
    ]
    for name, pairs in told.items():
        own = _named({setting: value for setting, value in pairs.items() if shared.get(setting) != value})
        found.append(Facts(name, tuple(sorted(own, key=_order))))
    return found


def _part(setting: str) -> str:
    first = setting.split(" ", 1)[0]
    return first if first in _PARTS else ""


def _named(pairs: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((_NAMES.get(name, name), value) for name, value in pairs.items()))


def _order(pair: tuple[str, str]) -> tuple[bool, str]:
    return pair[0] != "purpose", pair[0]


def _told(group: Sequence[Record]) -> Iterator[tuple[str, str]]:
    kinds = {record.kind for record in group}
    for name, value in together(_applying(record.protocol) for record in group):
        part = _part(name)
        if value and (not part or kinds & set(_PARTS[part][1])):
            yield name, value
    if "measures" in group[0].protocol:
        yield "measured", ", ".join(sorted(kinds))
        yield from _repeats(group)


def _applying(protocol: Mapping[str, Any]) -> dict[str, Any]:
    """A protocol of networks without what it only plans, and with what it has switched off in words."""
    if "measures" not in protocol:
        return {name: value for name, value in protocol.items() if name != "name"}
    own = {name: value for name, value in protocol.items() if name not in _PLANNED}
    if "training" in own:
        training = {name: getattr(Training, name) for name in LATER_SETTINGS} | own["training"]
        if training["schedule"] == "constant":
            training["warmup"] = None
        own["training"] = {name: _or_none(value) for name, value in training.items()}
    if "timing" in own:
        own["timing"] = {name: _or_none(value) for name, value in own["timing"].items() if name != "processes"}
    return own


def _or_none(value: Any) -> Any:
    return "none" if value is None or value in ((), []) else value


def _repeats(group: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """How many seeds and processes there are of a network on one device and in one precision."""
    kinds: dict[str, Sequence[Kind]] = {"seeds": TRAINED, "processes": PER_PROCESS}
    for what, those in kinds.items():
        found: dict[tuple[object, ...], set[int | None]] = defaultdict(set)
        for record in group:
            if record.kind in those:
                device = record.device.model if record.device else ""
                found[record.kind, *record.arch.model_dump().values(), device, record.precision].add(record.seed)
        if counts := {len(seeds) for seeds in found.values()}:
            yield f"{what} run, a network", " to ".join(map(str, sorted({min(counts), max(counts)})))


def _shared(several: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Values that most of the protocols which have such a setting have in common, and at least two."""
    found: dict[str, Counter[str]] = {}
    for pairs in several:
        for name, value in (pair for pair in pairs.items() if pair[0] not in _ITS_OWN):
            found.setdefault(name, Counter())[value] += 1
    most = {name: counts.most_common(1)[0] for name, counts in sorted(found.items())}
    return {name: value for name, (value, times) in most.items() if times > max(1, found[name].total() / 2)}
