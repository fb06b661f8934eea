"""Claims on images that are moved, scaled and turned, decided from made-up runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import factories
import pytest
from scipy.stats import ttest_1samp

from bench.claims.evidence import Evidence
from bench.claims.model import Finding
from bench.claims.predicates.robustness import Position, RetainedArea, RetainedAtLeast, retained_area
from bench.records import Curve, Record, Robustness
from bench.report.frames import to_frames


def runs(arch: str, worst: Sequence[float], **changes: Any) -> list[Record]:
    """Runs that lose accuracy evenly down to these shares at the strongest transformation."""
    return [
        factories.robustness(arch, retained=(1.0, (1 + share) / 2, share), seed=seed, **changes)
        for seed, share in enumerate(worst)
    ]


def against(records: Sequence[Record], **changes: Any) -> list[Finding]:
    facts = {"network": "nin", "against": ("nin-flatten-fc",), "transformations": ("shift",)}
    predicate = RetainedArea(test="retained accuracy against others", **facts | changes)
    return [*predicate.findings(Evidence(records))]


def test_the_area_is_the_mean_over_the_range_of_strengths() -> None:
    """Strengths that lie unevenly weigh by their distance: numpy's own rule gives the same."""
    import numpy as np

    record = factories.robustness(clean=0.5)
    assert isinstance(record.result, Robustness)
    strengths, accuracies = (0.7, 0.9, 1.0, 1.3), (0.2, 0.4, 0.5, 0.1)
    curve = Curve(transformation="scale", unit="times", strengths=strengths, accuracies=accuracies)
    uneven = record.model_copy(update={"result": record.result.model_copy(update={"curves": (curve,)})})
    expected = pytest.approx(np.trapezoid(np.array(accuracies) / 0.5, strengths) / 0.6)
    assert retained_area(uneven, "scale") == expected
    # The report's table has the same number.
    assert [*set(to_frames([uneven]).robustness["retained"])] == [expected]


def test_more_retained_accuracy_supports_less_refutes_and_scatter_decides_nothing() -> None:
    much, little = (0.8, 0.82, 0.78), (0.5, 0.5, 0.5)
    (found,) = against(runs("nin", much) + runs("nin-flatten-fc", little))
    assert found.verdict == "supported"
    # The area under a straight line from 1 down to 0.8 is 0.9, and down to 0.5 it is 0.75.
    assert found.effect == pytest.approx(15)
    assert against(runs("nin", little) + runs("nin-flatten-fc", much))[0].verdict == "refuted"
    assert against(runs("nin", (0.2, 0.9, 0.5)) + runs("nin-flatten-fc", little))[0].verdict == "inconclusive"
    assert against(runs("nin", much))[0].verdict == "not measured"


def test_each_transformation_is_a_finding() -> None:
    records = runs("nin", (0.8, 0.82, 0.78)) + runs("nin-flatten-fc", (0.5, 0.5, 0.5))
    found = against(records, transformations=("shift", "scale", "rotation"))
    assert [one.about.split(":")[0].split()[-1] for one in found] == ["shift", "scale", "rotation"]


def test_a_run_at_chance_keeps_all_of_nothing_and_does_not_count() -> None:
    stuck = runs("nin", (1.0, 1.0, 1.0), outcome="stuck at chance", clean=0.1)
    (found,) = against(stuck + runs("nin-flatten-fc", (0.5, 0.5, 0.5)))
    assert (found.verdict, found.n) == ("inconclusive", 0)
    assert found.says.startswith("With none of 3 seeds did every run learn anything (robustness28, ")
    (found,) = against(runs("nin", (0.8, 0.8)) + stuck[2:] + runs("nin-flatten-fc", (0.5, 0.5, 0.5)))
    assert (found.verdict, found.n) == ("inconclusive", 2)
    assert found.says.startswith("Only with 2 of 3 seeds did every run learn anything (robustness28, ")


@pytest.mark.parametrize(
    ("worst", "verdict"),
    [
        ((0.97, 0.98, 0.975), "supported"),
        ((0.60, 0.62, 0.58), "refuted"),
        ((0.99, 0.90, 0.96), "inconclusive"),
        ((0.97, 0.98), "not measured"),
    ],
)
def test_the_strongest_transformation_is_held_against_the_share(worst: Sequence[float], verdict: str) -> None:
    predicate = RetainedAtLeast(test="retained accuracy", networks=("nin",), share=0.95, transformations=("rotation",))
    (found,) = predicate.findings(Evidence(runs("nin", worst)))
    assert found.verdict == verdict
    if verdict != "not measured":
        assert found.effect == pytest.approx(100 * sum(worst) / len(worst))
        assert found.bound == 95


def position(scores: Sequence[float], **changes: Any) -> Finding:
    records = [factories.quadrants("nin", score=score, seed=seed) for seed, score in enumerate(scores)]
    facts = {"network": "nin", "learns": False, "share": 0.35}
    (found,) = Position(test="position as the label", **facts | changes).findings(Evidence(records))
    return found


def test_a_network_that_cannot_tell_a_position() -> None:
    assert position((0.25, 0.26, 0.24)).verdict == "supported"
    assert position((0.90, 0.91, 0.92)).verdict == "refuted"
    assert position((0.25, 0.60, 0.30)).verdict == "inconclusive"
    assert position((0.25, 0.26)).verdict == "not measured"


def test_the_interval_of_a_share_ends_where_shares_do_and_its_verdict_stays() -> None:
    scores = (1.0, 1.0, 0.9)
    uncut = ttest_1samp([100 * score for score in scores], 35).confidence_interval()
    assert uncut.high > 110
    found = position(scores)
    assert (found.verdict, found.low, found.high) == ("refuted", pytest.approx(uncut.low), 100)
    assert "95 % interval 82.3 to 100.0, 3 runs" in found.says
    # How many seeds it takes is planned from the interval as it was.
    assert found.seen[0].half == pytest.approx((uncut.high - uncut.low) / 2)
    assert position((0.0, 0.3, 0.02)).low == 0


def test_a_run_in_which_a_quarter_is_dead_does_not_tell_what_can_be_learnt() -> None:
    def judged(*dead: int) -> Finding:
        records = [factories.quadrants("nin", score=0.25, dead=count, seed=seed) for seed, count in enumerate(dead)]
        predicate = Position(test="position as the label", network="nin", learns=False, share=0.35)
        (found,) = predicate.findings(Evidence(records))
        return found

    assert (judged(0, 0, 0).verdict, judged(4, 4, 4).verdict, judged(0, 0, 1).verdict) == (
        "supported", "inconclusive", "inconclusive",
    )  # fmt: skip
    found = judged(0, 4, 0, 0)
    assert (found.verdict, found.n) == ("supported", 3)
    assert "Left out: 1 of 4" in found.says


def test_a_network_that_can() -> None:
    assert position((0.98, 0.99, 0.97), learns=True, share=0.9).verdict == "supported"
    # A run that stays at chance is what the claim is about, and counts.
    assert position((0.25, 0.25, 0.26), learns=True, share=0.9).verdict == "refuted"
    found = position((0.98, 0.99, 0.97), learns=True, share=0.9)
    assert found.effect == pytest.approx(98)
    assert "chance is 25 %" in found.says
