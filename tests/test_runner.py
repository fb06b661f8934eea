"""The runner without a measurement: what is left behind."""

from __future__ import annotations

from pathlib import Path

import factories

from bench.runner import forget_finished


def test_nothing_is_left_of_a_run_that_has_its_record(tmp_path: Path) -> None:
    """Not even of a kill while a checkpoint was written, and of a damaged one."""
    record = factories.accuracy("lenet")
    work = tmp_path / ".work"
    work.mkdir()
    for suffix in ("pt", "writing", "damaged", "progress"):
        (work / f"{record.key}.{suffix}").touch()
    (work / "another.damaged").touch()
    forget_finished(tmp_path, [record])
    assert [path.name for path in work.iterdir()] == ["another.damaged"]
