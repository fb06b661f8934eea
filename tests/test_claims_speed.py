"""Claims on speed, decided from made-up timings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import factories
import pytest

from bench.claims.evidence import Evidence
from bench.claims.model import Finding
from bench.claims.predicates.speed import BetterInEverything, TimeRatio, image_seconds
from bench.records import Record, Throughput

PROCESSES = range(5)


def timed(arch: str, speeds: Sequence[float], *, groups: Sequence[str] = "abcde", **changes: Any) -> list[Record]:
    """One process a speed, in images a second of training; the networks of one process share its group."""
    settings = {"protocol": "timing28"} | changes
    return [
        factories.throughput(arch, speed=speed, seed=process, group=groups[process], **settings)
        for process, speed in enumerate(speeds)
    ]


def ratio(records: Sequence[Record], **changes: Any) -> list[Finding]:
    facts: dict[str, Any] = {
        "network": "nin", "against": ("vgg16",), "mode": "inference", "batches": (1, 64), "times": 0.8,
        "protocols": ("timing28",),
    }  # fmt: skip
    return [*TimeRatio(test="ratio of times", **facts | changes).findings(Evidence(records))]


AROUND_100 = (100.0, 104.0, 98.0, 101.0, 97.0)
AROUND_300 = (300.0, 310.0, 290.0, 305.0, 295.0)


def test_a_third_of_the_time_is_clearly_faster_and_three_times_is_not() -> None:
    found = ratio(timed("nin", AROUND_300) + timed("vgg16", AROUND_100))
    assert [one.verdict for one in found] == ["supported", "supported"]
    # Samples scatter by some per cent around their speed.
    assert found[0].effect == pytest.approx(100 / 300, rel=0.1)
    assert found[0].n == len(PROCESSES)
    assert [one.verdict for one in ratio(timed("nin", AROUND_100) + timed("vgg16", AROUND_300))] == ["refuted"] * 2


def test_a_tenth_faster_is_not_clearly_faster() -> None:
    found = ratio(timed("nin", [1.1 * one for one in AROUND_100]) + timed("vgg16", AROUND_100))
    assert all(one.verdict == "refuted" for one in found)


def test_a_tenth_faster_leaves_open_what_falls_where_it_is_slower() -> None:
    faster = timed("nin", [1.1 * one for one in AROUND_100]) + timed("vgg16", AROUND_100)
    assert {one.verdict for one in ratio(faster, refuted_from=1.0)} == {"inconclusive"}
    slower = timed("nin", [0.7 * one for one in AROUND_100]) + timed("vgg16", AROUND_100)
    for one in ratio(slower, refuted_from=1.0):
        assert (one.verdict, one.bound) == ("refuted", 1.0)
    much_faster = timed("nin", AROUND_300) + timed("vgg16", AROUND_100)
    assert {(one.verdict, one.bound) for one in ratio(much_faster, refuted_from=1.0)} == {("supported", 0.8)}


def test_the_times_of_a_sentence_have_its_ratio() -> None:
    (found,) = ratio(timed("nin", (80.0, 300.0, 90.0, 250.0, 150.0)) + timed("vgg16", AROUND_100), batches=(64,))
    told = re.search(r": ([\d.]+) ms an image against ([\d.]+) ms", found.says)
    assert told is not None
    assert found.effect == pytest.approx(float(told[1]) / float(told[2]), rel=0.01)


def test_processes_that_disagree_decide_nothing() -> None:
    found = ratio(timed("nin", (80.0, 300.0, 90.0, 250.0, 150.0)) + timed("vgg16", AROUND_100))
    assert all(one.verdict == "inconclusive" for one in found)


def test_slower_is_the_other_way_round() -> None:
    records = timed("nin", AROUND_300) + timed("vgg16", AROUND_100)
    turned = {"network": "vgg16", "against": ("nin",), "relation": "higher", "times": 1.0, "mode": "training"}
    (found,) = ratio(records, batches=(64,), **turned)
    assert found.verdict == "supported"
    assert "A training step at batch 64 takes VGG-16" in found.says
    turned |= {"network": "nin", "against": ("vgg16",)}
    assert ratio(records, batches=(64,), **turned)[0].verdict == "refuted"


def test_what_is_not_timed_is_not_measured() -> None:
    assert [one.verdict for one in ratio(timed("nin", AROUND_300))] == ["not measured"] * 2
    records = timed("nin", AROUND_300) + timed("vgg16", AROUND_100)
    found = ratio(records, batches=(64, 128))
    assert [one.verdict for one in found] == ["supported", "not measured"]
    assert found[1].needs[0].command == "bench run --arch nin vgg16 --protocol timing28 --measure throughput"


def test_one_process_does_not_tell_how_processes_differ() -> None:
    assert ratio(timed("nin", (300.0,)) + timed("vgg16", (100.0,)))[0].verdict == "not measured"


def test_only_networks_that_were_timed_side_by_side_compare() -> None:
    apart = timed("nin", AROUND_300) + timed("vgg16", AROUND_100, groups="vwxyz")
    assert [one.verdict for one in ratio(apart)] == ["not measured"] * 2
    partly = timed("nin", AROUND_300) + timed("vgg16", AROUND_100, groups="abcyz")
    assert [(one.verdict, one.n) for one in ratio(partly)] == [("supported", 3)] * 2


@pytest.mark.parametrize("first", ["A Processor", "B Processor"])
def test_of_two_devices_with_as_many_processes_the_one_timed_last_decides(first: str) -> None:
    last = {"A Processor": "B Processor", "B Processor": "A Processor"}[first]
    records = []
    for model, started, nin in (
        (first, "2026-01-15T10:00:00Z", AROUND_100),
        (last, "2026-01-16T10:00:00Z", AROUND_300),
    ):
        place = {"device": factories.CPU.model_copy(update={"model": model}), "started": started}
        records += timed("nin", nin, **place) + timed("vgg16", AROUND_100, **place)
    assert {(one.verdict, one.n) for one in ratio(records)} == {("supported", 5)}
    # More processes weigh more than a later date.
    fewer = [one for one in records if one.device and (one.device.model == first or one.seed < 4)]
    assert {one.verdict for one in ratio(fewer)} == {"refuted"}


def test_other_engines_do_not_stand_in_for_pytorch_as_it_is() -> None:
    compiled = timed("nin", AROUND_300, engine="compiled") + timed("vgg16", AROUND_100)
    assert [one.verdict for one in ratio(compiled)] == ["not measured"] * 2


def test_a_batch_that_did_not_fit_is_compared_by_the_image() -> None:
    (halved,) = timed("vgg16", (100.0,), fits=32)
    assert isinstance(halved.result, Throughput)
    (case,) = (one for one in halved.result.cases if (one.mode, one.requested_batch) == ("training", 64))
    assert case.batch == 32
    middle = sorted(case.step_seconds)[len(case.step_seconds) // 2]
    assert image_seconds(halved, "training", 64) == pytest.approx(middle / 32)


def counts(share: float, image_size: int = 28) -> list[Record]:
    """NiN with so many times VGG-16's parameters and multiply-accumulates."""
    records = []
    for arch, times in (("nin", share), ("vgg16", 1.0)):
        made = factories.complexity(arch, image_size=image_size, protocol=f"timing{image_size}")
        assert made.result is not None
        counted = {"parameters": int(1e6 * times), "macs": int(1e8 * times)}
        records.append(made.model_copy(update={"result": made.result.model_copy(update=counted)}))
    return records


