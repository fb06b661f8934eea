"""A unit measured again: which record is meant, what has to hold, and that the runner measures it as it was."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import factories
import pytest
from conftest import Spoken
from scipy import stats
from texts import ROOT

from bench import store
from bench.device import Target
from bench.errors import UserError
from bench.protocols import get_protocol
from bench.records import Device, Memory, Record, Throughput
from bench.stats import next_rate, next_share, next_value
from bench.verify.find import find, peers, title
from bench.verify.judge import REPEATS, judge, repeats
from bench.verify.repeat import place, settings
from bench.verify.show import Verified, as_document

# Prediction intervals


def test_the_interval_of_two_values_is_what_tables_of_t_give() -> None:
    # Mean 1, deviation the root of 2; 12.706 is the 97.5 % point of t with one degree of freedom.
    mean, low, high = next_value([0.0, 2.0])
    assert (mean, low, high) == pytest.approx((1, 1 - 12.7062 * math.sqrt(3), 1 + 12.7062 * math.sqrt(3)), rel=1e-5)


def test_one_more_value_falls_inside_as_often_as_is_said_and_the_mean_interval_is_narrower() -> None:
    dice = random.Random(5)
    inside = 0
    for _ in range(2_000):
        *seen, new = (dice.gauss(0.8, 0.01) for _ in range(6))
        _, low, high = next_value(seen)
        inside += low <= new <= high  # type: ignore[operator]
    # 2,000 trials at 95 % have a standard error of 0.5 %.
    assert inside / 2_000 == pytest.approx(0.95, abs=0.015)


def test_rates_are_predicted_by_their_factors() -> None:
    low, high = next_rate([10, 1_000])[1:]
    assert math.sqrt(low * high) == pytest.approx(100)  # type: ignore[operator]
    with pytest.raises(ValueError, match="does not tell"):
        next_rate([10])


@pytest.mark.parametrize(("successes", "n"), [(830, 1_000), (9_950, 10_000), (3, 1_000)])
def test_a_share_at_the_bound_is_just_not_told_from_the_one_seen(successes: int, n: int) -> None:
    for bound in next_share(successes, n)[1:]:
        assert bound is not None
        if bound in (0, 1):
            continue
        table = [[successes, n - successes], [bound * n, n - bound * n]]
        assert stats.chi2_contingency(table, correction=False).pvalue == pytest.approx(0.05, rel=1e-6)


def test_no_failures_so_far_do_not_promise_none() -> None:
    share, low, high = next_share(100, 100)
    assert (share, high) == (1, 1)
    assert low is not None
    assert 0.9 < low < 1


# Which record is meant


def test_readme_verifies_a_record_that_is_there_and_that_every_machine_can_measure() -> None:
    (line,) = [line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if "bench verify" in line]
    record = find(line.split()[2], None, store.load(ROOT / "results").records)
    assert (record.arch.name, record.device) == ("nin", None)


def test_a_title_names_channels_and_classes_where_they_are_not_those_of_fashion_mnist() -> None:
    usual = factories.complexity("nin", image_size=224)
    arch = usual.arch.model_copy(update={"in_channels": 3, "num_classes": 1000})
    assert title(usual) == "complexity of nin (224 px)"
    assert title(usual.model_copy(update={"arch": arch})) == "complexity of nin (224 px, 3 channels, 1,000 classes)"


RUNS = factories.full_run(("nin", "lenet"), "budget28", seeds=3)


def test_a_record_is_found_by_its_key_or_the_beginning_of_it() -> None:
    for record in RUNS:
        assert find(record.key, None, RUNS) == record
        others = [one.key for one in RUNS if one is not record]
        short = next(record.key[:n] for n in range(1, 17) if not any(k.startswith(record.key[:n]) for k in others))
        assert find(short.upper(), None, RUNS) == record


def test_a_table_and_a_network_name_a_record() -> None:
    from bench.report.sources import Sources

    identifier = Sources(RUNS).identifier("memory")
    for name in ("memory", identifier, identifier.removeprefix("ninbench:")):
        found = find(name, "nin", RUNS)
        assert (found.kind, found.arch.name) == ("memory", "nin")
    assert find("accuracy", "lenet", RUNS).seed == 0  # its seeds are one setting, of which the first is taken
    assert find("throughput", "nin", RUNS).kind == "throughput"


@pytest.mark.parametrize(
    ("identity", "network", "expected"),
    [
        ("no such key", None, "no record's key begins with"),
        ("", None, "several keys begin with"),
        ("memory", None, "name a network with the table; there are lenet and nin"),
        ("memory", "lennet", "did you mean 'lenet'"),
        ("memory-0123456789ab", "nin", "is not of these records"),
        ("summary", "nin", "no network 'nin'|several records of nin"),
        ("ninbench:memry", "nin", "did you mean 'memory'"),
    ],
)
def test_what_names_no_one_record_is_refused_with_what_would(identity: str, network: str | None, expected: str) -> None:
    several = [*RUNS, factories.complexity("nin", image_size=224)]
    with pytest.raises(UserError, match=expected):
        find(identity, network, several)


def test_failures_and_what_no_run_measures_are_refused() -> None:
    failed = factories.failed("memory")
    with pytest.raises(UserError, match="it failed \\(out of memory\\); `bench run --retry-failed`"):
        find(failed.key, None, [failed])
    with pytest.raises(UserError, match="is of lenet, not of nin"):
        find(next(one.key for one in RUNS if one.arch.name == "lenet"), "nin", RUNS)


def test_peers_share_everything_but_the_seed() -> None:
    record = factories.accuracy("nin", seed=1, protocol="budget28")
    same = factories.accuracy("nin", seed=0, protocol="budget28")
    others = [
        factories.accuracy("lenet", protocol="budget28"),
        factories.accuracy("nin", protocol="quick"),
        factories.accuracy("nin", protocol="budget28", device=factories.GPU),
        factories.accuracy("nin", protocol="budget28", precision="fp32"),
        factories.failed("accuracy", "nin", protocol="budget28", seed=2),
    ]
    assert peers(record, [record, *others, same]) == [same, record]


# What has to hold


def moved(record: Record, **changes: Any) -> Record:
    assert record.result is not None
    return record.model_copy(update={"result": record.result.model_copy(update=changes)})


def test_counts_have_to_be_equal_to_the_last_layer() -> None:
    record = factories.complexity("nin")
    assert judge(record, [record], [record]).inside
    more = moved(record, parameters=record.result.parameters + 1)  # type: ignore[union-attr]
    assert not judge(record, [record], [more]).inside
    fewer = moved(record, layers=record.result.layers[:-1])  # type: ignore[union-attr]
    (layers,) = [one for one in judge(record, [record], [fewer]).checks if not one.inside]
    assert (layers.what, layers.now) == ("layers that differ", 1)


def runs_of(scores: Sequence[float]) -> list[Record]:
    return [factories.accuracy("nin", seed=seed, score=score, protocol="budget28") for seed, score in enumerate(scores)]


def test_a_run_may_lie_outside_the_interval_of_the_mean() -> None:
    scores = (0.80, 0.81, 0.82, 0.83, 0.84)
    known = runs_of(scores)
    half = stats.t.ppf(0.975, 4) * stats.tstd(scores)
    mean_only, predicted = 0.82 + half / math.sqrt(5), 0.82 + half * math.sqrt(6 / 5)
    between = runs_of([0.86])[0]
    assert mean_only < 0.86 < predicted
    assert judge(known[0], known, [between]).inside
    assert not judge(known[0], known, runs_of([0.87])).inside
    assert "Student's t over the 5 recorded seeds" in judge(known[0], known, [between]).rule


def test_one_run_is_held_to_what_other_test_images_would_give_and_says_so() -> None:
    (record,) = runs_of([0.83])
    judgement = judge(record, [record], runs_of([0.835]))
    assert judgement.inside
    assert "It does not tell how runs under other seeds differ" in judgement.rule
    assert not judge(record, [record], runs_of([0.81])).inside  # 3.7 standard errors of 0.0053


def timed(seconds: float, process: int = 0, protocol: str = "budget28") -> Record:
    record = factories.throughput("nin", seed=process, protocol=protocol)
    assert isinstance(record.result, Throughput)
    cases = tuple(one.model_copy(update={"step_seconds": (seconds,) * 5}) for one in record.result.cases)
    return moved(record, cases=cases)


def test_a_new_process_is_held_against_how_processes_differ() -> None:
    known = [timed(0.100 * factor, process) for process, factor in enumerate((0.98, 0.99, 1.0, 1.01, 1.02))]
    (number,) = {len(one.result.cases) for one in known}  # type: ignore[union-attr]
    # Bonferroni over the cases, so that all of them hold together.
    half = stats.t.ppf(1 - 0.025 / number, 4) * stats.tstd([math.log(x) for x in (0.98, 0.99, 1, 1.01, 1.02)])
    edge = 0.1 * math.exp(half * math.sqrt(6 / 5))
    assert judge(known[0], known, [timed(0.999 * edge)]).inside
    assert not judge(known[0], known, [timed(1.001 * edge)]).inside
    assert repeats(known[0], known) == 1


def test_of_one_process_the_record_is_held_against_new_ones() -> None:
    record = timed(0.1)
    assert repeats(record, [record]) == REPEATS["throughput"]
    near = [timed(0.1 * factor) for factor in (0.98, 0.99, 1.0, 1.01, 1.02)]
    far = [timed(0.3 * factor) for factor in (0.98, 0.99, 1.0, 1.01, 1.02)]
    assert judge(record, [record], near).inside
    assert not judge(record, [record], far).inside
    assert {check.held for check in judge(record, [record], near).checks} == {"recorded"}


def test_a_case_that_this_machine_lacks_decides_nothing_and_is_told() -> None:
    known = [timed(0.1 + process / 1e4, process) for process in range(5)]
    assert isinstance(known[0].result, Throughput)
    fewer = moved(known[0], cases=known[0].result.cases[:1])
    judgement = judge(known[0], known, [fewer])
    assert judgement.inside
    assert [check.inside for check in judgement.checks] == [True] + [None] * (len(judgement.checks) - 1)
    none = judge(known[0], known, [moved(known[0], cases=())])
    assert not none.inside


def test_peaks_are_held_against_new_processes_and_counted_bytes_have_to_be_equal() -> None:
    record = factories.memory("nin", peak=100 * 2**20)
    assert repeats(record, [record]) == REPEATS["memory"]
    near = [moved(record, training_peak_bytes=(100 + step) * 2**20) for step in range(-3, 5)]
    assert judge(record, [record], near).inside
    far = [moved(one, training_peak_bytes=one.result.training_peak_bytes * 2) for one in near]  # type: ignore[union-attr]
    assert [one.what for one in judge(record, [record], far).checks if not one.inside] == ["training peak bytes"]
    assert isinstance(record.result, Memory)
    kept = [moved(one, saved_for_backward_bytes=record.result.saved_for_backward_bytes + 4) for one in near]
    assert [one.what for one in judge(record, [record], kept).checks if not one.inside] == ["saved for backward bytes"]


def test_a_peak_of_several_processes_is_held_against_them() -> None:
    known = [factories.memory("nin", peak=(100 + process) * 2**20, seed=process) for process in range(5)]
    assert repeats(known[0], known) == 1
    counted = {"parameter_bytes": known[0].result.parameter_bytes}  # type: ignore[union-attr]
    for peak, inside in ((103, True), (130, False)):
        new = moved(known[0], training_peak_bytes=peak * 2**20, **counted)
        (check,) = (one for one in judge(known[0], known, [new]).checks if one.what == "training peak bytes")
        assert (check.now, check.inside) == (peak * 2**20, inside)


def test_one_run_of_an_experiment_cannot_be_verified_and_several_can() -> None:
    known = [factories.robustness("nin", seed=seed, clean=0.8 + seed / 100) for seed in range(3)]
    with pytest.raises(UserError, match="only run of its kind"):
        repeats(known[0], known[:1])
    assert judge(known[0], known, [factories.robustness("nin", clean=0.815)]).inside
    bad = judge(known[0], known, [factories.robustness("nin", clean=0.5)])
    assert [check.inside for check in bad.checks] == [False] * 4


# Measured again


def test_settings_are_those_of_the_record_not_of_today() -> None:
    chosen = get_protocol("quick")
    edited = replace(chosen, memory_batch=17, training=replace(chosen.training, epochs=9))
    assert settings(factories.memory("nin", protocol=edited)) == edited
    strange = factories.memory("nin")
    told = json.loads(json.dumps(strange.protocol))
    told["timing"]["moon"] = "full"
    with pytest.raises(UserError, match=r"does not know: timing\.moon"):
        settings(strange.model_copy(update={"protocol": told}))


def test_another_device_is_refused_and_both_are_named() -> None:
    elsewhere = factories.memory("nin", device=Device(type="cpu", model="Abacus"))
    with pytest.raises(UserError, match=r"measured on 'Abacus', and this is '.*': they do not compare"):
        place(elsewhere)


def test_a_peak_under_a_name_that_processors_share_is_refused_with_the_command_that_makes_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = Target("cpu", "cpu", "Cloud CPU, 2 threads", "Cloud CPU (family 26, model 2), 2 threads")
    monkeypatch.setattr("bench.verify.repeat.resolve", lambda requested: here)
    shared = {"device": here.described, "protocol": "timing28", "precision": "fp32"}
    with pytest.raises(UserError, match="no machine can verify it") as caught:
        place(factories.memory("nin", **shared))
    (command,) = re.findall("`(.+?)`", str(caught.value))
    assert command == "bench run --arch nin --protocol timing28 --measure memory --precision fp32"
    assert place(factories.memory("nin", **shared | {"device": here.timed})) == here
    assert place(factories.accuracy("nin", **shared | {"protocol": "budget28"})) == here


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Counts and throughput of LeNet beside NiN, really measured."""
    from bench.cli import call

    folder = tmp_path_factory.mktemp("measured")
    names = ["--arch", "lenet", "nin", "--measure", "complexity", "throughput"]
    assert call(["run", *names, "--protocol", "smoke", "--device", "cpu", "--results", str(folder)]) == 0
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_unit_is_measured_again_and_nothing_is_written(measured: Path, bench: Callable[..., Spoken]) -> None:
    before = files(measured)
    spoken = bench("verify", "complexity", "lenet", "--results", measured, "--json")
    assert spoken.code == 0, spoken.err
    told = json.loads(spoken.out)
    assert told["inside"] is True
    assert {one["what"]: one["now"] for one in told["checks"]}["parameters"] == 61_706
    assert files(measured) == before


