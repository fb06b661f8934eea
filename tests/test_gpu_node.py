"""The script for a node without network, tried on the processor: each job goes on where the last one stopped."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from bench.data import ensure

ROOT = Path(__file__).resolve().parent.parent
pytestmark = [pytest.mark.data, pytest.mark.skipif(os.name == "nt", reason="a shell script")]


def job(out: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """One job of this interpreter with LeNet alone and the protocol that takes seconds."""
    data = str(ensure().folder)
    chosen = {"PYTHON": sys.executable, "DEVICE": "cpu", "STEPS": "smoke", "NETWORKS": "lenet", "DATA": data}
    return subprocess.run(
        ["sh", "docs/gpu_node.sh"],
        cwd=ROOT,
        env=os.environ | chosen | {"OUT": str(out)} | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def packed(out: Path) -> set[str]:
    """Names of the files that come back."""
    whole = out / "whole.tar.gz"
    whole.write_bytes(b"".join(part.read_bytes() for part in sorted(out.glob("records.tar.gz.*"))))
    with tarfile.open(whole) as archive:
        return {member.name for member in archive if member.isfile()}


def test_a_job_brings_its_records_back_and_the_next_repeats_none(tmp_path: Path) -> None:
    first = job(tmp_path)
    assert first.returncode == 0, first.stderr
    records = {str(path.relative_to(tmp_path)) for path in (tmp_path / "records").rglob("*") if path.is_file()}
    assert any(name.startswith("records/accuracy/lenet") for name in records)
    assert packed(tmp_path) == records
    again = job(tmp_path)
    assert again.returncode == 0
    assert re.search(r"(\d+) units, \1 of them measured before", again.stdout + again.stderr)
    assert packed(tmp_path) == records


def test_a_job_without_time_begins_nothing_and_says_what_is_left(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    done = job(tmp_path, MINUTES="0", STEPS="smoke matched28")
    assert "smoke and what comes after it: left for the next job" in done.stdout
    assert done.returncode == 0
    assert packed(tmp_path) == set()


def test_a_failure_is_told_at_the_end_and_stops_nothing(tmp_path: Path) -> None:
    done = job(tmp_path, STEPS="no-such-protocol smoke")
    assert "no protocol is called 'no-such-protocol'" in done.stderr
    assert done.returncode == 2
    assert any(name.startswith("records/accuracy/lenet") for name in packed(tmp_path))
