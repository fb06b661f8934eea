"""Claims on how training goes, decided from made-up runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import factories
import pytest
from scipy.stats import binomtest, fisher_exact

from bench.claims.evidence import Evidence
from bench.claims.model import Finding
from bench.claims.predicates.convergence import TimeToTarget, time_to
from bench.claims.predicates.gradients import GONE, DeadClasses, GradientOfFirstLayer
from bench.claims.predicates.starts import FailedStarts, SharedRecipe
from bench.records import Convergence, Record

NEVER = (0.3, 0.4, 0.5, 0.6, 0.65, 0.68)


def arriving(check: int) -> tuple[float, ...]:
    """Six looks at the held-out images, of which the one numbered `check`, from 1, is the first above 80 %."""
    return tuple(0.85 if number >= check else 0.5 for number in range(1, 7))


def runs(arch: str, curves: Sequence[Sequence[float]], **changes: Any) -> list[Record]:
    return [factories.convergence(arch, accuracies=curve, seed=seed, **changes) for seed, curve in enumerate(curves)]


def only(found: Sequence[Finding]) -> Finding:
    (one,) = found
    return one


def time_predicate(**changes: Any) -> TimeToTarget:
    facts = {"network": "nin", "against": ("alexnet",), "targets": (0.8,), "clocks": ("images",), "relation": "higher"}
    return TimeToTarget(test="time to accuracy", **facts | changes)


def result(record: Record) -> Convergence:
    assert isinstance(record.result, Convergence)
    return record.result


def test_the_time_to_a_target_is_that_of_the_first_look_at_or_above_it() -> None:
    run = result(factories.convergence(accuracies=(0.5, 0.8, 0.7, 0.9), images=1_000, seconds=2.5))
    assert time_to(run, 0.8, "images") == 2_000
    assert time_to(run, 0.85, "seconds") == 10.0
    assert time_to(run, 0.95, "images") == math.inf


SLOW, QUICK = [arriving(check) for check in (5, 6, 5, 6, 5)], [arriving(check) for check in (2, 3, 2, 3, 2)]


def test_a_network_that_arrives_later_takes_longer() -> None:
    later = Evidence(runs("nin", SLOW) + runs("alexnet", QUICK))
    found = only([*time_predicate().findings(later)])
    assert found.verdict == "supported"
    # On average after 5.4 looks against 2.4, all of them within the six.
    assert found.effect == pytest.approx(5.4 / 2.4)
    assert found.p_value is not None
    assert found.p_value < 0.05
    assert only([*time_predicate(relation="lower", times=0.8).findings(later)]).verdict == "refuted"
    sooner = Evidence(runs("nin", QUICK) + runs("alexnet", SLOW))
    assert only([*time_predicate().findings(sooner)]).verdict == "refuted"
    assert only([*time_predicate(relation="lower", times=0.8).findings(sooner)]).verdict == "supported"


def test_a_sixth_sooner_leaves_open_what_falls_where_it_is_later() -> None:
    faster = {"relation": "lower", "times": 0.8, "refuted_from": 1.0}
    fifth_look, sixth_look = [arriving(5)] * 10, [*[arriving(6)] * 9, arriving(5)]
    a_sixth_sooner = Evidence(runs("nin", fifth_look) + runs("alexnet", sixth_look))
    assert only([*time_predicate(relation="lower", times=0.8).findings(a_sixth_sooner)]).verdict == "refuted"
    open_one = only([*time_predicate(**faster).findings(a_sixth_sooner)])
    assert (open_one.verdict, open_one.bound) == ("inconclusive", 0.8)
    later = only([*time_predicate(**faster).findings(Evidence(runs("nin", SLOW) + runs("alexnet", QUICK)))])
    assert (later.verdict, later.bound) == ("refuted", 1.0)
    sooner = only([*time_predicate(**faster).findings(Evidence(runs("nin", QUICK) + runs("alexnet", SLOW)))])
    assert (sooner.verdict, sooner.bound) == ("supported", 0.8)


def test_times_that_scatter_decide_nothing() -> None:
    scattered = runs("nin", [arriving(check) for check in (1, 6, 2, 5, 1)])
    found = only([*time_predicate().findings(Evidence(scattered + runs("alexnet", QUICK)))])
    assert found.verdict == "inconclusive"


def test_runs_that_never_arrive_count_as_long_as_they_were_watched() -> None:
    mixed = [*QUICK[:3], NEVER, NEVER]
    found = only([*time_predicate().findings(Evidence(runs("nin", mixed) + runs("alexnet", QUICK)))])
    # Two of five wait for all six looks; left out, they would leave 7/3 against 12/5.
    assert found.effect == pytest.approx(((2 + 3 + 2 + 6 + 6) / 5) / 2.4)
    assert "3 and 5 arrived" in found.says


def test_where_no_run_arrives_nothing_is_decided() -> None:
    found = only([*time_predicate().findings(Evidence(runs("nin", [NEVER] * 5) + runs("alexnet", [NEVER] * 5)))])
    assert (found.verdict, found.effect) == ("inconclusive", None)
    assert "No run" in found.says


def test_seconds_and_images_are_clocks_of_their_own() -> None:
    """Fewer images at a slower pace: six looks last as long as three of the other's."""
    records = runs("nin", QUICK, seconds=40.0) + runs("alexnet", SLOW, seconds=10.0)
    by_images, by_seconds = time_predicate(clocks=("images", "seconds")).findings(Evidence(records))
    assert by_images.verdict == "refuted"
    # All runs were watched for 60 seconds, in which none of NiN's arrived: after 80 or 120.
    assert by_seconds.effect == pytest.approx(60 / 54)
    assert "0 and 5 arrived within 60.0 seconds" in by_seconds.says


