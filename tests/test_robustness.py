"""Experiments on garments in the middle of their canvas and in its quarters, with networks whose answers are known."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from placed_runs import TEST, bars, brightness, frozen, made_up_run
from torch import Tensor, nn

from bench.data import MEAN, STD
from bench.measure.experiments.quadrants import quadrants
from bench.measure.experiments.robustness import robustness
from bench.progress import Surroundings
from bench.records.experiments import Curve, Robustness


class KnowsTheSum(nn.Module):
    """Classifies by how much light there is on the canvas, as if it were of a garment of 20 pixels; learns nothing."""

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.levels = nn.Parameter((torch.arange(num_classes) + 1) * 25.0 * 20**2)

    def forward(self, x: Tensor) -> Tensor:
        light = ((x * STD + MEAN) * 255).sum((1, 2, 3))
        return -1e-4 * (light[:, None] - self.levels).abs()


class KnowsTheRow(nn.Module):
    """Classifies by which row of the canvas is bright where a garment of 20 pixels in the middle has it."""

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.rows = nn.Parameter(4 + (torch.arange(num_classes) * 2 + 5) * 20 / 28)

    def forward(self, x: Tensor) -> Tensor:
        light = ((x * STD + MEAN) * 255).sum((1, 3))
        middle = (light * (torch.arange(28) + 0.5)).sum(1) / light.sum(1)
        return -((middle[:, None] - self.rows) ** 2)


def curve(result: Robustness, name: str) -> Curve:
    (found,) = (one for one in result.curves if one.transformation == name)
    return found


def test_what_does_not_look_at_places_keeps_its_accuracy_when_moved_and_turned_and_not_when_scaled() -> None:
    result = robustness(frozen(made_up_run("robustness", KnowsTheSum, brightness)))
    assert result.clean_accuracy == 1
    assert curve(result, "shift").accuracies == (1,) * 5
    assert min(curve(result, "rotation").accuracies) == 1
    scale = dict(zip(curve(result, "scale").strengths, curve(result, "scale").accuracies, strict=True))
    assert scale[1.0] == 1
    # At 0.7 there is 0.49 times the light: level n is taken for the one nearest to 0.49 n, its own only for n = 1.
    labels = made_up_run("robustness", KnowsTheSum, brightness).data.test_labels
    assert scale[0.7] == pytest.approx((labels == 0).double().mean().item())


def test_what_looks_at_rows_alone_loses_when_moved_up_or_down_and_not_when_moved_sideways() -> None:
    result = robustness(frozen(made_up_run("robustness", KnowsTheRow, bars)))
    assert result.clean_accuracy == 1
    shift = curve(result, "shift")
    assert shift.strengths == (0, 1, 2, 3, 4)
    # A class is 10/7 of a pixel away from the next, so that two pixels up or down are at least one class: the half
    # that went sideways is right, and the outermost classes that had no further one to go to.
    labels = made_up_run("robustness", KnowsTheRow, bars).data.test_labels
    direction = torch.arange(TEST) % 4
    still_right = (direction % 2 == 1) | ((direction == 0) & (labels == 9)) | ((direction == 2) & (labels == 0))
    assert shift.accuracies[2:] == pytest.approx([still_right.double().mean().item()] * 3)


def test_a_robustness_record_says_what_was_done() -> None:
    result = robustness(frozen(made_up_run("robustness", KnowsTheSum, brightness)))
    assert (result.object_side, result.test_images, result.outcome) == (20, TEST, "trained")
    assert [(one.transformation, one.unit) for one in result.curves] == [
        ("shift", "pixels"),
        ("scale", "times"),
        ("rotation", "degrees"),
    ]
    assert curve(result, "scale").strengths == pytest.approx((0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3))
    assert curve(result, "rotation").strengths == (0, 15, 30, 45, 60, 75, 90)
    for one in result.curves:
        neutral = 1.0 if one.transformation == "scale" else 0.0
        assert one.accuracies[one.strengths.index(neutral)] == result.clean_accuracy
    assert Robustness.model_validate_json(result.model_dump_json()) == result


def linear(num_classes: int) -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Dropout(0.1), nn.Linear(784, num_classes))


def test_one_seed_gives_one_result_and_training_is_on_garments_in_the_middle() -> None:
    run = made_up_run("robustness", linear, bars)
    result = robustness(run)
    assert result.outcome == "trained"
    assert result.clean_accuracy > 0.9
    assert result == robustness(run)
    assert result != robustness(replace(run, seed=1))


def test_quarters_are_learnt_by_what_sees_places_and_guessed_by_what_does_not() -> None:
    def blind(num_classes: int) -> nn.Module:
        pixelwise = nn.Sequential(nn.Conv2d(1, 16, 1), nn.ReLU(), nn.Conv2d(16, num_classes, 1))
        return nn.Sequential(pixelwise, nn.AdaptiveAvgPool2d(1), nn.Flatten())

    seeing = quadrants(made_up_run("quadrants", linear, brightness))
    guessing = quadrants(made_up_run("quadrants", blind, brightness))
    assert (seeing.object_side, seeing.test_images, seeing.outcome) == (14, TEST, "trained")
    assert seeing.test_accuracy > 0.95
    # It gives the same answer in all quarters, and every class lies in each of them equally often.
    assert guessing.test_accuracy == pytest.approx(0.25, abs=0.05)
    assert guessing.outcome == "stuck at chance"
    assert seeing == quadrants(made_up_run("quadrants", linear, brightness))


def test_progress_is_told_and_ends_before_the_whole() -> None:
    said: list[tuple[float, str]] = []
    run = made_up_run("robustness", linear, bars)
    robustness(replace(run, around=Surroundings(tell=lambda share, text: said.append((share, text)))))
    shares = [share for share, _ in said]
    assert shares == sorted(shares)
    assert 0.9 < shares[-1] < 1
    assert "rotation 90 degrees" in said[-1][1]
