"""What several test files share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import factories
import pytest
from tiny_data import TINY, idx

from archs import registry
from bench import data
from bench.measure import ceilings
from bench.records import Record
from bench.report.build import build


def pytest_configure() -> None:
    """The tests are of the project's own networks, whatever plug-ins are installed beside it."""
    pytest.MonkeyPatch().setattr(registry, "_entry_points", lambda: {})


@dataclass(frozen=True)
class Spoken:
    """What a command gave back."""

    code: int
    out: str
    err: str


@pytest.fixture
def bench(capfd: pytest.CaptureFixture[str]) -> Callable[..., Spoken]:
    """Run a command line in this process, as the console script does."""
    from bench.cli import call

    def run(*arguments: object) -> Spoken:
        capfd.readouterr()
        code = call([str(argument) for argument in arguments])
        spoken = capfd.readouterr()
        return Spoken(code, spoken.out, spoken.err)

    return run


@pytest.fixture
def small_ceilings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The device's own matrix product and copy, too small to take time."""
    monkeypatch.setattr(ceilings, "_SIZES", {"cpu": (8, 1024)})
    monkeypatch.setattr(ceilings, "MIN_SECONDS", 0.0)


@pytest.fixture
def data_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that has no data yet and takes the tiny files for the real ones; its cache folder."""
    hashes = {name: hashlib.sha256(idx(array)).hexdigest() for name, array in TINY.items()}
    monkeypatch.setattr(data, "_SHA256", hashes)
    monkeypatch.setattr(data, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(data, "DEBIAN_FOLDER", tmp_path / "debian")
    monkeypatch.delenv(data.DATA_DIR_VARIABLE, raising=False)
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def quick() -> list[Record]:
    return factories.full_run()


@pytest.fixture(scope="session")
def mixed() -> list[Record]:
    """Two protocols, two devices, several seeds, failures, runs that went wrong."""
    trio = ("lenet", "nin", "vgg16")
    return [
        *factories.full_run(trio, "budget28", seeds=3),
        *factories.full_run(("nin", "vgg16"), "matched224", device=factories.GPU, precision="fp32", seeds=2),
        factories.accuracy("nin", protocol="budget28", seed=3, outcome="stuck at chance"),
        factories.accuracy("nin", protocol="budget28", seed=4, outcome="diverged"),
        factories.failed("accuracy", "vgg16", protocol="budget28", seed=3, reason="killed", message="signal 9"),
        factories.failed("memory", "googlenet", protocol="budget28"),
        factories.failed("throughput", "googlenet", protocol="budget28", message="two\nlines", traceback="a\nb"),
    ]


@pytest.fixture(scope="session")
def quick_files(quick: list[Record]) -> dict[str, bytes]:
    return build(quick, [])


@pytest.fixture(scope="session")
def mixed_files(mixed: list[Record]) -> dict[str, bytes]:
    return build(mixed, ["accuracy/nin-28-0.json: not JSON"])
