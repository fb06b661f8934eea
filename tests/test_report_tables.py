"""The tables of the report: the numbers of the records, and whose they are."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import statistics
from typing import Any

import factories
import numpy as np
import pytest
from rendered import Page, only, table
from scipy import stats as scipy_stats

import archs
from bench import numbers
from bench.protocols import PROTOCOLS
from bench.records import Accuracy, Complexity, Memory, Record, Throughput
from bench.report import tables
from bench.report.build import build
from bench.report.frames import to_frames
from bench.report.layouts import ACCURACY, MEMORY, SUMMARY
from bench.report.overview import summary as exact_summary
from bench.report.sections import sections


def test_summary_holds_the_numbers_of_the_records(quick: list[Record], quick_files: dict[str, bytes]) -> None:
    rows, protocol = table(quick_files, "summary"), PROTOCOLS["quick"]
    batches = {"training": max(protocol.timing.training_batches), "inference": max(protocol.timing.inference_batches)}
    images = protocol.training.test_images
    assert [row["arch"] for row in rows] == list(archs.FIVE)
    for row in rows:
        own = {record.kind: record.result for record in quick if record.arch.name == row["arch"]}
        counts = archs.get_spec(row["arch"]).counts[28]
        assert (int(row["parameters"]), int(row["macs"]), int(row["flops"])) == (
            counts.parameters,
            counts.macs,
            counts.macs + counts.macs,
        )
        timed, memory, accuracy = own["throughput"], own["memory"], own["accuracy"]
        assert isinstance(timed, Throughput)
        assert isinstance(memory, Memory)
        assert isinstance(accuracy, Accuracy)
        for mode, batch in batches.items():
            case = next(c for c in timed.cases if c.mode == mode and c.batch == batch)
            rate = case.batch / statistics.median(case.step_seconds)
            assert float(row[f"{mode}_images_per_second"]) == pytest.approx(rate)
            assert row[f"{mode}_batch"] == str(batch)
        single = next(c for c in timed.cases if c.mode == "inference" and c.batch == 1)
        assert float(row["latency_seconds"]) == pytest.approx(float(np.median(single.step_seconds)))
        assert int(row["training_peak_bytes"]) == memory.training_peak_bytes
        assert float(row["test_accuracy"]) == accuracy.test_accuracy
        wilson = scipy_stats.binomtest(round(images * accuracy.test_accuracy), images).proportion_ci(method="wilson")
        assert [float(row["accuracy_low"]), float(row["accuracy_high"])] == pytest.approx([wilson.low, wilson.high])
        assert (row["interval"], row["seeds"], row["standing"]) == ("Wilson over test images", "1", "quick look")


def test_accuracy_over_seeds_has_a_t_interval_and_counts_outcomes(
    mixed: list[Record], mixed_files: dict[str, bytes]
) -> None:
    rows = table(mixed_files, "accuracy")
    for name, lost in (("nin", "0"), ("lenet", "0"), ("vgg16", "1")):
        row = only(rows, arch=name, protocol="budget28")
        scores = [
            record.result.test_accuracy
            for record in mixed
            if isinstance(record.result, Accuracy) and record.arch.name == name and record.arch.image_size == 28
        ]
        expected = scipy_stats.ttest_1samp(scores, 0).confidence_interval(0.95)
        assert float(row["test_accuracy"]) == pytest.approx(np.mean(scores))
        assert [float(row["low"]), float(row["high"])] == pytest.approx([expected.low, expected.high])
        assert (row["interval"], row["seeds"], row["failed"]) == ("t over seeds", str(len(scores)), lost)
    nin = only(rows, arch="nin", protocol="budget28")
    assert (nin["trained"], nin["stuck_at_chance"], nin["diverged"]) == ("3", "1", "1")
    times = [8.0 * PROTOCOLS["budget28"].training.epochs + seed for seed in range(5)]
    assert float(nin["training_seconds"]) == pytest.approx(sum(times) / 5)


def test_throughput_rows_tell_requested_and_effective_batch() -> None:
    three = {"nin": 64, "vgg16": 32, "lenet": 1024}
    records = [
        factories.throughput(name, training=(64, 128), fits=fits, companions=sorted({*three} - {name}))
        for name, fits in three.items()
    ]
    files = build(records, [])
    row = only(table(files, "throughput"), arch="vgg16", mode="training", requested_batch="128")
    result = records[1].result
    assert isinstance(result, Throughput)
    rates = [case.batch / s for case in result.cases if case.requested_batch == 128 for s in case.step_seconds]
    assert row["batch"] == "32"
    assert float(row["images_per_second"]) == pytest.approx(statistics.median(rates))
    assert [float(row["low"]), float(row["high"])] == pytest.approx([min(rates), max(rates)])
    assert float(row["coverage"]) == pytest.approx(1 - 2 / 2**5)
    # No batch was run as requested by all three, so that the summary names none.
    assert {row["training_batch"] for row in table(files, "summary")} == {""}
    assert "128 did not fit" in files["tables/throughput.md"].decode()


def test_throughput_of_a_network_alone_does_not_replace_that_beside_others() -> None:
    together = [factories.throughput("nin", companions=["lenet"]), factories.throughput("lenet", companions=["nin"])]
    alone = factories.throughput("nin", speed=9e5, key="another")
    rates = [table(build(records, []), "summary")[-1] for records in ([*together, alone], together)]
    assert rates[0]["arch"] == "nin"
    assert rates[0]["training_images_per_second"] == rates[1]["training_images_per_second"]


@pytest.mark.parametrize("processes", [1, 3])
def test_only_what_one_process_timed_is_ranked_side_by_side(processes: int) -> None:
    """Of the first process both were timed again; NiN failed then, so that its earlier timing stands."""

    later = "2026-02-01T10:00:00Z"

    def timed(arch: str, other: str, seed: int, **changes: Any) -> Record:
        return factories.throughput(arch, companions=[other], seed=seed, **{"group": f"process {seed}"} | changes)

    records = [timed(*pair, seed) for pair in (("nin", "lenet"), ("lenet", "nin")) for seed in range(processes)]
    records.append(timed("lenet", "nin", 0, group="again", started=later))
    records.append(factories.failed("throughput", "nin", key=records[0].key, seed=0, started=later))
    files = build(records, [])
    rows = [row for row in table(files, "throughput") if row["mode"] == "training"]
    found = {(row["arch"], row["group"]): (row["processes"], row["rank"]) for row in rows}
    if processes == 1:
        assert found == {("lenet", "lenet nin"): ("1", "1"), ("nin", "lenet nin (2)"): ("1", "1")}
        assert "Not all of these networks were timed side by side" in files["tables/summary.md"].decode()
    else:
        assert found == {
            ("lenet", "lenet nin"): ("3", "1"), ("nin", "lenet nin"): ("2", "2"), ("nin", "lenet nin (2)"): ("1", "1"),
        }  # fmt: skip


@pytest.mark.parametrize(("precision", "told"), [("bf16", True), ("fp32", False)])
def test_memory_says_where_what_is_kept_is_smaller_than_in_the_table_of_activations(precision: str, told: bool) -> None:
    frames = to_frames([factories.memory("nin", precision=precision)])
    (part,) = sections(MEMORY, tables.memory(frames.memory))
    assert any("two bytes a number" in note for note in part.notes) is told


def test_memory_table_repeats_the_records(mixed: list[Record], mixed_files: dict[str, bytes]) -> None:
    rows = table(mixed_files, "memory")
    results = [record for record in mixed if isinstance(record.result, Memory)]
    assert len(rows) == len(results)
    for record in results:
        assert isinstance(record.result, Memory)
        row = only(rows, arch=record.arch.name, protocol=record.protocol["name"])
        for name in ("parameter_bytes", "saved_for_backward_bytes", "training_peak_bytes", "inference_peak_bytes"):
            assert int(row[name]) == getattr(record.result, name)


def test_a_peak_is_the_median_of_processes_with_their_range() -> None:
    peaks = (200, 260, 220)
    weighed = [factories.memory("nin", peak=size * 2**20, seed=process) for process, size in enumerate(peaks)]
    (row,) = tables.memory(to_frames(weighed).memory).to_dict("records")
    found = [row[f"training_peak_{part}"] / 2**20 for part in ("bytes", "low", "high")]
    assert (row["processes"], found) == (3, [220, 200, 260])
    assert "220 MiB [200 to 260]" in MEMORY.columns(tables.memory(to_frames(weighed).memory))[4].text(row)


def test_composition_adds_up(quick: list[Record], quick_files: dict[str, bytes]) -> None:
    for value in ("parameters", "macs"):
        rows = list(csv.DictReader(io.StringIO(quick_files[f"plots/{value}-by-layer-28-px.csv"].decode())))
        for name in archs.FIVE:
            own = [row for row in rows if row["arch"] == name]
            assert sum(int(row[value]) for row in own) == getattr(archs.get_spec(name).counts[28], value)
            assert math.fsum(float(row["share"]) for row in own) == pytest.approx(1)
    nin = [row for row in rows if row["arch"] == "nin"]
    assert {row["category"] for row in nin} == {"1×1 convolution", "larger convolution"}


def test_a_kernel_that_the_record_does_not_tell_is_not_guessed() -> None:
    record = factories.complexity("nin")
    assert isinstance(record.result, Complexity)
    unknown = tuple(layer.model_copy(update={"kernel_size": None}) for layer in record.result.layers)
    result = record.result.model_copy(update={"layers": unknown, "parameters": record.result.parameters + 7})
    layers = to_frames([record.model_copy(update={"result": result})]).layers
    assert set(layers["category"]) == {"convolution", "linear", "batch norm", "other"}
    assert layers["parameters"].sum() == record.result.parameters + 7


def test_numbers_are_written_for_people_and_kept_exact(quick_files: dict[str, bytes]) -> None:
    for suffix in ("md", "tex"):
        text = quick_files[f"tables/summary.{suffix}"].decode()
        assert "33.6 M" in text
        assert "331 M" in text
        assert "662 M" in text
        assert not re.search(r"\d{6}", re.sub(r"ninbench:\S+", "", text))
    assert "33637066" in quick_files["tables/summary.csv"].decode()
    page = Page(quick_files["index.html"].decode())
    assert ("33.6 M", "33637066") in [cell for row in page.rows for cell in row]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (numbers.count(61_706), "61.7 k"),
        (numbers.count(33_637_066), "33.6 M"),
        (numbers.count(330_932_224), "331 M"),
        (numbers.count(1_487_000_000), "1.49 G"),
        (numbers.count(999_950), "1.00 M"),
        (numbers.count(999), "999"),
        (numbers.size(310 * 2**20), "310 MiB"),
        (numbers.size(1023.9 * 1024), "1.00 MiB"),
        (numbers.rate(1236.4), "1,240"),
        (numbers.rates(93_694, 86_537, 101_442), "93.7 k [86.5 k to 101 k]"),
        (numbers.rates(1236.4, 1200, 1280), "1,240 [1,200 to 1,280]"),
        (numbers.estimate(0.009, -0.0004, 0.018), "0.009 [0.000 to 0.018]"),
        (numbers.duration(0.0084), "8.40 ms"),
        (numbers.duration(250), "4 min 10 s"),
        (numbers.duration(7500), "2 h 05 min"),
        (numbers.durations(462e-6, 438e-6, 1.2e-3), "462 µs [438 to 1,200]"),
        (numbers.durations(250, 240, 3700), "4 min 10 s [4 min 00 s to 1 h 02 min]"),
        (numbers.estimate(0.009, -0.0004, 0.018, sided=True), "0.0090 [-0.0004 to 0.0180]"),
        (numbers.estimate(0.009, 0.0, 0.018, sided=True), "0.009 [0.000 to 0.018]"),
        (numbers.estimate(0.853, 0.8301, 0.8712), "0.853 [0.830 to 0.871]"),
        (numbers.estimate(0.85342, 0.8510, 0.8558), "0.853 [0.851 to 0.856]"),
        (numbers.estimate(0.85, None, None), "0.850"),
    ],
)
def test_printed_numbers(written: str, expected: str) -> None:
    assert written == expected


def test_one_protocol_name_under_two_settings_is_two_protocols() -> None:
    changed = json.loads(json.dumps(factories.accuracy("nin").protocol))
    changed["training"]["epochs"] = 9
    records = [factories.accuracy("nin"), factories.accuracy("nin", seed=1)]
    records.append(records[1].model_copy(update={"protocol": changed, "key": "other"}))
    rows = exact_summary(to_frames(records))
    assert sorted(rows["seeds"]) == [1, 2]
    assert rows["protocol"].nunique() == 2


def test_what_a_run_takes_by_default_and_how_often_does_not_make_another_protocol() -> None:
    told = json.loads(json.dumps(factories.accuracy("nin").protocol))
    changed = told | {"archs": ["nin"], "measures": ["accuracy"], "seeds": 9, "purpose": "another"}
    changed["timing"] = told["timing"] | {"processes": 9}
    del told["archs"]  # as records have it that were made before protocols had networks of their own
    records = [
        factories.accuracy("nin", seed=seed).model_copy(update={"protocol": protocol})
        for seed, protocol in enumerate((told, changed))
    ]
    (row,) = exact_summary(to_frames(records)).to_dict("records")
    assert row["seeds"] == 2


def test_an_edited_network_is_another_network() -> None:
    edited = factories.subject("nin", fingerprint="0123456789abcdef")
    rows = exact_summary(to_frames([factories.accuracy("nin"), factories.accuracy(edited)]))
    assert len(rows) == 2
    assert "NiN #012345" in set(rows["title"])


def test_the_table_of_accuracy_says_what_its_runs_do_not_share() -> None:
    ran = [{"cpu_capability": "AVX2", "side_by_side": 2}, {"cpu_capability": "AVX512", "side_by_side": 2}]
    mixed = [
        factories.accuracy("nin", seed=seed, provenance=factories.provenance(**one)) for seed, one in enumerate(ran)
    ]
    (part,) = sections(ACCURACY, tables.accuracy(to_frames(mixed).accuracy, to_frames(mixed).failures))
    assert (
        "Runs with AVX2 and AVX512 instructions, on processors that share this name, are pooled for NiN." in part.notes
    )
    assert "Up to 2 runs went on at once and shared the device's threads." in part.notes
    (alone,) = sections(ACCURACY, tables.accuracy(to_frames(mixed[:1]).accuracy, to_frames([]).failures))
    assert not any("pooled" in note for note in alone.notes)


def test_what_one_protocol_has_of_its_own_stands_under_its_table_and_not_in_the_method() -> None:
    frames = to_frames([factories.accuracy("nin", protocol=name) for name in ("budget28", "matched28")])
    found = sections(ACCURACY, tables.accuracy(frames.accuracy, frames.failures))
    found += sections(SUMMARY, exact_summary(frames))
    epochs = {"budget28": "3 epochs of 20,000 images", "matched28": "10 epochs of 55,000 images"}
    assert len(found) == 4
    for part in found:
        (told,) = (note for note in part.notes if note.startswith("Accuracies are those after"))
        assert epochs[part.scope["protocol"]] in told
        assert told not in part.method
