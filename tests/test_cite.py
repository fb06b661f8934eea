"""Tables to cite: what is committed is what the records give, and a citation names exactly those records."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import factories
import pytest
from conftest import Spoken

from bench import __version__, store
from bench.citation import kept
from bench.citation.cite import AUTHORS, TITLE, cite
from bench.errors import UserError
from bench.numbers import MISSING
from bench.records import Device, Record
from bench.report import captions, tables
from bench.report.build import only_tables
from bench.report.experiment_layouts import ACTIVATIONS
from bench.report.frames import to_frames
from bench.report.latex.fit import MOST_LINES, Column
from bench.report.latex.signs import escape
from bench.report.latex.table import latex_table
from bench.report.layouts import ACCURACY, MEMORY, RANK_COLUMN, SUMMARY
from bench.report.sections import sections
from bench.report.sources import TABLES, Sources
from bench.report.writers import csv_text, latex_text, slug, trimmed

ROOT = Path(__file__).parents[1]
TWINS = ("csv", "md", "tex")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own `results/`, without what a user of the checkout has measured beside it."""
    if not (ROOT / ".git").exists():
        return ROOT / "results"
    listed = subprocess.run(("git", "ls-files", "-z", "results"), cwd=ROOT, capture_output=True, check=True, text=True)
    folder = tmp_path_factory.mktemp("tracked")
    for name in filter(None, listed.stdout.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder / "results"


@pytest.fixture(scope="module")
def committed(results: Path) -> dict[str, bytes]:
    """What the committed records give."""
    return kept.make(results)


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with two networks and their tables."""
    folder = tmp_path_factory.mktemp("cited")
    for record in factories.full_run(("nin", "lenet"), factories.untuned("budget28"), seeds=2):
        store.save(folder, record)
    kept.write(folder, kept.make(folder))
    return folder


# The kept tables


def test_committed_tables_are_what_the_records_give_byte_for_byte(results: Path, committed: dict[str, bytes]) -> None:
    assert kept.differences(results, committed) == []


def test_every_table_has_its_twins_and_a_name_to_cite(committed: dict[str, bytes]) -> None:
    stems = {Path(name).stem for name in committed} - {"README"}
    assert stems <= set(TABLES)
    for stem in stems - {"findings"}:  # which is the csv behind the claims
        assert {f"{stem}.{suffix}" for suffix in TWINS} <= set(committed)


def test_captions_hold_the_identifier_that_the_command_prints(results: Path, committed: dict[str, bytes]) -> None:
    for table in ("complexity", "memory", "claims"):
        identifier = cite(results, table).identifier
        for suffix in ("md", "tex"):
            assert identifier in committed[f"{table}.{suffix}"].decode()
        assert f"`{identifier}`" in committed["README.md"].decode()


def test_a_stale_a_missing_and_a_superfluous_table_are_named(
    made_up: Path, tmp_path: Path, bench: Callable[..., Spoken]
) -> None:
    folder = tmp_path / "results"
    shutil.copytree(made_up, folder)
    assert bench("cite", "--check", "--results", folder).code == 0
    (folder / "tables" / "memory.csv").write_text("1,2\n")
    (folder / "tables" / "summary.tex").unlink()
    (folder / "tables" / "robustness.md").write_text("of records that are gone")
    (folder / "tables" / "notes.md").write_text("somebody's own")
    spoken = bench("cite", "--check", "--results", folder)
    assert spoken.code == 1
    told = [line.rpartition("/")[2] for line in spoken.out.splitlines()]
    assert told[:3] == [
        "memory.csv is stale",
        "robustness.md is a table that the records do not give",
        "summary.tex is missing",
    ]
    assert len(told) == 4
    assert bench("cite", "--write", "--results", folder).code == 0
    assert bench("cite", "--check", "--results", folder).code == 0
    assert {path.name for path in (folder / "tables").iterdir()} == {
        *(path.name for path in (made_up / "tables").iterdir()),
        "notes.md",
    }


def test_citing_a_table_that_is_kept_of_other_records_says_so(
    made_up: Path, tmp_path: Path, bench: Callable[..., Spoken]
) -> None:
    folder = tmp_path / "results"
    shutil.copytree(made_up, folder)
    assert bench("cite", "memory", "--results", folder).err == ""
    store.save(folder, factories.memory("vgg16", protocol=factories.untuned("budget28")))
    spoken = bench("cite", "memory", "--results", folder)
    assert spoken.code == 0
    assert f"`bench cite --write --results {folder}` makes it anew" in spoken.err
    assert bench("cite", "accuracy", "--results", folder).err == "", "its own records are the same"


def test_nothing_is_cited_from_a_folder_that_is_only_partly_read(made_up: Path, tmp_path: Path) -> None:
    shutil.copytree(made_up, tmp_path / "results")
    (tmp_path / "results" / "records" / "memory" / "half.json").write_text('{"schema_version": 1')
    with pytest.raises(UserError, match=r"half\.json is not used"):
        kept.make(tmp_path / "results")


def test_exact_tables_keep_whole_numbers_and_twelve_digits_of_others() -> None:
    frames = to_frames([factories.accuracy("nin", seed=0, score=0.8123), factories.accuracy("nin", seed=1, score=0.8)])
    (row,) = csv.DictReader(io.StringIO(csv_text(tables.accuracy(frames.accuracy, frames.failures))))
    assert row["test_accuracy"] == "0.806"  # of 1,000 images, so that 0.8123 was 0.812
    assert len(row["low"].lstrip("-0.")) <= 12
    assert csv_text(tables.complexity(to_frames([factories.complexity("vgg16")]).complexity)).count("33637066") == 1


# Identifiers


def test_an_identifier_depends_on_the_content_of_its_records_alone() -> None:
    records = factories.full_run(seeds=2)
    names = ("summary", "accuracy", "memory", "results")
    shuffled = list(records)
    random.Random(3).shuffle(shuffled)
    before, after = Sources(records), Sources(shuffled)
    assert [before.identifier(name) for name in names] == [after.identifier(name) for name in names]

    changed = [
        one.model_copy(update={"seconds": 1.0}) if one.kind == "memory" and one.arch.name == "nin" else one
        for one in records
    ]
    same = [before.identifier(name) == Sources(changed).identifier(name) for name in names]
    assert same == [False, True, False, False]


def test_a_unit_that_was_measured_again_counts_once_as_it_was_found_last() -> None:
    first = factories.memory("nin", started="2026-01-01T00:00:00Z")
    again = first.model_copy(update={"started": "2026-01-02T00:00:00Z"})
    assert Sources([first, again]).behind("memory") == [again]
    assert Sources([first, again]).identifier("memory") == Sources([again]).identifier("memory")


def test_a_field_that_the_schema_gains_later_changes_no_identifier() -> None:
    record = factories.memory("nin")
    told = json.loads(record.model_dump_json())
    assert told["result"].pop("layers") == []  # came after the first records
    assert Sources([Record.model_validate(told)]).identifier("memory") == Sources([record]).identifier("memory")


# Captions


def test_a_caption_says_repeats_versions_dates_standing_and_device() -> None:
    records = [
        factories.accuracy(
            "nin",
            seed=seed,
            protocol=factories.untuned("budget28"),
            started=f"2026-02-0{seed + 1}T00:00:00Z",
            provenance=factories.provenance(torch=f"2.1{seed}.0"),
        )
        for seed in range(3)
    ] + [factories.accuracy("lenet", protocol=factories.untuned("budget28"), started="2026-02-02T00:00:00Z")]
    frames, sources = to_frames(records), Sources(records)
    (part,) = sections(ACCURACY, tables.accuracy(frames.accuracy, frames.failures))
    text = ". ".join(captions.facts(part, sources.behind_part(part, frames), sources.identifier("accuracy")))
    assert "Accuracy: n = 1 to 3 seeds" in text
    assert "torch 2.10.0, 2.11.0, 2.12.0; recorded 2026-02-01 to 2026-02-03" in text
    assert "Standing: untuned, not citable" in text
    assert part.heading == "budget28 · 28 px · Example Processor 9000 · bf16"
    assert sources.identifier("accuracy") in text


def test_a_caption_says_with_what_probability_a_range_holds_the_median(counted: dict[str, bytes]) -> None:
    """All five values lie on one side of the median with 2 in 2^5."""
    told = f"in brackets their range, which covers the median with {100 * (1 - 2 / 2**5)} %"
    assert told in counted["tables/memory.md"].decode()
    assert told in counted["tables/memory.tex"].decode().replace("\\%", "%").replace("~", " ")


def test_what_is_counted_in_several_records_is_not_said_to_be_repeated() -> None:
    records = [factories.memory("nin", seed=seed) for seed in range(5)]
    (part,) = sections(MEMORY, tables.memory(to_frames(records).memory))
    assert "n = 5 processes" in ". ".join(captions.facts(part, records, "id"))
    assert "n = " not in ". ".join(captions.facts(replace(part, layout=ACTIVATIONS), records, "id"))


@pytest.fixture(scope="module")
def counted() -> dict[str, bytes]:
    return only_tables([factories.memory(name, seed=seed) for name in ("nin", "vgg16") for seed in range(5)])


def test_a_caption_says_what_intervals_of_rates_do_not_tell() -> None:
    one = factories.throughput("nin", seed=0)
    both = [one, factories.throughput("nin", seed=1), factories.memory("nin"), factories.complexity("nin")]
    assert (
        captions.repeats([one]) == "Throughput: n = 1 process, and the intervals do not tell how another would differ"
    )
    told = "Memory: n = 1 process; throughput: n = 2 processes, and the intervals tell how processes differ"
    assert captions.repeats(both) == told


def test_rows_that_may_not_be_cited_are_marked_and_counted() -> None:
    frames = to_frames([factories.memory("nin", protocol="timing28"), factories.memory("lenet", protocol="timing28")])
    table = tables.memory(frames.memory).assign(standing=["citable", "untuned"])
    (part,) = sections(MEMORY, table)
    assert captions.standing(part) == "Standing: 1 of 2 rows citable, the others marked (untuned, not citable)"
    text = latex_text("Memory", [part])
    marked = [line.split(" & ")[0] for line in text.splitlines() if line.startswith(("NiN", "LeNet"))]
    assert sorted(name.endswith("†") for name in marked) == [False, True]
    assert "†: untuned, not citable" in text


def test_tables_that_differ_only_at_the_end_of_a_long_heading_have_labels_of_their_own() -> None:
    device = Device(type="cpu", model="Very Long Name of a Processor " * 3)
    records = [factories.accuracy("nin", device=device, precision=precision) for precision in ("fp32", "bf16")]
    text = only_tables(records)["tables/accuracy.tex"].decode()
    labels = re.findall(r"\\label\{tab:(.*)\}", text)
    assert len(set(labels)) == len(labels) == 2
    assert all(re.fullmatch("accuracy-[a-z0-9-]+", label) and len(label) <= 80 for label in labels)


def test_a_label_of_at_most_eighty_letters_is_what_the_heading_says() -> None:
    assert slug("Accuracy · 28 px, fp32") == "accuracy-28-px-fp32"
    assert slug("x" * 80) == "x" * 80
    assert slug("x" * 81).startswith("x" * 71 + "-")


def test_columns_in_which_nothing_was_measured_are_left_out_and_no_others() -> None:
    from bench.report.overview import summary

    counted = [factories.complexity("nin"), factories.complexity("lenet")]
    (part,) = sections(SUMMARY, summary(to_frames(counted)))
    assert [column.head for column in trimmed(part).columns] == ["Network", "Parameters", "MACs", "FLOPs"]
    both = sections(SUMMARY, summary(to_frames([*counted, factories.accuracy("nin")])))
    heads = [column.head for part in both for column in trimmed(part).columns if part.scope["protocol"]]
    assert {"Test accuracy [95 %]", "Standing"} <= set(heads)


def test_ranks_leave_room_for_networks_whose_intervals_overlap() -> None:
    scores = {"nin": (0.90, 0.91), "vgg16": (0.90, 0.92), "alexnet": (0.80, 0.801), "lenet": (0.5, 0.501)}
    records = [
        factories.accuracy(name, seed=seed, score=score)
        for name, both in scores.items()
        for seed, score in enumerate(both)
    ]
    frames = to_frames([*records, factories.accuracy("googlenet", score=0.99)])
    table = tables.accuracy(frames.accuracy, frames.failures).set_index("arch")
    # With two seeds an interval reaches 12.7 standard errors to either side, which is 6.35 times how far they lie
    # apart: NiN's from 0.84 to 0.97, VGG-16's from 0.78 to 1.04, AlexNet's and LeNet's not 0.01 from their mean.
    places = {name: (table.loc[name, "rank"], table.loc[name, "last_rank"]) for name in scores}
    assert places == {"nin": (1, 2), "vgg16": (1, 3), "alexnet": (2, 3), "lenet": (4, 4)}
    assert table[["rank", "last_rank"]].isna().loc["googlenet"].all()  # one seed, however well it did


def test_a_rank_is_printed_as_the_places_that_it_may_be() -> None:
    assert [RANK_COLUMN.text({"rank": rank, "last_rank": last}) for rank, last in ((2, 2), (1, 9))] == ["2", "1 to 9"]
    assert RANK_COLUMN.text({"rank": None, "last_rank": None}) == MISSING


# LaTeX

SIGNS = '100 % & $5_x #2 {a} \\b ~c ^d <e> |f| "g" − × · µ ² ± ≤ → – … é Ř 日 --time [1] *2'


def test_no_sign_of_a_cell_is_left_to_latex() -> None:
    text = escape(SIGNS)
    assert "日" not in text
    assert all(f"\\{sign}" in text for sign in "%&$_#{}")
    for command in ("\\b ", "--", "<e>", "|f|"):
        assert command not in text
    assert text.count("R") == 1  # R with a caron, of which the font has the base


def column(head: str, *cells: str, numeric: bool = True) -> Column:
    return Column(head, numeric, cells)


def test_a_long_table_of_numbers_is_split_and_loses_no_row() -> None:
    names = [f"net{index}" for index in range(3 * MOST_LINES - 1)]
    text = latex_table([column("Network", *names, numeric=False)], caption="Many. Of them.", label="many")
    assert text.count(r"\begin{table}") == 3
    assert [name for name in names if f"{name} \\\\" not in text] == []
    assert "Many, continued. Part 3 of 3." in text
    assert text.count(r"\label{tab:many}") == 1


def test_columns_that_fit_no_page_are_split_with_the_first_in_each_part() -> None:
    columns = [column(f"Head {index}", "1" * 30, "2" * 30) for index in range(6)]
    text = latex_table([column("Network", "a", "b", numeric=False), *columns], caption="Wide.", label="wide")
    parts = text.split(r"\begin{table}")[1:]
    assert len(parts) > 1
    assert all("Network &" in part for part in parts)
    assert [sum(f"Head {index}" in part for part in parts) for index in range(6)] == [1] * 6


def test_what_is_the_same_in_every_row_of_a_wide_table_goes_into_its_caption() -> None:
    same = column("Engine", "eager", "eager", numeric=False)
    wide = [column("Rate", "1" * 80, "2" * 80), same]
    text = latex_table([column("Network", "a", "b", numeric=False), *wide], caption="C.", label="c")
    caption = next(line for line in text.splitlines() if line.startswith(r"\caption"))
    assert "Engine: eager" in caption
    assert text.count("eager") == caption.count("eager")


@pytest.mark.latex
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_committed_tables_and_every_odd_sign_compile(committed: dict[str, bytes], tmp_path: Path) -> None:
    odd = [column(SIGNS, SIGNS, "[1]", "*2", numeric=False), column("[n]", "0.853 [0.83, 0.87]", "–", "−1")]
    files = committed | {"odd.tex": latex_table(odd, caption=SIGNS, label="odd").encode()}
    inputs = [name for name in files if name.endswith(".tex")]
    for name in inputs:
        (tmp_path / name).write_bytes(files[name])
    body = "\n".join(rf"\input{{{name}}}\clearpage" for name in inputs)
    packages = files[inputs[0]].decode().splitlines()[0].partition("Needs ")[2].rstrip(".")
    (tmp_path / "all.tex").write_text(rf"\documentclass{{article}}{packages}\begin{{document}}{body}\end{{document}}")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
        cwd=tmp_path, capture_output=True, text=True, check=False, errors="replace",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    log = (tmp_path / "all.log").read_text(errors="replace")
    assert "Missing character" not in log
    assert "Float too large" not in log


def test_a_long_caption_leaves_room_for_fewer_lines() -> None:
    columns = [column("Network", *(f"net{index}" for index in range(MOST_LINES)), numeric=False)]
    assert latex_table(columns, caption="Short.", label="t").count(r"\begin{table}") == 1
    assert latex_table(columns, caption="Word by word. " * 100, label="t").count(r"\begin{table}") == 2


# The command


def test_a_citation_names_authors_version_records_and_their_year(made_up: Path, results: Path) -> None:
    citation = cite(made_up, "memory")
    assert citation.records == 2
    assert citation.apa.startswith(f"{AUTHORS}. (2026). Table of memory [Data set]. In {TITLE} (Version {__version__}")
    assert citation.identifier in citation.apa
    assert "Not every number may be cited: untuned." in citation.apa
    assert citation.bibtex.startswith(f"@misc{{{citation.identifier.replace(':', '-')},\n")
    assert citation.bibtex.count("{") == citation.bibtex.count("}")
    assert "Not every number" not in cite(results, "memory").apa


def test_a_table_can_be_asked_for_by_its_identifier(made_up: Path) -> None:
    own = cite(made_up, "accuracy").identifier
    assert cite(made_up, own) == cite(made_up, "accuracy")
    with pytest.raises(UserError, match=f"theirs is {own}"):
        cite(made_up, "ninbench:accuracy-0123456789ab")


def test_json_is_one_document_and_a_wrong_name_gets_the_closest(made_up: Path, bench: Callable[..., Spoken]) -> None:
    spoken = bench("cite", "memory", "--json", "--results", made_up)
    assert json.loads(spoken.out)["identifier"] == cite(made_up, "memory").identifier
    assert spoken.err == ""
    wrong = bench("cite", "memmory", "--results", made_up)
    assert wrong.code == 2
    assert "did you mean 'memory'?" in wrong.err
    absent = bench("cite", "robustness", "--results", made_up)
    assert absent.code == 2
    assert "these records give no table of 'robustness'" in absent.err
    assert bench("cite", "memory", "--check", "--results", made_up).code == 2


def test_the_citation_file_is_valid_and_says_the_same() -> None:
    path = ROOT / "CITATION.cff"
    schema = ["--builtin-schema", "vendor.citation-file-format"]
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *schema, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    import yaml

    told = yaml.safe_load(path.read_text())
    assert told["authors"] == [{"name": AUTHORS}]
    assert (told["title"], str(told["version"])) == (TITLE, __version__)