def test_a_record_that_is_wrong_is_found_out(measured: Path, tmp_path: Path, bench: Callable[..., Spoken]) -> None:
    (record,) = [one for one in store.load(measured).records if (one.kind, one.arch.name) == ("complexity", "lenet")]
    store.save(tmp_path, moved(record, macs=record.result.macs - 1))  # type: ignore[union-attr]
    spoken = bench("verify", record.key, "--results", tmp_path)
    assert spoken.code == 1
    assert "OUTSIDE" in spoken.out
    assert "Outside: 2 of 5 numbers" in spoken.out  # FLOPs are twice the MACs


def test_an_edited_network_is_not_the_one_that_was_measured(
    measured: Path, tmp_path: Path, bench: Callable[..., Spoken]
) -> None:
    (record,) = [one for one in store.load(measured).records if (one.kind, one.arch.name) == ("complexity", "nin")]
    edited = record.arch.model_copy(update={"fingerprint": "0" * 12})
    store.save(tmp_path, record.model_copy(update={"arch": edited}))
    spoken = bench("verify", record.key, "--results", tmp_path)
    assert spoken.code == 2
    assert "nin is another network here" in spoken.err
    assert f"check out commit {record.provenance['commit']}" in spoken.err


def test_throughput_is_timed_again_beside_the_same_networks(measured: Path) -> None:
    from bench.verify.command import verify

    found = verify("throughput", "nin", measured, None)
    assert len(found.new) == REPEATS["throughput"]
    results = [one.result for one in found.new]
    assert all(isinstance(one, Throughput) and one.companions == ("lenet",) for one in results)
    assert len({one.provenance["torch"] for one in found.new}) == 1
    assert {one.key for one in found.new if one.seed == 0} == {found.record.key}
    assert as_document(found)["differences"] == []
    assert found.judgement is not None
    assert all(check.inside is not None for check in found.judgement.checks)


def test_what_differs_from_then_is_told() -> None:
    record = factories.memory("nin")
    facts = factories.provenance(torch="9.9", environment={"OMP_NUM_THREADS": "7"})
    new = record.model_copy(update={"provenance": facts})
    differences = Verified(record, (new,), judge(record, [record], [new, new])).differences
    assert differences == [("torch", "2.11.0", "9.9"), ("environment OMP_NUM_THREADS", "2", "7")]
