"""How many seeds would decide a finding that leaves its claim open."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bench.claims.evidence import Evidence
from bench.claims.model import Finding, MoreSeeds, Need
from bench.protocols import TRAINED
from bench.records import Record
from bench.stats import repeats_to_decide


def more_seeds(finding: Finding, evidence: Evidence, level: float, tests: int) -> MoreSeeds | None:
    """None where it rests on no training runs or on no test, where nothing spreads, and where it has all it takes.

    Args:
        tests: claims that rest on tests, among all of which a verdict has to hold.
    """
    records = [evidence.by_key[key] for key in finding.records if key in evidence.by_key]
    if finding.p_value is None or not records or any(record.kind not in TRAINED for record in records):
        return None
    numbers = _numbers(finding)
    if numbers is None:
        return None
    n = numbers[-1]
    alone = repeats_to_decide(*numbers, level=level) if finding.verdict == "inconclusive" else n
    among_all = repeats_to_decide(*numbers, level=level / max(1, tests))
    if among_all == n:
        return None
    wanted = among_all or alone
    return MoreSeeds(alone, among_all, _needs(records, wanted) if wanted else ())


def _numbers(finding: Finding) -> tuple[float, float, float, float, int] | None:
    """Effect, bounds and margin on the scale on which the interval lies alike to both sides, and how many pairs."""
    effect, low, high, bound, n = finding.effect, finding.low, finding.high, finding.bound, finding.n
    if effect is None or low is None or high is None or bound is None or n is None or n < 2 or not low < high:
        return None
    if finding.unit != "times":
        return effect, low, high, bound, n
    if min(low, bound) <= 0:
        return None
    return math.log(effect), math.log(low), math.log(high), math.log(bound), n


def _needs(records: Sequence[Record], seeds: int) -> tuple[Need, ...]:
    """What gives each network behind `records` as many seeds, as it was measured before."""
    networks: dict[Need, list[str]] = {}
    for record in records:
        beside = (record.device.type, str(record.precision)) if record.device else None
        need = Need((), str(record.protocol.get("name")), record.kind, beside, seeds)
        networks.setdefault(need, []).append(record.arch.name)
    return tuple(
        Need(tuple(dict.fromkeys(names)), one.protocol, one.measure, one.beside, seeds)
        for one, names in networks.items()
    )
