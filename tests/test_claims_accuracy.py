"""Claims on accuracy, decided from made-up runs; expected numbers are worked out by hand or by scipy's own test."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import factories
import numpy as np
import pytest
from scipy.stats import ttest_rel

from bench import store
from bench.claims.evidence import Evidence, provisional
from bench.claims.model import Finding
from bench.claims.predicates.accuracy import AccuracyDifference, AccuracySeries
from bench.claims.predicates.compared import Relation, judge_difference, judge_ratio
from bench.claims.predicates.predictions import GainOnConfusable
from bench.claims.predicates.runs import Side, aligned
from bench.records import Record

LOW, HIGH = (0.800, 0.801, 0.802, 0.799, 0.798), (0.851, 0.850, 0.852, 0.849, 0.853)


def runs(arch: str, scores: Sequence[float], **changes: Any) -> list[Record]:
    """One run a score, with seeds from 0."""
    settings = {"protocol": "matched28"} | changes
    return [factories.accuracy(arch, score=score, seed=seed, **settings) for seed, score in enumerate(scores)]


def difference(**changes: Any) -> AccuracyDifference:
    facts = {"network": "nin", "against": ("alexnet",), "relation": "higher"}
    return AccuracyDifference(test="difference of accuracy", **facts | changes)


def only(found: Sequence[Finding]) -> Finding:
    (one,) = found
    return one


@pytest.mark.parametrize(
    ("relation", "margin", "verdict"),
    [
        # Differences 1, 2 and 3: mean 2, standard error 1 / sqrt(3), t = 4.303, interval -0.48 to 4.48.
        ("higher", 0.0, "inconclusive"),
        ("higher", 5.0, "refuted"),
        ("lower", 0.0, "inconclusive"),
        ("lower", 1.0, "refuted"),
        ("not lower", 0.5, "supported"),
        ("not lower", 0.4, "inconclusive"),
        ("not higher", 4.4, "inconclusive"),
        ("not higher", 4.5, "supported"),
        ("alike", 4.5, "supported"),
        ("alike", 4.4, "inconclusive"),
    ],
)
def test_the_interval_of_three_pairs_is_held_against_the_margin(
    relation: Relation, margin: float, verdict: str
) -> None:
    judged = judge_difference([11, 12, 13], [10, 10, 10], relation, margin)
    half = 4.302653 / 3**0.5
    assert (judged.effect, judged.low, judged.high) == pytest.approx((2, 2 - half, 2 + half), rel=1e-6)
    assert judged.verdict == verdict


def test_a_comparison_tells_in_how_many_pairs_it_goes_that_way_and_of_runs_without_a_pair() -> None:
    nin, others = runs("nin", [0.80, 0.81, 0.90, 0.93]), runs("alexnet", [0.85, 0.85, 0.85])
    told = only(list(difference().findings(Evidence([*nin, *others])))).says
    assert "below in 2 of 3 pairs" in told
    assert "83.67 % against 85.00 %" in told
    assert "Over all its 4 runs NiN has 86.00 %." in told
    assert "Over all" not in only(list(difference().findings(Evidence([*nin[:3], *others])))).says


def test_means_that_are_equal_are_above_in_as_many_pairs_as_they_are() -> None:
    assert judge_difference([90, 80, 85], [80, 90, 85], "higher").agreeing == 1


def test_a_difference_that_is_rounded_to_nothing_is_told_as_none() -> None:
    others = runs("alexnet", [0.85, 0.85, 0.85])
    told = only([*difference().findings(Evidence([*runs("nin", [0.85, 0.84995, 0.85]), *others]))]).says
    assert told.startswith("Test accuracy of NiN is on average within 0.01 percentage points of that of AlexNet (95 % ")
    told = only([*difference().findings(Evidence([*runs("nin", [0.85, 0.8498, 0.85]), *others]))]).says
    assert told.startswith("Test accuracy of NiN is 0.01 percentage points below that of AlexNet (95 % ")


def test_the_interval_of_a_difference_of_accuracies_ends_where_shares_do() -> None:
    """Differences of 80, -80 and -80 points: Student's t for two degrees of freedom reaches from -256 to +203."""
    records = [*runs("nin", [0.9, 0.1, 0.1]), *runs("alexnet", [0.1, 0.9, 0.9])]
    found = only(list(difference().findings(Evidence(records))))
    assert (found.low, found.high) == (-100.0, 100.0)


def test_two_that_are_further_apart_than_the_margin_are_not_alike() -> None:
    judged = judge_difference([11.0, 11.1, 11.2], [10, 10, 10], "alike", 0.5)
    assert judged.verdict == "refuted"
    assert judged.bound == 0.5
    # Of the nearer margin: the hypothesis that the difference is half a point.
    assert judged.p_value == pytest.approx(ttest_rel([11.0, 11.1, 11.2], [10.5, 10.5, 10.5]).pvalue)


