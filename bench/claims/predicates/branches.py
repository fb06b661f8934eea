"""Claims on the branches of Inception modules: whether modules differ in which branch they rely on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from archs.branches import BRANCHES
from bench.claims.evidence import Evidence
from bench.claims.judge import above
from bench.claims.model import Finding, Predicate
from bench.claims.names import Network, ProtocolName
from bench.claims.predicates.compared import mean
from bench.claims.predicates.runs import FEWEST, aligned, lacking, title, too_few, trained, under
from bench.numbers import significant
from bench.records import Branches, Record
from bench.stats.interaction import interaction

PROTOCOLS = ("branches224", "branches28")


class BranchesDiffer(Predicate):
    """Whether what a branch is worth turns on the module that it stands in, beyond what differs from seed to seed.

    An analysis of variance of the loss of accuracy by module and branch, with a run for each seed: the mean square of
    their interaction over that of the seeds within it.  One is what chance alone gives.
    """

    test: Literal["branches differ by module"]
    network: Network
    protocols: tuple[ProtocolName, ...] = PROTOCOLS

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        about = f"worth of branches by module: {title(self.network)}"
        runs = aligned(evidence, "branches", under(self.protocols, (self.network,)))
        if runs is None:
            yield lacking(about, (self.network,), self.protocols[-1], "branches")
            return
        kept = runs.only(trained)
        if kept.n < FEWEST:
            yield too_few(about, runs, kept)
            return
        tables = [losses(record) for record in kept.rows[0]]
        try:
            tested = interaction(tables)
        except ValueError as why:
            says = f"The runs of {title(self.network)} cannot be analysed ({kept.where}): {why}."
            yield Finding(about=about, verdict="inconclusive", says=says, n=kept.n, records=kept.keys)
            return
        says = (
            f"In {title(self.network)} the loss of accuracy without a branch differs between modules and branches "
            f"{significant(tested.effect, 2)} times as much as from seed to seed (ratio of mean squares of the "
            f"interaction, 95 % interval {significant(tested.low, 2)} to {significant(tested.high, 2)}, {kept.n} runs, "
            f"{kept.where}); {_most_valuable(kept.rows[0])}."
        )
        yield Finding(
            about=about,
            verdict=above(1.0, tested.low, tested.high),
            says=says,
            effect=tested.effect,
            low=tested.low,
            high=tested.high,
            unit="times",
            bound=1.0,
            p_value=tested.p_value,
            n=kept.n,
            records=kept.keys,
            provisional=kept.provisional,
        )


def losses(record: Record) -> list[list[float]]:
    """Accuracy lost without each branch, in percentage points: a row for each module, a column for each branch."""
    result = _branches(record)
    modules, branches = (
        list(dict.fromkeys(getattr(one, part) for one in result.drops)) for part in ("module", "branch")
    )
    lost = {(one.module, one.branch): 100 * (result.accuracy - one.accuracy) for one in result.drops}
    return [[lost[module, branch] for branch in branches] for module in modules]


def _most_valuable(records: Sequence[Record]) -> str:
    """How many modules rely on each branch the most, on average over runs."""
    drops = _branches(records[0]).drops
    branches = list(dict.fromkeys(one.branch for one in drops))
    tables = [losses(record) for record in records]
    wins = dict.fromkeys(branches, 0)
    for module in range(len(tables[0])):
        worth = [mean([table[module][branch] for table in tables]) for branch in range(len(branches))]
        wins[branches[worth.index(max(worth))]] += 1
    told = ", ".join(f"{BRANCHES.get(branch, branch)} in {count}" for branch, count in wins.items())
    return f"the branch that is worth the most is {told} of {len(tables[0])} modules"


def _branches(record: Record) -> Branches:
    assert isinstance(record.result, Branches)
    return record.result


PREDICATES: Sequence[type[Predicate]] = (BranchesDiffer,)
