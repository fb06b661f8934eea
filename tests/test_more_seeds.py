"""How many seeds would decide what is open: the arithmetic, and what a claim says of it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import factories
import numpy as np
import pytest
from conftest import Spoken
from scipy import stats

from bench import store
from bench.claims.decide import decide
from bench.claims.evidence import Evidence
from bench.claims.ledger import claims
from bench.claims.model import Decision, Finding, MoreSeeds
from bench.claims.more import more_seeds
from bench.claims.words import more_words
from bench.records import Record
from bench.report.web.claims import view
from bench.stats import Seen, mean_interval, repeats_to_decide


def seen(values: Sequence[float], bound: float = 0.0) -> Seen:
    mean, low, high = mean_interval(values)
    assert low is not None
    assert high is not None
    return Seen(mean, (high - low) / 2, bound, len(values))


PILOT = (0.2, 1.5, -0.4, 1.1)


@pytest.mark.parametrize("level", [0.05, 0.05 / 31])
def test_with_as_many_the_interval_leaves_the_bound_out_and_with_one_fewer_it_does_not(level: float) -> None:
    found = repeats_to_decide(seen(PILOT), level=level)
    assert found is not None
    spread = stats.tstd(PILOT) * math.sqrt(3 / stats.chi2.ppf(0.2, 3))

    def leaves_out(n: int) -> bool:
        return bool(stats.t.ppf(1 - level / 2, n - 1) * spread / math.sqrt(n) < statistics.mean(PILOT))

    assert leaves_out(found)
    assert not leaves_out(found - 1)


@pytest.mark.parametrize("bound", [0.6, 0.59])
def test_near_the_margin_no_number_decides(bound: float) -> None:
    assert repeats_to_decide(seen(PILOT, bound), level=0.05) is None


@pytest.mark.parametrize("refused", [Seen(0.5, 0.2, 0.0, 1), Seen(0.5, 0.0, 0.0, 5)])
def test_what_shows_no_spread_is_refused(refused: Seen) -> None:
    with pytest.raises(ValueError, match="show no spread"):
        repeats_to_decide(refused, level=0.05)


def test_a_second_look_finds_a_difference_of_what_is_alike_more_often_than_it_should() -> None:
    """Pilots of five, tested; those that are open get as many more as they ask for and are tested again, whole."""
    dice, pilots, different = np.random.default_rng(0), 3000, 0
    for _ in range(pilots):
        values = dice.normal(size=5)
        if stats.ttest_1samp(values, 0).pvalue >= 0.05:
            more = repeats_to_decide(seen(values), level=0.05) or len(values)
            values = np.concatenate([values, dice.normal(size=more - len(values))])
        different += stats.ttest_1samp(values, 0).pvalue < 0.05
    assert 0.07 < different / pilots < 0.11


# What a finding says


def accuracies(**of: Sequence[float]) -> list[Record]:
    return [
        factories.accuracy(name.replace("_", "-"), protocol="budget28", seed=seed, score=value)
        for name, values in of.items()
        for seed, value in enumerate(values)
    ]


RUNS = accuracies(nin=(0.84, 0.86, 0.88), nin_no1x1=(0.85, 0.83, 0.84))
OPEN = Finding(
    "NiN against NiN without 1x1", "inconclusive", "", p_value=0.2, n=3,
    records=tuple(one.key for one in RUNS), seen=(Seen(2.0, 4.0, 0.0, 3),),
)  # fmt: skip


def told(finding: Finding, records: Sequence[Record] = RUNS, strictest: float = 0.05 / 31) -> MoreSeeds:
    found = more_seeds(finding, Evidence(records), level=0.05, strictest=strictest)
    assert found is not None
    return found


def test_by_itself_and_whatever_else_is_tested() -> None:
    more = told(OPEN)
    assert more.alone == repeats_to_decide(OPEN.seen[0], level=0.05)
    assert more.among_all == repeats_to_decide(OPEN.seen[0], level=0.05 / 31)
    (need,) = more.needs
    assert (need.archs, need.seeds) == (("nin", "nin-no1x1"), more.among_all)
    assert f"--protocol budget28 --measure accuracy --seeds {more.among_all} --device cpu" in need.command
    words = more_words(replace(OPEN, more=more))
    assert words.startswith(f"About {more.alone} seeds would decide it by itself and about {more.among_all} among all")


def test_two_ways_of_counting_ask_for_the_larger_number() -> None:
    by_lot = Seen(2.0, 6.0, 0.0, 3)
    more = told(replace(OPEN, seen=(*OPEN.seen, by_lot)))
    assert more.alone == repeats_to_decide(by_lot, level=0.05)
    assert told(replace(OPEN, seen=(*OPEN.seen, Seen(0.0, 6.0, 0.0, 3)))).alone is None


def test_runs_that_had_to_be_left_out_are_counted_in() -> None:
    half = replace(OPEN, seen=(Seen(2.0, 2.5, 0.0, 3),))
    pairs = repeats_to_decide(half.seen[0], level=0.05)
    assert pairs is not None
    measured = accuracies(nin=(0.8,) * 6, nin_no1x1=(0.8,) * 6)
    more = told(replace(half, records=tuple(one.key for one in measured)), measured)
    assert more.alone == 2 * pairs


def test_what_is_decided_by_itself_asks_for_what_the_others_cost_and_never_for_what_is_there() -> None:
    decided = replace(OPEN, verdict="supported", p_value=0.04, seen=(Seen(2.0, 1.9, 0.0, 3),))
    more = told(decided)
    assert more.alone == 3
    assert more.among_all is not None
    assert more.among_all > 3
    assert more_words(replace(decided, more=more)).startswith("It is decided by itself; among all claims it would be")
    far = told(decided, strictest=1e-30)
    assert (far.among_all, far.needs) == (None, ())
    sure = replace(decided, p_value=1e-6)
    assert more_seeds(sure, Evidence(RUNS), level=0.05, strictest=0.05 / 31) is None


def test_near_the_margin_there_is_no_command() -> None:
    near = replace(OPEN, seen=(Seen(0.1, 4.0, 0.0, 3),))
    more = told(near)
    assert (more.alone, more.among_all, more.needs) == (None, None, ())
    assert "near the margin for such a spread" in more_words(replace(near, more=more))


@pytest.mark.parametrize("changes", [{"seen": ()}, {"seen": (Seen(1.0, 0.0, 0.0, 3),)}, {"records": ()}])
def test_without_a_t_interval_over_runs_nothing_is_said(changes: dict[str, Any]) -> None:
    assert more_seeds(replace(OPEN, **changes), Evidence(RUNS), level=0.05, strictest=0.001) is None


def test_timings_have_processes_and_no_seeds() -> None:
    timed = [factories.throughput("nin", protocol="budget28")]
    asked = replace(OPEN, records=(timed[0].key,))
    assert more_seeds(asked, Evidence(timed), level=0.05, strictest=0.001) is None


# What a claim says


def decision(records: Sequence[Record], claim: str) -> Decision:
    (found,) = [one for one in decide(claims(), Evidence(records)) if one.claim.id == claim]
    return found


def test_an_open_claim_says_what_would_decide_it() -> None:
    found = next(one for one in decision(RUNS, "D0-9").findings if one.n)
    assert found.verdict == "inconclusive"
    assert found.more is not None
    assert found.more.alone == repeats_to_decide(found.seen[0], level=0.05)


def test_what_is_exact_asks_for_no_seeds() -> None:
    records = factories.full_run(protocol="budget28")
    assert [finding.more for finding in decision(records, "D0-3").findings if finding.more] == []


def test_where_one_finding_is_enough_each_is_held_to_what_all_of_them_cost() -> None:
    """D0-21 is supported by any of three comparisons, D0-13 asks for all of the same three."""
    others = ("lenet", "alexnet", "vgg16")
    records = accuracies(**{"nin": (0.84, 0.85, 0.88), **dict.fromkeys(others, (0.85, 0.87, 0.88))})
    one_of, all_of = (decision(records, name).findings[0] for name in ("D0-21", "D0-13"))
    assert one_of.more is not None
    strictest = 0.05 / 3 / sum(one.adjusted is not None for one in decide(claims(), Evidence(records)))
    assert one_of.more.among_all == repeats_to_decide(one_of.seen[0], level=strictest)
    assert all_of.seen[0].bound != one_of.seen[0].bound


def test_a_run_for_an_open_claim_says_what_would_decide_it(bench: Callable[..., Spoken], tmp_path: Path) -> None:
    others = ("nin-no1x1", "nin-no1x1-params", "nin-no1x1-macs")
    of = {"nin": (0.84, 0.86, 0.88), **dict.fromkeys(others, (0.85, 0.83, 0.84))}
    for record in accuracies(**of):
        store.save(tmp_path, record)
    spoken = bench("run", "--for-claim", "D0-9", "--results", tmp_path)
    first, *more = spoken.err.splitlines()
    assert (spoken.code, spoken.out) == (0, "")
    assert first == "D0-9 lacks no record; its verdict is: inconclusive"
    assert len(more) == len(others)
    assert all(line.startswith("D0-9 would gain from `bench run --arch nin nin-no1x1") for line in more)
    assert all(line.endswith(f" --results {tmp_path}`") for line in more)


def test_the_page_has_each_command_once_with_the_most_seeds_that_a_claim_asks_for() -> None:
    others = ("nin-no1x1", "nin-no1x1-params", "nin-no1x1-macs")
    records = accuracies(**{"nin": (0.84, 0.86, 0.88), **dict.fromkeys(others, (0.85, 0.83, 0.84))})
    everything = decide(claims(), Evidence(records))
    decisions = [one for one in everything if one.verdict == "inconclusive"]
    asked = [need for one in decisions for need in one.more if need.archs == ("nin", "nin-no1x1-params")]
    wanting = sum(any(need.archs == ("nin", "nin-no1x1-params") for need in one.more) for one in decisions)
    assert wanting > 1
    told = dict(view(everything, {}).more)
    assert len(told) == len({need.archs for one in decisions for need in one.more})
    most = max(need.seeds or 0 for need in asked)
    (command,) = [command for command in told if " nin nin-no1x1-params " in command]
    assert f" --seeds {most} " in command
    assert told[command] == wanting