@pytest.mark.parametrize("company", [{"side_by_side": 2}, {"others_share": 0.3}])
def test_the_seconds_of_runs_that_shared_the_machine_are_not_their_own(company: dict[str, float]) -> None:
    shared = {"provenance": factories.provenance(**company)}
    crowded = Evidence(runs("nin", SLOW, **shared) + runs("alexnet", QUICK))
    assert only([*time_predicate(clocks=("images",)).findings(crowded)]).verdict == "supported"
    assert only([*time_predicate(clocks=("seconds",)).findings(crowded)]).verdict == "not measured"


def test_without_runs_of_both_there_is_no_time() -> None:
    found = only([*time_predicate().findings(Evidence(runs("nin", SLOW)))])
    assert found.verdict == "not measured"
    assert found.needs[0].command == "bench run --arch nin alexnet --protocol convergence28 --measure convergence"


def test_seconds_in_company_leave_a_claim_unmeasured_and_say_why() -> None:
    beside = factories.provenance(others_share=0.5)
    records = [
        factories.convergence(arch, accuracies=(0.5, 0.9), seed=seed, provenance=beside)
        for arch in ("nin", "alexnet")
        for seed in range(5)
    ]
    asked = {"network": "nin", "against": ("alexnet",), "relation": "higher", "targets": (0.8,)}
    images, seconds = TimeToTarget(test="time to accuracy", **asked).findings(Evidence(records))
    assert images.n == 5
    assert (seconds.verdict, seconds.needs) == ("not measured", ())
    assert "without --jobs" in seconds.says


RATES = (3e-4, 1e-3, 3e-3, 1e-2)
"""Some of those that networks are started at."""


def starting(arch: str, failed: Sequence[int], *, seeds: int = 10, rates: Sequence[float] = RATES) -> list[Record]:
    """Ten runs at each rate, of which so many stay at chance."""
    return [
        factories.convergence(
            arch,
            accuracies=(0.1, 0.1) if seed < stuck else (0.4, 0.7),
            seed=seed,
            protocol=f"starts28-{rate:g}",
        )
        for rate, stuck in zip(rates, failed, strict=True)
        for seed in range(seeds)
    ]


def failures(**changes: Any) -> FailedStarts:
    return FailedStarts(test="failed starts", **{"network": "nin", "against": ("alexnet",), "rates": RATES} | changes)


def test_more_failed_starts_by_fishers_exact_test() -> None:
    found = only([*failures().findings(Evidence(starting("nin", (2, 3, 5, 10)) + starting("alexnet", (0, 0, 1, 4))))])
    assert found.verdict == "supported"
    assert found.effect == pytest.approx(100 * (20 - 5) / 40)
    assert found.p_value == pytest.approx(fisher_exact([[20, 20], [5, 35]]).pvalue)
    assert "20 of 40 runs of NiN" in found.says


def test_whether_a_run_learnt_something_is_told_by_its_outcome() -> None:
    """Of four classes chance is a quarter, and 40 % below twice that."""
    stuck = [
        factories.convergence("nin", accuracies=(0.4,), outcome="stuck at chance", seed=seed, protocol="starts28-0.001")
        for seed in range(10)
    ]
    found = only([*failures(against=(), rates=(0.001,), share=0.5).findings(Evidence(stuck))])
    assert (found.verdict, found.effect) == ("refuted", 100)


def test_fewer_failed_starts_refute_and_about_as_many_decide_nothing() -> None:
    fewer = Evidence(starting("nin", (0, 0, 0, 0)) + starting("alexnet", (5, 5, 5, 10)))
    assert only([*failures().findings(fewer)]).verdict == "refuted"
    assert only([*failures(relation="lower").findings(fewer)]).verdict == "supported"
    alike = Evidence(starting("nin", (1, 1, 0, 5)) + starting("alexnet", (0, 1, 1, 4)))
    assert only([*failures().findings(alike)]).verdict == "inconclusive"


