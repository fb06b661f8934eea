"""Comparisons on the same images, and calibration."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats as scipy_stats

from bench.stats import expected_calibration_error, mcnemar, paired_bootstrap


def pairs(both: int, only_a: int, only_b: int, neither: int) -> tuple[list[bool], list[bool]]:
    """Outcomes with these counts."""
    a = [True] * both + [True] * only_a + [False] * only_b + [False] * neither
    b = [True] * both + [False] * only_a + [True] * only_b + [False] * neither
    return a, b


def test_approval_of_the_prime_minister() -> None:
    """Agresti, Categorical Data Analysis, section 10.1: 794, 150, 86, 570; fell by 0.04, 0.02 to 0.06."""
    tested = mcnemar(*pairs(794, 150, 86, 570))
    assert tested.effect == pytest.approx(0.04)
    assert (tested.low, tested.high) == pytest.approx((0.02, 0.06), abs=0.002)
    assert tested.p_value == pytest.approx(2 * sum(math.comb(236, k) for k in range(87)) / 2**236)
    assert tested.n == 1600


def test_few_patients_before_and_after_a_transplant() -> None:
    """Bentur and others, 2009, as in Fagerland, Lydersen, Laake, 2014: 1, 1, 7 and 12 of 21 patients.

    Exact p: nine of 256 outcomes a side.  Bonett and Price's interval is that of 2 and 8 of 23.
    """
    tested = mcnemar(*pairs(1, 1, 7, 12))
    assert tested.effect == pytest.approx(-6 / 21)
    assert tested.p_value == pytest.approx(18 / 256)
    half = 1.959964 * math.sqrt((10 / 23 - (6 / 23) ** 2) / 23)
    assert (tested.low, tested.high) == pytest.approx((-6 / 23 - half, -6 / 23 + half))


def test_networks_that_agree_on_every_image() -> None:
    tested = mcnemar([True, False, True], [True, False, True])
    assert (tested.effect, tested.p_value) == (0, 1)
    assert tested.low < 0 < tested.high


def test_difference_of_accuracy_stays_within_its_bounds() -> None:
    tested = mcnemar([True] * 4, [False] * 4)
    assert (tested.effect, tested.high) == (1, 1)


def test_mcnemars_interval_holds_its_level() -> None:
    """A thousand images, of which one network alone has 4 %, the other alone 3 % right."""
    generator = np.random.default_rng(5)
    held = 0
    for only_a, only_b, rest in generator.multinomial(1000, [0.04, 0.03, 0.93], size=400):
        tested = mcnemar(*pairs(int(rest), int(only_a), int(only_b), 0))
        held += tested.low <= 0.01 <= tested.high
    assert held / 400 >= 0.93


def test_bootstrap_over_images_agrees_with_scipys_bootstrap() -> None:
    """Shares of five seeds that have each of 300 images right."""
    generator = np.random.default_rng(11)
    a, b = generator.binomial(5, 0.85, 300) / 5, generator.binomial(5, 0.8, 300) / 5
    tested = paired_bootstrap(a, b)
    expected = scipy_stats.bootstrap(
        (a - b,), np.mean, method="percentile", random_state=np.random.default_rng(1)
    ).confidence_interval
    assert tested.effect == pytest.approx(a.mean() - b.mean())
    assert (tested.low, tested.high) == pytest.approx((expected.low, expected.high), abs=0.003)
    assert tested == paired_bootstrap(a, b)


def test_bootstrap_of_many_distinct_losses_agrees_with_students_test() -> None:
    generator = np.random.default_rng(12)
    a, b = generator.exponential(1.0, 900), generator.exponential(1.06, 900)
    tested = paired_bootstrap(a, b, resamples=2_999)
    expected = scipy_stats.ttest_rel(a, b)
    bounds = expected.confidence_interval()
    assert (tested.low, tested.high) == pytest.approx((bounds.low, bounds.high), abs=0.01)
    assert tested.p_value == pytest.approx(expected.pvalue, abs=0.03)


def test_bootstrap_tells_no_more_than_its_number() -> None:
    assert paired_bootstrap([1.0, 1.0], [0.0, 0.0], resamples=99).p_value == 0.02
    assert paired_bootstrap([1.0, 1.0], [1.0, 1.0]).p_value == 1


def test_calibration_by_hand() -> None:
    """Two bins of two: one right of two at 0.6 and 1.0 leaves a gap of 0.3; none at 0.2 and 0.5 of 0.35."""
    assert expected_calibration_error([0.6, 1.0, 0.2, 0.5], [1, 0, 0, 0], bins=2) == pytest.approx(0.325)


def test_bins_are_closed_above() -> None:
    """0.5 lies in the lower of two bins and makes up for 0.3 there; in the upper one it would not."""
    assert expected_calibration_error([0.5, 0.3, 0.2], [1, 0, 0], bins=2) == pytest.approx(0)
    assert expected_calibration_error([0.0, 1.0], [0, 1]) == 0


def test_a_network_that_means_what_it_says() -> None:
    generator = np.random.default_rng(2)
    confidence = generator.uniform(0.1, 1, 100_000)
    outcome = generator.uniform(size=100_000) < confidence
    assert expected_calibration_error(confidence, outcome) < 0.01
    assert expected_calibration_error(np.minimum(confidence + 0.1, 1), outcome) == pytest.approx(0.095, abs=0.005)


def test_calibration_agrees_with_torchmetrics() -> None:
    functional = pytest.importorskip("torchmetrics.functional.classification")
    import torch

    generator = torch.Generator().manual_seed(0)
    scores = torch.rand(2000, 10, generator=generator).mul(3).softmax(1)
    labels = torch.randint(10, (2000,), generator=generator)
    expected = functional.multiclass_calibration_error(scores, labels, num_classes=10, n_bins=15, norm="l1")
    confidence, predicted = scores.max(1)
    found = expected_calibration_error(confidence.numpy(), (predicted == labels).numpy())
    assert found == pytest.approx(float(expected), abs=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mcnemar([True], [True, False]), "as many of either"),
        (lambda: mcnemar([], []), "at least one image"),
        (lambda: mcnemar([0.5], [1.0]), "true or false"),
        (lambda: mcnemar([True], [False], confidence=1.0), "confidence"),
        (lambda: paired_bootstrap([math.nan], [1.0]), "finite"),
        (lambda: paired_bootstrap([[1.0]], [[1.0]]), "one value an image"),
        (lambda: expected_calibration_error([0.5], [True, False]), "two values an image"),
        (lambda: expected_calibration_error([], []), "two values an image"),
        (lambda: expected_calibration_error([1.5], [True]), "between 0 and 1"),
        (lambda: expected_calibration_error([math.nan], [True]), "between 0 and 1"),
        (lambda: expected_calibration_error([0.5], [2]), "between 0 and 1"),
        (lambda: expected_calibration_error([0.5], [True], bins=0), "at least one bin"),
    ],
)
def test_predictions_that_tell_nothing_are_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
