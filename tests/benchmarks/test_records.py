"""Many records: how long they take to load and to render."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

sys.path.insert(0, str(Path(__file__).parents[1]))
import factories

import archs
from bench import store
from bench.report import render


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,000 training runs of the five networks, and what else one run of them leaves."""
    folder = tmp_path_factory.mktemp("results")
    for record in factories.full_run():
        store.save(folder, record)
    for seed in range(200):
        for name in archs.FIVE:
            store.save(folder, factories.accuracy(name, seed=seed + 1))
    return folder


def test_ten_thousand_records_load_in_two_seconds(benchmark: BenchmarkFixture, results: Path) -> None:
    def load_ten_times() -> int:
        return sum(len(store.load(results).records) for _ in range(10))

    assert benchmark.pedantic(load_ten_times, rounds=3) >= 10_000
    assert benchmark.stats.stats.min < 2  # the fastest: other work on the machine only slows


def test_a_thousand_records_are_rendered_in_ten_seconds(
    benchmark: BenchmarkFixture, results: Path, tmp_path: Path
) -> None:
    loaded = store.load(results)
    benchmark.pedantic(lambda: render(loaded.records, loaded.problems, tmp_path), rounds=2)
    assert benchmark.stats.stats.min < 10
