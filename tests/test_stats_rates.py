"""Rates and many tests at once against published examples."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.stats import fisher, holm, rate_against_chance, rate_below


def test_fishers_tea() -> None:
    """Fisher, The Design of Experiments, 1935: three of four cups right, p = 0.2429 one-sided, by symmetry twice."""
    tested = fisher(3, 4, 1, 4)
    assert tested.p_value == pytest.approx(34 / 70)
    assert (tested.effect, tested.n) == (0.5, 8)


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_difference_of_rates_in_newcombes_table(
    a: tuple[int, int], b: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe, Statistics in Medicine 17, 1998, pages 873 to 890, table II, method 10."""
    tested = fisher(*a, *b)
    assert (tested.low, tested.high) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_fishers_p_is_the_sum_over_tables_that_are_no_likelier(n_a: int, n_b: int, data: st.DataObject) -> None:
    in_a, in_b = data.draw(st.integers(0, n_a)), data.draw(st.integers(0, n_b))
    drawn = in_a + in_b
    tables = {k: math.comb(n_a, k) * math.comb(n_b, drawn - k) for k in range(drawn + 1)}
    rare = sum(ways for ways in tables.values() if ways <= tables[in_a])
    assert fisher(in_a, n_a, in_b, n_b).p_value == pytest.approx(rare / math.comb(n_a + n_b, drawn))


def test_mendels_peas() -> None:
    """R's documentation of `binom.test`, after Conover: 682 of 925 plants against three quarters, p = 0.3825."""
    tested = rate_against_chance(682, 925, 0.75)
    assert tested.p_value == pytest.approx(0.3825, abs=5e-5)
    assert tested.effect == pytest.approx(0.7372973, abs=5e-8)


def test_a_rate_that_is_all_but_certain() -> None:
    """All of six heads: two of the 64 outcomes are as rare.  Wilson's lower bound is n / (n + z^2) then."""
    tested = rate_against_chance(6, 6, 0.5)
    assert tested.p_value == pytest.approx(2 / 64)
    assert (tested.low, tested.high) == pytest.approx((6 / (6 + 1.959964**2), 1.0), abs=1e-6)


@given(st.integers(1, 40), st.data(), st.floats(0.01, 0.99))
def test_a_rates_upper_limit_is_where_as_few_or_fewer_become_rare(n: int, data: st.DataObject, bound: float) -> None:
    """Clopper and Pearson: with the limit as the true rate, so few successes or fewer come about once in twenty."""
    successes = data.draw(st.integers(0, n - 1))

    def as_few(rate: float) -> float:
        return sum(math.comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(successes + 1))

    tested = rate_below(successes, n, bound)
    assert as_few(tested.high) == pytest.approx(0.05)
    assert tested.p_value == pytest.approx(as_few(bound))
    assert (tested.low, tested.effect) == (0, successes / n)
    assert rate_below(n, n, bound).high == 1


def test_holms_procedure_as_it_is_taught() -> None:
    """0.005 x 4, 0.01 x 3, 0.03 x 2; 0.04 x 1 is below the one before it and takes its value."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.integers(0, 1000).map(lambda value: value / 1000), max_size=20), st.floats(0.0005, 0.4))
def test_holm_rejects_what_stepping_down_rejects(p_values: list[float], alpha: float) -> None:
    """Holm, 1979: go up from the smallest and stop at the first that exceeds alpha / (tests left)."""
    if any(math.isclose(p * left, alpha) for p in p_values for left in range(1, len(p_values) + 1)):
        return
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    rejected = set()
    for done, index in enumerate(order):
        if p_values[index] > alpha / (len(p_values) - done):
            break
        rejected.add(index)
    adjusted = holm(p_values)
    assert {index for index, p in enumerate(adjusted) if p <= alpha} == rejected
    assert all(p <= 1 for p in adjusted)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fisher(5, 4, 1, 4), "no proportion"),
        (lambda: fisher(1, 4, 0, 0), "no proportion"),
        (lambda: rate_against_chance(1, 4, 1.0), "chance"),
        (lambda: rate_against_chance(5, 4, 0.5), "no proportion"),
        (lambda: rate_below(5, 4, 0.5), "no proportion"),
        (lambda: rate_below(1, 4, 1.0), "bound"),
        (lambda: holm([0.1, 1.5]), "between 0 and 1"),
        (lambda: holm([math.nan]), "between 0 and 1"),
    ],
)
def test_counts_that_tell_nothing_are_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
