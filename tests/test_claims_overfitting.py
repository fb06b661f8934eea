"""Claims on overfitting, decided from made-up runs with known gaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import factories
import pytest

from bench.claims.evidence import Evidence
from bench.claims.model import Finding
from bench.claims.predicates.overfitting import (
    IMAGES,
    OverfittingBySize,
    OverfittingDifference,
    OverfittingSeries,
    gaps_at_equal_loss,
    protocol,
)
from bench.protocols import PROTOCOLS
from bench.records import Overfitting, Record

SEEDS = range(4)


def with_gap(arch: str, gap: float, *, images: Sequence[int] = IMAGES, recipe: Any = "as defined") -> list[Record]:
    """Runs that end `gap` better on their training images, give or take a hundredth that depends on the seed."""
    return [
        factories.overfitting(
            arch,
            epochs=((1.0, 0.5, 0.5), (0.5, 0.9, 0.9 - gap + 0.01 * (seed % 2) * gap)),
            seed=seed,
            protocol=protocol(28, subset, recipe),
        )
        for subset in images
        for seed in SEEDS
    ]


def difference(**changes: Any) -> OverfittingDifference:
    facts = {"network": "nin", "against": ("nin-fc4096",), "relation": "lower", "quantities": ("gap at the end",)}
    return OverfittingDifference(test="difference of overfitting", **facts | changes)


def only(found: Sequence[Finding]) -> Finding:
    (one,) = found
    return one


def test_every_recipe_is_a_protocol() -> None:
    names = {protocol(size, images, recipe) for size in (28, 224) for images in IMAGES for recipe in RECIPES}
    assert names <= set(PROTOCOLS)
    assert len(names) == 24


RECIPES = ("as defined", "no dropout", "augmented")


def test_a_narrower_gap_supports_and_a_wider_one_refutes() -> None:
    found = only([*difference().findings(Evidence(with_gap("nin", 0.10) + with_gap("nin-fc4096", 0.20)))])
    assert found.verdict == "supported"
    # Gaps of 10 and 9.9 points against 20 and 19.8, in turn.
    assert found.effect == pytest.approx(-(10 + 9.9) / 2)
    assert found.n == len(SEEDS)
    turned = Evidence(with_gap("nin", 0.20) + with_gap("nin-fc4096", 0.10))
    assert only([*difference().findings(turned)]).verdict == "refuted"


def test_gaps_that_scatter_decide_nothing() -> None:
    scattered = [
        factories.overfitting(
            "nin", epochs=((0.5, 0.9, 0.9 - gap),), seed=seed, protocol=protocol(28, images, RECIPES[0])
        )
        for images in IMAGES
        for seed, gap in enumerate((0.1, 0.3, 0.1, 0.3))
    ]
    assert only([*difference().findings(Evidence(scattered + with_gap("nin-fc4096", 0.2)))]).verdict == "inconclusive"


def test_the_gap_is_averaged_over_the_subsets_and_told_for_each() -> None:
    narrow = with_gap("nin", 0.10, images=IMAGES[:2]) + with_gap("nin", 0.02, images=IMAGES[2:])
    wide = with_gap("nin-fc4096", 0.30, images=IMAGES[:2]) + with_gap("nin-fc4096", 0.04, images=IMAGES[2:])
    found = only([*difference().findings(Evidence(narrow + wide))])
    # Differences of 20 points on two subsets and of 2 on two, before the hundredth on every other seed.
    assert found.effect == pytest.approx(-11 * 0.995)
    assert "500 images -19.90" in found.says
    assert "55,000 images -1.99" in found.says


def test_two_subsets_are_enough_and_one_is_not() -> None:
    for images, verdict in ((IMAGES[:2], "supported"), (IMAGES[:1], "not measured"), (IMAGES[2:], "not measured")):
        records = with_gap("nin", 0.1, images=images) + with_gap("nin-fc4096", 0.2, images=images)
        assert only([*difference().findings(Evidence(records))]).verdict == verdict


def test_without_the_other_network_it_is_not_measured() -> None:
    found = only([*difference().findings(Evidence(with_gap("nin", 0.1)))])
    assert found.verdict == "not measured"
    assert [need.command for need in found.needs] == [
        "bench run --arch nin nin-fc4096 --protocol overfitting28 --measure overfitting"
    ]


def test_one_network_in_two_recipes() -> None:
    predicate = difference(recipe="augmented", against=("nin",), quantities=("gap at the end", "test accuracy"))
    records = with_gap("nin", 0.05, recipe="augmented") + with_gap("nin", 0.2)
    gap, accuracy = predicate.findings(Evidence(records))
    assert gap.verdict == "supported"
    # A gap narrower by 15 points is a test accuracy higher by as much, and "lower" was asked for.
    assert accuracy.verdict == "refuted"
    missing = [*predicate.findings(Evidence(with_gap("nin", 0.2)))]
    assert {need.protocol for need in missing[0].needs} == {"augmentation28", "overfitting28"}


def result(*epochs: tuple[float, float, float]) -> Overfitting:
    made = factories.overfitting(epochs=epochs).result
    assert isinstance(made, Overfitting)
    return made


def test_gaps_are_compared_where_both_fit_the_training_images_equally_well() -> None:
    further = result((2.0, 0.5, 0.5), (1.0, 0.7, 0.6), (0.0, 1.0, 0.7))
    less_far = result((2.0, 0.5, 0.4), (0.5, 0.8, 0.6))
    # The loss that both reach is 0.5: halfway between the last two epochs of the one, the last of the other.
    assert gaps_at_equal_loss([further, less_far]) == pytest.approx([(10 + 30) / 2, 20])


def test_a_run_below_the_shared_loss_from_the_start_counts_with_its_first_epoch() -> None:
    quick = result((0.1, 0.9, 0.6), (0.05, 1.0, 0.6))
    slow = result((2.0, 0.5, 0.5), (1.0, 0.7, 0.6))
    assert gaps_at_equal_loss([quick, slow]) == pytest.approx([30, 10])


def test_fitting_less_is_not_overfitting_less() -> None:
    """Two networks on one course, of which one goes further along it: the gap differs at the end alone."""
    course = ((2.0, 0.50, 0.50), (1.0, 0.70, 0.65), (0.2, 0.99, 0.75))
    records = [
        factories.overfitting(arch, epochs=course[:length], seed=seed, protocol=protocol(28, images, "as defined"))
        for arch, length in (("nin", 2), ("nin-fc4096", 3))
        for images in IMAGES
        for seed in SEEDS
    ]
    predicate = difference(quantities=("gap at the end", "gap at equal training loss"))
    at_the_end, at_equal_loss = predicate.findings(Evidence(records))
    assert at_the_end.verdict == "supported"
    assert (at_equal_loss.verdict, at_equal_loss.effect) == ("refuted", 0)


def test_the_gap_in_loss_is_in_nats() -> None:
    records = [
        factories.overfitting(
            arch, epochs=((0.5, 0.9, 0.8),), test_loss=loss + seed / 100, seed=seed,
            protocol=protocol(28, images, "as defined"),
        )
        for arch, loss in (("nin", 0.6), ("nin-fc4096", 0.9))
        for images in IMAGES
        for seed in SEEDS
    ]  # fmt: skip
    found = only([*difference(quantities=("loss gap at the end",)).findings(Evidence(records))])
    assert (found.effect, found.unit) == (pytest.approx(-0.3), "nats")


def test_runs_that_learnt_nothing_do_not_pass_for_runs_that_do_not_overfit() -> None:
    stuck = [
        factories.overfitting(
            "nin", epochs=((2.3, 0.1, 0.1),), outcome="stuck at chance", seed=seed,
            protocol=protocol(28, images, "as defined"),
        )
        for images in IMAGES
        for seed in SEEDS
    ]  # fmt: skip
    found = only([*difference().findings(Evidence(stuck + with_gap("nin-fc4096", 0.2)))])
    assert (found.verdict, found.n) == ("inconclusive", 0)


HEADS = ("nin-gap-fc", "nin-flatten-fc", "nin-fc4096")


def along(gaps: Sequence[float]) -> list[str]:
    predicate = OverfittingSeries(test="overfitting along a series", networks=HEADS)
    records = [record for name, gap in zip(HEADS, gaps, strict=True) for record in with_gap(name, gap)]
    return [found.verdict for found in predicate.findings(Evidence(records))]


def test_the_gap_rises_with_the_head_or_not() -> None:
    assert along((0.05, 0.10, 0.20)) == ["supported"] * 3
    assert along((0.20, 0.10, 0.05)) == ["refuted"] * 3
    assert along((0.05, 0.20, 0.10)) == ["supported", "refuted", "supported"]
    predicate = OverfittingSeries(test="overfitting along a series", networks=HEADS)
    missing = [*predicate.findings(Evidence(with_gap("nin-gap-fc", 0.1)))]
    assert [one.verdict for one in missing] == ["not measured"]


def by_size(gaps: Sequence[float]) -> list[Finding]:
    records = [
        record for images, gap in zip(IMAGES, gaps, strict=True) for record in with_gap("nin", gap, images=(images,))
    ]
    predicate = OverfittingBySize(test="overfitting by training images", network="nin")
    return [*predicate.findings(Evidence(records))]


def test_a_gap_on_every_subset_that_widens_with_fewer_images() -> None:
    found = by_size((0.4, 0.3, 0.2, 0.1))
    # A gap on each, then three steps and the smallest subset against the largest: at the end, and at equal loss.
    assert [one.verdict for one in found] == ["supported"] * 12
    assert found[0].effect == pytest.approx(40 * 0.995)
    assert found[7].effect == pytest.approx(30 * 0.995)
    assert ("at the end" in found[7].about, "at equal training loss" in found[11].about) == (True, True)


def test_a_gap_that_narrows_with_fewer_images_or_is_none_refutes() -> None:
    narrows = by_size((0.1, 0.2, 0.3, 0.4))
    assert [one.verdict for one in narrows] == ["supported"] * 4 + ["refuted"] * 8
    none = by_size((0.4, 0.3, 0.2, -0.1))
    assert none[3].verdict == "refuted"
    predicate = OverfittingBySize(test="overfitting by training images", network="nin")
    assert only([*predicate.findings(Evidence([]))]).verdict == "not measured"
