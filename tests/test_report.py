"""The report: what it says, that it says it the same way every time, and that it loads nothing."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import random
import re
import statistics
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import factories
import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats

import archs
from bench import numbers
from bench.errors import UserError
from bench.protocols import PROTOCOLS, STANDING_NOTES
from bench.records import Accuracy, Complexity, Memory, Record, Throughput
from bench.report import render, summary, tables
from bench.report.build import build
from bench.report.frames import to_frames
from bench.report.layouts import MEMORY
from bench.report.overview import summary as exact_summary
from bench.report.style import INK, PAPER
from bench.report.web.findings import findings

HOSTILE = '<script>alert("x")</script> & \\input{x} | `*_% $ #'


class Page(HTMLParser):
    """Text, tags and attributes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.rows: list[list[tuple[str, str]]] = []
        self.scripts: list[str] = []
        self._cell: tuple[str, str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        self.tags.append((tag, known))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._cell = ("", known.get("data-value", ""))
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            self.rows[-1].append(self._cell)
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.scripts[-1] += data
            return
        self.text += data
        if self._cell is not None:
            self._cell = (self._cell[0] + data, self._cell[1])


@pytest.fixture(scope="module")
def quick() -> list[Record]:
    return factories.full_run()


@pytest.fixture(scope="module")
def mixed() -> list[Record]:
    """Two protocols, two devices, several seeds, failures, runs that went wrong."""
    trio = ("lenet", "nin", "vgg16")
    return [
        *factories.full_run(trio, "budget28", seeds=3),
        *factories.full_run(("nin", "vgg16"), "matched224", device=factories.GPU, precision="fp32", seeds=2),
        factories.accuracy("nin", protocol="budget28", seed=3, outcome="stuck at chance"),
        factories.accuracy("nin", protocol="budget28", seed=4, outcome="diverged"),
        factories.failed("accuracy", "vgg16", protocol="budget28", seed=3, reason="killed", message="signal 9"),
        factories.failed("memory", "googlenet", protocol="budget28"),
        factories.failed("throughput", "googlenet", protocol="budget28", message="two\nlines", traceback="a\nb"),
    ]


@pytest.fixture(scope="module")
def quick_files(quick: list[Record]) -> dict[str, bytes]:
    return build(quick, [])


@pytest.fixture(scope="module")
def mixed_files(mixed: list[Record]) -> dict[str, bytes]:
    return build(mixed, ["accuracy/nin-28-0.json: not JSON"])


def table(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[f"tables/{name}.csv"].decode())))


def only(rows: list[dict[str, str]], **wanted: str) -> dict[str, str]:
    found = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    assert len(found) == 1
    return found[0]


def test_same_records_in_any_order_give_the_same_bytes(mixed: list[Record], mixed_files: dict[str, bytes]) -> None:
    shuffled = list(mixed)
    random.Random(7).shuffle(shuffled)
    again = build(shuffled, ["accuracy/nin-28-0.json: not JSON"])
    assert list(again) == list(mixed_files)
    assert [name for name in again if again[name] != mixed_files[name]] == []


def test_every_table_and_figure_is_there_in_every_form(quick_files: dict[str, bytes]) -> None:
    for name in ("summary", "complexity", "throughput", "memory", "accuracy"):
        assert {f"tables/{name}.{suffix}" for suffix in ("csv", "md", "tex")} <= set(quick_files)
    plots = {Path(name).stem for name in quick_files if name.startswith("plots/")}
    for stem in plots:
        assert {f"plots/{stem}.{suffix}" for suffix in ("csv", "svg", "png")} <= set(quick_files)
    kinds = {
        *("accuracy-by-macs", "accuracy-by-parameters", "accuracy-by-throughput", "learning-validation-accuracy"),
        *("learning-train-loss", "throughput-by-batch", "parameters-by-layer", "macs-by-layer"),
    }
    assert all(any(stem.startswith(kind) for stem in plots) for kind in kinds)
    assert len(quick_files["index.html"]) < 5e6


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
        (numbers.duration(0.0084), "8.40 ms"),
        (numbers.duration(250), "4 min 10 s"),
        (numbers.duration(7500), "2 h 05 min"),
        (numbers.durations(462e-6, 438e-6, 1.2e-3), "462 µs [438 to 1,200]"),
        (numbers.durations(250, 240, 3700), "4 min 10 s [4 min 00 s to 1 h 02 min]"),
        (numbers.estimate(0.853, 0.8301, 0.8712), "0.853 [0.83 to 0.87]"),
        (numbers.estimate(0.85342, 0.8510, 0.8558), "0.853 [0.851 to 0.856]"),
        (numbers.estimate(0.85, None, None), "0.850"),
    ],
)
def test_printed_numbers(written: str, expected: str) -> None:
    assert written == expected


