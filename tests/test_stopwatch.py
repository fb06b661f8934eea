"""What others took of the machine while a unit was measured."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import factories
import pytest

from bench import machine
from bench.records import with_seconds
from bench.report.frames import to_frames
from bench.report.identity import makers_name

CORES = os.cpu_count() or 1


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Readings of a machine's counters and of this process's, to be set by hand."""
    read = {"clock": 0.0, "machine": 0.0, "own": 0.0}
    monkeypatch.setattr(machine.time, "monotonic", lambda: read["clock"])
    monkeypatch.setattr(machine, "_busy_seconds", lambda: read["machine"])
    monkeypatch.setattr(machine, "_own_seconds", lambda: read["own"])
    return read


def test_what_a_process_took_itself_is_not_others(busy: dict[str, float]) -> None:
    watch = machine.Stopwatch()
    busy |= {"clock": 10.0, "machine": 7.0, "own": 7.0}
    assert watch.others_share == 0.0
    busy["machine"] = 7.0 + 10.0 * CORES / 4  # a quarter of all cores
    assert watch.others_share == pytest.approx(0.25)
    assert watch.seconds == 10.0


def test_counters_that_are_read_at_different_moments_give_no_share_below_nothing(busy: dict[str, float]) -> None:
    watch = machine.Stopwatch()
    assert watch.others_share == 0.0  # no time has passed
    busy |= {"clock": 1.0, "machine": 0.9, "own": 1.0}
    assert watch.others_share == 0.0


def test_the_work_of_a_child_that_ended_is_this_process_own() -> None:
    work = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    own, machines = machine._own_seconds(), machine._busy_seconds()
    subprocess.run([sys.executable, "-c", work], check=True)
    assert machine._own_seconds() - own >= 0.3
    assert machine._busy_seconds() - machines >= 0.25  # its counters move in steps of a hundredth or so


@pytest.mark.parametrize(
    ("company", "alone"),
    [
        ({"others_share": 0.02}, True),
        ({"others_share": 0.4}, False),
        ({"side_by_side": 2}, False),
        ({"others_share": None}, False),
    ],
)
def test_times_of_runs_that_may_have_had_company_are_not_in_the_tables(
    company: dict[str, float | None], alone: bool
) -> None:
    """None: a record of before the share was written down."""
    facts = {name: value for name, value in factories.provenance(**company).items() if value is not None}
    frames = to_frames([factories.accuracy("nin", provenance=facts), factories.convergence("nin", provenance=facts)])
    assert list(frames.accuracy["training_seconds"].notna()) == [alone]
    assert list(frames.convergence["seconds"].notna()) == [alone]
    assert set(frames.checks["seconds"].notna()) == {alone}


