"""How networks are timed: how long, and in which order."""

from __future__ import annotations

import pytest
from timed_networks import CONDITIONS, Calls, clocked, network, timed

from bench.measure.steady import is_steady
from bench.measure.throughput import measure_throughput
from bench.protocols import Timing

pytestmark = pytest.mark.usefixtures("small_ceilings")


@pytest.mark.parametrize(
    ("seconds", "steady"),
    [
        ([9, 5, 3, 2.0, 2.0, 2.0], False),  # was still getting faster
        ([2, 2, 2, 2.01, 1.99, 2], True),
        ([2, 2, 2, 1.97, 1.97, 1.97], True),  # 1.5 % faster is noise
        ([2, 2, 2, 4, 4, 4], True),  # slower is drift, not warm-up
        ([2, 2, 2, 2, 2], False),  # too few to tell
    ],
)
def test_steady_is_no_longer_getting_faster(seconds: list[float], steady: bool) -> None:
    assert is_steady(seconds, within=0.03) is steady


def test_warm_up_ends_when_every_case_is_steady_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    warm = (0.5, 0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1)
    clocked(monkeypatch, iter(warm + (0.1,) * 4))
    (case,) = timed(network(), Timing(inference_batches=(2,), training_batches=(), rounds=4, min_seconds=0.0)).cases
    assert case.warmup_seconds == warm
    assert case.steady
    assert case.step_seconds == (0.1,) * 4


def test_a_case_that_never_settles_is_measured_and_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    clocked(monkeypatch, (1.0 / step for step in range(1, 100)))
    timing = Timing(inference_batches=(2,), training_batches=(), rounds=3, most_warmup_rounds=8, min_seconds=0.0)
    (case,) = timed(network(), timing).cases
    assert len(case.warmup_seconds) == 8
    assert not case.steady


def test_a_visit_lasts_as_long_as_it_should_by_the_fastest_of_the_last_warm_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first step is ten times as slow: by it, a visit would be over after a tenth of its time."""
    counts = clocked(monkeypatch, iter((0.3, 0.03, 0.031, 0.03, 0.03, 0.03)))
    timing = Timing(inference_batches=(2,), training_batches=(), rounds=2, most_warmup_rounds=4, min_seconds=0.1)
    (case,) = timed(network(), timing).cases
    assert counts == [1, 1, 4, 4, 4, 4]  # 4 steps of 30 ms are the fewest that last 100 ms
    assert case.steps_per_round == 4


def test_a_round_visits_every_case_once_in_an_order_of_its_own() -> None:
    def order(seed: int) -> list[str]:
        visits: list[str] = []
        networks = {label: Calls(lambda x, training, label=label: visits.append(label)) for label in "abcde"}
        timing = Timing(inference_batches=(2,), training_batches=(), rounds=6, most_warmup_rounds=1, min_seconds=0.0)
        measured = measure_throughput(networks, timing, CONDITIONS, seed=seed)
        assert [len(one.cases[0].step_seconds) for one in measured.networks.values()] == [6] * 5
        text = "".join(visits)
        assert text.startswith("abcde" * 2)  # the first step and the warm-up
        return [text[start : start + 5] for start in range(10, len(text), 5)]

    rounds = order(seed=0)
    assert all(sorted(one) == list("abcde") for one in rounds)
    assert len(set(rounds)) > 1
    assert order(seed=0) == rounds
    assert order(seed=1) != rounds