def test_pairs_that_do_not_vary_are_judged_by_their_value_and_are_no_proof() -> None:
    """Three accuracies can agree by chance, above all where a network is stuck: their p is that of the sign test."""
    judged = judge_difference([3.0, 2.0, 4.0], [1.0, 0.0, 2.0], "higher", 1.0)
    assert (judged.effect, judged.low, judged.high, judged.p_value) == (2.0, 2.0, 2.0, 0.25)
    assert judged.verdict == "supported"
    at_the_bound = judge_difference([1.0, 1.0], [1.5, 1.5], "not lower", 0.5)
    assert (at_the_bound.verdict, at_the_bound.p_value) == ("supported", 1.0)


def test_a_ratio_is_the_geometric_mean_of_the_pairs_ratios() -> None:
    judged = judge_ratio([1, 2, 4], [4, 4, 4], "lower", 0.8)
    assert judged.effect == pytest.approx((1 / 4 * 2 / 4 * 4 / 4) ** (1 / 3))
    assert judged.bound == 0.8
    assert judged.verdict == "inconclusive"
    assert judge_ratio([1.0, 1.1, 0.9], [4, 4, 4], "lower", 0.8).verdict == "supported"
    assert judge_ratio([1.0, 1.1, 0.9], [4, 4, 4], "higher", 0.8).verdict == "refuted"


def test_a_network_that_is_higher_with_every_seed_supports() -> None:
    found = only([*difference().findings(Evidence(runs("nin", HIGH) + runs("alexnet", LOW)))])
    assert found.verdict == "supported"
    assert found.effect == pytest.approx(100 * (sum(HIGH) - sum(LOW)) / 5)
    assert found.p_value == pytest.approx(ttest_rel(HIGH, LOW).pvalue, rel=1e-6)
    assert found.n == 5
    assert len(found.records) == 10
    assert "NiN" in found.says
    assert "AlexNet" in found.says


def test_a_network_that_is_lower_refutes_and_one_that_scatters_decides_nothing() -> None:
    lower = Evidence(runs("nin", LOW) + runs("alexnet", HIGH))
    assert only([*difference().findings(lower)]).verdict == "refuted"
    scattered = Evidence(runs("nin", (0.7, 0.9, 0.8, 0.6, 0.95)) + runs("alexnet", LOW))
    assert only([*difference().findings(scattered)]).verdict == "inconclusive"


def test_without_enough_runs_it_is_not_measured_and_the_command_is_told() -> None:
    short = Evidence(runs("nin", HIGH) + runs("alexnet", LOW[:2]))
    found = only([*difference().findings(short)])
    assert found.verdict == "not measured"
    assert [need.command for need in found.needs] == [
        "bench run --arch nin alexnet --protocol budget28 --measure accuracy"
    ]


def test_each_network_that_is_named_has_a_finding_of_its_own() -> None:
    records = runs("nin", HIGH) + runs("lenet", LOW) + runs("alexnet", HIGH[::-1])
    found = [*difference(against=("lenet", "alexnet", "vgg16")).findings(Evidence(records))]
    assert [one.verdict for one in found] == ["supported", "inconclusive", "not measured"]


def test_the_strongest_protocol_with_enough_runs_decides() -> None:
    weak = runs("nin", HIGH, protocol="budget28") + runs("alexnet", LOW, protocol="budget28")
    strong = runs("nin", LOW, protocol="matched28") + runs("alexnet", HIGH, protocol="matched28")
    assert only([*difference().findings(Evidence(weak))]).verdict == "supported"
    found = only([*difference().findings(Evidence(weak + strong))])
    assert found.verdict == "refuted"
    assert "matched28" in found.says


def test_runs_on_different_devices_are_never_paired() -> None:
    apart = runs("nin", HIGH, device=factories.GPU) + runs("alexnet", LOW)
    assert only([*difference().findings(Evidence(apart))]).verdict == "not measured"
    both = apart + runs("alexnet", LOW[:4], device=factories.GPU)
    found = only([*difference().findings(Evidence(both))])
    assert (found.verdict, found.n) == ("supported", 4)
    assert factories.GPU.model in found.says


def test_of_two_devices_the_one_with_more_runs_of_both_counts() -> None:
    few = [*runs("nin", LOW[:3], device=factories.GPU), *runs("alexnet", HIGH[:3], device=factories.GPU)]
    found = only([*difference().findings(Evidence([*few, *runs("nin", HIGH), *runs("alexnet", LOW)]))])
    assert (found.verdict, found.n) == ("supported", 5)


