"""Colours that stay apart for every eye, and labels that do not cover each other."""

from __future__ import annotations

import itertools
import random
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import archs
from bench.report.figures.kin import MOST_LINES, kin
from bench.report.figures.labels import Box, place_labels, spread
from bench.report.style import COLOURS, OTHERS, looks


def _linear(colour: str) -> np.ndarray:
    levels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


def _lab(linear: np.ndarray) -> np.ndarray:
    """CIE 1976 L*a*b*, D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(np.clip(to_xyz @ np.clip(linear, 0, 1) / (0.9505, 1.0, 1.089), 1e-6, None))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


# Machado, Oliveira, Fernandes: A physiologically-based model for simulation of color vision
# deficiency. IEEE TVCG 15(6), 2009; severity 1.0.
SIGHT = {
    "usual": np.eye(3),
    "protanopia": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    "deuteranopia": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    "tritanopia": np.array([[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]]),
}


@pytest.mark.parametrize("sight", SIGHT)
def test_the_five_colours_stay_apart_for_every_eye(sight: str) -> None:
    five = [_lab(SIGHT[sight] @ _linear(colour)) for colour in COLOURS[:5]]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(five, 2)) > 25


@pytest.mark.parametrize("colour", COLOURS)
def test_every_colour_is_seen_on_either_paper(colour: str) -> None:
    """WCAG 2.1, 1.4.11: graphics need a contrast of 3 to 1."""

    def luminance(shade: str) -> float:
        return float(np.dot((0.2126, 0.7152, 0.0722), _linear(shade)))

    sheet = (Path(__file__).parents[1] / "bench" / "report" / "web" / "templates" / "page.css").read_text(
        encoding="utf-8"
    )
    papers = re.search(r"--paper: light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", sheet)
    assert papers is not None
    for paper in papers.groups():
        dark, light = sorted((luminance(colour), luminance(paper)))
        assert (light + 0.05) / (dark + 0.05) >= 3


def test_looks_are_stable_and_distinct() -> None:
    five = [(name, archs.get_spec(name).family) for name in archs.FIVE]
    more = [(f"network-{i}", "plug-in") for i in range(30)]
    chosen = looks([*five, *more])
    assert chosen == looks([*reversed(more), *five])
    assert len({(look.colour, look.marker) for look in chosen.values()}) == len(chosen)
    assert {name: chosen[name] for name in archs.FIVE} == looks(five)
    twelve = looks([*five, *more[:7]])
    assert len({look.colour for look in twelve.values()}) == 12


def test_relatives_share_no_colour_as_long_as_there_are_enough() -> None:
    families = [(f"{family}-{i}", family) for family in ("nin", "vgg", "resnet") for i in range(len(OTHERS))]
    chosen = looks(families)
    for family in ("nin", "vgg", "resnet"):
        assert {chosen[name].colour for name, own in families if own == family} == set(OTHERS)


def test_relatives_in_one_figure_share_no_colour_however_many_the_family_has() -> None:
    """Each of two figures has as many as there are colours; they have some networks in common."""
    family = [f"nin-{i:02}" for i in range(4 * len(OTHERS))]
    figures = [family[::4], family[1::8] + family[::16]]
    chosen = looks([(name, "nin") for name in family], figures)
    assert [len({chosen[name].colour for name in figure}) for figure in figures] == [len(OTHERS), len(figures[1])]
    assert chosen == looks([(name, "nin") for name in reversed(family)], reversed(figures))
    alone = looks([(name, "nin") for name in family])
    assert len({alone[name].colour for name in figures[0]}) < len(OTHERS)


def relatives(**families: int) -> pd.DataFrame:
    """Rows of curves of so many networks of each family, the head last."""
    rows = []
    for family, count in families.items():
        names = [f"{family}-{i}" for i in range(count - 1)] + [family]
        rows += [{"arch": name, "title": name.upper(), "family": family, "x": x} for name in names for x in (1, 2)]
    return pd.DataFrame(rows)


def test_few_networks_are_drawn_in_one_figure() -> None:
    table = relatives(nin=MOST_LINES - 1, lenet=1)
    (only,) = kin(table)
    assert (only.suffix, only.title, only.note) == ("", "", "")
    assert only.of(table).equals(table)


def test_of_many_networks_heads_have_a_figure_and_each_family_with_relatives() -> None:
    table = relatives(nin=MOST_LINES - 1, lenet=1, googlenet=2, **{"res net/50": 1})
    heads, *families = kin(table)
    assert heads.archs == {"nin", "lenet", "googlenet", "res net/50"}
    assert heads.note
    assert [(one.suffix, one.title) for one in families] == [
        ("-nin", ": NIN and relatives"),
        ("-googlenet", ": GOOGLENET and relatives"),
    ]
    assert set().union(*(one.archs for one in [heads, *families])) == set(table["arch"])
    assert set(families[1].of(table)["arch"]) == {"googlenet", "googlenet-0"}


@pytest.mark.parametrize("seed", range(6))
def test_twelve_labels_cover_neither_each_other_nor_a_marker(seed: int) -> None:
    dice = random.Random(seed)
    points = [(dice.uniform(60, 360), dice.uniform(60, 220)) for _ in range(12)]
    points[1] = (points[0][0] + 3, points[0][1] + 2)  # two markers that nearly coincide
    sizes = [(dice.uniform(25, 110), 12.0) for _ in points]
    boxes = place_labels(points, sizes, [], Box(46, 40, 394, 240))
    for (a, size), b in itertools.product(zip(boxes, sizes, strict=True), boxes):
        assert (a.right - a.left, a.top - a.bottom) == pytest.approx(size)
        assert a is b or a.right <= b.left or b.right <= a.left or a.top <= b.bottom or b.top <= a.bottom
        assert a.left >= 46
        assert a.right <= 394
    for a, (x, y) in itertools.product(boxes, points):
        assert not (a.left < x < a.right and a.bottom < y < a.top)


def test_labels_at_line_ends_keep_their_order_and_distance() -> None:
    wanted = [50.0, 51.0, 52.0, 90.0, 10.0, 11.0]
    heights = spread(wanted, 12, 0, 100)
    assert sorted(range(6), key=heights.__getitem__) == sorted(range(6), key=wanted.__getitem__)
    ordered = sorted(heights)
    assert min(b - a for a, b in itertools.pairwise(ordered)) >= 12 - 1e-9
    assert ordered[0] >= 0
    assert ordered[-1] <= 100
    assert spread([40.0, 80.0], 12, 0, 100) == [40.0, 80.0]
    crowded = spread([5.0] * 9, 20, 0, 100)
    assert [b - a for a, b in itertools.pairwise(sorted(crowded))] == pytest.approx([12.5] * 8)