def test_fishers_test_decides_where_the_interval_beside_it_says_more() -> None:
    """Four of ten against none: Newcombe's interval begins at 4 points, and Fisher's p is 0.087."""
    records = starting("nin", (4,), rates=(0.001,)) + starting("alexnet", (0,), rates=(0.001,))
    found = only([*failures(rates=(0.001,)).findings(Evidence(records))])
    assert found.low is not None
    assert found.low > 0
    assert found.p_value == pytest.approx(fisher_exact([[4, 6], [0, 10]]).pvalue)
    assert found.verdict == "inconclusive"


def test_starts_need_every_rate_and_ten_seeds() -> None:
    both = starting("nin", (0, 0, 0, 0)) + starting("alexnet", (0, 0, 0, 0))
    without_one_rate = [record for record in both if record.protocol["name"] != "starts28-0.01"]
    found = only([*failures().findings(Evidence(without_one_rate))])
    assert found.verdict == "not measured"
    assert found.needs[0].protocol == "starts28"
    nine = [record for record in both if record.seed != 9]
    assert only([*failures().findings(Evidence(nine))]).verdict == "not measured"


@pytest.mark.parametrize(("stuck", "verdict"), [(0, "supported"), (3, "inconclusive"), (9, "refuted")])
def test_alone_a_network_is_held_against_a_share(stuck: int, verdict: str) -> None:
    """Wilson's interval of 0, 3 and 9 of 10: up to 0.28, from 0.11 to 0.60, and from 0.60."""
    records = starting("nin", (stuck,), rates=(0.001,))
    found = only([*failures(against=(), rates=(0.001,), share=0.5).findings(Evidence(records))])
    assert (found.verdict, found.effect) == (verdict, 10.0 * stuck)
    assert found.p_value == pytest.approx(binomtest(stuck, 10, 0.5).pvalue)


def reaching(arch: str, accuracies: Sequence[float], wobble: float = 0.001) -> list[Record]:
    """Runs that end so at each of the rates, give or take `wobble` by seed."""
    return [
        factories.convergence(arch, accuracies=(share + wobble * (seed % 3),), seed=seed, protocol=f"starts28-{rate:g}")
        for rate, share in zip(RATES, accuracies, strict=True)
        for seed in range(10)
    ]


def shared(records: Sequence[Record]) -> list[Finding]:
    predicate = SharedRecipe(test="one recipe for all", networks=("nin", "lenet"), rates=RATES)
    return [*predicate.findings(Evidence(records))]


def test_a_rate_that_is_best_for_all_is_one_recipe() -> None:
    found = shared(reaching("nin", (0.5, 0.8, 0.6, 0.1)) + reaching("lenet", (0.3, 0.7, 0.6, 0.5)))
    assert [one.verdict for one in found] == ["supported"] * 2
    assert [one.effect for one in found] == [0, 0]
    assert "0.001" in found[0].says


def test_the_common_rate_is_the_one_that_costs_its_worst_network_the_least() -> None:
    # NiN loses 20 points at LeNet's best rate, LeNet 5 at NiN's: the common one is NiN's.
    found = shared(reaching("nin", (0.3, 0.8, 0.6, 0.1)) + reaching("lenet", (0.3, 0.75, 0.8, 0.5)))
    assert [one.verdict for one in found] == ["supported", "refuted"]
    assert found[1].effect == pytest.approx(5)
    assert found[1].n == 5


def test_rates_are_chosen_on_other_seeds_than_they_are_judged_on() -> None:
    """On even seeds the first rate is better, on odd ones by more the others: what chose the rate does not judge it."""
    records = [
        factories.convergence(
            arch,
            accuracies=((0.8, 0.4) if rate == RATES[0] else (0.6, 0.7))[seed % 2 :][:1],
            seed=seed,
            protocol=f"starts28-{rate:g}",
        )
        for arch in ("nin", "lenet")
        for rate in RATES
        for seed in range(10)
    ]
    assert all(f"{RATES[0]:g}" in one.says and "40.0 %" in one.says for one in shared(records))


def test_rates_that_differ_by_chance_decide_nothing_and_missing_ones_leave_it_open() -> None:
    uneven = reaching("lenet", (0.1, 0.79, 0.1, 0.1)) + [
        # At its own best rate from 77 to 89 %, turn by turn, about 5 points above the common one.
        factories.convergence("lenet", accuracies=(0.77 + 0.04 * (seed % 4),), seed=seed, protocol="starts28-0.003")
        for seed in range(10)
    ]
    nin = reaching("nin", (0.1, 0.8, 0.3, 0.1))
    assert [one.verdict for one in shared([*nin, *uneven])] == ["supported", "inconclusive"]
    assert only(shared(nin)).verdict == "not measured"