def test_runs_are_paired_by_seed_whatever_their_order() -> None:
    records = runs("nin", HIGH)[::-1] + runs("alexnet", LOW)
    found = aligned(Evidence(records), "accuracy", [[Side("nin", "matched28"), Side("alexnet", "matched28")]])
    assert found is not None
    assert [[record.seed for record in row] for row in found.rows] == [[0, 1, 2, 3, 4]] * 2


def test_a_run_that_learnt_nothing_counts_and_is_told() -> None:
    stuck = factories.accuracy("nin", score=0.1, seed=4, protocol="matched28", outcome="stuck at chance")
    found = only([*difference().findings(Evidence([*runs("nin", HIGH[:4]), stuck, *runs("alexnet", LOW)]))])
    assert found.verdict == "inconclusive"
    assert "1 of 5 runs of NiN learnt nothing" in found.says


def test_numbers_of_an_untuned_protocol_are_provisional() -> None:
    for protocol, starred in (("matched28", False), ("matched224", True)):
        records = runs("nin", HIGH, protocol=protocol) + runs("alexnet", LOW, protocol=protocol)
        assert only([*difference().findings(Evidence(records))]).provisional is starred


SERIES = ("vgg11", "vgg13", "vgg16")


def series(scores: Sequence[float], **changes: Any) -> list[Finding]:
    """Findings where the networks of the series score so, give or take a hundredth of a point."""
    wobble = (0.0, 0.0001, 0.0002, -0.0001, 0.0)
    records = [
        record
        for name, score in zip(SERIES, scores, strict=True)
        for record in runs(name, [score + one * (1 + SERIES.index(name)) for one in wobble])
    ]
    predicate = AccuracySeries(test="accuracy along a series", networks=SERIES, **changes)
    return [*predicate.findings(Evidence(records))]


def test_a_series_rises_when_no_step_falls_and_its_end_stands_above_its_beginning() -> None:
    def verdicts(scores: Sequence[float], **changes: Any) -> list[str]:
        return [found.verdict for found in series(scores, **changes)]

    assert verdicts((0.80, 0.82, 0.85)) == ["supported"] * 3
    assert verdicts((0.80, 0.82, 0.85), rises=False) == ["supported"] * 2
    assert verdicts((0.80, 0.85, 0.82)) == ["supported", "refuted", "supported"]
    assert verdicts((0.85, 0.82, 0.80)) == ["refuted"] * 3


def test_a_step_of_a_series_is_told_as_a_comparison_with_the_step_before() -> None:
    assert [found.about for found in series((0.80, 0.82, 0.85))] == [
        "test accuracy: VGG-13 against VGG-11, the step before",
        "test accuracy: VGG-16 against VGG-13, the step before",
        "test accuracy: VGG-16 against VGG-11",
    ]


def test_a_series_without_one_of_its_networks_is_not_measured() -> None:
    predicate = AccuracySeries(test="accuracy along a series", networks=(*SERIES, "vgg19"))
    records = [record for name in SERIES for record in runs(name, LOW)]
    found = only([*predicate.findings(Evidence(records))])
    assert found.verdict == "not measured"
    assert found.needs[0].archs == (*SERIES, "vgg19")


def predicted(folder: Path, arch: str, right: Sequence[Sequence[bool]], labels: Sequence[int]) -> list[Record]:
    """Runs with predictions beside them: for each seed, whether each image's class was found."""
    made = []
    for seed, row in enumerate(right):
        arrays = {
            "label": np.array(labels, np.uint8),
            # A wrong answer is the next class.
            "predicted": np.array([one if hit else (one + 1) % 10 for one, hit in zip(labels, row, strict=True)]),
            "probability": np.full(len(labels), 0.75, np.float16),
        }
        record = factories.accuracy(arch, score=sum(row) / len(row), seed=seed, protocol="matched28")
        store.save(folder, record, arrays)
        made.append(record)
    return made


def gain(folder: Path) -> list[Finding]:
    predicate = GainOnConfusable(test="gain on confusable classes", network="nin", against=("nin-no1x1",))
    return [*predicate.findings(Evidence(store.load(folder).records, folder))]


# Ten shirts, which are confusable, and ten trousers, which are not.
LABELS = [6] * 10 + [1] * 10


def found_first(shirts: int, trousers: int) -> list[bool]:
    return [i < shirts for i in range(10)] + [i < trousers for i in range(10)]


