"""README: its two commands, and that what it shows of the results is what the results hold."""

from __future__ import annotations

import json
import runpy
from collections import Counter
from dataclasses import replace
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any

import factories
import pytest
from texts import PAGES, ROOT, typed

import archs
from bench import store
from bench.claims.ledger import claims
from bench.claims.model import Decision, Verdict
from bench.errors import UserError
from bench.protocols import Protocol, get_protocol
from bench.records import Device, Record, Throughput
from bench.written import __main__ as command
from bench.written import headline, parts

TWO_COMMANDS = (
    "python3 -m venv .venv && .venv/bin/pip install -q nox && .venv/bin/nox -s quick",
    "python3 -m venv .venv && .venv/bin/pip install -q nox && .venv/bin/nox -s tests",
)


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def rows(table: str, start: str) -> list[list[str]]:
    """Cells of the rows whose first cell starts so."""
    return [cells(line) for line in table.splitlines() if line.startswith(f"| {start}")]


def results(folder: Path, records: list[Record]) -> Path:
    for record in records:
        store.save(folder, record)
    return folder


def test_the_two_commands_stand_as_they_are_called() -> None:
    readme = (ROOT / "README.md").read_text()
    for line in TWO_COMMANDS:
        assert f"```sh\n{line}\n```" in readme
    assert TWO_COMMANDS[1] in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_written_parts_are_current(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == parts.filled(text, ROOT / "results"), "write it anew with: python -m bench.written"


def test_readme_is_short_and_says_what_it_is_first() -> None:
    text = typed(ROOT / "README.md")
    assert len(text.splitlines()) < 140
    first = text.split("\n\n")[1]
    assert all(archs.get_spec(name).title in first for name in archs.FIVE)
    assert f"{len(claims())} claims" in first


# The table of numbers


def test_counts_are_those_of_the_networks(tmp_path: Path) -> None:
    records = [
        factories.complexity(name, image_size=size, protocol=f"timing{size}")
        for name in archs.FIVE
        for size in (28, 224)
    ]
    table = headline.numbers_table(results(tmp_path, records))
    small, large = rows(table, "Parameters")
    assert (small[1], large[1]) == ("28 px", "224 px")
    # LeNet by hand: two convolutions, and three linear layers on 5x5 maps.
    lenet = 6 * 26 + 16 * (6 * 25 + 1) + 120 * 401 + 84 * 121 + 10 * 85
    assert small[2] == f"{lenet / 1000:.1f} k"
    assert not rows(table, "Test accuracy")
    assert not rows(table, "Peak memory")


def test_a_row_tells_where_it_was_measured_and_what_may_not_be_cited(tmp_path: Path) -> None:
    records = [
        *(factories.memory(name, peak=300 * 2**20, protocol="timing28") for name in ("nin", "lenet")),
        *(
            factories.accuracy(name, score=score, seed=seed, protocol="budget28")
            for name in ("nin", "alexnet")
            for seed, score in enumerate((0.8, 0.82, 0.84))
        ),
    ]
    table = headline.numbers_table(results(tmp_path, records))
    ((name, where, *told),) = rows(table, "Peak memory")
    assert name.endswith("batch 64")
    assert where == f"timing28 · 28 px · {factories.CPU.model} · bf16"
    assert told == ["300 MiB", "–", "–", "–", "300 MiB"]
    ((_, where, *told),) = rows(table, "Test accuracy")
    assert "budget28" in where
    assert "not citable" not in where
    # Student's t with two degrees of freedom: 4.303 standard errors of 0.02 / sqrt(3).
    half = 4.303 * 0.02 / 3**0.5
    assert told[-1] == f"0.820 [{0.82 - half:.3f} to {0.82 + half:.3f}]"


def test_what_the_first_sentence_promises_and_nothing_measured_yet_is_told(tmp_path: Path) -> None:
    counted = [
        factories.complexity(name, image_size=size, protocol=f"timing{size}")
        for name in ("nin", "lenet")
        for size in (28, 224)
    ]
    done = [
        *(factories.memory(name, protocol=f"timing{size}") for name in ("nin", "lenet") for size in (28, 224)),
        *(factories.throughput(name, protocol="timing28") for name in ("nin", "lenet")),
        factories.accuracy("nin", protocol="budget28"),
    ]
    assert headline.lacking_sentence(results(tmp_path / "nothing", [])) == "Nothing has been measured yet."
    assert headline.lacking_sentence(results(tmp_path / "some", [*counted, *done])) == (
        "Of the five, not measured yet: throughput at 224 px, test accuracy of LeNet at 28 px, and test accuracy at "
        "224 px."
    )
    rest = [
        *(factories.throughput(name, protocol="timing224") for name in ("nin", "lenet")),
        *(factories.accuracy(name, protocol=f"matched{size}") for name in ("nin", "lenet") for size in (28, 224)),
    ]
    told = headline.lacking_sentence(results(tmp_path / "all", [*counted, *done, *rest]))
    assert told.startswith("Each of these has been measured")


def test_rates_stand_with_their_interval_and_batch(tmp_path: Path) -> None:
    records = [
        factories.throughput(name, speed=300 + 10 * process, protocol="timing28", companions=[other], seed=process)
        for process in range(3)
        for name, other in (("nin", "lenet"), ("lenet", "nin"))
    ]
    table = headline.numbers_table(results(tmp_path, records))
    ((name, _, _, _, _, _, nin),) = rows(table, "Training, images/s")
    assert name == "Training, images/s, batch 64"
    middle, low, high = (float(word.strip("[]").replace(",", "")) for word in nin.replace("to ", "").split())
    assert low < middle < high
    own = [one for one in records if one.arch.name == "nin"]
    seconds = [median(one.result.cases[0].step_seconds) for one in own]
    assert middle == pytest.approx(64 / geometric_mean(seconds), rel=0.01)


def test_a_warm_up_that_is_too_short_to_tell_is_not_taken_for_one_that_went_on(tmp_path: Path) -> None:
    settled_by = get_protocol("timing224")
    hasty = replace(settled_by, timing=replace(settled_by.timing, most_warmup_rounds=3))

    def restless(protocol: Protocol) -> str:
        made = []
        for name, other in (("nin", "lenet"), ("lenet", "nin")):
            one = factories.throughput(name, protocol=protocol, companions=[other])
            assert isinstance(one.result, Throughput)
            cases = tuple(case.model_copy(update={"steady": case.mode == "training"}) for case in one.result.cases)
            made.append(one.model_copy(update={"result": one.result.model_copy(update={"cases": cases})}))
        where = tmp_path / str(protocol.timing.most_warmup_rounds)
        return headline.numbers_table(results(where, made)).split("\n\n")[-1]

    # One training and two inferences each; it takes six rounds of warm-up to tell.
    assert restless(settled_by) == "4 of 6 timings of timing224 were still getting faster when their warm-up ended."
    assert restless(hasty) == (
        "4 of 6 timings of timing224 are not known to have settled: they had too few rounds of warm-up to tell."
    )


def timed(protocol: str, *names: str, processes: int = 3, **changes: Any) -> list[Record]:
    """Networks side by side in each process; NiN and LeNet if no others are named."""
    beside = names or ("nin", "lenet")
    return [
        factories.throughput(
            name, protocol=protocol, companions=[one for one in beside if one != name], seed=process, **changes
        )
        for process in range(processes)
        for name in beside
    ]


def test_of_several_places_that_timed_one_precision_the_strongest_has_a_row(tmp_path: Path) -> None:
    def where(records: list[Record]) -> list[str]:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        table = headline.numbers_table(results(folder, records))
        return [place for _, place, *_ in rows(table, "Training, images/s")]

    def protocols(*records: list[Record]) -> list[str]:
        return [place.split(" · ")[0] for place in where([one for some in records for one in some])]

    assert protocols(timed("budget28")) == ["budget28"]
    assert protocols(timed("budget28"), timed("timing28")) == ["timing28"]
    assert protocols(timed("budget28", precision="fp32"), timed("timing28")) == ["budget28", "timing28"]
    assert protocols(timed("budget28", "nin", "lenet", "vgg16"), timed("timing28")) == ["budget28"]
    assert protocols(timed("compiled28", processes=4), timed("timing28")) == ["compiled28"]
    assert protocols(timed("compiled28"), timed("timing28", training=(256,))) == ["timing28"]
    newer = Device(type="cpu", model="Newer Processor")
    (place,) = where(
        timed("timing28", started="2026-02-01T00:00:00Z", device=newer)
        + timed("timing28", started="2026-01-01T00:00:00Z")
    )
    assert place == "timing28 · 28 px · Newer Processor · bf16"


def test_quick_looks_other_data_and_networks_alone_make_no_row(tmp_path: Path) -> None:
    large = factories.subject("nin", 224, in_channels=3, num_classes=1000)
    records = [
        *(factories.memory(name) for name in archs.FIVE),  # under quick
        factories.memory("nin", protocol="timing28"),
        factories.complexity(large, protocol="timing1000"),
        factories.complexity(factories.subject("lenet", 224), protocol="timing224"),
    ]
    table = headline.numbers_table(results(tmp_path, records))
    assert len(table.splitlines()) == 2  # heads and the rule below them
    assert headline.numbers_table(tmp_path / "none") == "Nothing has been measured yet."


def test_an_edited_network_stands_in_its_latest_form(tmp_path: Path) -> None:
    def counted(print_: str, started: str, parameters: int) -> Record:
        one = factories.complexity(factories.subject("nin", 28, fingerprint=print_), protocol="timing28")
        return one.model_copy(
            update={"started": started, "result": one.result.model_copy(update={"parameters": parameters})}
        )

    records = [
        factories.complexity("lenet", protocol="timing28"),
        counted("new", "2026-02-01T00:00:00Z", 2_000),
        counted("old", "2026-01-01T00:00:00Z", 1_000),
    ]
    (row,) = rows(headline.numbers_table(results(tmp_path, records)), "Parameters")
    assert row[-1] == "2.00 k"


# The claims


def test_verdicts_are_tallied_as_they_are_kept() -> None:
    kept = json.loads((ROOT / "results" / "verdicts.json").read_text())
    heads, _, counts = map(cells, headline.verdicts_table(ROOT / "results").splitlines())
    told = dict(zip(heads, map(int, counts), strict=True))
    assert told.pop("claims") == len(kept)
    assert Counter(told) == Counter(kept.values())


def test_claims_that_holm_weighs_are_open_or_decided_by_tests_or_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[tuple[Verdict, float | None]] = [
        ("supported", 0.001), ("mixed", 0.002), ("refuted", 0.0), ("inconclusive", 1.0), ("not measured", 1.0),
        ("inconclusive", 0.04), ("supported", None), ("not measured", None),
    ]  # fmt: skip
    decisions = tuple(Decision(claims()[0], verdict, (), p_value=p_value) for verdict, p_value in found)
    monkeypatch.setattr(headline, "decided", lambda results: decisions)
    assert headline.tests_sentence(Path()) == (
        "Holm's method weighs 6 of these claims together, those in which something was tested, at 5 %: 3 of them are "
        "open, 2 are decided by their tests, and 1 by what is exact or cited in them, whatever their tests say."
    )


def test_some_claims_stand_in_their_own_words_with_the_kept_verdict() -> None:
    kept = json.loads((ROOT / "results" / "verdicts.json").read_text())
    says = {claim.id: claim.says for claim in claims()}
    shown = rows(headline.claims_table(ROOT / "results"), "D")
    assert [name for name, *_ in shown] == list(headline.SOME_CLAIMS)
    for name, sentence, verdict, why in shown:
        assert (sentence, verdict.removesuffix(" \\*")) == (says[name], f"**{kept[name]}**")
        assert why
        assert (why == f"to measure it: `bench run --for-claim {name}`") == (kept[name] == "not measured")


def test_a_verdict_on_untuned_records_has_a_star(tmp_path: Path) -> None:
    untuned = factories.untuned("budget28")
    records = [factories.accuracy(name, seed=seed, protocol=untuned) for name in archs.FIVE for seed in range(3)]
    table = headline.claims_table(results(tmp_path, records))
    ((_, _, verdict, _),) = rows(table, "D0-13")
    assert verdict.endswith("\\*")
    assert "provisional" in table


# The parts of a text


def part(name: str, content: str) -> str:
    return f"before\n<!-- begin {name}: how -->{content}<!-- end {name} -->\nafter\n"


def test_a_part_is_written_between_its_comments_and_nowhere_else() -> None:
    writers = {"one": lambda results: "ONE", "two": lambda results: "TWO"}
    text = part("one", "\nold\n") + part("two", "\n")
    told = parts.filled(text, Path(), writers)
    assert told == part("one", "\n\nONE\n\n") + part("two", "\n\nTWO\n\n")
    assert parts.filled(told, Path(), writers) == told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (part("three", "\n"), "no part is called 'three'; there are: one"),
        ("<!-- begin one: how -->\n", "has no other end"),
        ("<!-- end one -->\n", "has no other end"),
        ("<!-- begin one: how -->\n<!-- end two -->\n", "has no other end"),
    ],
)
def test_a_part_that_is_unknown_or_open_is_refused(text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        parts.filled(text, Path(), {"one": lambda results: "ONE"})


def test_the_command_writes_what_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "ROOT", tmp_path)
    assert command.main([]) == 2
    assert "holds no README.md" in capsys.readouterr().err
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "protocols.md").write_text(part("standard protocols", "\nold\n"))
    (tmp_path / "README.md").write_text("nothing to write\n")
    assert command.main(["--check"]) == 1
    assert capsys.readouterr().out == "docs/protocols.md is stale\n"
    assert command.main([]) == 0
    assert "`matched28`" in (tmp_path / "docs" / "protocols.md").read_text()
    assert command.main(["--check"]) == 0
    assert command.main(["--chek"]) == 2


# The picture


def test_the_picture_is_small_wide_and_of_these_verdicts() -> None:
    from PIL import Image

    script = runpy.run_path(str(ROOT / "docs" / "picture.py"))
    picture = script["PICTURE"]
    assert picture.stat().st_size < 300_000
    with Image.open(picture) as shot:
        width, height = shot.size
        assert shot.format == "PNG"
        assert shot.text["verdicts"] == script["tally"](), "take it anew with: nox -s picture"
    assert width > 1200
    assert width > height
    assert f"]({picture.relative_to(ROOT).as_posix()})" in (ROOT / "README.md").read_text()
