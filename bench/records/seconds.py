"""Which training runs took seconds that compare."""

from __future__ import annotations

from collections.abc import Iterable

from bench.protocols import TRAINED
from bench.records.record import Record


def with_seconds(records: Iterable[Record]) -> frozenset[str]:
    """Keys of the training runs that had the machine to themselves.

    They are grouped by the name that a processor's maker gives it, and machines of different speed bear one; and a
    process that gives the memory that it frees back to the system is slower than one that keeps it.  So of those with
    one name it is the runs on the processor of the latest, with the allocator as it was set there.
    """
    alone = (one for one in records if one.kind in TRAINED and one.device and one.timed_alone)
    ordered = sorted(alone, key=lambda one: (one.started, one.key))
    latest = {str(one.device): _place(one) for one in ordered}
    return frozenset(one.key for one in ordered if _place(one) == latest[str(one.device)])


def _place(record: Record) -> tuple[object, ...]:
    """Records from before this was seen tell what the environment asked for."""
    facts = record.provenance
    asked = facts.get("environment", {}).get("MALLOC_MMAP_MAX_") == "0"
    return *record.processor, bool(facts.get("keeps_freed_memory", asked))
