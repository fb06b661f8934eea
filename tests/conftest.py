"""What several test files share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest


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
    from bench.measure import ceilings

    monkeypatch.setattr(ceilings, "_SIZES", {"cpu": (8, 1024)})
    monkeypatch.setattr(ceilings, "MIN_SECONDS", 0.0)
