"""Which numbers of two results folders are of the same thing, and which only one of the two has."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.report.compare.measured import Case, Measured, Scope, Subject
from bench.report.identity import network_rank

_LEVELS = (
    *(("protocol", "device", "precision"), ("protocol", "precision"), ("protocol", "device"), ("protocol",)),
    *(("device", "precision"), ("precision",), ("device",), ()),
)
"""What two scopes must have in common to be paired, the closest first."""


@dataclass(frozen=True)
class Pair:
    """The same number in both folders."""

    this: Measured
    other: Measured

    @property
    def edited(self) -> bool:
        """Whether the network's layers are not the same in both."""
        return self.this.fingerprint != self.other.fingerprint


@dataclass(frozen=True)
class Matched:
    """Two folders laid side by side."""

    pairs: list[Pair]
    only_this: list[Measured]
    only_other: list[Measured]


def match(this: Sequence[Measured], other: Sequence[Measured]) -> Matched:
    """Pair what both have: the same network, kind and case, in scopes that belong together.

    Of a network whose layers were edited, the version that both have is compared, else the last of each.
    """
    ours, theirs = _by_scope(this), _by_scope(other)
    pairs: list[Pair] = []
    for kind_and_size, scopes in ours.items():
        there = theirs.get(kind_and_size, {})
        for scope, partner in paired_scopes(scopes, there).items():
            own, their = _by_number(scopes[scope]), _by_number(there[partner])
            pairs += [_pair(own[number], their[number]) for number in own if number in their]
    met = {id(one) for pair in pairs for one in (pair.this, pair.other)}
    told = {_identity(one) for pair in pairs for one in (pair.this, pair.other)}
    pairs.sort(key=lambda pair: order(pair.this))
    alone = [
        sorted((one for one in side if id(one) not in met and _identity(one) not in told), key=order)
        for side in (this, other)
    ]
    return Matched(pairs, *alone)


def paired_scopes(ours: Iterable[Scope], theirs: Iterable[Scope]) -> dict[Scope, Scope]:
    """Pairs of scopes: those with most in common first, and never where two could claim the same one.

    So two machines are compared under one protocol, and two protocols on one machine; where there is a choice
    that nothing but a guess could make, there is no pair.
    """
    left, right = list(dict.fromkeys(ours)), list(dict.fromkeys(theirs))
    found: dict[Scope, Scope] = {}
    for level in _LEVELS:
        for shared in dict.fromkeys(_shared(scope, level) for scope in left):
            mine = [scope for scope in left if _shared(scope, level) == shared]
            yours = [scope for scope in right if _shared(scope, level) == shared]
            if len(mine) == len(yours) == 1:
                found[mine[0]] = yours[0]
                left.remove(mine[0])
                right.remove(yours[0])
    return found


def order(one: Measured) -> tuple[object, ...]:
    """Networks as the project lists them, within their scope."""
    rank = network_rank(one.subject.arch, one.family)
    kind = (_KINDS.get(one.kind, len(_KINDS)), one.kind)
    return (kind, one.subject.image_size, one.scope, rank, one.subject, _natural(one.case.what))


def _natural(text: str) -> list[tuple[int, str]]:
    """Sorts "batch 64" before "batch 256"."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text)]


_KINDS = {kind: place for place, kind in enumerate(("complexity", "accuracy", "throughput", "memory"))}


def _shared(scope: Scope, level: Sequence[str]) -> tuple[str, ...]:
    return tuple(getattr(scope, name) for name in level)


def _by_scope(numbers: Sequence[Measured]) -> dict[tuple[str, int], dict[Scope, list[Measured]]]:
    found: dict[tuple[str, int], dict[Scope, list[Measured]]] = defaultdict(lambda: defaultdict(list))
    for one in numbers:
        found[one.kind, one.subject.image_size][one.scope].append(one)
    return found


def _by_number(numbers: Sequence[Measured]) -> dict[tuple[Subject, Case], list[Measured]]:
    found: dict[tuple[Subject, Case], list[Measured]] = defaultdict(list)
    for one in numbers:
        found[one.subject, one.case].append(one)
    return found


def _pair(ours: Sequence[Measured], theirs: Sequence[Measured]) -> Pair:
    def last(versions: Sequence[Measured]) -> Measured:
        return max(versions, key=lambda one: (one.started, one.fingerprint))

    common = {one.fingerprint for one in ours} & {one.fingerprint for one in theirs}
    same = [one for one in ours if one.fingerprint in common]
    if not same:
        return Pair(last(ours), last(theirs))
    mine = last(same)
    return Pair(mine, next(one for one in theirs if one.fingerprint == mine.fingerprint))


def _identity(one: Measured) -> tuple[object, ...]:
    """Versions of a network that were passed over for another are not things that only one folder has."""
    return one.kind, one.subject, one.scope, one.case
