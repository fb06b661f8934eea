"""The learning rates that protocols train at are those that the committed search found, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

import archs
from bench import store
from bench.protocols import PROTOCOLS, get_protocol, get_protocols
from bench.protocols.rates import SEARCHED
from bench.tuning import Search, searches

RESULTS = Path(__file__).parents[1] / "results"


@pytest.fixture(scope="module", params=sorted(SEARCHED))
def searched(request: pytest.FixtureRequest) -> tuple[int, list[Search]]:
    """An image size, and what the records say of every network that was searched at it."""
    return request.param, searches(store.load(RESULTS).records, f"tuning{request.param}")


def test_every_rate_is_the_best_on_held_out_images(searched: tuple[int, list[Search]]) -> None:
    image_size, found = searched
    best = {(archs.get_spec(one.arch).family, one.best.learning_rate) for one in found if one.arch in archs.FIVE}
    assert best == set(SEARCHED[image_size])


def test_no_network_was_tried_more_often_than_another(searched: tuple[int, list[Search]]) -> None:
    image_size, found = searched
    grid = sorted(one.training.learning_rate for one in get_protocols(f"tuning{image_size}"))
    for one in found:
        assert one.missing == ()
        assert [trial.learning_rate for trial in one.trials] == grid
    assert len({len(trial.accuracies) for one in found for trial in one.trials}) == 1


def test_every_family_has_a_rate() -> None:
    families = {archs.get_spec(name).family for name in archs.FIVE}
    for rates in SEARCHED.values():
        assert set(dict(rates)) == families


def test_a_protocol_is_citable_once_its_image_size_was_searched() -> None:
    for protocol in PROTOCOLS.values():
        if protocol.image_size not in SEARCHED:
            continue
        assert protocol.standing != "untuned"
    assert get_protocol("budget28").training.learning_rates == SEARCHED[28]
    assert get_protocol("quick").training.learning_rates != SEARCHED[28]
    unsearched = {one.standing for one in PROTOCOLS.values() if one.image_size == 224 and "accuracy" in one.measures}
    assert ("untuned" in unsearched) == (224 not in SEARCHED)
