"""Claims on what a network lets one see, decided from made-up runs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import factories
import numpy as np
import pytest
from scipy.stats import f

from bench import store
from bench.claims.evidence import Evidence
from bench.claims.model import Finding
from bench.claims.predicates.branches import BranchesDiffer, losses
from bench.claims.predicates.localisation import PointingAgainstChance, PointingAgainstOthers
from bench.claims.predicates.predictions import Calibration
from bench.records import Record
from bench.stats.interaction import interaction


def only(found: Sequence[Finding]) -> Finding:
    (one,) = found
    return one


def pointing(arch: str, hits: Sequence[int], map: str = "class map") -> list[Record]:
    """Runs whose maps hit so many of a thousand images."""
    return [factories.localisation(arch, hits={map: count}, seed=seed) for seed, count in enumerate(hits)]


def chance(records: Sequence[Record]) -> Finding:
    predicate = PointingAgainstChance(test="pointing against chance", network="nin", skill=0.5)
    return only([*predicate.findings(Evidence(records))])


def test_pointing_is_held_against_half_the_way_from_chance() -> None:
    found = chance(pointing("nin", (800, 780, 820)))
    assert found.verdict == "supported"
    # From 250 of 1,000 by chance to 800: 550 of the 750 that there are to gain.
    assert found.effect == pytest.approx(100 * 550 / 750)
    assert found.n == 3
    assert chance(pointing("nin", (250, 260, 240))).verdict == "refuted"
    assert chance(pointing("nin", (400, 900, 600))).verdict == "inconclusive"
    assert chance(pointing("nin", (0, 0, 0))).verdict == "refuted"
    assert chance(pointing("nin", (800, 780))).verdict == "not measured"


def test_a_cell_points_at_the_middle_of_what_it_sees_where_that_is_known() -> None:
    """Stretched over the canvas the map hits 64 % and, elsewhere, 24 %; by its receptive fields all and 20 %."""
    records = [
        factories.localisation("nin", hits={"class map": 640}, elsewhere=240, by_field=(1_000, 200 + seed), seed=seed)
        for seed in range(3)
    ]
    predicate = PointingAgainstChance(test="pointing against chance", network="nin", skill=0.5)
    found = only([*predicate.findings(Evidence(records))])
    assert (found.verdict, found.effect) == ("supported", 100)
    assert "100 %" in found.says


def test_in_a_stretched_map_of_two_cells_a_side_the_best_would_get_just_past_the_bar() -> None:
    """As D1-17 says of NiN at 28 pixels: its cells see about 7.5 and 15.5, and lie at 7 and 21 when stretched."""
    import itertools

    sees, lies, side = (7.5, 15.5), (7.0, 21.0), 14
    starts = range(28 - side + 1)
    nearest = [min((0, 1), key=lambda cell: abs(sees[cell] - (start + side / 2))) for start in starts]
    along = [[other <= lies[cell] < other + side for other in starts] for cell in nearest]
    places = list(itertools.product(starts, repeat=2))
    hits = sum(along[row][row] and along[column][column] for row, column in places) / len(places)
    elsewhere = sum(map(sum, along)) ** 2 / len(places) ** 2
    assert (hits - elsewhere) / (1 - elsewhere) == pytest.approx(0.53, abs=0.005)


def test_a_map_that_always_points_at_the_middle_has_no_skill() -> None:
    """The middle lies on most objects: 870 hits of 1,000 look good until another image is asked."""
    blind = [factories.localisation(hits={"class map": 870}, elsewhere=870, seed=seed) for seed in range(3)]
    found = chance(blind)
    assert (found.verdict, found.effect) == ("refuted", 0)
    assert found.says.count("87 %") == 2


def test_a_network_without_that_map_or_without_its_chance_decides_nothing() -> None:
    found = chance(pointing("nin", (800, 800, 800), map="Grad-CAM"))
    assert (found.verdict, found.n) == ("inconclusive", 0)
    assert "did every run learn anything and have a map that could point better than chance" in found.says
    unknown = [factories.localisation(hits={"class map": 800}, elsewhere=None, seed=seed) for seed in range(3)]
    assert chance(unknown).verdict == "inconclusive"
    certain = [factories.localisation(hits={"class map": 900}, elsewhere=1_000, seed=seed) for seed in range(3)]
    assert chance(certain).verdict == "inconclusive"


def others(own: Sequence[int], other: Sequence[Record]) -> Finding:
    predicate = PointingAgainstOthers(test="pointing against others", network="nin", against=("nin-fc4096",))
    return only([*predicate.findings(Evidence([*pointing("nin", own), *other]))])


def test_the_class_map_against_the_best_that_the_other_has() -> None:
    weak = [
        factories.localisation("nin-fc4096", hits={"Grad-CAM": best, "class map": 300}, seed=seed)
        for seed, best in enumerate((400, 410, 390))
    ]
    found = others((800, 790, 810), weak)
    assert found.verdict == "supported"
    # Grad-CAM's 150 of 750 to gain, not the class map's 50, against 550 of 750.
    assert found.effect == pytest.approx(100 * (550 - 150) / 750)
    strong = pointing("nin-fc4096", (900, 910, 890), map="Grad-CAM")
    assert others((800, 790, 810), strong).verdict == "refuted"
    assert others((300, 600, 480), weak).verdict == "inconclusive"
    assert others((800, 790, 810), []).verdict == "not measured"


def calibrated(folder: Path, rights: Sequence[int], confidence: float) -> Finding:
    """A hundred images a run, all answered with the same confidence, so many of them rightly."""
    for seed, right in enumerate(rights):
        arrays = {
            "label": np.zeros(100, np.uint8),
            "predicted": np.array([0] * right + [1] * (100 - right), np.uint8),
            "probability": np.full(100, confidence, np.float16),
        }
        store.save(folder, factories.accuracy("nin", score=right / 100, seed=seed, protocol="matched28"), arrays)
    predicate = Calibration(test="calibration", network="nin", at_most=0.05)
    return only([*predicate.findings(Evidence(store.load(folder).records, folder))])


def test_confidence_is_held_against_how_often_it_is_right(tmp_path: Path) -> None:
    good = calibrated(tmp_path / "good", (74, 75, 76), 0.75)
    # Off by 1, 0 and 1 points.
    assert (good.verdict, good.effect) == ("supported", pytest.approx(2 / 3))
    sure = calibrated(tmp_path / "sure", (60, 61, 62), 0.9375)
    assert (sure.verdict, sure.effect) == ("refuted", pytest.approx(93.75 - 61))
    scattered = calibrated(tmp_path / "scatter", (75, 60, 76), 0.75)
    # Nothing is off by less than 0.
    assert (scattered.verdict, scattered.low) == ("inconclusive", 0)


def test_calibration_needs_the_predictions(tmp_path: Path) -> None:
    records = [factories.accuracy("nin", seed=seed, protocol="matched28") for seed in range(3)]
    predicate = Calibration(test="calibration", network="nin", at_most=0.05)
    for folder in (None, tmp_path):
        found = only([*predicate.findings(Evidence(records, folder))])
        assert (found.verdict, found.needs[0].measure) == ("not measured", "accuracy")


def by_module(pattern: Sequence[Sequence[float]], noise: float, seeds: int = 4) -> list[Record]:
    """Runs that lose accuracy by this pattern and by chance."""
    dice = random.Random(1)
    return [
        factories.branches(lost=[[share + dice.uniform(-noise, noise) for share in row] for row in pattern], seed=seed)
        for seed in range(seeds)
    ]


def differ(records: Sequence[Record]) -> Finding:
    predicate = BranchesDiffer(test="branches differ by module", network="googlenet")
    return only([*predicate.findings(Evidence(records))])


# The second module relies on the branch that the first can do without, and the other way round.
CROSSED = ((0.20, 0.05, 0.05), (0.05, 0.20, 0.05), (0.05, 0.05, 0.20))
# One module matters more, one branch matters more, and that is all there is to it.
ADDITIVE = ((0.05, 0.10, 0.15), (0.15, 0.20, 0.25), (0.10, 0.15, 0.20))


def test_branches_that_matter_elsewhere_in_each_module() -> None:
    found = differ(by_module(CROSSED, noise=0.01))
    assert found.verdict == "supported"
    assert "branch0 in 1, branch1 in 1, branch2 in 1 of 3 modules" in found.says
    assert differ(by_module(ADDITIVE, noise=0.01)).verdict == "inconclusive"
    assert differ(by_module(CROSSED, noise=0.01, seeds=2)).verdict == "not measured"


def test_modules_that_are_more_alike_than_chance_makes_them_refute() -> None:
    """Seeds that contradict each other in pairs: whatever one run says of a module the next takes back."""
    turned = [[0.10 - (share - 0.10) for share in row] for row in CROSSED]
    records = [factories.branches(lost=CROSSED if seed % 2 else turned, full=0.9, seed=seed) for seed in range(4)]
    assert differ(records).verdict == "refuted"


def test_runs_that_are_all_the_same_cannot_be_analysed() -> None:
    found = differ([factories.branches(lost=CROSSED, seed=seed) for seed in range(3)])
    assert found.verdict == "inconclusive"
    assert "do not differ" in found.says


def test_losses_are_a_row_a_module_and_a_column_a_branch() -> None:
    assert losses(factories.branches(lost=CROSSED)) == [
        pytest.approx([100 * share for share in row]) for row in CROSSED
    ]


def test_the_interaction_is_that_of_a_textbook_analysis_of_variance() -> None:
    """Two by two with three blocks, where the interaction is one contrast: F is the square of its t statistic."""
    from scipy.stats import ttest_1samp

    tables = [[[3.0, 5.0], [6.0, 4.0]], [[2.5, 5.5], [7.0, 4.5]], [[3.5, 4.0], [6.5, 5.0]]]
    contrasts = [a - b - c + d for (a, b), (c, d) in tables]
    t = ttest_1samp(contrasts, 0)
    tested = interaction(tables)
    assert tested.effect == pytest.approx(t.statistic**2)
    assert tested.p_value == pytest.approx(2 * t.pvalue)  # of a ratio that is larger or smaller than one
    # Bounds of a ratio of mean squares: what lies above F's own 97.5 % point is more than one.
    assert (tested.low > 1) == (tested.effect > f.ppf(0.975, 1, 2))
    assert tested.low < tested.effect < tested.high


def test_noise_in_one_row_is_no_interaction() -> None:
    """The first module is noisy and none differs: of 400 such analyses one in fifty may stand above one."""
    import numpy as np

    dice = np.random.default_rng(0)
    spread = np.array([8.0] + [0.5] * 8)[:, None]
    above = [interaction((dice.normal(size=(3, 9, 4)) * spread).tolist()).low > 1 for _ in range(400)]
    assert sum(above) <= 20


def test_fewer_differences_than_the_seeds_make_are_told_too() -> None:
    same = [[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.02]], [[0.0, 1.0], [1.01, 0.0]]]
    tested = interaction(same)
    assert tested.effect < 1e-3
    assert (tested.high < 1) == (tested.p_value < 0.05)


def test_an_interaction_needs_repetitions_rows_and_columns() -> None:
    for tables in ([[[1.0, 2.0], [3.0, 4.0]]], [[[1.0, 2.0]]] * 3, [[[1.0], [2.0]]] * 3):
        with pytest.raises(ValueError, match="two or more tables"):
            interaction(tables)