def test_a_processor_is_told_by_more_than_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Makers sell many models under one name; what the system does not tell is left out."""
    files = {
        "/proc/cpuinfo": "processor\t: 0\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC\nstepping\t: 1\n"
        "\nprocessor\t: 1\nmodel\t\t: 99\n",
        "/sys/devices/system/cpu/cpu0/cpufreq/base_frequency": "2450000\n",
    }
    places = {path: tmp_path / str(number) for number, path in enumerate(files)}

    def elsewhere(path: str) -> Path:
        return places[path]

    monkeypatch.setattr(machine, "Path", elsewhere)
    machine.processor_details.cache_clear()
    monkeypatch.setattr(machine, "processor_name", lambda: "Some Processor")
    assert machine.processor_details() == {}
    for path, text in files.items():
        places[path].write_text(text)
    machine.processor_details.cache_clear()
    told = {"family": "25", "model": "1", "stepping": "1", "nominal_clock": "2.45 GHz"}
    assert machine.processor_details() == told
    places["/sys/devices/system/cpu/cpu0/cpufreq/base_frequency"].unlink()
    machine.processor_details.cache_clear()
    monkeypatch.setattr(machine, "processor_name", lambda: "Xeon(R) CPU @ 2.20GHz")
    assert machine.processor_details()["nominal_clock"] == "2.20GHz"
    machine.processor_details.cache_clear()


@pytest.mark.parametrize(
    ("name", "exact"),
    [
        ("AMD EPYC", "AMD EPYC (family 26, model 2)"),
        ("Intel(R) Xeon(R) Processor @ 2.20GHz", "Intel(R) Xeon(R) Processor @ 2.20GHz (family 26, model 2)"),
        ("QEMU Virtual CPU version 2.5+", "QEMU Virtual CPU version 2.5+ (family 26, model 2)"),
        ("AMD EPYC 7763 64-Core Processor", "AMD EPYC 7763 64-Core Processor"),
        ("Apple M2", "Apple M2"),
    ],
)
def test_a_name_that_many_processors_share_is_made_exact(
    monkeypatch: pytest.MonkeyPatch, name: str, exact: str
) -> None:
    monkeypatch.setattr(machine, "processor_name", lambda: name)
    monkeypatch.setattr(machine, "processor_details", lambda: {"family": "26", "model": "2", "stepping": "1"})
    machine.exact_processor_name.cache_clear()
    assert machine.exact_processor_name() == exact
    machine.exact_processor_name.cache_clear()


ARM = """processor\t: 0
BogoMIPS\t: 243.75
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: {variant}
CPU part\t: {part}
CPU revision\t: 1
"""


@pytest.fixture
def nothing_read_yet() -> Iterator[None]:
    """What was read of the processor is forgotten, before and after."""
    read = (machine.processor_name, machine.processor_details, machine.exact_processor_name)
    for one in read:
        one.cache_clear()
    yield
    for one in read:
        one.cache_clear()


@pytest.mark.usefixtures("nothing_read_yet")
@pytest.mark.parametrize(("part", "variant"), [("0xd0c", "0x3"), ("0xd40", "0x1")], ids=["Graviton2", "Graviton3"])
def test_an_arm_processor_is_told_by_codes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, part: str, variant: str
) -> None:
    """Its /proc/cpuinfo has no name, and that of its instructions is everyone's."""
    (tmp_path / "cpuinfo").write_text(ARM.format(part=part, variant=variant))
    monkeypatch.setattr(machine, "Path", lambda path: tmp_path / Path(path).name)
    monkeypatch.setattr(machine.platform, "processor", lambda: "aarch64")
    assert machine.processor_details() == {"implementer": "0x41", "part": part, "variant": variant}
    exact = machine.exact_processor_name()
    assert exact == f"aarch64 (implementer 0x41, part {part}, variant {variant})"
    assert makers_name(f"{exact}, 4 threads") == f"{machine.processor_name()}, 4 threads"


def test_settings_that_change_speed_or_memory_are_recorded_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.os, "environ", {"MALLOC_TRIM_THRESHOLD_": "1", "OMP_NUM_THREADS": "2", "HOME": "mine"})
    assert machine.provenance("cpu")["environment"] == {"MALLOC_TRIM_THRESHOLD_": "1", "OMP_NUM_THREADS": "2"}


def test_seconds_of_two_processors_with_one_name_do_not_stand_together() -> None:
    old, new = ({"cpu_capability": capability, "others_share": 0.0} for capability in ("AVX2", "AVX512"))
    runs = [
        factories.accuracy("nin", seed=seed, started=f"2026-01-0{seed + 1}T00:00:00Z", provenance=facts)
        for seed, facts in enumerate([old, new, old | {"others_share": 0.5}])
    ]
    frame = to_frames(runs).accuracy
    assert list(frame["training_seconds"].notna()) == [False, True, False]


def test_seconds_with_freed_memory_given_back_do_not_stand_beside_those_with_it_kept() -> None:
    alone = {"others_share": 0.0}
    told = [
        alone | {"keeps_freed_memory": False},
        alone | {"environment": {"MALLOC_MMAP_MAX_": "0"}},  # as it was kept before records told
        alone,
        alone | {"keeps_freed_memory": True},
    ]
    runs = [
        factories.accuracy("nin", seed=seed, started=f"2026-01-0{seed + 1}T00:00:00Z", provenance=facts)
        for seed, facts in enumerate(told)
    ]
    assert with_seconds(runs) == {runs[1].key, runs[3].key}


def test_what_is_timed_later_says_nothing_of_the_seconds_of_training() -> None:
    run = factories.accuracy("nin", provenance={"others_share": 0.0, "keeps_freed_memory": True})
    timed = factories.throughput("nin", provenance={"others_share": 0.0, "keeps_freed_memory": False})
    later = timed.model_copy(update={"started": "2099-01-01T00:00:00Z", "device": run.device})
    assert with_seconds([run, later]) == {run.key}
