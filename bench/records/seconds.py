"""Which training runs took seconds that compare."""

from __future__ import annotations

from collections.abc import Iterable

from bench.records.record import Record


def with_seconds(records: Iterable[Record]) -> frozenset[str]:
    """Keys of the runs that had the machine to themselves.

    Training runs are grouped by the name that a processor's maker gives it, and machines of different speed bear one:
    of those with one name it is the runs on the processor of the latest.
    """
    alone = sorted((one for one in records if one.device and one.timed_alone), key=lambda one: (one.started, one.key))
    latest = {str(one.device): one.processor for one in alone}
    return frozenset(one.key for one in alone if one.processor == latest[str(one.device)])