VANISHED = ((0.0, 1.0), (0.0, 1.0), (0.5, 1.0))


def test_the_gradient_ratio_is_the_median_over_steps_with_both() -> None:
    run = result(factories.convergence(gradients=((0.1, 1.0), (0.9, 1.0), (0.4, 2.0), (None, 1.0), (1.0, 0.0))))
    assert run.gradient_ratio == pytest.approx(0.2)
    assert result(factories.convergence(gradients=VANISHED)).gradient_ratio == 0
    assert result(factories.convergence(gradients=((None, 1.0),))).gradient_ratio is None


def test_a_gradient_that_vanished_stands_in_a_ratio_as_the_smallest_there_is() -> None:
    records = [
        factories.convergence(arch, gradients=gradients, seed=seed)
        for arch, gradients in (("googlenet-aux", VANISHED), ("googlenet", ((0.5, 1.0),)))
        for seed in range(3)
    ]
    predicate = GradientOfFirstLayer(
        test="gradient of the first layer", network="googlenet-aux", against=("googlenet",)
    )
    assert only([*predicate.findings(Evidence(records))]).effect == pytest.approx(GONE / 0.5)


def gradient(first: Sequence[float], second: Sequence[float]) -> Finding:
    records = [
        factories.convergence(arch, gradients=((norm, 1.0),), seed=seed)
        for arch, norms in (("googlenet-aux", first), ("googlenet", second))
        for seed, norm in enumerate(norms)
    ]
    predicate = GradientOfFirstLayer(
        test="gradient of the first layer", network="googlenet-aux", against=("googlenet",)
    )
    return only([*predicate.findings(Evidence(records))])


def test_runs_without_a_gradient_at_either_end_are_told_as_that() -> None:
    records = [
        factories.convergence(arch, gradients=gradients, seed=seed)
        for arch, gradients in (("googlenet-aux", ((None, 1.0),)), ("googlenet", ((0.5, 1.0),)))
        for seed in range(3)
    ]
    predicate = GradientOfFirstLayer(
        test="gradient of the first layer", network="googlenet-aux", against=("googlenet",)
    )
    found = only([*predicate.findings(Evidence(records))])
    assert (found.verdict, found.n) == ("inconclusive", 0)
    assert found.says.startswith("With none of 3 seeds did every run have gradients at both ends (")


def test_a_larger_gradient_of_the_first_layer() -> None:
    found = gradient((0.4, 0.44, 0.36), (0.1, 0.1, 0.1))
    assert found.verdict == "supported"
    assert found.effect == pytest.approx((4 * 4.4 * 3.6) ** (1 / 3))
    assert gradient((0.1, 0.1, 0.11), (0.4, 0.4, 0.4)).verdict == "refuted"
    assert gradient((0.1, 0.9, 0.2), (0.3, 0.3, 0.3)).verdict == "inconclusive"
    assert gradient((0.1, 0.1), (0.4, 0.4)).verdict == "not measured"


def dead_classes(*dead: int, at_most: int = 0) -> Finding:
    """So many in each run of NiN."""
    predicate = DeadClasses(test="classes that are dead", network="nin", at_most=at_most)
    records = [factories.convergence(dead=number, seed=seed) for seed, number in enumerate(dead)]
    return only([*predicate.findings(Evidence(records))])


def test_one_run_with_a_dead_class_refutes_that_there_is_none() -> None:
    found = dead_classes(0, 1, 0, 2)
    assert (found.verdict, found.effect, found.low, found.high, found.p_value) == ("refuted", 0.5, 0.5, 0.5, None)
    assert "2 of 4 runs of NiN have a class" in found.says
    assert "the most in one run is 2" in found.says
    assert dead_classes(0, 0, 0, 1).verdict == "refuted"
    assert dead_classes(0, 1, 0, 1, at_most=1).verdict == "inconclusive"
    assert dead_classes(0, 1, 0, 2, at_most=1).verdict == "refuted"


def test_no_dead_class_in_a_few_runs_only_limits_how_often_there_is_one() -> None:
    """Of the runs of a network of which every tenth has one, n have none with a chance of 0.9^n."""
    few = dead_classes(0, 0, 0)
    assert (few.verdict, few.effect, few.low, few.p_value) == ("inconclusive", 0, 0, pytest.approx(0.9**3))
    assert few.high == pytest.approx(1 - 0.05 ** (1 / 3))
    assert "none of 3 runs of NiN has a class" in few.says
    assert "up to 63 % of runs could have one" in few.says
    assert (0.9**28 > 0.05, 0.9**29 < 0.05) == (True, True)
    assert dead_classes(*[0] * 28).verdict == "inconclusive"
    assert dead_classes(*[0] * 29).verdict == "supported"
    assert dead_classes(0, 0).verdict == "not measured"
