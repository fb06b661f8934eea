"""How many seeds would decide a finding that leaves its claim open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from bench.claims.evidence import Evidence, scope_of
from bench.claims.model import Finding, MoreSeeds, Need
from bench.protocols import TRAINED
from bench.records import Record
from bench.stats import repeats_to_decide


def more_seeds(finding: Finding, evidence: Evidence, *, level: float, strictest: float) -> MoreSeeds | None:
    """None where no t interval over training runs decided it, where nothing spreads, and where it has all it takes.

    Args:
        level: at which it is decided by itself.
        strictest: at which it is decided whatever else is tested.
    """
    records = [evidence.by_key[key] for key in finding.records if key in evidence.by_key]
    runs_alone = bool(records) and all(record.kind in TRAINED for record in records)
    if not runs_alone or not finding.seen or not all(one.half > 0 for one in finding.seen):
        return None
    is_open = finding.verdict == "inconclusive"
    if not is_open and finding.p_value is not None and finding.p_value <= strictest:
        return None
    measured = min(len(evidence.runs(one.kind, one.arch.name, scope_of(one))) for one in records)
    alone = _seeds(finding, measured, level) if is_open else measured
    among_all = _seeds(finding, measured, strictest)
    wanted = among_all or (alone if is_open else None)
    return MoreSeeds(alone, among_all, _needs(records, wanted) if wanted else ())


def _seeds(finding: Finding, measured: int, level: float) -> int | None:
    """More than are `measured`, and as many more for each pair as it took so far: some runs are left out.

    Where the verdict has to hold in several ways of counting, the one that asks for most.
    """
    found = [repeats_to_decide(one, level=level) for one in finding.seen]
    pairs = [one for one in found if one is not None]
    if len(pairs) < len(found):
        return None
    return max(measured + 1, math.ceil(max(pairs) * measured / finding.seen[0].n))


def _needs(records: Sequence[Record], seeds: int) -> tuple[Need, ...]:
    """What gives each network behind `records` as many seeds, as it was measured before."""
    networks: dict[Need, dict[str, None]] = {}
    for record in records:
        beside = (record.device.type, str(record.precision)) if record.device else None
        need = Need((), str(record.protocol.get("name")), record.kind, beside, seeds)
        networks.setdefault(need, {})[record.arch.name] = None
    return tuple(replace(need, archs=tuple(names)) for need, names in networks.items())