def everything(
    *,
    parameters: float = 0.1,
    speeds: Sequence[float] = AROUND_300,
    accuracy: float = 0.85,
    counted: bool = True,
) -> Finding:
    """NiN with so many times VGG-16's counts, so fast and so accurate at 28 pixels; VGG-16 is plain."""
    records = [*timed("nin", speeds), *timed("vgg16", AROUND_100)]
    records += counts(parameters) if counted else []
    for arch, score in (("nin", accuracy), ("vgg16", 0.80)):
        records += [
            factories.accuracy(
                arch, score=score + 0.001 * (seed % 2) * (arch == "nin"), seed=seed, protocol="matched28"
            )
            for seed in range(4)
        ]
    predicate = BetterInEverything(test="better in everything", network="nin", against=("vgg16",), sizes=(28,))
    (found,) = predicate.findings(Evidence(records))
    return found


def test_all_at_once_holds_only_where_each_of_it_holds() -> None:
    found = everything()
    assert found.verdict == "supported"
    assert found.p_value is not None
    assert everything(accuracy=0.70).verdict == "refuted"
    assert everything(speeds=AROUND_100).verdict == "refuted"
    too_large = everything(parameters=0.9)
    # A count that refutes is exact.
    assert (too_large.verdict, too_large.p_value) == ("refuted", None)
    assert "Does not hold: parameters, 0.90 times; MACs, 0.90 times." in too_large.says


def test_what_is_refuted_stays_so_whatever_is_still_to_be_measured() -> None:
    assert everything(counted=False).verdict == "not measured"
    assert everything(counted=False).needs[0].measure == "complexity"
    assert everything(counted=False, accuracy=0.70).verdict == "refuted"


def test_all_at_once_is_open_where_a_part_is() -> None:
    assert everything(speeds=(80.0, 300.0, 90.0, 250.0, 150.0)).verdict == "inconclusive"


def test_each_size_is_judged_by_itself() -> None:
    predicate = BetterInEverything(test="better in everything", network="nin", against=("vgg16",))
    large, small = predicate.findings(Evidence([*counts(0.9, 224), *counts(0.1, 28)]))
    assert (large.verdict, large.p_value, large.needs) == ("refuted", None, ())
    assert large.says.startswith("Images have 224 pixels a side. Does not hold: parameters, 0.90 times;")
    assert (small.verdict, small.says[:30]) == ("not measured", "Images have 28 pixels a side. ")


def test_a_refutation_by_one_test_of_several_says_how_often_its_p_counts() -> None:
    found = everything(accuracy=0.70)
    # Two counts, three times and an accuracy.
    told = re.search(r"Each of the 6 could have refuted it, so that its p is 6 times ([\d.]+)\.$", found.says)
    assert told is not None
    assert found.p_value == pytest.approx(6 * float(told[1]), rel=0.05)
    assert "could have refuted" not in everything().says
