"""README and docs against the code: commands parse, samples run, names and links are there, numbers are the code's."""

from __future__ import annotations

import csv
import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import factories
import pytest
import torch
import typer
from conftest import Spoken
from texts import OTHERS, PAGES, ROOT, bench_arguments, commands, fences, spans, typed

import archs
from archs import registry
from archs.ablations.matching import TOLERANCE
from bench.arguments import names, parse_duration, spread
from bench.claims.decide import LEVEL
from bench.claims.evidence import Evidence, Setting
from bench.claims.ledger import claims
from bench.claims.model import VERDICTS, Claim
from bench.claims.predicates import PREDICATES
from bench.claims.predicates.runs import ENOUGH, FEWEST
from bench.cli import app
from bench.data import DATA_DIR_VARIABLE
from bench.protocols import HELD_OUT, MEASURES, PROTOCOLS, STANDING_NOTES, TEST_SET, TRAINING_SET, get_protocols
from bench.records import Record
from bench.written import schema

Bench = Callable[..., Spoken]
GROUP: Any = typer.main.get_command(app)
COMMANDS = [(page, arguments) for page in PAGES for arguments in commands(page)]
SPANS = [
    (page, arguments)
    for page in (*PAGES, *OTHERS)
    for span in spans(page)
    if (arguments := bench_arguments(span.split()))
]
OWN = ("my-net", "NAME", "PARENT")
"""Names that stand for a reader's own network."""


def named(value: tuple[Path, list[str]] | Path) -> str:
    if isinstance(value, Path):
        return value.stem
    page, arguments = value
    return f"{page.stem}: bench {' '.join(arguments)}"


def parsed(arguments: list[str]) -> dict[str, Any]:
    """The command's parameters as it would be called with them; refuses what the command line refuses."""
    name, *rest = spread(arguments)
    assert name in GROUP.commands, f"there is no bench {name}"
    found: dict[str, Any] = GROUP.commands[name].make_context(name, rest).params
    return found


# Commands


def test_there_are_commands_to_check() -> None:
    assert len(COMMANDS) > 20
    assert {arguments[0] for _, arguments in [*COMMANDS, *SPANS]} >= {"run", "report", "claims", "list", "show", "tune"}


@pytest.mark.parametrize("shown", COMMANDS, ids=named)
def test_a_command_line_is_one_that_bench_takes(shown: tuple[Path, list[str]]) -> None:
    found = parsed(shown[1])
    for name in [*names(found.get("arch")), *filter(None, (found.get("name"), found.get("diff")))]:
        if name not in OWN:
            archs.get_spec(name)
    for name in names(found.get("ids")) + names(found.get("for_claim")):
        assert name in {claim.id for claim in claims()}
    assert set(names(found.get("measure"))) <= set(MEASURES)
    if "protocol" in found:
        get_protocols(found["protocol"])
    if found.get("time_budget"):
        parse_duration(found["time_budget"])


@pytest.mark.parametrize("shown", SPANS, ids=named)
def test_a_command_in_a_sentence_is_there_with_its_options(shown: tuple[Path, list[str]]) -> None:
    name, *rest = shown[1]
    if rest:
        parsed([name, *rest])
    else:
        assert name in GROUP.commands


@pytest.mark.parametrize("page", [*PAGES, *OTHERS], ids=named)
def test_an_option_in_a_sentence_is_there(page: Path) -> None:
    own = {opt for command in GROUP.commands.values() for one in command.params for opt in one.opts}
    others = {"--help", "--no-index"}
    assert {span.split()[0] for span in spans(page) if span.startswith("--")} <= own | others


CHEAP = ("list", "show", "claims", "audit")
"""Commands that read and print."""


@pytest.mark.parametrize(
    "shown", [one for one in COMMANDS if one[1][0] in CHEAP and not set(one[1]) & {*OWN, "--save", "FOLDER"}], ids=named
)
def test_a_cheap_command_runs(bench: Bench, monkeypatch: pytest.MonkeyPatch, shown: tuple[Path, list[str]]) -> None:
    monkeypatch.chdir(ROOT)
    spoken = bench(*shown[1])
    assert (spoken.code, spoken.err) == (0, "")
    assert spoken.out


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_nox_sessions_are_there(page: Path) -> None:
    sessions = set(re.findall(r"@nox\.session\ndef (\w+)", (ROOT / "noxfile.py").read_text()))
    asked = re.findall(r"nox -s ((?:\w+ ?)+)", "\n".join([*fences(page, "sh", "text"), *spans(page)]))
    assert {name for one in asked for name in one.split()} <= sessions


def test_what_one_session_of_tests_leaves_out_another_runs() -> None:
    chosen = re.findall(r'"pytest", "-m", "(.+?)"', (ROOT / "noxfile.py").read_text())
    assert chosen == ["not slow", "slow"]
    assert "pytest -m slow" in (ROOT / ".ci/run").read_text()


# Samples


