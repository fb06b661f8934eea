"""The report: that it says the same every time, keeps apart what does not compare, and loads nothing."""

from __future__ import annotations

import hashlib
import json
import random
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import factories
import pandas as pd
import pytest
from rendered import Page, only, table

from bench.errors import UserError
from bench.protocols import PROTOCOLS, STANDING_NOTES
from bench.records import Memory, Record
from bench.report import render, summary
from bench.report.build import build
from bench.report.frames import to_frames
from bench.report.overview import summary as exact_summary
from bench.report.style import INK, PAPER
from bench.report.web.findings import findings

HOSTILE = '<script>alert("x")</script> & \\input{x} | `*_% $ #'


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


@pytest.mark.parametrize(
    ("failed_at", "told"), [("2026-01-14T10:00:00Z", "succeeded"), ("2026-01-16T10:00:00Z", "an earlier one succeeded")]
)
def test_a_failure_beside_a_success_stays_listed_and_does_no_harm(failed_at: str, told: str) -> None:
    good = factories.accuracy("nin")
    bad = factories.failed("accuracy", "nin", key=good.key, seed=0, started=failed_at)
    files = build([bad, good], [])
    assert [row["later"] for row in table(files, "failures")] == [told]
    assert table(files, "summary")[0]["accuracy"] == "measured"
    assert table(files, "accuracy")[0]["failed"] == "0"


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
