"""A figure is drawn once, and again when anything in it changes."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import factories
import pandas as pd
import pytest
from drawn import HEADING

from bench.report import render
from bench.report.figures import drawings
from bench.report.figures.canvas import Heading
from bench.report.figures.costs import joules, seconds
from bench.report.figures.drawings import key_of
from bench.report.figures.picture import Picture


def test_a_second_rendering_draws_only_what_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    plain_draw = drawings.draw

    def counting(picture: Picture, key: str) -> drawings.Drawing:
        made.append(picture.name)
        return plain_draw(picture, key)

    monkeypatch.setattr(drawings, "draw", counting)
    records = factories.full_run(("nin",))
    render(records, [], tmp_path)
    first, before = list(made), {path: path.read_bytes() for path in tmp_path.rglob("*.*g")}
    made.clear()
    render(records, [], tmp_path)
    assert made == []
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*g")} == before
    # Another peak changes one figure; a figure that somebody painted over is drawn again.
    other = [factories.memory("nin", peak=2**30) if record.kind == "memory" else record for record in records]
    painted = next(name for name in first if name.startswith("learning"))
    (tmp_path / "plots" / f"{painted}.png").write_bytes(b"")
    render(other, [], tmp_path)
    assert len(made) == 2
    assert {name.split("-quick")[0] for name in made} == {"peak-memory", painted.split("-quick")[0]}
    fresh = tmp_path / "fresh"
    render(other, [], fresh)
    assert {path.name: path.read_bytes() for path in (tmp_path / "plots").iterdir()} == {
        path.name: path.read_bytes() for path in (fresh / "plots").iterdir()
    }


def test_several_processes_draw_the_same_bytes_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings.os, "cpu_count", lambda: 2)
    pools: list[int] = []
    pool = drawings.ProcessPoolExecutor

    def counting(several: int, *arguments: Any) -> Any:
        pools.append(several)
        return pool(several, *arguments)

    monkeypatch.setattr(drawings, "ProcessPoolExecutor", counting)
    found = []
    for worth in (10_000, 1):
        monkeypatch.setattr(drawings, "_WORTH_A_PROCESS", worth)
        out = tmp_path / str(worth)
        render(factories.full_run(("nin",)), [], out)
        found.append({path.relative_to(out): path.read_bytes() for path in out.rglob("*.*") if path.is_file()})
    assert pools == [2]
    assert len([path for path in found[0] if path.suffix == ".png"]) > 2
    assert found[0] == found[1]


def test_another_version_of_the_code_draws_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    render([factories.memory("nin")], [], tmp_path)
    before = json.loads((tmp_path / "figures.json").read_text())
    monkeypatch.setattr(drawings, "version", lambda library: "0.0")
    render([factories.memory("nin")], [], tmp_path)
    after = json.loads((tmp_path / "figures.json").read_text())
    assert before.keys() == after.keys()
    assert all(before[name]["key"] != after[name]["key"] for name in before)


def test_any_line_of_the_project_makes_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (drawings.PACKAGE / "numbers.py").is_file(), "what figures print is made far from where they are drawn"
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "one.py").write_text("a = 1")
    monkeypatch.setattr(drawings, "PACKAGE", tmp_path)
    before = drawings.code_version()
    (tmp_path / "deep" / "one.py").write_text("a = 2")
    assert drawings.code_version() != before


def test_a_broken_list_of_figures_is_survived(tmp_path: Path) -> None:
    for content in ("[1, 2", "[1]", '{"peak-memory": 3}'):
        (tmp_path / "figures.json").write_text(content)
        assert render([factories.memory("nin")], [], tmp_path).is_file()


def _nothing(table: pd.DataFrame, *, heading: Heading, about: Any = None) -> Any:
    raise AssertionError("a key needs no drawing")


def test_keys_tell_apart_whatever_is_drawn() -> None:
    table = pd.DataFrame({"x": [1.0, float("nan")], "y": ["a", "b"], "z": [(1, 2), (3,)]})

    def key(changed: pd.DataFrame, heading: Heading = HEADING, about: Any = None) -> str:
        draw: Any = partial(_nothing, changed, heading=heading, about=about)
        return key_of(Picture("name", heading, "", table, draw), "code")

    variants = [
        key(table),
        key(table.assign(x=[1.0, 2.0])),
        key(table.assign(x=table["x"].astype("float32"))),
        key(table.rename(columns={"x": "w"})),
        key(table.assign(z=[(1, 2), (4,)])),
        key(table, replace(HEADING, mark="quick look")),
        key(table, about="{:g}".format),
        key(table, about="{:f}".format),
        key(table, about={"nin": 1}),
        key(table, about={"nin": True}),
        key(table, about=seconds),
        key(table, about=joules),
    ]
    assert len(set(variants)) == len(variants)
    assert key(table) == key(table.copy())
    assert key_of(Picture("other", HEADING, "", table, partial(_nothing, table)), "code") not in variants  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="name of its own"):
        key(table, about=lambda value: str(value))
    with pytest.raises(TypeError, match="cannot be told apart"):
        key(table, about=Path())