def samples(page: Path) -> list[str]:
    """The page's blocks of Python."""
    return fences(page, "python")


def executed(sample: str) -> dict[str, Any]:
    """What a block of Python leaves behind, run by itself."""
    namespace: dict[str, Any] = {"__name__": "sample"}
    exec(compile(sample, "sample", "exec", dont_inherit=True), namespace)
    return namespace


@pytest.mark.parametrize(
    "sample",
    [
        pytest.param(sample, id=f"{page.stem}: {number}")
        for page in PAGES
        for number, sample in enumerate(samples(page), start=1)
    ],
)
def test_a_sample_of_python_runs_by_itself(sample: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    executed(sample)


def test_samples_that_read_records_find_the_counts_of_the_tables(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """For 10 classes as for ImageNet's 1,000, which a title in the tables says."""
    monkeypatch.chdir(ROOT)
    with (ROOT / "reports" / "tables" / "complexity.csv").open(encoding="utf-8", newline="") as file:
        table = {
            (row["arch"], int(row["image_size"]), *((3, 1000) if "1,000 classes" in row["title"] else (1, 10))): row
            for row in csv.DictReader(file)
        }
    parameters = {network: int(row["parameters"]) for network, row in table.items()}
    by_hand, with_pandas, _ = samples(ROOT / "docs" / "records.md")
    assert executed(by_hand)["counts"].items() >= parameters.items()
    small, large = (parameters["lenet", 224, *form] for form in ((1, 10), (3, 1000)))
    assert capsys.readouterr().out.startswith(f"{small} {large} ")
    rows = executed(with_pandas)["counted"].to_dict("records")
    built = ("arch", "image_size", "in_channels", "num_classes")
    found = {tuple(row[name] for name in built): row["parameters"] for row in rows}
    assert found.items() >= parameters.items()


def test_the_network_of_the_sample_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    page = ROOT / "docs" / "adding-a-network.md"
    (sample,) = samples(page)
    build = executed(sample)["my_net"]
    (entry,) = fences(page, "toml")
    ((name, value),) = tomllib.loads(entry)["project"]["entry-points"][registry.ENTRY_POINT_GROUP].items()
    module, _, function = value.partition(":")
    monkeypatch.setitem(sys.modules, "my_package", type(sys)("my_package"))
    monkeypatch.setitem(sys.modules, module, type(sys)(module))
    monkeypatch.setattr(sys.modules[module], function, build, raising=False)
    point = registry.metadata.EntryPoint(name, value, registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(registry, "_entry_points", lambda: {name: point})
    logits = archs.create(name, image_size=28)(torch.zeros(3, 1, 28, 28))
    assert logits.shape == (3, 10)
    assert archs.get_spec(name).initialisation == "own"


def test_the_claim_of_the_sample_can_be_supported_and_refuted() -> None:
    (entry,) = fences(ROOT / "docs" / "adding-a-claim.md", "toml")
    ((name, fields),) = tomllib.loads(entry).items()
    tests = [PREDICATES[part["test"]].model_validate(part) for part in fields.pop("parts")]
    claim = Claim(id=name, topic="parameters", parts=tuple(tests), **fields)
    assert claim.number == 1 + max(one.number for one in claims() if one.document == claim.document)

    def verdicts(nin: int) -> set[str]:
        records = [
            _counted(arch, size, parameters)
            for size in (28, 224)
            for arch, parameters in (("nin", nin), ("vgg16", 1_000_000))
        ]
        return {one.verdict for part in claim.parts for one in part.findings(Evidence(records))}

    assert verdicts(400_000) == {"supported"}
    assert verdicts(600_000) == {"refuted"}


def test_the_test_of_the_sample_decides_both_ways_and_tells_a_lack() -> None:
    (sample,) = samples(ROOT / "docs" / "adding-a-claim.md")
    predicate = executed(sample)["MostParameters"](
        test="most parameters", network="nin", most=1_000, setting=Setting.parse("1x28x28/10")
    )

    def verdict(records: list[Record]) -> str:
        (finding,) = predicate.findings(Evidence(records))
        return str(finding.verdict)

    assert verdict([]) == "not measured"
    assert verdict([_counted("nin", 28, 1_000)]) == "supported"
    assert verdict([_counted("nin", 28, 1_001)]) == "refuted"


def _counted(arch: str, size: int, parameters: int) -> Record:
    record = factories.complexity(arch, image_size=size, protocol=f"timing{size}")
    return record.model_copy(update={"result": record.result.model_copy(update={"parameters": parameters})})


# Names and links


@pytest.mark.parametrize("page", [*PAGES, *OTHERS], ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)]+)\)", typed(page))
    here = [link.partition("#")[0] for link in links if not link.startswith("https://")]
    assert [link for link in here if link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", [*PAGES, *OTHERS], ids=named)
def test_files_that_are_named_are_there(page: Path) -> None:
    start = re.compile(r"(archs|bench|tests|docs|results|reports)/[^<>*]*")
    made = {"reports/index.html", "reports/quick/index.html"}
    named_files = {span for span in spans(page) if start.fullmatch(span)} - made
    assert [name for name in named_files if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_code_that_is_named_is_there(page: Path) -> None:
    for name in {span for span in spans(page) if re.fullmatch(r"(archs|bench|torch)(\.\w+)+", span)}:
        module, _, attribute = name.rpartition(".")
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            assert hasattr(importlib.import_module(module), attribute), name


def test_the_environment_variable_is_the_one_that_is_read() -> None:
    assert f"`{DATA_DIR_VARIABLE}`" in (ROOT / "docs" / "cluster.md").read_text()


# Numbers and lists

WORDS = {3: "three", 5: "five"}


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("fairness", f"the {TRAINING_SET:,} training images sets {HELD_OUT:,} aside"),
        ("fairness", f"The {TEST_SET:,} test images are read once a run"),
        ("fairness", f"until it does, within {100 * TOLERANCE:g} %"),
        ("verdicts", f"by Holm's method at {100 * LEVEL:g} %"),
        ("verdicts", f"at least {WORDS[ENOUGH]} seeds in common on one device, else {WORDS[FEWEST]};"),
    ],
)
def test_a_number_in_a_sentence_is_the_one_in_the_code(page: str, said: str) -> None:
    assert said in " ".join((ROOT / "docs" / f"{page}.md").read_text().split())


