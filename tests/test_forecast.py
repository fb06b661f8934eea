"""`bench run --dry-run`: what would be measured, and how long it would take, without measuring anything."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from conftest import Spoken

from bench import forecast
from bench.device import Target, resolve
from bench.forecast import Forecast, Foreseen, Pace, Setting, foretell
from bench.plan import Unit, make_plan
from bench.protocols import get_protocol
from bench.records import Kind
from bench.request import Request

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


def test_each_step_that_is_timed_is_told_while_it_goes_on(bench: Bench, tmp_path: Path) -> None:
    asked = ("--protocol", "smoke", "--arch", "lenet", "alexnet", "--measure", "memory", "--precision", "fp32")
    told = bench("run", "--dry-run", "--device", "cpu", *asked, "--results", tmp_path).err.splitlines()
    assert told == [
        f"[{number}/2] timing a training step of {name} on 64 images 1x28x28, fp32"
        for number, name in ((1, "lenet"), (2, "alexnet"))
    ]


def test_bad_input_is_refused_as_without_it(bench: Bench) -> None:
    spoken = bench("run", "--dry-run", "--arch", "nnin")
    assert (spoken.code, spoken.out) == (2, "")
    assert "nin" in spoken.err


def test_seconds_follow_from_images_and_a_look_costs_a_third() -> None:
    (unit,) = units("accuracy")
    training = unit.protocol.training
    images = training.epochs * (training.train_images + training.validation_images / 3) + training.test_images / 3
    assert foretell(unit, Pace(64.0, start=3.0)).seconds == pytest.approx(3 + images * 64 / training.batch_size)


def test_timings_take_as_long_as_the_protocol_visits_each_case() -> None:
    unit, *_ = units("throughput")
    timing = unit.protocol.timing
    visits = timing.rounds + timing.most_warmup_rounds
    batches = [*(3 * batch for batch in timing.training_batches), *timing.inference_batches]
    assert foretell(unit, Pace(1e-6, 0.0)).seconds == pytest.approx(visits * len(batches) * timing.min_seconds)
    slow = foretell(unit, Pace(3.0 * unit.protocol.training.batch_size, 0.0))
    assert slow.seconds == pytest.approx(visits * sum(batches))


def foreseen(*units: Foreseen, **asked: Any) -> Forecast:
    return Forecast((), units, Request([], "budget28", Path("results"), None, **asked))


def test_training_runs_go_side_by_side_and_timings_do_not() -> None:
    trained, timed = units("accuracy", seeds=4), units("throughput")[:1]
    all_of = [*(Foreseen(unit, 10.0) for unit in trained), *(Foreseen(unit, 7.0) for unit in timed)]
    assert [foreseen(*all_of, jobs=jobs).seconds for jobs in (1, 2, 8)] == [47, 27, 17]


def test_a_network_that_fails_has_no_estimate_and_a_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(name: str, **options: Any) -> None:
        raise RuntimeError("no such layer")

    monkeypatch.setattr(forecast, "ready", broken)
    step = forecast.time_training(Setting("lenet", 28, 1, 10, 64, "fp32", 1), resolve("cpu"))
    assert step == "no such layer"
    one, other = units("accuracy", seeds=2)
    forecast.print_forecast(foreseen(foretell(one, step)))
    out = capsys.readouterr().out
    assert "no estimate for lenet: no such layer" in out
    assert out.endswith("Nothing was measured. How long it would take is not known.\n")
    forecast.print_forecast(foreseen(foretell(one, step), foretell(other, Pace(1.0, 0.0))))
    assert "without 1 unit that has no estimate" in capsys.readouterr().out


def killed(setting: Setting, target: Target) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_is_killed_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "time_training", killed)
    pace = forecast._pace(Setting("lenet", 28, 1, 10, 64, "fp32", 1), resolve("cpu"), 1)
    assert pace == "its process was killed; the system ran out of memory, most likely"


def test_runs_at_once_share_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    had: list[int] = []
    monkeypatch.setattr("torch.get_num_threads", lambda: 6)
    monkeypatch.setattr("torch.set_num_threads", had.append)
    for at_once in (1, 2, 12):
        forecast.time_training(Setting("lenet", 28, 1, 10, 8, "fp32", at_once), resolve("cpu"))
    assert had == [6, 3, 1]
    settings = (
        {forecast._setting(unit, 2).at_once for unit in units("accuracy")},
        {forecast._setting(unit, 2).at_once for unit in units("throughput", "memory")},
    )
    assert settings == ({2}, {1})


def test_counts_alone_have_no_time(capsys: pytest.CaptureFixture[str]) -> None:
    forecast.print_forecast(foreseen(*(Foreseen(unit, None) for unit in units("complexity"))))
    assert capsys.readouterr().out.endswith("Nothing was measured. Counts take no time to speak of.\n")


def test_a_time_budget_that_is_too_short_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    (unit,) = units("accuracy")
    for budget, told in ((90.0, True), (9000.0, False)):
        forecast.print_forecast(foreseen(Foreseen(unit, 100.0), time_budget=budget))
        assert ("The time budget of 1 min 30 s would end it before." in capsys.readouterr().out) == told


def test_a_file_that_is_no_record_is_named_as_by_a_run(bench: Bench, tmp_path: Path) -> None:
    damaged = tmp_path / "records" / "accuracy" / "lenet-28-0123456789ab.json"
    damaged.parent.mkdir(parents=True)
    damaged.write_text("{")
    spoken = bench("run", "--dry-run", "--arch", "lenet", "--measure", "complexity", "--results", tmp_path)
    assert spoken.code == 2
    assert f"{damaged} is not used" in spoken.err
    assert "Counts take no time" in spoken.out


def test_nothing_is_left_behind_by_one_that_is_told_to_end() -> None:
    command = [sys.executable, "-m", "bench", "run", "--dry-run", "--device", "cpu", "--results", "/nowhere"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    children: list[psutil.Process] = []
    while process.poll() is None and len(children) < 3:  # the server, who watches over its resources, and a worker
        children = psutil.Process(process.pid).children(recursive=True)
        time.sleep(0.02)
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 130
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []
