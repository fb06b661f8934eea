"""One `bench verify`, from the identifier to the verdict."""

from __future__ import annotations

import sys
from pathlib import Path

from bench import store
from bench.errors import UserError
from bench.verify.find import find, peers, title
from bench.verify.judge import judge, repeats
from bench.verify.show import Verified


def verify(identity: str, network: str | None, results: Path, data_dir: Path | None) -> Verified:
    """Measure the unit of a record again; nothing is written to `results`.

    Args:
        identity: a record's key or the beginning of one, or a table's identifier or name together with `network`.

    Raises:
        UserError: there is no such record, or it cannot be measured again here.
        archs.ArchError: its network is not there.
    """
    records = store.load(results).records
    if not records:
        raise UserError(f"no records in {results}; name a folder with --results")
    record = find(identity, network, records)
    known = peers(record, records)
    times = repeats(record, known)

    from rich.console import Console

    from bench import processes

    processes.start_server()
    from bench.console import RunDisplay
    from bench.verify.repeat import measure, place, units

    target = place(record)
    plan = units(record, times)
    if plan[0][0].trains:
        from bench.data import ensure

        ensure(data_dir, say=lambda line: print(line, file=sys.stderr, flush=True))
    console = Console(stderr=True)
    again = "once" if times == 1 else f"{times} times"
    console.print(f"{record.key}: {title(record)}, measured again {again}", highlight=False, soft_wrap=True)
    every = [unit for group in plan for unit in group]
    with RunDisplay(console, units=len(every), work=sum(unit.work for unit in every)) as display:
        new = measure(plan, target, data_dir, display)
    judgement = None if any(one.failed for one in new) else judge(record, known, new)
    return Verified(record, tuple(new), judgement)