def test_nothing_is_compared_across_scopes(mixed: list[Record], mixed_files: dict[str, bytes]) -> None:
    scopes = {
        (r.protocol["name"], r.arch.image_size, r.device.model, r.precision) for r in mixed if r.device is not None
    }
    assert len(scopes) == 2
    text = mixed_files["tables/summary.md"].decode()
    assert text.count("## ") == 2
    at_28, at_224, *measured = findings(exact_summary(to_frames(mixed)), to_frames(mixed))
    assert (at_28.scope, at_224.scope) == ("28 px · exact counts", "224 px · exact counts")
    for finding in measured:
        assert sum(f"{name} · {size} px · {device} · {p}" == finding.scope for name, size, device, p in scopes) == 1
    for name in (n for n in mixed_files if n.startswith("plots/accuracy-by")):
        assert sum(part in name for part in ("budget28-28-px", "matched224-224-px")) == 1


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


def test_what_is_not_citable_is_marked_everywhere(quick_files: dict[str, bytes]) -> None:
    for name in ("summary", "throughput", "memory", "accuracy"):
        assert {row["standing"] for row in table(quick_files, name)} == {"quick look"}
        for suffix in ("md", "tex"):
            assert "quick look, not citable" in quick_files[f"tables/{name}.{suffix}"].decode()
    for name, content in quick_files.items():
        if name.endswith(".svg"):
            assert (b"quick look, not citable" in content) == ("by-layer" not in name and "claims-by" not in name)
    page = Page(quick_files["index.html"].decode())
    rows = [attrs for tag, attrs in page.tags if tag == "tr" and "data-standing" in attrs]
    marks = sum(tag == "span" and attrs.get("class") == "mark" for tag, attrs in page.tags)
    assert marks >= sum(attrs["data-standing"] == "quick look" for attrs in rows) > 0


def test_a_citable_protocol_is_not_marked() -> None:
    protocol = json.loads(json.dumps(factories.accuracy("nin").protocol)) | {"standing": "citable"}
    files = build([record.model_copy(update={"protocol": protocol}) for record in factories.full_run(("nin",))], [])
    assert not any(b"not citable" in files[name] for name in files if name.endswith((".md", ".tex", ".svg")))


def test_failures_are_rows_and_cells(mixed: list[Record], mixed_files: dict[str, bytes]) -> None:
    rows = table(mixed_files, "failures")
    assert len(rows) == sum(record.failed for record in mixed)
    assert only(rows, arch="vgg16")["reason"] == "killed"
    lost = only(table(mixed_files, "summary"), arch="googlenet")
    assert (lost["throughput"], lost["memory"]) == ("failed: out of memory", "failed: out of memory")
    text = mixed_files["index.html"].decode()
    assert "failed: out of memory" in text
    assert "accuracy/nin-28-0.json: not JSON" in text
    partly = only(table(mixed_files, "summary"), arch="vgg16", protocol="budget28")
    assert partly["accuracy"] == "measured, but a unit failed: killed"


def test_a_failure_that_was_made_good_stays_listed_and_does_no_harm() -> None:
    good = factories.accuracy("nin")
    bad = factories.failed("accuracy", "nin", key=good.key, seed=0, started="2026-01-14T10:00:00Z")
    files = build([bad, good], [])
    assert [row["later"] for row in table(files, "failures")] == ["succeeded"]
    assert table(files, "summary")[0]["accuracy"] == "measured"


