"""Learning curves in TensorBoard's format, read back with TensorBoard's own reader."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from conftest import Spoken
from test_train import small, train

from bench import store, worker
from bench.curves.tensorboard import STEP_LOSS, TensorBoardCurves, scalars, unit_folder
from bench.device import Target
from bench.plan import Unit, make_plan
from bench.progress import OutOfTime, Surroundings
from bench.protocols import get_protocol
from bench.records import Accuracy, Epoch

pytest.importorskip("tensorboard", reason="tensorboard is not installed")
Bench = Callable[..., Spoken]
Points = dict[str, list[tuple[int, float]]]


def read_back(folder: Path) -> Points:
    """Every curve under `folder` as TensorBoard would show it: pairs of images seen and value."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    return {tag: [(one.step, one.value) for one in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def made_up_epoch(number: int, *, images: int = 100, loss: float | None = None) -> Epoch:
    return Epoch(
        epoch=number, images=images * number, seconds=1.0, images_per_second=images, train_loss=loss or 1 / number,
        train_accuracy=1 - 0.5 / number, validation_loss=None, validation_accuracy=1 - 0.6 / number,
        learning_rate=0.01 / number, memory_bytes=None,
    )  # fmt: skip


def same(points: list[tuple[int, float]]) -> list[object]:
    """Values come back as 32-bit numbers."""
    return [(images, pytest.approx(value, rel=1e-6, nan_ok=True)) for images, value in points]


@pytest.fixture
def unit() -> Unit:
    target = Target("cpu", "cpu", "Example Processor")
    described: Any = target.described
    (only,) = make_plan(["lenet"], get_protocol("smoke"), ["accuracy"], seeds=1, device=described, precision="fp32")
    return only


def test_points_stand_at_the_images_seen(unit: Unit, tmp_path: Path) -> None:
    curves = TensorBoardCurves(tmp_path)
    curves.begin([unit])
    curves.learned(unit, [made_up_epoch(1)], [4.0, 3.0, 2.0, 1.0])
    curves.learned(unit, [made_up_epoch(2)], [0.5, 0.25])
    curves.end([unit])
    points = read_back(tmp_path / "lenet" / "smoke" / "seed-0")
    assert points["accuracy/training"] == [(100, 0.5), (200, 0.75)]
    assert points["loss/training"] == [(100, 1.0), (200, 0.5)]
    assert points[STEP_LOSS] == [(25, 4.0), (50, 3.0), (75, 2.0), (100, 1.0), (150, 0.5), (200, 0.25)]


def test_a_run_taken_up_again_shows_no_point_twice(unit: Unit, tmp_path: Path) -> None:
    """The first attempt told two epochs and was killed before its second checkpoint, so that the second comes again."""
    first = TensorBoardCurves(tmp_path)
    first.learned(unit, [made_up_epoch(1)], [1.0])
    first.learned(unit, [made_up_epoch(2, loss=9.0)], [9.0])
    first.end([unit])
    again = TensorBoardCurves(tmp_path)
    again.begin([unit])
    again.learned(unit, [made_up_epoch(1)], [1.0])
    again.learned(unit, [made_up_epoch(2)], [0.5])
    again.learned(unit, [made_up_epoch(3)], [0.25])
    again.end([unit])
    points = read_back(unit_folder(tmp_path, unit))
    assert points["accuracy/validation"] == same([(100, 0.4), (200, 0.7), (300, 0.8)])
    assert points["loss/training"] == same([(100, 1.0), (200, 0.5), (300, 1 / 3)])
    assert points[STEP_LOSS] == [(100, 1.0), (200, 0.5), (300, 0.25)]


def test_another_unit_does_not_void_the_curves_of_one_with_the_same_name(unit: Unit, tmp_path: Path) -> None:
    elsewhere = Unit(unit.kind, unit.arch, unit.protocol, unit.seed, "bf16", unit.device)
    for one in (unit, elsewhere):
        curves = TensorBoardCurves(tmp_path)
        curves.learned(one, [made_up_epoch(1)], [1.0])
        curves.end([one])
    names = sorted(path.name for path in (tmp_path / "lenet" / "smoke").iterdir())
    assert names == ["seed-0", f"seed-0-{elsewhere.key}"]


def test_curves_of_a_stopped_run_are_those_of_its_epochs(unit: Unit, tmp_path: Path) -> None:
    """The harness stops after each of its epochs and is taken up again, as a process of its own each time."""
    for stop in (True, True, False):
        curves = TensorBoardCurves(tmp_path / "curves")

        def learned(news: worker.Learned, curves: TensorBoardCurves = curves) -> None:
            curves.learned(unit, news.epochs, news.step_losses)

        follow = worker.news(learned)
        with pytest.raises(OutOfTime) if stop else nullcontext():
            progress = train(
                small(),
                checkpoint=tmp_path / "run.pt",
                around=Surroundings(out_of_time=lambda stop=stop: stop, follow=follow),
            )
        curves.end([unit])
    assert progress.resumed == 2
    points = read_back(unit_folder(tmp_path / "curves", unit))
    for tag in scalars(progress.epochs[0]):
        assert points[tag] == same([(epoch.images, scalars(epoch)[tag]) for epoch in progress.epochs]), tag
    assert points[STEP_LOSS] == same([(32 * step, loss) for step, loss in enumerate(progress.step_losses, start=1)])


@pytest.mark.data
def test_a_run_writes_its_records_curves_and_changes_nothing_else(tmp_path: Path, bench: Bench) -> None:
    wanted = ("run", "--arch", "lenet", "--protocol", "smoke", "--measure", "accuracy", "--device", "cpu", "--results")
    assert bench(*wanted, tmp_path / "plain").code == 0
    assert bench(*wanted, tmp_path / "followed", "--tensorboard", tmp_path / "curves").code == 0
    plain, followed = (store.load(tmp_path / name).records[0] for name in ("plain", "followed"))
    assert followed.key == plain.key
    assert isinstance(plain.result, Accuracy)
    assert isinstance(followed.result, Accuracy)
    assert followed.result.step_losses == plain.result.step_losses
    assert set(followed.provenance) == set(plain.provenance)
    points = read_back(tmp_path / "curves" / "lenet" / "smoke" / "seed-0")
    for tag in scalars(followed.result.epochs[0]):
        assert points[tag] == same([(epoch.images, scalars(epoch)[tag]) for epoch in followed.result.epochs]), tag
    assert [loss for _, loss in points[STEP_LOSS]] == pytest.approx(list(followed.result.step_losses))
    assert not list((tmp_path / "followed" / ".work").glob("*.progress")), "nothing is left of a run that is over"


def test_without_the_package_one_line_comes_before_anything_runs(
    tmp_path: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    spoken = bench("run", "--protocol", "smoke", "--results", tmp_path / "r", "--tensorboard", tmp_path / "curves")
    assert spoken.code == 2
    assert spoken.err.count("\n") == 1
    assert "pip install -e .[tensorboard]" in spoken.err
    assert not (tmp_path / "r").exists()


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path, bench: Bench) -> None:
    (tmp_path / "file").write_text("")
    spoken = bench("run", "--protocol", "smoke", "--results", tmp_path / "r", "--tensorboard", tmp_path / "file")
    assert (spoken.code, spoken.err.count("\n")) == (2, 1)
    assert "name another folder" in spoken.err
