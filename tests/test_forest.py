"""Findings on one axis: what is drawn, in which order its places lie, and what is left to the words."""

import math
from dataclasses import replace
from typing import Any

import pytest

from bench.claims.ledger import claims
from bench.claims.model import Decision, Finding
from bench.report.web.forest import Forest, forests

POINTS = Finding(
    "test accuracy: NiN against AlexNet", "inconclusive", "", -2.0, -5.0, 1.0, "percentage points", bound=-0.5
)
TIMES = Finding("parameters: NiN against VGG-16", "supported", "", 0.01, 0.01, 0.01, "times", bound=0.5)


def drawn(*findings: Finding) -> Forest:
    (forest,) = forests(Decision(claims()[0], "mixed", findings))
    return forest


def test_an_axis_keeps_the_order_of_its_numbers_and_has_room_for_all() -> None:
    wide = replace(POINTS, about="test accuracy: NiN against LeNet", effect=8.0, low=2.0, high=14.0)
    forest = drawn(POINTS, wide)
    one, other = forest.rows
    assert (
        0 < one.low < one.effect < one.bound < forest.none_at < one.high < other.low < other.effect < other.high < 100
    )
    assert one.bound == other.bound


def test_equal_steps_are_equal_lengths_of_differences_and_of_logarithms_of_ratios() -> None:
    (difference,) = drawn(replace(POINTS, effect=1.0, low=-1.0, high=3.0, bound=0.0)).rows
    assert difference.high - difference.effect == pytest.approx(difference.effect - difference.low, abs=0.02)
    (ratio,) = drawn(replace(TIMES, effect=4.0, low=1.0, high=16.0)).rows
    assert ratio.high - ratio.effect == pytest.approx(ratio.effect - ratio.low, abs=0.02)


def test_a_ratio_of_nothing_has_a_place_too() -> None:
    none, half = drawn(
        replace(TIMES, effect=0.0, low=0.0, high=0.0), replace(TIMES, effect=0.5, low=0.4, high=0.6)
    ).rows
    assert 0 < none.effect == none.low == none.high < half.low


def test_one_exact_finding_is_told_and_not_drawn() -> None:
    assert forests(Decision(claims()[0], "supported", (TIMES,))) == ()
    assert len(forests(Decision(claims()[0], "supported", (TIMES, replace(TIMES, effect=2.0))))) == 1


@pytest.mark.parametrize(
    "lacks",
    [{"effect": None}, {"bound": None}, {"high": math.inf}, {"unit": "layers"}],
    ids=["effect", "margin", "finite interval", "unit that networks can be alike in"],
)
def test_what_has_no_place_is_left_to_the_words(lacks: dict[str, Any]) -> None:
    assert len(drawn(POINTS, replace(POINTS, **lacks)).rows) == 1


def test_units_have_an_axis_each() -> None:
    found = forests(Decision(claims()[0], "mixed", (POINTS, TIMES, replace(TIMES, effect=2.0))))
    assert [(one.heading, len(one.rows)) for one in found] == [
        ("Parameters, ratios", 2),
        ("Test accuracy, differences in percentage points", 1),
    ]


def test_what_all_rows_are_about_stands_above_them_once() -> None:
    alike = drawn(POINTS, replace(POINTS, about="test accuracy: NiN against LeNet"))
    assert [row.about for row in alike.rows] == ["NiN against AlexNet", "NiN against LeNet"]
    several = drawn(POINTS, replace(POINTS, about="gap at the end: NiN against LeNet"))
    assert several.heading == "Differences in percentage points"
    assert [row.about for row in several.rows] == [POINTS.about, "gap at the end: NiN against LeNet"]


def test_rows_tell_the_numbers_without_the_unit_that_stands_above() -> None:
    (row,) = drawn(POINTS).rows
    assert (row.words, row.margin) == ("-2.00 [-5.00 to +1.00]", "-0.5")
    assert [drawn(replace(POINTS, bound=bound)).rows[0].margin for bound in (0.0, 1.0)] == ["0", "+1"]


def test_ends_have_words_where_there_is_room_beside_what_is_alike() -> None:
    assert [words for _, words in drawn(replace(POINTS, low=-20.0)).ticks] == ["0", "-20"]
    assert [words for _, words in drawn(replace(POINTS, low=-5.0, high=6.0)).ticks] == ["0", "-5", "+6"]
    assert [words for _, words in drawn(replace(TIMES, effect=4.0, low=2.0, high=20.0, bound=1.0)).ticks] == ["1", "20"]