def test_what_a_record_says_stays_text() -> None:
    about = factories.subject("evil", title=HOSTILE, family=HOSTILE)
    gpu = factories.CPU.model_copy(update={"model": HOSTILE})
    records = [
        factories.complexity(about),
        factories.accuracy(about, device=gpu, provenance={HOSTILE: HOSTILE, "nested": {HOSTILE: [HOSTILE]}}),
        factories.failed("memory", message=HOSTILE, traceback=HOSTILE),
    ]
    files = build(records, [HOSTILE])
    page, plain = (Page(made["index.html"].decode()) for made in (files, build(factories.full_run(("nin",)), [])))
    assert 'alert("x")' in page.text
    assert [(tag, attrs) for tag, attrs in page.tags if tag == "script"] == [
        (tag, attrs) for tag, attrs in plain.tags if tag == "script"
    ]
    code, data = ([one for one in page.scripts if one.startswith("{") is told] for told in (False, True))
    assert code == [one for one in plain.scripts if not one.startswith("{")]
    assert [HOSTILE in {record["network"] for record in json.loads(one)["records"]} for one in data] == [True]
    for name in (n for n in files if n.endswith((".md", ".svg"))):
        assert b"<script" not in files[name]
    tex = files["tables/summary.tex"].decode()
    assert "\\input" not in tex
    assert "\\textbackslash" in tex
    for section in files["tables/summary.md"].decode().split("## ")[1:]:
        lines = [line for line in section.splitlines() if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1


def test_file_names_come_from_no_record_unchanged(tmp_path: Path) -> None:
    device = factories.CPU.model_copy(update={"model": "../../etc/passwd \x00"})
    records = [factories.accuracy("nin", device=device), factories.throughput("nin", device=device)]
    render(records, ["lone half of a pair: \udc80"], tmp_path / "out")
    for path in (tmp_path / "out" / "plots").glob("*.svg"):
        ElementTree.parse(path)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert all(re.fullmatch(r"[a-z0-9-]+\.[a-z]+", path.name) for path in (tmp_path / "out" / "plots").iterdir())


def test_page_loads_nothing_and_its_ids_are_its_own(mixed_files: dict[str, bytes]) -> None:
    html = mixed_files["index.html"].decode()
    page = Page(html)
    for tag, attrs in page.tags:
        assert tag not in ("iframe", "object", "embed", "img")
        for name in ("src", "href", "xlink:href", "data", "action"):
            assert not re.match(r"(?:https?:)?//", attrs.get(name, ""))
    written = html[: html.index('<script type="module">')]
    assert "@import" not in written
    assert not re.search(r"url\((?!#)", written)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    targets = {attrs["href"][1:] for _, attrs in page.tags if attrs.get("href", "").startswith("#")}
    targets |= set(re.findall(r"url\(#([^)]+)\)", written))
    assert targets <= set(ids)
    for _, attrs in page.tags:
        if "aria-labelledby" in attrs:
            assert set(attrs["aria-labelledby"].split()) <= set(ids)


def test_page_links_only_to_files_that_were_written(mixed_files: dict[str, bytes]) -> None:
    links = {attrs["href"] for tag, attrs in Page(mixed_files["index.html"].decode()).tags if tag == "a"}
    assert {link for link in links if not link.startswith("#")} == set(mixed_files) - {"index.html", "figures.json"}


def test_inlined_figures_follow_the_theme_and_files_keep_their_ink(quick_files: dict[str, bytes]) -> None:
    html = quick_files["index.html"].decode()
    body = html[html.index("</style>") :]
    assert INK not in body
    assert PAPER not in body
    assert "currentColor" in body
    svgs = [content.decode() for name, content in quick_files.items() if name.endswith(".svg")]
    assert all(INK in svg and "currentColor" not in svg for svg in svgs)
    figures = [attrs for tag, attrs in Page(html).tags if tag == "svg"]
    assert len(figures) == len(svgs)
    assert all(attrs["role"] == "img" and attrs["aria-labelledby"] for attrs in figures)


def test_findings_tell_what_the_numbers_say() -> None:
    records = [
        *(factories.complexity(name) for name in ("nin", "alexnet", "vgg16")),
        *(factories.accuracy(name, score=score) for name, score in (("nin", 0.6), ("alexnet", 0.85), ("vgg16", 0.84))),
        *(factories.throughput(name, speed=speed) for name, speed in (("nin", 400.0), ("alexnet", 100.0))),
    ]
    frames = to_frames(records)
    counts, measured = findings(exact_summary(frames), frames)
    assert counts.scope == "28 px · exact counts"
    told = " ".join([*counts.sentences, *measured.sentences])
    assert "AlexNet had the highest test accuracy, 0.850" in told
    assert "overlaps that of VGG-16, so the order is open" in told
    ratio = 24_733_898 / 1_981_414
    assert f"NiN has 1.98 M parameters; AlexNet {ratio:.1f} times as many (24.7 M)" in told
    rows = exact_summary(frames).set_index("arch")["training_images_per_second"]
    assert f"{rows['nin'] / rows['alexnet']:.1f} times the rate of AlexNet" in told


def test_the_method_says_what_stands_under_the_tables(mixed_files: dict[str, bytes]) -> None:
    html = mixed_files["index.html"].decode()
    method = " ".join(Page(html[html.index('<section id="method">') :]).text.split())
    for title in ("Summary.", "Complexity.", "Throughput.", "Memory.", "Accuracy.", "Standing."):
        assert title in method
    assert "median over the rounds at" not in method
    for name in ("throughput", "memory", "accuracy"):
        notes = mixed_files[f"tables/{name}.md"].decode().split("## ")[1].split("\n\n")[3:]
        assert notes[0].strip() in method
    for standing in STANDING_NOTES:
        assert f"{standing.capitalize()}:" in method


def test_findings_call_no_difference_inside_the_noise() -> None:
    records = [factories.throughput(name, speed=200.0) for name in ("nin", "alexnet")]
    frames = to_frames(records)
    told = " ".join(findings(exact_summary(frames), frames)[0].sentences)
    assert "not to be told apart from AlexNet" in told


def test_findings_hold_every_other_network_against_nin_pair_by_pair_of_processes() -> None:
    """Processes differ by a factor of three, the two networks in each by 1.2: only pairs can tell that."""
    made = []
    for process, rate in enumerate((100.0, 200.0, 300.0)):
        for name, times in (("nin", 1.2), ("lenet", 9.0), ("googlenet", 1.0)):
            record = factories.throughput(
                name, seed=process, speed=rate * times, companions=[other for other in NAMES_TIMED if other != name]
            )
            made.append(record)
    frames = to_frames(made)
    trained = next(one for one in findings(exact_summary(frames), frames)[0].sentences if "trains at" in one)
    rows = exact_summary(frames).set_index("arch")
    assert rows.loc["nin", "training_low"] < rows.loc["googlenet", "training_high"]  # intervals of their own overlap
    steps = {
        (record.arch.name, record.seed): statistics.median(record.result.cases[0].step_seconds)
        for record in made
        if isinstance(record.result, Throughput)
    }
    for name, title in (("lenet", "LeNet"), ("googlenet", "GoogLeNet")):
        logs = [math.log(steps[name, seed] / steps["nin", seed]) for seed in range(3)]
        half = 4.302653 * statistics.stdev(logs) / math.sqrt(3)  # Student's t of two degrees of freedom, by the table
        ratio, low, high = (math.exp(statistics.fmean(logs) + side * half) for side in (0, -1, 1))
        assert f"{number(ratio)} times the rate of {title} [{number(low)} to {number(high)}]" in trained


NAMES_TIMED = ("nin", "lenet", "googlenet")


def number(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio >= 0.95 else f"{ratio:.2g}"


def test_findings_leave_a_ratio_open_whose_interval_holds_one() -> None:
    made = [
        factories.throughput(name, seed=seed, speed=rate, companions=[other])
        for (name, other), rates in (
            (("nin", "vgg16"), (100.0, 150.0, 90.0)),
            (("vgg16", "nin"), (110.0, 100.0, 120.0)),
        )
        for seed, rate in enumerate(rates)
    ]
    frames = to_frames(made)
    told = " ".join(findings(exact_summary(frames), frames)[0].sentences)
    assert re.search(r"not to be told apart from VGG-16, at 1\.0 times its rate \[0\.\d+ to \d\.\d\]", told), told


@pytest.mark.parametrize(
    "records",
    [
        [factories.complexity("nin")],
        [factories.complexity("nin"), factories.complexity("nin", image_size=224)],
        [factories.memory("nin")],
        [factories.throughput("nin")],
        [factories.accuracy("nin")],
        [factories.accuracy("nin", outcome="diverged"), factories.accuracy("nin", seed=1, outcome="diverged")],
        [factories.failed("accuracy"), factories.failed("complexity", device=None, precision=None)],
        [factories.complexity(factories.subject("empty")).model_copy(update={"protocol": {}, "provenance": {}})],
        factories.full_run(("my-own-network",)),
    ],
    ids=["counts", "two sizes", "memory", "throughput", "accuracy", "diverged", "failed", "bare", "one network"],
)
def test_any_part_of_a_run_makes_a_report(records: list[Record], tmp_path: Path) -> None:
    page = render(records, [], tmp_path).read_text(encoding="utf-8")
    assert records[0].arch.title in Page(page).text


def test_memory_that_the_system_does_not_tell_is_a_gap(tmp_path: Path) -> None:
    record = factories.memory("nin")
    assert isinstance(record.result, Memory)
    silent = record.result.model_copy(
        update={"training_peak_bytes": None, "inference_peak_bytes": None, "method": "none"}
    )
    render([record.model_copy(update={"result": silent})], [], tmp_path)
    row = table({"tables/memory.csv": (tmp_path / "tables" / "memory.csv").read_bytes()}, "memory")[0]
    assert (row["training_peak_bytes"], row["method"]) == ("", "none")


def test_no_record_is_an_error_of_the_user(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no record"):
        render([], ["broken.json: not JSON"], tmp_path)


def test_a_folder_that_cannot_be_written_is_an_error_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot write the report"):
        render([factories.complexity("nin")], [], tmp_path / "file" / "report")


def test_a_new_rendering_clears_its_own_leftovers_and_nothing_else(tmp_path: Path) -> None:
    render([factories.complexity("nin"), factories.memory("nin")], [], tmp_path)
    stale, edited = tmp_path / "tables" / "memory.csv", tmp_path / "tables" / "memory.md"
    edited.write_text("my own notes")
    foreign = [tmp_path / "plots" / "mine.png", tmp_path / "tables" / "mine.csv", tmp_path / "notes.txt"]
    for path in foreign:
        path.write_text("mine")
    outside = tmp_path.parent / f"{tmp_path.name}-outside.csv"
    outside.write_text("mine")
    listed = json.loads((tmp_path / "files.json").read_text())
    digest = hashlib.sha256(b"mine").hexdigest()
    listed |= {f"../{outside.name}": digest, f"tables/../../{outside.name}": digest, "notes.txt": digest}
    (tmp_path / "files.json").write_text(json.dumps(listed))
    render([factories.complexity("nin")], [], tmp_path)
    assert not stale.exists()
    assert edited.read_text() == "my own notes"
    assert all(path.read_text() == "mine" for path in (*foreign, outside))
    listed = json.loads((tmp_path / "files.json").read_text())
    made = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()} - {"files.json"}
    assert made - set(listed) == {"tables/memory.md", "plots/mine.png", "tables/mine.csv", "notes.txt"}


def test_a_broken_list_of_files_is_survived(tmp_path: Path) -> None:
    (tmp_path / "files.json").write_text("[1, 2")
    assert render([factories.complexity("nin")], [], tmp_path).is_file()


def test_summary_for_the_command_line_is_text_with_its_scope(mixed: list[Record]) -> None:
    printed = summary(mixed)
    assert list(printed.columns[:5]) == ["Network", "Protocol", "Image size", "Device", "Precision"]
    assert printed.map(lambda cell: isinstance(cell, str)).all().all()
    assert len(printed) == len(exact_summary(to_frames(mixed)))
    assert summary([]).empty


def test_importing_the_report_imports_nothing_heavy() -> None:
    import subprocess
    import sys

    code = "import sys, bench.report, bench.stats; print([m for m in ('pandas', 'matplotlib', 'scipy', 'torch') if m in sys.modules])"  # noqa: E501
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_made_up_records_survive_a_round_trip(mixed: list[Record]) -> None:
    for record in mixed:
        assert Record.model_validate_json(record.model_dump_json()) == record
    assert {record.protocol["name"] for record in mixed} <= set(PROTOCOLS)
    assert isinstance(exact_summary(to_frames(mixed)), pd.DataFrame)


def test_nothing_that_differs_from_day_to_day_is_in_a_file(quick_files: dict[str, bytes], tmp_path: Path) -> None:
    out: Any = tmp_path
    for name, content in quick_files.items():
        assert str(out).encode() not in content
        if name.endswith((".svg", ".png")):
            assert b"matplotlib version" not in content.lower()
            assert b"dc:date" not in content
