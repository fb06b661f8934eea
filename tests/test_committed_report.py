"""The report in `reports/` is that of the records in `results/`, both as the last commit has them."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from bench import store
from bench.report.build import only_tables

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Beside it, in a checkout that is used, both folders hold a user's own files as well."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    command = ("git", "archive", "--format=zip", "HEAD", "reports", "results/records")
    archive = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    folder = tmp_path_factory.mktemp("committed")
    zipfile.ZipFile(io.BytesIO(archive)).extractall(folder)
    return folder


def test_its_tables_are_what_the_records_give(committed: Path) -> None:
    given = only_tables(store.load(committed / "results").records, committed / "results")
    found = {f"tables/{path.name}": path.read_bytes() for path in (committed / "reports" / "tables").iterdir()}
    assert sorted(found) == sorted(given), "render it anew: bench report"
    assert [name for name in found if found[name] != given[name]] == [], "render it anew: bench report"


def test_its_figures_are_there_and_on_its_page(committed: Path) -> None:
    page = (committed / "reports" / "index.html").read_text(encoding="utf-8")
    plots = {f"plots/{path.name}" for path in (committed / "reports" / "plots").iterdir()}
    assert plots
    # New ones are ignored by git until they are added by name.
    assert plots == set(re.findall(r'href="(plots/[^"]+)"', page)), "git add --force reports"
