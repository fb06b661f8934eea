"""The machines that records were made on, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bench import numbers
from bench.records import Record
from bench.report.facts import together
from bench.report.identity import clean

_KEEPS = "keeps_freed_memory"


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
    return (
        ("records", str(len(records))),
        ("measured", days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"),
        ("time taken", numbers.duration(_seconds(records))),
        *_company(records),
        *_threads(records),
        *_allocator(records),
        *sorted(together(_rest(record.surroundings) for record in records)),
    )


def _seconds(records: Sequence[Record]) -> float:
    """How long something was being measured: what went on side by side counts once, as a group timed together does."""
    begun = [datetime.fromisoformat(record.started).timestamp() for record in records]
    total = ended = 0.0
    for start, seconds in sorted(zip(begun, (record.seconds for record in records), strict=True)):
        total += max(0.0, start + seconds - max(start, ended))
        ended = max(ended, start + seconds)
    return total


def _company(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """What other processes took of the machine while something was measured on it, by what was measured."""
    for kind, own in _by_kind(records):
        shares = [record.provenance["others_share"] for record in own if "others_share" in record.provenance]
        if shares:
            ends = dict.fromkeys(map(numbers.percent, (min(shares), max(shares))))
            yield f"share of the machine used by other processes, {kind}", " to ".join(ends)


def _threads(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """Of PyTorch.  Runs that go on beside each other share the cores out, and have fewer of them each."""
    if len({_threads_of(record) for record in records}) == 1:
        threads, beside = _threads_of(records[0])
        if threads is not None:
            yield "torch threads", _beside(threads, beside)
        return
    for kind, own in _by_kind(records):
        told = sorted({(threads, beside) for threads, beside in map(_threads_of, own) if threads is not None})
        if told:
            yield f"torch threads, {kind}", ", ".join(_beside(*one) for one in told)


def _beside(threads: int, runs: int) -> str:
    return str(threads) + f" where {runs} runs went side by side (--jobs {runs})" * (runs > 1)


def _threads_of(record: Record) -> tuple[int | None, int]:
    return record.provenance.get("torch_threads"), int(record.provenance.get("side_by_side", 1))


def _allocator(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """Whether freed memory was kept, by what was measured: training keeps it where it can, and nothing else does."""
    for kind, own in _by_kind(records):
        told = [record.provenance.get(_KEEPS) for record in own]
        words = [word for value, word in ((True, "yes"), (False, "no")) if value in told]
        if words:
            yield f"freed memory kept, {kind}", numbers.listing(words)


def _by_kind(records: Sequence[Record]) -> Iterator[tuple[str, list[Record]]]:
    for kind in sorted({record.kind for record in records}):
        yield kind, [record for record in records if record.kind == kind]


def _rest(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What is not told by what was measured."""
    return {name: value for name, value in facts.items() if name not in ("torch_threads", _KEEPS)}
