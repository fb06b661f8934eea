"""Whole runs on real Fashion-MNIST: records, resuming, kills, failures, time budgets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from conftest import Spoken

from bench import store
from bench.data import load
from bench.records import Accuracy, Complexity, Memory, Record, Throughput

pytestmark = pytest.mark.data
Bench = Callable[..., Spoken]


def records(results: Path) -> list[Record]:
    loaded = store.load(results)
    assert loaded.problems == []
    return loaded.records


def bench_process(*arguments: object, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        # A shell that runs the tests in the background has them ignore Ctrl-C, which would be inherited.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """Results of one smoke run of two networks, and what it printed."""
    results = tmp_path_factory.mktemp("smoke")
    process = bench_process(
        "run", "--arch", "lenet", "nin", "--protocol", "smoke", "--device", "cpu", "--results", results
    )
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return results, out, err


def test_a_run_leaves_a_record_of_each_unit(smoke: tuple[Path, str, str]) -> None:
    found = {(record.kind, record.arch.name) for record in records(smoke[0])}
    assert found == {(k, n) for k in ("complexity", "memory", "throughput", "accuracy") for n in ("lenet", "nin")}
    assert all(record.provenance["torch"] and record.provenance["processor"] for record in records(smoke[0]))
    assert not list((smoke[0] / ".work").glob("*.pt"))


def test_training_keeps_the_memory_that_it_frees_and_what_is_timed_or_weighed_does_not(
    smoke: tuple[Path, str, str],
) -> None:
    told = {(record.kind, record.provenance["keeps_freed_memory"]) for record in records(smoke[0])}
    assert told in (
        {("complexity", False), ("memory", False), ("throughput", False), ("accuracy", True)},
        {(kind, None) for kind in ("complexity", "memory", "throughput", "accuracy")},  # not glibc
    )


def test_what_the_records_hold_is_plausible(smoke: tuple[Path, str, str]) -> None:
    for record in records(smoke[0]):
        result = record.result
        if isinstance(result, Complexity):
            assert result.parameters == {"lenet": 61_706, "nin": 1_981_414}[record.arch.name]
        elif isinstance(result, Memory):
            assert result.parameter_bytes == 4 * {"lenet": 61_706, "nin": 1_981_414}[record.arch.name]
            assert result.saved_for_backward_bytes > 0
            if result.method == "resident set":
                assert (result.training_peak_bytes or 0) > result.parameter_bytes
        elif isinstance(result, Throughput):
            assert [(case.mode, case.batch) for case in result.cases] == [("training", 8), ("inference", 8)]
            assert all(len(case.step_seconds) == 3 and min(case.step_seconds) > 0 for case in result.cases)
        else:
            assert isinstance(result, Accuracy)
            assert [epoch.images for epoch in result.epochs] == [512, 1024]
            assert result.test_images == 256


def test_networks_timed_side_by_side_share_a_group(smoke: tuple[Path, str, str]) -> None:
    timed = {r.arch.name: r.result for r in records(smoke[0]) if isinstance(r.result, Throughput)}
    assert timed["lenet"].group == timed["nin"].group
    assert timed["lenet"].companions == ("nin",)


def test_predictions_are_those_of_the_first_test_images(smoke: tuple[Path, str, str]) -> None:
    labels = load(None).test_labels[:256].numpy()
    for record in records(smoke[0]):
        if isinstance(record.result, Accuracy):
            (path,) = smoke[0].rglob(str(record.result.predictions))
            with np.load(path) as arrays:
                assert np.array_equal(arrays["label"], labels)
                assert (arrays["predicted"] == labels).mean() == pytest.approx(record.result.test_accuracy)


def test_a_run_ends_with_a_table_and_says_what_citing_would_take(smoke: tuple[Path, str, str]) -> None:
    _, out, err = smoke
    assert "1.98 M" in out
    assert "budget28" in out
    assert "not citable" in out
    assert str(smoke[0] / "records") in out.replace("\n", "")
    assert "accuracy of nin, seed 0: test accuracy" in err


def test_the_same_command_measures_nothing_again(smoke: tuple[Path, str, str], bench: Bench) -> None:
    results = smoke[0]
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*.json")}
    spoken = bench("run", "--arch", "lenet,nin", "--protocol", "smoke", "--device", "cpu", "--results", results)
    assert spoken.code == 0
    assert "8 units, 8 of them measured before" in spoken.err
    assert {path: path.stat().st_mtime_ns for path in results.rglob("*.json")} == before


def test_a_run_as_json_is_its_records(smoke: tuple[Path, str, str], bench: Bench) -> None:
    command = ("run", "--arch", "lenet", "--protocol", "smoke", "--device", "cpu", "--results", smoke[0], "--json")
    told = json.loads(bench(*command, "--measure", "complexity", "accuracy").out)
    assert [Record.model_validate(record).kind for record in told["found"]] == ["complexity", "accuracy"]
    assert told["measured"] == told["missing"] == []


def test_a_run_as_json_tells_what_the_time_budget_left_out(tmp_path: Path, bench: Bench) -> None:
    command = ("run", "--arch", "lenet", "--protocol", "smoke", "--measure", "accuracy", "--device", "cpu", "--json")
    told = json.loads(bench(*command, "--results", tmp_path, "--time-budget", "0.01s").out)
    assert told["missing"] == [{"kind": "accuracy", "network": "lenet", "protocol": "smoke", "seed": 0}]
    assert told["measured"] == told["found"] == []


def test_a_run_beside_a_damaged_record_measures_it_anew_and_leaves_with_2(tmp_path: Path, bench: Bench) -> None:
    command = ("run", "--arch", "lenet", "--measure", "complexity", "--results", tmp_path)
    assert bench(*command).code == 0
    (path,) = tmp_path.rglob("*.json")
    whole = path.read_text()
    path.write_text(whole[:100])
    spoken = bench(*command)
    assert spoken.code == 2
    assert f"{path} is not used: it is not whole JSON" in spoken.err
    assert path.read_text() == whole[:100]
    assert [record.arch.name for record in store.load(tmp_path).records] == ["lenet"]


# Long enough to be interrupted between epochs, short enough to wait for.
INTERRUPTED = (
    "run",
    "--arch",
    "lenet",
    "--measure",
    "accuracy",
    "--protocol",
    "budget28",
    "--seeds",
    "2",
    "--device",
    "cpu",
)


def in_progress(results: Path) -> list[Path]:
    """Checkpoints of training runs that have no record yet."""
    finished = " ".join(path.name for path in results.rglob("*.json"))
    return [path for path in results.rglob(".work/*.pt") if path.stem not in finished]


def accuracies(results: Path) -> dict[int | None, float]:
    return {r.seed: r.result.test_accuracy for r in records(results) if isinstance(r.result, Accuracy)}


def test_killed_and_started_again_it_goes_on_from_its_last_epoch(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert bench_process(*INTERRUPTED, "--results", whole).wait(300) == 0

    first = bench_process(*INTERRUPTED, "--results", cut)
    wait_for(lambda: len(list(cut.rglob("*.json"))) == 1 and bool(in_progress(cut)))
    first.send_signal(signal.SIGKILL)
    first.communicate()
    finished = {path: path.read_bytes() for path in cut.rglob("*.json")}
    assert len(finished) == 1

    second = bench_process(*INTERRUPTED, "--results", cut)
    _, err = second.communicate(timeout=300)
    assert second.returncode == 0, err
    assert "2 units, 1 of them measured before" in err
    assert {path: path.read_bytes() for path in finished} == finished
    (taken_up,) = [r.result for r in records(cut) if r.seed == 1]
    assert isinstance(taken_up, Accuracy)
    assert taken_up.resumed == 1
    assert accuracies(cut) == accuracies(whole)


def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(tmp_path: Path) -> None:
    process = bench_process(*INTERRUPTED, "--results", tmp_path)
    wait_for(lambda: bool(in_progress(tmp_path)))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert err.strip().splitlines()[-1].endswith("of 2 units measured; the same command goes on from here.")


def test_two_runs_at_once_on_one_folder(tmp_path: Path, bench: Bench) -> None:
    process = bench_process(*INTERRUPTED, "--results", tmp_path)
    wait_for(lambda: bool(in_progress(tmp_path)))
    spoken = bench("run", "--arch", "lenet", "--measure", "complexity", "--device", "cpu", "--results", tmp_path)
    assert spoken.code == 2
    assert "another run is using results folder" in spoken.err
    assert process.wait(300) == 0
    assert len(records(tmp_path)) == 2


def test_a_time_budget_stops_between_epochs(tmp_path: Path) -> None:
    stopped = bench_process(*INTERRUPTED, "--results", tmp_path, "--time-budget", "0.1s")
    out, err = stopped.communicate(timeout=120)
    assert stopped.returncode == 0, err
    assert "The time budget is spent with 2 units to go" in out
    assert records(tmp_path) == []


PLUG_INS = """
import os
import signal

