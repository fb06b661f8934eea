"""Watching a results folder: when a report is made again, what open pages are told, what is left at the end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import factories
import pytest
from conftest import Spoken

from bench import store
from bench.curves.progress import ProgressFiles, Standing, curve_path, read_standing
from bench.device import Target
from bench.plan import Unit, make_plan
from bench.protocols import get_protocol
from bench.records import Epoch
from bench.reporting import Reporting
from bench.watch import LIVE, Debounce, Watcher, line, state_of, watch

Bench = Callable[..., Spoken]
A, B, C = (frozenset({(name, 1, 1)}) for name in "abc")


@pytest.fixture
def units() -> list[Unit]:
    described: Any = Target("cpu", "cpu", "Example Processor").described
    kinds: Any = ["accuracy", "throughput"]
    return make_plan(["lenet"], get_protocol("smoke"), kinds, seeds=2, device=described, precision="fp32")


def epoch(number: int, share: float) -> Epoch:
    return Epoch(
        epoch=number, images=100 * number, seconds=1.0, images_per_second=100.0, train_loss=1.0, train_accuracy=share,
        validation_loss=1.0, validation_accuracy=share, learning_rate=0.1, memory_bytes=None,
    )  # fmt: skip


def written(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.stat().st_ino)
        for path in folder.rglob("*")
        if path.is_file()
    }


# When


def test_the_first_rendering_is_due_at_once_and_unchanged_records_never() -> None:
    debounce = Debounce()
    assert debounce.due(A, 0.0)
    debounce.done(A)
    assert not any(debounce.due(A, now) for now in (1.0, 100.0))


def test_a_change_is_waited_for_until_it_rests() -> None:
    debounce = Debounce(rest=1.0)
    debounce.done(A)
    assert not debounce.due(B, 10.0)
    assert not debounce.due(C, 10.9)
    assert not debounce.due(C, 11.8)
    assert debounce.due(C, 11.9)


def test_records_that_keep_coming_are_not_waited_for_for_ever() -> None:
    debounce = Debounce(rest=1.0, longest=5.0)
    debounce.done(A)
    rendered_at = next(now for now in range(100) if debounce.due(frozenset({(str(now), now, 1)}), float(now)))
    assert rendered_at == 5


def test_the_state_follows_records_and_nothing_else(tmp_path: Path) -> None:
    assert state_of([tmp_path]) == frozenset()
    path = store.save(tmp_path, factories.complexity())
    first = state_of([tmp_path])
    assert [name for name, _, _ in first] == [str(path)]
    (path.parent / ".nin.json.123").write_text("half a record")
    (tmp_path / "notes.txt").write_text("not a record")
    assert state_of([tmp_path]) == first
    os.utime(path, (1, 1))
    assert state_of([tmp_path]) != first


# What a run tells of itself


def test_a_run_tells_what_is_planned_what_goes_on_and_its_curves(units: list[Unit], tmp_path: Path) -> None:
    first, second, timed = units
    progress = ProgressFiles(tmp_path, units)
    progress.begin([first])
    progress.learned(first, [epoch(1, 0.3)], [1.0])
    progress.learned(first, [epoch(2, 0.5)], [0.5])
    standing = read_standing(tmp_path)
    assert standing.planned == tuple(unit.key for unit in units)
    assert (standing.running, standing.timing) == (("accuracy of lenet, seed 0",), False)
    (curve,) = standing.curves
    assert (curve.name, curve.planned_epochs) == ("lenet, smoke, seed 0", first.protocol.training.epochs)
    assert [(one["images"], one["validation_accuracy"]) for one in curve.epochs] == [(100, 0.3), (200, 0.5)]

    progress.end([first])
    progress.begin([timed])
    assert read_standing(tmp_path).timing
    assert second.key in read_standing(tmp_path).planned
    progress.end([timed])
    progress.close()
    assert read_standing(tmp_path).planned == ()


def test_a_run_that_was_killed_does_not_go_on(units: list[Unit], tmp_path: Path) -> None:
    progress = ProgressFiles(tmp_path, units)
    progress.begin(units[-1:])
    plan = tmp_path / "plan.progress"
    content = json.loads(plan.read_text())
    # A process of the same number that began at another time is another process.
    plan.write_text(json.dumps({**content, "begun": content["begun"] - 3600}))
    standing = read_standing(tmp_path)
    assert (standing.running, standing.timing) == ((), False)
    assert len(standing.planned) == 3


def test_damaged_files_are_left_out(units: list[Unit], tmp_path: Path) -> None:
    (tmp_path / "plan.progress").write_text("{")
    curve_path(tmp_path, units[0].key).write_text("[1, 2]")
    assert read_standing(tmp_path) == Standing((), (), False, ())
    assert read_standing(tmp_path / "nowhere") == Standing((), (), False, ())


def test_the_line_counts_planned_units_that_have_a_record() -> None:
    key, other = "0123456789ab", "ba9876543210"
    paths = [f"/r/records/accuracy/nin-28-{key}.json", f"/r/records/accuracy/nin-28-{key}-2.json", "/r/x.npz"]
    assert line(Standing((key, other), (), False, ()), paths) == "1 of 2 planned units have their record"
    assert line(Standing((), (), False, ()), paths) == "2 records"
    assert "not to disturb" in line(Standing((key,), ("throughput of nin",), True, ()), paths)


# What is written


@pytest.fixture
def watcher(tmp_path: Path) -> Watcher:
    store.save(tmp_path / "results", factories.complexity("nin"))
    return Watcher(Reporting(tmp_path / "results", tmp_path / "out"), say=lambda line: None)


def test_unchanged_records_write_nothing(watcher: Watcher) -> None:
    assert watcher.step(0.0) is not None
    before = written(watcher.reporting.out)
    assert watcher.step(5.0) is None
    watcher.reporting.write(watcher._finish)  # even if it were made again
    assert written(watcher.reporting.out) == before


def test_a_new_record_is_rendered_and_told_to_open_pages(watcher: Watcher) -> None:
    watcher.step(0.0)
    live = watcher.reporting.out / LIVE
    first = live.read_text()
    store.save(watcher.reporting.results, factories.complexity("vgg16"))
    assert watcher.step(1.0) is None, "it has just changed"
    assert watcher.step(2.0) is not None
    page = (watcher.reporting.out / "index.html").read_text()
    assert "VGG-16" in page
    token = json.loads(live.read_text().removeprefix("ninbenchLive(").removesuffix(");\n"))["token"]
    assert f'token = "{token}"' in page
    assert token not in first


def test_nothing_is_rendered_while_something_is_timed(watcher: Watcher, units: list[Unit]) -> None:
    watcher.step(0.0)
    progress = ProgressFiles(watcher.reporting.results / ".work", units)
    progress.begin(units[-1:])
    store.save(watcher.reporting.results, factories.complexity("vgg16"))
    assert [watcher.step(float(now)) for now in range(1, 40, 3)] == [None] * 13
    assert "not to disturb" in (watcher.reporting.out / LIVE).read_text()
    progress.end(units[-1:])
    watcher.step(50.0)
    assert watcher.step(52.0) is not None


def test_the_end_leaves_what_a_single_rendering_leaves(watcher: Watcher, tmp_path: Path, bench: Bench) -> None:
    watcher.step(0.0)
    assert "ninbenchLive" in (tmp_path / "out" / "index.html").read_text()
    watcher.close()
    assert bench("report", "--results", tmp_path / "results", "--out", tmp_path / "plain").code == 0
    folders = (tmp_path / "out", tmp_path / "plain")
    left, expected = ({name: (folder / name).read_bytes() for name in written(folder)} for folder in folders)
    assert left == expected


def test_an_error_leaves_what_a_single_rendering_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save(tmp_path / "results", factories.complexity())

    def fails(seconds: float) -> None:
        assert (tmp_path / "out" / LIVE).exists()
        raise OSError("the disk is full")

    monkeypatch.setattr("bench.watch.time.sleep", fails)
    with pytest.raises(OSError, match="full"):
        watch(Reporting(tmp_path / "results", tmp_path / "out"), lambda line: None)
    assert not (tmp_path / "out" / LIVE).exists()
    assert "ninbenchLive" not in (tmp_path / "out" / "index.html").read_text()


@pytest.mark.parametrize("waited", [True, False])
def test_a_record_half_copied_in_is_told_and_watching_goes_on(tmp_path: Path, waited: bool) -> None:
    said: list[str] = []
    watcher = Watcher(Reporting(tmp_path / "results", tmp_path / "out"), said.append)
    if waited:
        watcher.step(0.0)
    path = store.save(tmp_path / "results", factories.complexity())
    whole = path.read_text()
    if not waited:
        watcher.step(0.0)
    path.write_text(whole[:100])
    assert [watcher.step(now) for now in (1.0, 3.0, 5.0)] == [None] * 3
    assert [line for line in said if "not whole JSON" in line] == said[-1:]
    path.write_text(whole)
    assert [watcher.step(now) is not None for now in (7.0, 9.0)] == [False, True]


def test_watching_begins_before_there_is_a_record(tmp_path: Path) -> None:
    said: list[str] = []
    watcher = Watcher(Reporting(tmp_path / "results", tmp_path / "out"), said.append)
    assert [watcher.step(0.0), watcher.step(1.0)] == [None, None]
    assert len(said) == 1
    store.save(tmp_path / "results", factories.complexity())
    assert watcher.step(2.0) is not None


@pytest.mark.parametrize("request_to_end", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_with_one_line(tmp_path: Path, request_to_end: signal.Signals) -> None:
    store.save(tmp_path / "results", factories.complexity())
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "bench",
            "report",
            "--watch",
            "--results",
            tmp_path / "results",
            "--out",
            tmp_path / "o",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    end = time.monotonic() + 120
    while not (tmp_path / "o" / LIVE).exists():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)
    process.send_signal(request_to_end)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "")
    assert err.splitlines()[-1].startswith("Stopped watching")
    assert len(err.splitlines()) == 2
    assert not (tmp_path / "o" / LIVE).exists()
    assert "ninbenchLive" not in (tmp_path / "o" / "index.html").read_text()


def until(page: Any, condition: str) -> None:
    """Wait for a condition in a page that may reload meanwhile; its policy forbids the browser's own way of waiting."""
    from playwright.sync_api import Error

    for _ in range(200):
        with contextlib.suppress(Error):
            if page.evaluate(condition):
                return
        page.wait_for_timeout(100)
    raise AssertionError(f"after 20 seconds it does not hold that {condition}")


