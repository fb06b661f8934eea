"""`bench run --dry-run`: what would be measured, and how long it would take, without measuring anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Spoken

from bench import forecast
from bench.device import resolve
from bench.forecast import Forecast, Foreseen, Setting
from bench.plan import Unit, make_plan
from bench.protocols import get_protocol
from bench.records import Kind

Bench = Callable[..., Spoken]


def units(*kinds: Kind, protocol: str = "budget28", seeds: int = 1) -> list[Unit]:
    device = resolve("cpu").described
    return make_plan(["lenet"], get_protocol(protocol), kinds, seeds=seeds, device=device, precision="fp32")


def test_every_unit_that_has_no_record_and_nothing_is_written(bench: Bench, tmp_path: Path) -> None:
    asked = ("run", "--device", "cpu", "--protocol", "smoke", "--arch", "lenet", "--results", tmp_path / "results")
    nowhere = ("--data-dir", tmp_path / "no data")
    foreseen = json.loads(bench(*asked, *nowhere, "--dry-run", "--json").out)
    assert [unit["kind"] for unit in foreseen["units"]] == ["complexity", "memory", "throughput", "accuracy"]
    assert all(unit["seconds"] > 0 for unit in foreseen["units"][1:])
    assert list(tmp_path.iterdir()) == []

    assert bench(*asked, "--measure", "complexity").code == 0
    told = bench(*asked, "--measure", "complexity", "--dry-run")
    assert (told.code, told.out.splitlines()[-1]) == (0, "Nothing is left to measure.")


def test_a_row_for_each_measurement_of_each_network(bench: Bench, tmp_path: Path) -> None:
    asked = ("--protocol", "smoke", "--arch", "lenet", "--measure", "accuracy", "--seeds", 2, "--precision", "fp32")
    out = bench("run", "--dry-run", "--device", "cpu", *asked, "--results", tmp_path).out
    (row,) = [line.split() for line in out.splitlines() if line.strip().startswith("accuracy")]
    assert row[:5] == ["accuracy", "lenet", "smoke", "fp32", "2"]
    assert "It would take about" in out.splitlines()[-1]


def test_bad_input_is_refused_as_without_it(bench: Bench) -> None:
    spoken = bench("run", "--dry-run", "--arch", "nnin")
    assert (spoken.code, spoken.out) == (2, "")
    assert "nin" in spoken.err


def test_seconds_follow_from_images_and_a_look_costs_a_third() -> None:
    (unit,) = units("accuracy")
    training = unit.protocol.training
    images = training.epochs * (training.train_images + training.validation_images / 3) + training.test_images / 3
    assert forecast._foreseen(unit, step=64.0).seconds == pytest.approx(images * 64 / training.batch_size)


def test_timings_take_as_long_as_the_protocol_visits_each_case() -> None:
    unit, *_ = units("throughput")
    timing = unit.protocol.timing
    visits = (timing.rounds + timing.most_warmup_rounds) * (1 + len(timing.inference_batches))
    assert forecast._foreseen(unit, step=1e-6).seconds == pytest.approx(visits * timing.min_seconds)


def test_training_runs_go_side_by_side_and_timings_do_not() -> None:
    trained, timed = units("accuracy", seeds=4), units("throughput")[:1]
    foreseen = [*(Foreseen(unit, 10.0) for unit in trained), *(Foreseen(unit, 7.0) for unit in timed)]
    assert Forecast((), tuple(foreseen), jobs=1).seconds == 47
    assert Forecast((), tuple(foreseen), jobs=2).seconds == 27
    assert Forecast((), tuple(foreseen), jobs=8).seconds == 17


def test_a_network_that_fails_has_no_estimate_and_a_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(name: str, **options: Any) -> None:
        raise RuntimeError("no such layer")

    monkeypatch.setattr(forecast, "ready", broken)
    step = forecast.time_training(Setting("lenet", 28, 1, 10, 64, "fp32", 1), resolve("cpu"))
    assert step == "no such layer"
    (unit,) = units("accuracy")
    forecast.print_forecast(Forecast((), (forecast._foreseen(unit, step),), 1))
    assert "no estimate for lenet: no such layer" in capsys.readouterr().out