import torch
from torch import nn


class Raises(nn.Linear):
    def forward(self, x):
        if x.device.type != "meta" and len(x) > 1:
            raise ValueError("this network cannot count to two")
        return super().forward(x.flatten(1))


class Vanishes(nn.Linear):
    def forward(self, x):
        if x.device.type != "meta" and len(x) > 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().forward(x.flatten(1))


class Devours(nn.Linear):
    def forward(self, x):
        if x.device.type != "meta" and len(x) > 1:
            torch.empty(2**52)
        return super().forward(x.flatten(1))


def build(kind):
    return lambda *, in_channels, num_classes, image_size: kind(in_channels * image_size**2, num_classes)


raises, vanishes, devours = build(Raises), build(Vanishes), build(Devours)
"""


def test_units_that_fail_are_records_and_the_others_run(tmp_path: Path) -> None:
    """Three networks of a user's own: one raises, one is killed, one asks for too much memory."""
    plug_ins = tmp_path / "plug_ins"
    metadata = plug_ins / "users_own-1.0.dist-info"
    metadata.mkdir(parents=True)
    (plug_ins / "users_own.py").write_text(PLUG_INS)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: users-own\nVersion: 1.0\n")
    names = ("raises", "vanishes", "devours")
    points = "\n".join(f"{name} = users_own:{name}" for name in names)
    (metadata / "entry_points.txt").write_text(f"[archs]\n{points}\n")

    results = tmp_path / "results"
    command = ("run", "--arch", "lenet", *names, "--measure", "accuracy", "complexity", "--protocol", "smoke")
    process = bench_process(*command, "--device", "cpu", "--results", results, PYTHONPATH=str(plug_ins))
    out, err = process.communicate(timeout=300)
    assert process.returncode == 1, err
    assert "Traceback" not in err + out
    failures = {r.arch.name: r.failure for r in records(results) if r.failure is not None and r.kind == "accuracy"}
    assert {name: failure.reason for name, failure in failures.items()} == {
        "raises": "error",
        "vanishes": "killed",
        "devours": "out of memory",
    }
    assert failures["raises"].message == "this network cannot count to two"
    assert "signal 9" in failures["vanishes"].message
    assert {r.arch.name for r in records(results) if isinstance(r.result, Accuracy)} == {"lenet"}
    assert {r.arch.name for r in records(results) if isinstance(r.result, Complexity)} == {"lenet", *names}

    again = bench_process(*command, "--device", "cpu", "--results", results, PYTHONPATH=str(plug_ins))
    out, err = again.communicate(timeout=300)
    assert again.returncode == 1
    assert "8 units, 8 of them measured before" in err
    assert "--retry-failed tries them" in out


def test_json_commands_print_one_document_and_nothing_else() -> None:
    for arguments in (("list", "--json"), ("show", "nin", "--json"), ("data", "--json")):
        process = bench_process(*arguments)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        json.loads(out)
        assert err == ""


def test_runs_at_once_say_so_and_share_the_threads(tmp_path: Path, bench: Bench) -> None:
    done = bench(
        *("run", "--arch", "lenet", "--protocol", "smoke", "--measure", "complexity", "accuracy"),
        *("--seeds", "2", "--jobs", "2", "--device", "cpu", "--results", tmp_path),
    )
    assert done.code == 0
    made = {(record.kind, record.seed): record.provenance for record in records(tmp_path)}
    assert {which: facts.get("side_by_side") for which, facts in made.items()} == {
        ("complexity", None): None, ("accuracy", 0): 2, ("accuracy", 1): 2,
    }  # fmt: skip
    whole, share = made["complexity", None]["torch_threads"], made["accuracy", 0]["torch_threads"]
    assert share == max(1, whole // 2)