@pytest.mark.browser
def test_an_open_page_reloads_itself_and_stays_where_it_was(watcher: Watcher, units: list[Unit]) -> None:
    browsers = pytest.importorskip("test_report_browser")
    if browsers.chromium() is None:
        pytest.skip("no Chromium in PATH, and $CHROMIUM is not set")
    reporting = watcher.reporting
    for record in factories.full_run(("nin", "lenet")):
        store.save(reporting.results, record)
    watcher.step(0.0)
    with browsers.sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browsers.chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 900, "height": 600})
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((reporting.out / "index.html").as_uri())
        page.evaluate("scrollTo({top: 1500, behavior: 'instant'}); window.old = true")
        page.locator("main details").nth(2).evaluate("one => one.open = true")
        page.wait_for_timeout(300)
        place = page.evaluate("scrollY")
        assert place > 1000
        progress = ProgressFiles(reporting.results / ".work", units)
        progress.begin(units[:1])
        progress.learned(units[0], [epoch(1, 0.3), epoch(2, 0.512)], [1.0])
        watcher.step(1.0)
        page.get_by_text("lenet, smoke, seed 0: epoch 2 of 2, validation accuracy 0.512").wait_for(timeout=20_000)
        assert page.evaluate("window.old"), "a run's progress needs no other page"

        store.save(reporting.results, factories.complexity("vgg16"))
        watcher.step(2.0)
        assert watcher.step(9.0) is not None
        until(page, "!window.old && document.body.textContent.includes('VGG-16')")
        page.wait_for_load_state("load")
        assert abs(page.evaluate("scrollY") - place) < 50
        assert page.locator("main details").nth(2).evaluate("one => one.open")

        watcher.close()
        until(page, "document.getElementById('live') === null")
        assert complaints == []
        browser.close()
