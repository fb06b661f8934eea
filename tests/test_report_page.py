"""What the page knows beside its tables: records behind rows, where parts belong, who comes first, scripts."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import factories
import pytest

from bench import store
from bench.protocols import get_protocol
from bench.records import Record
from bench.report import build
from bench.report.figures import canvas
from bench.report.figures.svg import inline, svg_bytes
from bench.report.frames import to_frames
from bench.report.overview import summary
from bench.report.sections import Section, sections
from bench.report.speeds import throughput
from bench.report.tables import accuracy, complexity, memory
from bench.report.web import scripts
from bench.report.web.ledger import ledger
from bench.report.web.machines import machines
from bench.report.web.origins import ORIGINS, Tracer, spans
from bench.report.web.scopes import Place, Places, Speakers
from bench.report.web.settings import settings


def rows_of(table: Any) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def keys(records: list[Record], **wanted: Any) -> set[str]:
    """Keys of the records that a person would pick by hand."""

    def fits(record: Record) -> bool:
        facts = {"kind": record.kind, "arch": record.arch.name, "protocol": record.protocol["name"]}
        return all(facts[name] == value for name, value in wanted.items())

    return {record.key for record in records if fits(record)}


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return [
        *factories.full_run(("nin", "vgg16"), "budget28", seeds=3),
        *factories.full_run(("nin", "vgg16"), seeds=2),
        factories.failed("accuracy", "vgg16", protocol="budget28", seed=7),
    ]


def test_a_row_of_accuracy_has_the_runs_of_its_network_and_protocol(records: list[Record]) -> None:
    frames = to_frames(records)
    tracer = Tracer(frames)
    rows = rows_of(accuracy(frames.accuracy, frames.failures))
    assert len(rows) == 4
    for row in rows:
        found = tracer.keys("accuracy", row)
        assert set(found) == keys(records, kind="accuracy", arch=row["arch"], protocol=row["protocol"])
        assert len(found) == row["seeds"] + row["failed"]


def test_a_row_of_the_summary_has_the_records_of_every_kind(records: list[Record]) -> None:
    frames = to_frames(records)
    tracer, counts = Tracer(frames), {"complexity", "accuracy", "memory", "throughput"}
    for row in rows_of(summary(frames)):
        found = set(tracer.keys("summary", row))
        own = keys(records, arch=row["arch"], protocol=row["protocol"])
        exact = keys(records, arch=row["arch"], kind="complexity")  # the same count, whatever the protocol
        assert found == own | exact
        assert {record.kind for record in records if record.key in found} == counts


@pytest.mark.parametrize("name", ["complexity", "memory", "throughput"])
def test_rows_of_other_tables_have_records_of_their_network(records: list[Record], name: str) -> None:
    frames = to_frames(records)
    made = {
        "complexity": complexity(frames.complexity),
        "memory": memory(frames.memory),
        "throughput": throughput(frames.throughput, frames.complexity),
    }
    tracer = Tracer(frames)
    for row in rows_of(made[name]):
        found = tracer.keys(name, row)
        assert found
        assert set(found) <= keys(records, arch=row["arch"])
        assert set(found) & keys(records, arch=row["arch"], kind=name)


def test_tables_that_are_traced_are_tables_of_the_report(records: list[Record]) -> None:
    """A table that gets another name would lose its records without a sound."""
    from bench.report import audit_layouts, experiment_layouts, layouts, speed_layout

    modules = (audit_layouts, experiment_layouts, layouts, speed_layout)
    named = {one.name for module in modules for one in vars(module).values() if type(one).__name__ == "Layout"}
    assert named <= set(ORIGINS)


def test_the_ledger_links_to_the_files_that_are_there(tmp_path: Path) -> None:
    kept, lost = factories.accuracy("nin"), factories.accuracy("nin", seed=1)
    results, out = tmp_path / "my results", tmp_path / "deep" / "report"
    path = store.save(results, kept)
    again = store.save(results, kept)  # a second attempt gets a name of its own
    told = ledger([kept, kept, lost], results, out)["records"]
    by_key = {one["key"]: one for one in told}
    assert [one["files"] for one in told if one["key"] == lost.key] == [[]]
    links = by_key[kept.key]["files"]
    assert len(by_key[kept.key]["attempts"]) == 2
    assert all(" " not in link for link in links)
    targets = [(out / link.replace("%20", " ")).resolve() for link in links]
    assert targets == [path.resolve(), again.resolve()]


def test_without_a_folder_the_ledger_has_keys_alone() -> None:
    record = factories.failed("memory", "nin")
    (told,) = ledger([record], None, None)["records"]
    assert (told["key"], told["files"]) == (record.key, [])
    assert told["attempts"][0]["failed"] == "out of memory"


def test_the_ledger_keeps_a_shared_fact_once() -> None:
    records = [factories.accuracy("nin", seed=seed) for seed in range(4)]
    told = ledger(records, None, None)
    assert sum(name == "torch" for name, _ in told["facts"]) == 1
    for record in told["records"]:
        named = {told["facts"][index][0] for index in record["attempts"][0]["facts"]}
        assert {"processor", "torch", "commit"} <= named


@pytest.mark.parametrize(
    ("numbers", "text"), [([], ""), ([4], "4"), ([2, 0, 1], "0-2"), ([5, 3, 4, 9, 9], "3-5 9"), ([1, 3], "1 3")]
)
def test_spans_are_short(numbers: list[int], text: str) -> None:
    assert spans(numbers) == text


def test_places_are_found_by_the_words_of_their_heading(records: list[Record]) -> None:
    from bench.report.layouts import ACCURACY

    frames = to_frames(records)
    parts: list[Section] = sections(ACCURACY, accuracy(frames.accuracy, frames.failures))
    places = Places([parts])
    assert {places.of(part.heading) for part in parts} == {
        Place("budget28", factories.CPU.model, "28"),
        Place("quick", factories.CPU.model, "28"),
    }
    assert places.of("224 px · exact counts") == Place(size="224")
    assert places.of("The documents' own listings") == Place()


def test_a_sentence_speaks_of_the_networks_that_it_names() -> None:
    speakers = Speakers([("nin", "NiN"), ("nin-gap", "NiN + GAP"), ("vgg16", "VGG-16"), ("odd", "C++ (x*)")])
    assert speakers.named("NiN + GAP is slower than VGG-16, and VGG-16 is slow.") == ["nin-gap", "vgg16"]
    assert speakers.named("NiN's rate") == ["nin"]
    assert speakers.named("NiNA and VGG-160 are unknown") == []
    assert speakers.named("C++ (x*) is odd") == ["odd"]
    assert Speakers([]).named("anything") == []


def test_the_page_says_how_many_processors_stand_behind_a_name() -> None:
    def lede(*models: str) -> str:
        devices = [factories.CPU.model_copy(update={"model": model}) for model in models]
        page = build.build([factories.memory("nin", device=one) for one in devices], [])["index.html"].decode()
        return page.partition("depends on a machine was measured on ")[2].partition(";")[0]

    assert lede("EPYC, 2 threads", "EPYC (family 25, model 1), 2 threads") == "EPYC, 2 threads"
    both = lede("EPYC (family 26, model 2), 2 threads", "EPYC (family 25, model 1), 2 threads")
    assert both == "EPYC, 2 threads (2 models)"


def test_marks_of_a_network_can_be_found_in_the_page_and_have_ids_in_the_file() -> None:
    figure = canvas.blank(60)
    for number, name in enumerate(("nin", "torchvision/resnet18", "nin")):
        figure.text(0.5, 0.5, "x").set_gid(f"net:{name}:{number}")
    file = svg_bytes(figure, "some")
    root = ElementTree.fromstring(file)
    ids = [one.get("id") for one in root.iter() if str(one.get("id")).startswith("net:")]
    assert ids == ["net:nin:0", "net:torchvision/resnet18:1", "net:nin:2"]
    shown = inline(file, "some", "title", "words", {"nin": "NiN <&>"})
    assert re.findall(r'data-network="([^"]*)"', shown) == ["nin", "torchvision/resnet18", "nin"]
    assert re.findall(r'data-network="([^"]*)"><title>([^<]*)', shown) == [("nin", "NiN &lt;&amp;&gt;")] * 2
    assert "net:" not in shown


def test_scripts_cannot_end_their_element() -> None:
    text = scripts.in_html("let a = '</script><!-- <SCRIPT>'; let b = 1 < 2;")
    assert text == r"let a = '\x3c/script>\x3c!-- \x3cSCRIPT>'; let b = 1 < 2;"
    for script in (scripts.own(), scripts.library()):
        assert not re.search(r"<(!--|/?script|/body)", script, re.IGNORECASE)


def test_the_library_comes_with_its_licences() -> None:
    text = scripts.library()
    assert "export{" not in text
    assert text.count("globalThis.DataTable=") == 1
    assert "Bundled license information" in text
    assert "datatables.net/license" in text


def test_provenance_tells_company_and_threads_by_what_was_measured() -> None:
    def facts(**changes: Any) -> dict[str, Any]:
        return {"provenance": factories.provenance(**changes)}

    records = [
        factories.throughput("nin", **facts(others_share=0.02, torch_threads=2)),
        factories.throughput("vgg16", **facts(others_share=0.0, torch_threads=2)),
        factories.convergence("nin", **facts(others_share=0.76, torch_threads=1, side_by_side=2)),
        factories.convergence("nin", seed=1, **facts(others_share=0.0, torch_threads=2)),
    ]
    (machine,) = machines(records)
    told = dict(machine.pairs)
    assert told["share of the machine used by other processes, throughput"] == "0.0 % to 2 %"
    assert told["share of the machine used by other processes, convergence"] == "0.0 % to 76 %"
    assert told["torch threads, throughput"] == "2"
    assert told["torch threads, convergence"] == "1 where 2 runs went side by side (--jobs 2), 2"
    (alone,) = machines(records[:2])
    assert dict(alone.pairs)["torch threads"] == "2"


def test_settings_that_most_protocols_share_are_told_once() -> None:
    plain = get_protocol("budget28")
    longer = replace(plain.training, epochs=60, dropout="off")
    protocols = (
        replace(plain, name="one"),
        replace(plain, name="two"),
        replace(plain, name="three", training=longer),
    )
    records = [factories.accuracy("nin", protocol=protocol) for protocol in protocols]
    everywhere, trained, one, three, two = settings(records)
    assert everywhere.name == "Where networks were measured, unless a protocol says otherwise"
    assert dict(everywhere.pairs)["image size"] == "28"
    assert trained.name == "Where networks were trained, unless a protocol says otherwise"
    assert dict(trained.pairs)["training epochs"] == "3"
    assert "nin 0.003" in dict(trained.pairs)["training learning rate, by family"]
    assert dict(one.pairs).keys() == dict(two.pairs).keys() == {"measured", "purpose", "seeds run, a network"}
    assert dict(three.pairs).items() >= {("training epochs", "60"), ("training dropout", "off")}


def test_what_a_protocol_has_switched_off_is_told_where_others_have_it() -> None:
    names = ("budget28", "matched28", "convergence28", "published-001", "starts28-0.001")
    told = {one.name: dict(one.pairs) for one in settings([factories.accuracy("nin", protocol=name) for name in names])}
    shared = told["Where networks were trained, unless a protocol says otherwise"]
    assert shared["training clip norm"] == "1.0"
    own = told["published-001"]
    assert own["training clip norm"] == own["training learning rate, by family"] == own["training warmup"] == "none"
    assert told["starts28-0.001"]["training learning rate, by family"] == "none"
    assert "training clip norm" not in told["starts28-0.001"]


def test_seeds_are_told_as_they_were_run_whatever_was_planned() -> None:
    planned = replace(get_protocol("budget28"), seeds=2)
    records = [factories.accuracy(name, protocol=planned) for name in ("nin", "lenet")]
    assert dict(settings(records)[-1].pairs)["seeds run, a network"] == "1"
    records.append(factories.accuracy("nin", protocol=planned, seed=1))
    assert dict(settings(records)[-1].pairs)["seeds run, a network"] == "1 to 2"


def test_a_setting_that_came_later_is_told_at_what_it_had_always_been() -> None:
    record = factories.accuracy("nin")
    training = {name: value for name, value in record.protocol["training"].items() if name != "optimiser"}
    old = record.model_copy(update={"protocol": record.protocol | {"training": training}})
    (told,) = settings([old])
    assert dict(told.pairs)["training optimiser"] == "adamw"


def test_settings_of_a_training_and_of_a_timing_stand_where_something_was_trained_or_timed() -> None:
    (trained,) = settings([factories.accuracy("nin")])
    (timed,) = settings([factories.throughput("nin")])
    (counted,) = settings([factories.complexity("nin", protocol="timing28")])
    assert {name for name in dict(timed.pairs) if name.startswith("timing")} >= {"timing rounds", "timing engines"}
    assert not {name for name in dict(trained.pairs) if name.startswith("timing")}
    assert "training clip norm" in dict(trained.pairs)
    assert not {name for name in dict(timed.pairs) if name.startswith("training")}
    assert dict(counted.pairs)["measured"] == "complexity"
    assert not {name for name in dict(counted.pairs) if name.startswith(("timing", "training", "memory"))}
