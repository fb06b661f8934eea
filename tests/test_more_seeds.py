"""How many seeds would decide what is open: the arithmetic, and what a claim says of it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import factories
import pytest
from conftest import Spoken
from scipy import stats

from bench import store
from bench.claims.decide import decide
from bench.claims.evidence import Evidence
from bench.claims.ledger import claims
from bench.claims.model import Finding
from bench.claims.words import more_words
from bench.records import Record
from bench.report.web.claims import view
from bench.stats import mean_interval, repeats_to_decide
from bench.stats.repeats import MOST


def interval_of(values: Sequence[float]) -> tuple[float, float, float]:
    mean, low, high = mean_interval(values)
    assert low is not None
    assert high is not None
    return mean, low, high


@pytest.mark.parametrize("level", [0.05, 0.05 / 31])
def test_with_as_many_the_interval_leaves_the_bound_out_and_with_one_fewer_it_does_not(level: float) -> None:
    values = [0.2, 1.5, -0.4, 1.1]
    mean, low, high = interval_of(values)
    found = repeats_to_decide(mean, low, high, 0.0, len(values), level=level)
    assert found is not None
    spread = stats.tstd(values) * math.sqrt(3 / stats.chi2.ppf(0.2, 3))

    def leaves_out(n: int) -> bool:
        return bool(stats.t.ppf(1 - level / 2, n - 1) * spread / math.sqrt(n) < mean)

    assert leaves_out(found)
    assert not leaves_out(found - 1)


def test_the_other_end_counts_where_one_is_cut() -> None:
    whole = repeats_to_decide(60.0, 10.0, 110.0, 0.0, 3, level=0.05)
    assert repeats_to_decide(60.0, 10.0, 100.0, 0.0, 3, level=0.05) == whole


def test_at_the_margin_no_number_decides() -> None:
    assert repeats_to_decide(0.5, 0.0, 1.0, 0.5, 5, level=0.05) is None
    assert repeats_to_decide(0.5, 0.0, 1.0, 0.49, 5, level=0.05) is None


def test_as_many_as_it_says_do_decide_mostly() -> None:
    """Of effects that are as large as they look, planned from five runs."""
    dice, decided = random.Random(0), 0
    for _ in range(200):
        pilot = [dice.gauss(0, 1) for _ in range(5)]
        _, low, high = interval_of(pilot)
        half = (high - low) / 2
        planned = repeats_to_decide(1.0, 1.0 - half, 1.0 + half, 0.0, 5, level=0.05) or MOST
        _, low, _ = interval_of([dice.gauss(1.0, 1) for _ in range(planned)])
        decided += low > 0
    assert decided > 120


@pytest.mark.parametrize(("effect", "low", "high", "n"), [(2.0, 0.0, 1.0, 5), (0.5, 0.0, 1.0, 1)])
def test_no_mean_with_an_interval_is_refused(effect: float, low: float, high: float, n: int) -> None:
    with pytest.raises(ValueError, match="no mean with an interval"):
        repeats_to_decide(effect, low, high, 0.0, n, level=0.05)


def accuracies(**of: Sequence[float]) -> list[Record]:
    return [
        factories.accuracy(name.replace("_", "-"), protocol="budget28", seed=seed, score=value)
        for name, values in of.items()
        for seed, value in enumerate(values)
    ]


def finding(records: list[Record], claim: str, about: str) -> Finding:
    (decision,) = [one for one in decide(claims(), Evidence(records)) if one.claim.id == claim]
    return next(one for one in decision.findings if one.about == about)


def test_an_open_claim_says_what_would_decide_it() -> None:
    records = accuracies(nin=(0.84, 0.86, 0.88), nin_no1x1=(0.85, 0.83, 0.84))
    found = finding(records, "D0-9", "test accuracy: NiN against NiN without 1x1")
    assert found.verdict == "inconclusive"
    assert found.more is not None
    assert found.more.alone is not None
    assert found.more.alone > 3
    (need,) = found.more.needs
    assert need.archs == ("nin", "nin-no1x1")
    wanted = found.more.among_all or found.more.alone
    assert f"--protocol budget28 --measure accuracy --seeds {wanted} --device cpu" in need.command
    assert f"About {found.more.alone} seeds would decide it by itself" in more_words(found)


def test_what_no_number_decides_has_no_command() -> None:
    records = accuracies(nin=(0.80, 0.86, 0.90), nin_no1x1=(0.86, 0.80, 0.90))
    found = finding(records, "D0-9", "test accuracy: NiN against NiN without 1x1")
    assert found.more is not None
    assert (found.more.alone, found.more.needs) == (None, ())
    assert "at the margin" in more_words(found)


def test_what_is_decided_counts_and_timings_ask_for_no_seeds() -> None:
    decisions = decide(claims(), Evidence(factories.full_run(protocol="budget28")))
    told = {one.claim.id: [finding.more for finding in one.findings] for one in decisions}
    assert told["D0-11"]
    assert all(more is None for id in ("D0-11", "D0-14", "D0-3") for more in told[id])


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
