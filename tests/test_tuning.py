"""The search for learning rates, from made-up records: what stands in one table, and which records count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import factories
import pytest

import archs
from bench import store
from bench.protocols import get_protocols
from bench.records import Record
from bench.tuning import print_searches, searches
from bench.written.search import search_table

RATES = [one.training.learning_rate for one in get_protocols("tuning28")]
ON_CPU = {"device": factories.CPU, "precision": "bf16"}
ON_GPU = {"device": factories.GPU, "precision": "fp32", "started": "2026-02-01T00:00:00Z"}


def searched(best: float, arch: Any = "nin", **place: Any) -> list[Record]:
    """A run a rate, which reaches 80 % at the best and 60 % elsewhere."""
    return [
        factories.convergence(arch, accuracies=[0.8 if rate == best else 0.6], protocol=f"tuning28-{rate:g}", **place)
        for rate in RATES
    ]


@pytest.fixture
def both() -> list[Record]:
    return [*searched(RATES[1], **ON_CPU), *searched(RATES[2], **ON_GPU)]


def test_devices_and_precisions_are_searched_apart(both: list[Record]) -> None:
    slow = searched(RATES[3], device=factories.CPU, precision="fp32", started="2026-03-01T00:00:00Z")
    found = {(one.device, one.precision): one.best.learning_rate for one in searches([*both, *slow], "tuning28")}
    assert found == {
        (factories.CPU.model, "bf16"): RATES[1],
        (factories.GPU.model, "fp32"): RATES[2],
        (factories.CPU.model, "fp32"): RATES[3],
    }


def test_an_edited_network_was_not_searched_yet_at_the_rates_that_its_older_form_was_searched_at() -> None:
    edited = factories.subject("nin", 28, fingerprint="another")
    (again, *_) = searched(RATES[0], edited, **ON_CPU | {"started": "2026-02-01T00:00:00Z"})
    (one,) = searches([*searched(RATES[1], **ON_CPU), again], "tuning28")
    assert [trial.learning_rate for trial in one.trials] == [RATES[0]]
    assert one.missing == tuple(RATES[1:])


def test_there_is_a_table_a_device_and_precision(both: list[Record], capsys: pytest.CaptureFixture[str]) -> None:
    print_searches(searches(both, "tuning28"))
    tables = capsys.readouterr().out.split("Held-out accuracy by peak learning rate, ")[1:]
    for table, place, best in zip(tables, (ON_GPU, ON_CPU), (RATES[2], RATES[1]), strict=True):
        assert table.startswith(f"{place['device'].model}, {place['precision']} ")
        (row,) = (line.split() for line in table.splitlines() if line.strip().startswith("nin"))
        assert row[-1] == f"{best:g}"
        assert row.count("0.800") == 1


def test_the_written_table_names_devices_where_there_are_several(both: list[Record], tmp_path: Path) -> None:
    def written(name: str, records: list[Record]) -> str:
        for record in records:
            store.save(tmp_path / name, record)
        return search_table(tmp_path / name)

    title = archs.get_spec("nin").title
    alone = written("alone", searched(RATES[1], **ON_CPU))
    assert factories.CPU.model not in alone
    told = written("both", both)
    assert told.index(f"{factories.GPU.model}, fp32:\n") < told.index(f"{factories.CPU.model}, bf16:\n")
    assert told.count(f"| {title} | 28 px |") == 2


def test_a_rate_next_to_one_that_does_not_start_is_told_with_its_place(both: list[Record], tmp_path: Path) -> None:
    def stuck(place: dict[str, Any], rate: float) -> Record:
        about = {"protocol": f"tuning28-{rate:g}", "outcome": "stuck at chance"}
        return factories.convergence("nin", accuracies=[0.1], **about, **place)

    by_place = {(one.device, one.protocol["training"]["learning_rate"]): one for one in both}
    by_place |= {(factories.CPU, RATES[2]): stuck(ON_CPU, RATES[2]), (factories.GPU, RATES[3]): stuck(ON_GPU, RATES[3])}
    for record in by_place.values():
        store.save(tmp_path, record)
    told = search_table(tmp_path)
    for place, best, beside in ((ON_CPU, RATES[1], RATES[2]), (ON_GPU, RATES[2], RATES[3])):
        where = f"At 28 px, {place['device'].model}, {place['precision']}: "
        assert f"{where}The best rate of NiN, {best:g}, lies next to {beside:g}, at which it did not get off" in told
