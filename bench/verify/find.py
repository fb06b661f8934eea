"""The record that is meant, and the records that tell how far a repetition may lie from it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from bench.citation.cite import find_table
from bench.errors import UserError
from bench.numbers import listing, several
from bench.protocols import PER_PROCESS, Protocol
from bench.records import Record, Throughput, settings_key
from bench.report.identity import latest
from bench.report.sections import scope_words
from bench.report.sources import EVERYTHING, KINDS, PROJECT, TABLES, Sources

MADE_ELSEWHERE = {"audit": "bench audit --documents FOLDER", "proof": "bench prove"}
"""Kinds that no run measures, and what makes them anew."""

USUAL = (Protocol.in_channels, Protocol.num_classes)
"""Channels and classes that a title passes over: those of Fashion-MNIST."""


def find(identity: str, network: str | None, records: Sequence[Record]) -> Record:
    """The record with the key `identity`, or that begins so; or a table's record of `network`.

    Args:
        identity: a key, the beginning of one, or the identifier or name of a table.

    Raises:
        UserError: there is no such record, there are several, or it holds nothing that can be measured again.
    """
    if identity.startswith(f"{PROJECT}:") or identity in (EVERYTHING, *TABLES) or _is_identifier(identity):
        found = _of_table(identity, network, records)
    else:
        found = _by_key(identity, records)
        if network is not None and found.arch.name != network:
            raise UserError(f"{found.key} is of {found.arch.name}, not of {network}; leave the network out")
    if found.kind in MADE_ELSEWHERE:
        raise UserError(f"{found.key} is of kind {found.kind}: `{MADE_ELSEWHERE[found.kind]}` makes it anew")
    if found.failure is not None:
        raise UserError(
            f"{found.key} has no result to hold a new one against: it failed ({found.failure.reason}); "
            "`bench run --retry-failed` tries it again"
        )
    return found


def peers(record: Record, records: Sequence[Record]) -> list[Record]:
    """Results of the same network under the same settings on the same device, `record` among them, by seed."""
    own = _setting(record)
    found = [one for one in latest(records) if not one.failed and _setting(one) == own]
    return sorted(found, key=lambda one: -1 if one.seed is None else one.seed)


def title(record: Record) -> str:
    """ "memory of nin (timing28 · 28 px · Some Processor · fp32)"; "complexity of nin (224 px, 3 channels, ...)"."""
    nth = "process" if record.kind in PER_PROCESS else "seed"
    which = "" if record.seed is None else f", {nth} {record.seed}"
    scope: dict[str, object] = {"image_size": record.arch.image_size}
    if record.device is not None:
        scope |= {"protocol": record.protocol.get("name", ""), "device": record.device.model}
        scope |= {"precision": record.precision or ""}
    built = record.arch.in_channels, record.arch.num_classes
    other = "" if built == USUAL else f", {several(built[0], 'channel')}, {several(built[1], 'class')}"
    return f"{record.kind} of {record.arch.name}{which} ({scope_words(scope)}{other})"


def _is_identifier(identity: str) -> bool:
    return any(identity.startswith(f"{table}-") for table in (EVERYTHING, *TABLES))


def _of_table(identity: str, network: str | None, records: Sequence[Record]) -> Record:
    sources = Sources(records)
    table, asked = find_table(identity, sources)
    if asked is not None and asked != sources.identifier(table):
        raise UserError(f"{asked} is not of these records: theirs is {sources.identifier(table)}")
    own = [one for one in sources.behind(table) if not one.failed and one.kind == KINDS.get(table, (one.kind,))[0]]
    names = sorted({one.arch.name for one in own})
    if network not in names:
        asked_for = "name a network with the table" if network is None else f"{table} has no network {network!r}"
        close = difflib.get_close_matches(network or "", names, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else f"; there are {listing(names)}"
        raise UserError(f"{asked_for}{hint}")
    first: dict[tuple[object, ...], Record] = {}
    for one in sorted((one for one in own if one.arch.name == network), key=lambda one: one.seed or 0):
        first.setdefault(_setting(one), one)
    if len(first) > 1:
        raise UserError(f"{table} has several records of {network}; name one by its key: {_listed([*first.values()])}")
    return next(iter(first.values()))


def _by_key(identity: str, records: Sequence[Record]) -> Record:
    found = [one for one in latest(records) if one.key.startswith(identity.lower())]
    done = [one for one in found if not one.failed] or found
    if not done:
        keys = sorted({one.key for one in records})
        close = difflib.get_close_matches(identity, keys, n=1, cutoff=0.4) or keys[:1]
        raise UserError(
            f"no record's key begins with {identity!r}; the closest is {close[0]!r}. A key is the last part of a "
            "record's file name; `bench verify TABLE NETWORK` finds one by its table"
        )
    if len({one.key for one in done}) > 1:
        raise UserError(f"several keys begin with {identity!r}: {_listed(done)}")
    return done[-1]


def _listed(records: Sequence[Record], most: int = 5) -> str:
    told = [f"{one.key} is {title(one)}" for one in records[:most]]
    return "; ".join(told + [f"and {len(records) - most} more"] * (len(records) > most))


def _setting(record: Record) -> tuple[object, ...]:
    """What a unit has in common with its repetitions under other seeds."""
    companions = tuple(sorted(record.result.companions)) if isinstance(record.result, Throughput) else ()
    device = None if record.device is None else (record.device.type, record.device.model)
    counted = record.kind == "complexity"  # counts depend on no protocol
    settings = "" if counted else settings_key(record)
    return record.kind, *record.arch.model_dump().values(), settings, device, record.precision, companions