def test_a_gain_on_shirts_alone_supports_and_one_on_trousers_alone_refutes(tmp_path: Path) -> None:
    better = [found_first(8 + seed % 2, 5) for seed in range(4)]
    plain = [found_first(4, 5)] * 4
    predicted(tmp_path / "shirts", "nin", better, LABELS)
    predicted(tmp_path / "shirts", "nin-no1x1", plain, LABELS)
    by_itself, found = gain(tmp_path / "shirts")
    # 40, 50, 40 and 50 points on shirts and none on trousers.
    assert (found.verdict, found.effect) == ("supported", pytest.approx(45))
    assert (by_itself.verdict, by_itself.effect) == ("supported", pytest.approx(45))
    assert "shirt" in found.says.lower()

    elsewhere = [found_first(4, 8 + seed % 2) for seed in range(4)]
    predicted(tmp_path / "trousers", "nin", elsewhere, LABELS)
    predicted(tmp_path / "trousers", "nin-no1x1", plain, LABELS)
    assert [one.verdict for one in gain(tmp_path / "trousers")] == ["refuted", "refuted"]


def test_a_loss_that_is_smaller_on_shirts_is_no_gain_on_them(tmp_path: Path) -> None:
    predicted(tmp_path, "nin", [found_first(3, 1 + seed % 2) for seed in range(4)], LABELS)
    predicted(tmp_path, "nin-no1x1", [found_first(4 + seed % 2, 7) for seed in range(4)], LABELS)
    assert [one.verdict for one in gain(tmp_path)] == ["refuted", "supported"]


def test_a_gain_that_scatters_decides_nothing_and_without_predictions_there_is_none(tmp_path: Path) -> None:
    scattered = [found_first(*counts) for counts in ((9, 5), (3, 7), (6, 5), (4, 6))]
    records = predicted(tmp_path, "nin", scattered, LABELS)
    predicted(tmp_path, "nin-no1x1", [found_first(4, 5)] * 4, LABELS)
    assert {one.verdict for one in gain(tmp_path)} == {"inconclusive"}
    for path in sorted(tmp_path.rglob("nin-28-*.npz"))[:2]:
        path.unlink()
    assert len(records) == 4
    assert [one.verdict for one in gain(tmp_path)] == ["not measured"]


def test_series_in_the_ledger_grow() -> None:
    """A series that is written down in the wrong order would turn its claim around."""
    import archs
    from bench.claims.ledger import of_topic

    for claim in of_topic("accuracy"):
        for part in claim.parts:
            if isinstance(part, AccuracySeries) and all(name.startswith("vgg") for name in part.networks):
                depths = [archs.get_spec(name).counts[28].parameters for name in part.networks]
                assert all(before < after for before, after in pairwise(depths))


def test_networks_of_which_none_learnt_anything_are_not_alike() -> None:
    stuck = [
        factories.accuracy(arch, outcome="stuck at chance", score=0.1, seed=seed, protocol="matched28")
        for arch in ("nin", "alexnet")
        for seed in range(5)
    ]
    found = only([*difference(relation="not lower", points=0.5).findings(Evidence(stuck))])
    assert found.verdict == "inconclusive"
    assert "None of the runs of NiN and AlexNet learnt anything" in found.says


def test_what_a_stronger_protocol_shows_so_far_is_told() -> None:
    """Three seeds decide where the other protocol has no five."""
    decides = [*runs("nin", LOW, protocol="budget28"), *runs("alexnet", HIGH, protocol="budget28")]
    so_far = [*runs("nin", [0.93, 0.94]), *runs("alexnet", [0.92, 0.92])]
    told = only(list(difference().findings(Evidence([*decides, *so_far])))).says
    assert "Under matched28, which will decide once there are 5 seeds, it is +1.50 percentage points so far (2" in told
    few = [record for record in decides if record.seed is not None and record.seed < 4]
    assert "once there are 3 seeds" in only(list(difference().findings(Evidence([*few, *so_far])))).says
    assert "so far" not in only(list(difference().findings(Evidence(decides)))).says


def test_five_seeds_of_a_weaker_protocol_go_before_three_of_a_stronger_one() -> None:
    three = [one for arch in ("nin", "alexnet") for one in runs(arch, LOW[:3], protocol="matched224")]
    five = [one for arch in ("nin", "alexnet") for one in runs(arch, LOW, protocol="budget28")]
    assert "budget28" in only([*difference().findings(Evidence([*three, *five]))]).says
    assert "matched224" in only([*difference().findings(Evidence([*three, *five[:3], *five[5:8]]))]).says


def test_a_relative_at_its_familys_rate_makes_a_verdict_provisional() -> None:
    at_28 = [one for arch in ("nin", "nin-no1x1") for one in runs(arch, LOW, protocol="budget28")]
    assert only([*difference(against=("nin-no1x1",)).findings(Evidence(at_28))]).provisional
    five = [one for arch in ("nin", "alexnet") for one in runs(arch, LOW, protocol="budget28")]
    assert not only([*difference().findings(Evidence(five))]).provisional
    common = runs("nin-no1x1", LOW, protocol="published-d2l28")
    assert not provisional(common)
