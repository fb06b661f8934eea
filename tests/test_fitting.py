"""Tables in a narrow terminal: numbers stay whole and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Spoken

from bench.measure.profile import Operator, Profile
from bench.profiling import print_profile
from bench.terminal import new_table, print_rows, print_table

Bench = Callable[..., Spoken]
WIDTHS = (200, 100, 80, 60, 40)


@pytest.fixture(params=WIDTHS, ids=lambda width: f"{width} columns")
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("COLUMNS", str(request.param))
    return int(request.param)


def lines(out: str, width: int) -> list[str]:
    """Those of a table, each of which has room."""
    told = [line.rstrip() for line in out.splitlines()]
    assert max(map(len, told)) <= width
    return told


def test_a_table_with_room_is_one_line_a_row(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    print_rows("Counts", ("network", "params", "MACs"), [("nin", "1.98 M", "184 M"), ("lenet", "61.7 k", "417 k")])
    assert [line.split() for line in lines(capsys.readouterr().out, width)][-3:-1] == [
        ["nin", "1.98", "M", "184", "M"],
        ["lenet", "61.7", "k", "417", "k"],
    ]


def test_numbers_are_whole_at_any_width(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = ("103,833,600", "0.583 [0.552 to 0.613]", "1,992,166", "762,297,352")
    print_rows("Title", ("network", "training images/s", "accuracy", "params", "MACs"), [("nin-gap-fc", *numbers)])
    out = "\n".join(lines(capsys.readouterr().out, width))
    for whole in ("Title", "nin-gap-fc", "103,833,600", "0.583", "[0.552 to 0.613]", "1,992,166", "762,297,352"):
        assert whole in out


def test_where_columns_have_no_room_a_row_becomes_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "24")
    table = new_table("", "layer", right=("output", "MACs"), title="Layers")
    table.add_row("~", "conv1", "6 x 28 x 28 → 96 x 28 x 28", "677,376")
    table.add_row("-", "pool1", "6 x 14 x 14", "")
    print_table(table)
    assert lines(capsys.readouterr().out, 24) == [
        *("Layers", "~ conv1", "  output  6 x 28 x 28", "          → 96 x 28 x 28", "  MACs    677,376"),
        *("- pool1", "  output  6 x 14 x 14"),
    ]


def test_show_keeps_every_number(bench: Bench, width: int) -> None:
    out = bench("show", "nin", "--image-size", 28).out
    for whole in ("features.2.0", "103,833,600", "96 x 28 x 28", "256 x 13 x 13", "parameters", "total", "1,981,414"):
        assert whole in out


def test_show_diff_keeps_marks_and_numbers(bench: Bench, width: int) -> None:
    out = bench("show", "nin", "--diff", "lenet").out
    assert {line.split()[0] for line in out.splitlines() if "features." in line} == {"+", "-", "~"}
    for whole in ("6 x 224 x 224", "→ 256 x 26 x 26", "33,872,256", "→ 415,334,400", "→ 614,656", "762,297,352"):
        assert whole in out


def test_profile_keeps_the_times(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    name = "aten::convolution_backward_overrideable"
    found = Profile(operators=(Operator(name=name, calls=12, seconds=0.0123, share=0.6),), seconds=0.02)
    print_profile("nin", found, batch_size=2, trace=None)
    out = capsys.readouterr().out
    assert "12.3 ms" in out
    assert "60 %" in out


def test_claims_keep_verdict_and_effect(bench: Bench, width: int, tmp_path: Path) -> None:
    out = bench("claims", "--topic", "history", "--results", tmp_path).out
    for whole in ("D0-1", "verdict", "refuted", "effect", "262 days later"):
        assert whole in out