def test_every_standing_and_verdict_is_explained() -> None:
    fairness, verdicts = ((ROOT / "docs" / f"{name}.md").read_text() for name in ("fairness", "verdicts"))
    assert [name for name in STANDING_NOTES if f"**{name}**" not in fairness] == []
    assert [name for name in VERDICTS if f"*{name}*" not in verdicts] == []


def test_every_protocol_stands_in_the_tables() -> None:
    text = (ROOT / "docs" / "protocols.md").read_text()
    assert [name for name in PROTOCOLS if f"`{name}`" not in text] == []


def test_a_protocol_is_told_to_stand_as_a_run_of_it_does() -> None:
    """Its table may be made of how it was written down; what counts is what `bench run --protocol` takes."""
    text = (ROOT / "docs" / "protocols.md").read_text()
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    told = {
        name: row[-1] for row in rows if row[-1] in STANDING_NOTES.values() for name in re.findall("`(.+?)`", row[0])
    }
    assert set(told) >= {"budget28", "matched224", "quick", "convergence28"}
    for name, note in told.items():
        assert {STANDING_NOTES[one.standing] for one in get_protocols(name)} == {note}, name


def test_every_field_of_the_schema_is_told() -> None:
    """Against the JSON Schema that pydantic makes, which knows nothing of this page."""
    text = schema.sections(ROOT / "results")
    pieces = dict(re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", text, re.MULTILINE | re.DOTALL))
    whole = Record.model_json_schema()
    for name, model in {"Record": whole, **whole["$defs"]}.items():
        told = re.findall(r"^\| `(\w+)` \|", pieces[name], re.MULTILINE)
        assert told == list(model["properties"])


def test_every_name_of_a_type_in_the_schema_is_told_wherever_it_is_defined() -> None:
    text = schema.sections(ROOT / "results")
    # Types of fields, and what names stand for.
    types = re.findall(r"^\| `\w+` \| `(.*?)` \|", text, re.MULTILINE)
    names = set(re.findall(r"\b[A-Z]\w+", re.sub(r"'.*?'", "", " ".join(types))))
    told = set(re.findall(r"^(?:### |\| `)(\w+)", text, re.MULTILINE))
    assert names - told == {"Literal", "Annotated", "Field", "None", "Any"}


def test_every_option_of_every_command_is_told() -> None:
    text = (ROOT / "docs" / "commands.md").read_text()
    for name, command in GROUP.commands.items():
        section = text.partition(f"### bench {name}\n")[2].partition("\n### ")[0]
        assert [opt for one in command.params for opt in one.opts if opt.startswith("--") and opt not in section] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_lines_are_no_longer_than_code(page: Path) -> None:
    assert [line for line in typed(page).splitlines() if len(line) > 120 and not line.startswith("|")] == []


# The site


def test_the_site_is_built_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="mkdocs is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pages = sorted((tmp_path / "site").rglob("index.html"))
    assert len(pages) == len(PAGES) - 1  # all but README
    for page in pages:
        loaded = re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=\"(https?:[^\"]+)", page.read_text())
        assert loaded == []


def test_a_link_to_a_heading_that_is_not_there_stops_the_build(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="mkdocs is not installed")
    (tmp_path / "docs").mkdir()
    settings = (ROOT / "mkdocs.yml").read_text()
    (tmp_path / "mkdocs.yml").write_text(re.sub(r"nav:\n(  - .*\n)+", "", settings))
    (tmp_path / "docs" / "index.md").write_text("# One\n\n[two](#two)\n")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "#two" in done.stderr
