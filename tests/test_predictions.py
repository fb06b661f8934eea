"""What a run took each test image for, and images that it could not decide."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import factories
import numpy as np
import pytest
import rendered
import torch

from bench import store
from bench.claims.evidence import Evidence
from bench.claims.model import Finding
from bench.claims.predicates.accuracy import AccuracyDifference
from bench.claims.predicates.predictions import Calibration, GainOnConfusable
from bench.predictions import Predictions, read_predictions
from bench.records import Accuracy, Record
from bench.report import build
from bench.report.frames import to_frames
from bench.report.lost_classes import lost_class_sentences
from bench.report.undecided import undecided_sentences

DEAD = (0.0,) * 10
"""Scores of an image that reaches no class."""
SHIRT = (0.0,) * 6 + (5.0,) + (0.0,) * 3
TSHIRT = (5.0,) + (0.0,) * 9


def run(results: Path, seed: int, images: Sequence[tuple[int, Sequence[float]]], arch: str = "nin") -> Record:
    """A record of a run whose test images have these classes and were given these scores, with its file."""
    scores = torch.tensor([row for _, row in images])
    arrays = {
        "label": np.array([label for label, _ in images], dtype=np.uint8),
        "predicted": scores.argmax(1).to(torch.uint8).numpy(),
        "probability": scores.softmax(1).amax(1).to(torch.float16).numpy(),
    }
    right = float((arrays["label"] == arrays["predicted"]).mean())
    path = store.save(results, factories.accuracy(arch, score=right, seed=seed, protocol="budget28"), arrays)
    return Record.model_validate_json(path.read_bytes())


def result_of(record: Record) -> Accuracy:
    assert isinstance(record.result, Accuracy)
    return record.result


def test_what_was_saved_is_read(tmp_path: Path) -> None:
    result = result_of(run(tmp_path, 0, [(6, SHIRT), (2, SHIRT)]))
    found = read_predictions(tmp_path, result.predictions, result.predictions_sha256)
    assert found is not None
    assert (found.label.tolist(), found.predicted.tolist(), found.right.tolist()) == ([6, 2], [6, 6], [True, False])
    assert found.probability.tolist() == pytest.approx([0.943] * 2, abs=1e-3)


def test_what_is_not_the_recorded_file_is_not_read(tmp_path: Path) -> None:
    result = result_of(run(tmp_path, 0, [(6, SHIRT)]))
    name, digest = result.predictions, result.predictions_sha256
    assert read_predictions(None, name, digest) is None
    assert read_predictions(tmp_path, None, None) is None
    assert read_predictions(tmp_path, f"../accuracy/{name}", digest) is None
    path = tmp_path / "records" / "accuracy" / str(name)
    path.write_bytes(path.read_bytes() + b" ")
    assert read_predictions(tmp_path, name, digest) is None
    path.unlink()
    assert read_predictions(tmp_path, name, digest) is None


def test_images_without_any_score_are_undecided_whichever_class_they_are(tmp_path: Path) -> None:
    """Two T-shirts, the first class in order, and a coat: argmax finds two of three, a lot one in ten."""
    result = result_of(run(tmp_path, 0, [(0, DEAD), (0, DEAD), (4, DEAD), (6, SHIRT)]))
    assert result.test_accuracy == pytest.approx(0.75)
    found = read_predictions(tmp_path, result.predictions, result.predictions_sha256)
    assert found is not None
    assert found.undecided(10).tolist() == [True, True, True, False]
    assert found.accuracy_by_lot(10) == pytest.approx((3 * 0.1 + 1) / 4)


def test_a_faint_preference_is_a_decision() -> None:
    scores = torch.zeros(1, 10)
    scores[0, 3] = 0.01
    found = Predictions(np.array([3]), np.array([3]), scores.softmax(1).amax(1).to(torch.float16).numpy())
    assert not found.undecided(10).any()
    assert found.accuracy_by_lot(10) == 1.0


def test_the_report_tells_where_images_were_left_undecided(tmp_path: Path) -> None:
    sound = [(6, SHIRT)] * 4
    records = [
        run(tmp_path, 0, sound),
        run(tmp_path, 1, [(0, DEAD), (0, DEAD), (6, SHIRT), (6, SHIRT)]),
        run(tmp_path, 0, sound, arch="alexnet"),
        run(tmp_path, 1, sound, arch="alexnet"),
    ]
    frames = to_frames(records, tmp_path)
    (sentence,) = undecided_sentences(frames.accuracy)
    assert sentence.startswith("1 of 2 runs of NiN, seed 1, gave 2 of ")
    assert "accuracy of 1.000; with a class by lot it would be 0.550" in sentence

    files = build.build(records, [], tmp_path)
    assert sentence in files["index.html"].decode()
    rows = rendered.table(files, "accuracy")
    told = {row["arch"]: (row["undecided"], row["accuracy_by_lot"]) for row in rows}
    assert told["nin"][0] == "2"
    assert float(told["nin"][1]) == pytest.approx((1 + 0.55) / 2)
    assert told["alexnet"] == ("0", "1")
    for name in ("accuracy", "summary"):
        notes = files[f"tables/{name}.md"].decode()
        assert "Over its 2 runs NiN gave 2 test images the same score for every class" in notes
        assert "with a class by lot the mean accuracy would be 0.775" in notes


def test_of_several_runs_that_left_images_undecided_the_worst_is_told(tmp_path: Path) -> None:
    dead = [[(0, DEAD)] * count + [(6, SHIRT)] * (4 - count) for count in (0, 1, 3)]
    records = [run(tmp_path, seed, images) for seed, images in enumerate(dead)]
    (sentence,) = undecided_sentences(to_frames(records, tmp_path).accuracy)
    assert sentence.startswith("2 of 3 runs of NiN gave some test images (most with seed 2: 3 of ")
    assert ") the same score for every class." in sentence
    assert sentence.endswith("with a class by lot it would be 0.325.")


def test_what_is_found_on_accuracy_has_to_hold_by_lot_too(tmp_path: Path) -> None:
    """NiN leaves two of ten images undecided, which count as the first class, by luck the right one; AlexNet fails in
    one of ten or in five."""
    images = [(0, DEAD), (0, DEAD), *[(6, SHIRT)] * 8]
    records = [run(tmp_path, seed, images) for seed in range(3)]
    predicate = AccuracyDifference(
        test="difference of accuracy", network="nin", against=("alexnet",), relation="higher", protocols=("budget28",)
    )

    def found(wrong: int) -> tuple[Finding, Finding]:
        others = [
            run(tmp_path, seed, [(6, SHIRT)] * (10 - wrong) + [(4, SHIRT)] * wrong, arch="alexnet") for seed in range(3)
        ]
        (told,) = predicate.findings(Evidence([*records, *others], tmp_path))
        (silent,) = predicate.findings(Evidence([*records, *others]))
        return told, silent

    near, as_counted = found(wrong=1)
    assert as_counted.verdict == "supported"
    assert "by lot" not in as_counted.says
    assert near.verdict == "inconclusive"
    assert near.effect == as_counted.effect == pytest.approx(10)
    assert "it is -8.00 percentage points" in near.says
    assert near.says.endswith(
        "By lot it would be refuted, as counted supported: the order of the classes would decide, so it is open."
    )
    far, as_counted = found(wrong=5)
    assert far.verdict == as_counted.verdict == "supported"
    assert "it is +32.00 percentage points" in far.says


def test_calibration_by_lot_counts_an_image_without_an_answer_as_one_in_ten(tmp_path: Path) -> None:
    """Half of the images have no answer and count as the first class, which is right for all: a confidence of a tenth
    is off by nine tenths.  By lot it is not off at all."""
    images = [(0, DEAD)] * 5 + [(6, SHIRT)] * 5
    records = [run(tmp_path, seed, images) for seed in range(3)]
    predicate = Calibration(test="calibration", network="nin", at_most=0.05, protocols=("budget28",))
    (found,) = predicate.findings(Evidence(records, tmp_path))
    off_when_sure = 0.5 * (1 - 0.943)
    assert found.effect == pytest.approx(100 * (0.5 * 0.9 + off_when_sure), abs=0.1)
    assert found.verdict == "inconclusive"
    assert "it is +2.8" in found.says


def test_a_gain_on_confusable_classes_has_to_hold_by_lot_too(tmp_path: Path) -> None:
    """NiN has no answer for two T-shirts, which count as right; AlexNet takes one of them for a shirt."""
    sure = [(6, SHIRT)] * 6 + [(1, SHIRT)] * 2
    records = [run(tmp_path, seed, [(0, DEAD), (0, DEAD), *sure]) for seed in range(3)]
    records += [run(tmp_path, seed, [(0, TSHIRT), (0, SHIRT), *sure], arch="alexnet") for seed in range(3)]
    predicate = GainOnConfusable(
        test="gain on confusable classes", network="nin", against=("alexnet",), protocols=("budget28",)
    )
    by_itself, beside = predicate.findings(Evidence(records, tmp_path))
    assert by_itself.effect == pytest.approx(100 / 8)
    assert by_itself.verdict == beside.verdict == "inconclusive"
    assert "it is -10.00 percentage points" in by_itself.says


def test_a_report_without_such_images_does_not_speak_of_them(tmp_path: Path) -> None:
    records = [run(tmp_path, seed, [(6, SHIRT)] * 4) for seed in range(2)]
    assert not [*undecided_sentences(to_frames(records, tmp_path).accuracy)]
    files = build.build(records, [], tmp_path)
    assert "by lot" not in files["tables/accuracy.md"].decode()
    # Without the files nobody knows.
    assert not [*undecided_sentences(to_frames(records).accuracy)]


def test_a_run_that_learnt_nothing_is_told_as_that_and_not_as_undecided(tmp_path: Path) -> None:
    record = run(tmp_path, 0, [(0, DEAD), (1, DEAD)])
    stuck = record.model_copy(update={"result": result_of(record).model_copy(update={"outcome": "stuck at chance"})})
    assert not [*undecided_sentences(to_frames([stuck], tmp_path).accuracy)]


def test_a_class_that_is_never_an_answer_is_lost_and_told(tmp_path: Path) -> None:
    """Seed 0 takes the T-shirt for a shirt, seed 1 finds it."""
    tee = (5.0,) + (0.0,) * 9
    records = [
        run(tmp_path, 0, [(0, SHIRT), (6, SHIRT), (6, SHIRT)]),
        run(tmp_path, 1, [(0, tee), (6, SHIRT), (6, SHIRT)]),
    ]
    frames = to_frames(records, tmp_path)
    assert list(frames.accuracy["lost_classes"]) == [1, 0]
    assert list(lost_class_sentences(frames.accuracy)) == [
        "1 of 2 runs of NiN took no test image for some class: seed 0 without 1 class (0.667); "
        "the other run reached 1.000."
    ]
    files = build.build(records, [], tmp_path)
    assert "1 of 2 (1 class)" in files["tables/accuracy.md"].decode()
    assert "without 1 class" in files["index.html"].decode()


def test_a_run_that_learnt_nothing_has_lost_no_class(tmp_path: Path) -> None:
    stuck = run(tmp_path, 0, [(0, SHIRT), (6, SHIRT)])
    stuck = stuck.model_copy(update={"result": result_of(stuck).model_copy(update={"outcome": "stuck at chance"})})
    frames = to_frames([stuck], tmp_path)
    assert not list(lost_class_sentences(frames.accuracy))
    assert "lost a class" not in build.build([stuck], [], tmp_path)["tables/accuracy.md"].decode()
