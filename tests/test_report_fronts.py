"""Accuracy against what it costs: which networks are on the front, and how it is drawn."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import factories
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from drawn import HEADING, drawn, words
from scipy import stats as scipy_stats

import archs
from bench.records import Accuracy, Record, Throughput
from bench.report.figures import pareto
from bench.report.figures.canvas import WIDTH
from bench.report.figures.costs import COLUMNS, Cost, beaten_by, costs, surely_beaten_by, told, with_front
from bench.report.frames import to_frames
from bench.report.overview import fairest, plain, summary
from bench.report.speeds import throughput
from bench.report.style import INK, PAPER, RC, looks


def found(records: list[Record]) -> dict[str, Cost]:
    """Costs by name of records of one scope."""
    frames = to_frames(records)
    timed = plain(fairest(throughput(frames.throughput, frames.complexity)))
    return {cost.name: cost for cost in costs(summary(frames), timed, frames.throughput, frames.accuracy)}


def front(
    names: Sequence[str],
    prices: Sequence[float],
    values: Sequence[float],
    bounds: tuple[Any, Any] = (np.nan, np.nan),
    *,
    more_is_better: bool = False,
) -> pd.DataFrame:
    """Networks at exact prices, with these bounds of every accuracy."""
    known = pd.DataFrame({"arch": names, "title": names, "cost": prices, "cost_low": None, "cost_high": None})
    known = known.assign(test_accuracy=values, accuracy_low=bounds[0], accuracy_high=bounds[1])
    known = known.assign(interval="", seeds=3, standing="citable", trained_on="2 epochs of 100 images")
    return with_front(known, more_is_better)


@pytest.mark.parametrize("more_is_better", [False, True])
def test_the_front_is_what_a_sweep_from_the_best_cost_finds(more_is_better: bool) -> None:
    dice = random.Random(4)
    points = [(dice.randrange(1, 12), dice.randrange(12) / 12) for _ in range(40)]
    beaten = beaten_by([cost for cost, _ in points], [value for _, value in points], more_is_better=more_is_better)
    # From the best cost on, a point is on the front if it is better than all that cost less; doubles share their fate.
    on_front, best = set(), -1.0
    for cost, value in sorted(points, key=lambda point: (-point[0] if more_is_better else point[0], -point[1])):
        if value > best:
            on_front.add((cost, value))
            best = value
    assert [one is None for one in beaten] == [point in on_front for point in points]
    for point, by in zip(points, beaten, strict=True):
        assert by is None or (points[by][1] >= point[1] and points[by] in on_front)


@pytest.mark.parametrize("more_is_better", [False, True])
def test_the_line_has_at_every_cost_the_best_accuracy_to_be_had_for_it(more_is_better: bool) -> None:
    names, prices, values = ["lenet", "nin", "alexnet", "vgg16"], [1.0, 10.0, 30.0, 100.0], [0.5, 0.7, 0.6, 0.9]
    values = values[::-1] if more_is_better else values
    table = front(names, prices, values, (0.4, 0.95), more_is_better=more_is_better)
    with mpl.rc_context(RC):
        figure = pareto.accuracy_against(
            table, "Price", HEADING, looks([(name, "") for name in names]), more_is_better=more_is_better
        )
    (line,) = [line for line in figure.axes[0].lines if line.get_color() == INK]
    corners = list(zip(line.get_xdata(), line.get_ydata(), strict=True))
    for price in (2.0, 9.0, 11.0, 29.0, 31.0, 99.0):
        affordable = [v for p, v in zip(prices, values, strict=True) if (p >= price if more_is_better else p <= price)]
        (height,) = {y0 for (x0, y0), (x1, y1) in itertools.pairwise(corners) if x0 < price < x1 and y0 == y1}
        assert height == max(affordable)


def test_only_a_network_whose_interval_lies_wholly_below_a_cheaper_ones_is_surely_behind() -> None:
    lows, highs = [0.80, 0.70, 0.60, 0.60], [0.90, 0.79, 0.80, 0.95]
    table = front(["lenet", "nin", "alexnet", "vgg16"], [1, 10, 30, 100], [0.85, 0.75, 0.7, 0.7], (lows, highs))
    assert list(table["on_front"]) == [True, False, False, False]
    assert list(table["surely_behind"]) == [False, True, False, False]
    # Where the price of the better one may be higher, nothing is sure.
    assert surely_beaten_by(table.assign(cost_low=[0.5, 5, 15, 50], cost_high=[20, 20, 60, 200])) == [None] * 4
    assert surely_beaten_by(table.assign(cost=-table["cost"]), more_is_better=True) == [None, 0, None, None]


def test_who_is_surely_ahead_is_named_before_who_is_only_ahead_by_the_mean() -> None:
    lows, highs = [0.60, 0.74, 0.69], [1.0, 0.76, 0.71]
    table = front(["lenet", "nin", "vgg16"], [5, 9, 10], [0.80, 0.75, 0.70], (lows, highs))
    assert list(table["beaten_by"]) == ["", "lenet", "nin"]
    assert list(table["surely_behind"]) == [False, False, True]


def test_networks_surely_beaten_in_both_are_hollow_and_told() -> None:
    cheap = [factories.accuracy("lenet", score=0.9), factories.complexity("lenet")]
    dear = [factories.accuracy("vgg16", score=0.8), factories.complexity("vgg16")]
    cost = found([*cheap, *dear])["parameters"]
    assert list(cost.table["beaten_by"]) == ["", "LeNet"]
    assert told(cost) == (
        "On the front of the means, cheapest first: LeNet (0.900 at 61.7 k); VGG-16 (0.800 at 33.6 M) is behind "
        "LeNet in both."
    )
    unsure = replace(cost, table=cost.table.assign(surely_behind=False))
    assert told(unsure).endswith("LeNet in both, though not surely.")
    with mpl.rc_context(RC):
        figure = pareto.accuracy_against(cost.table, cost.axis, HEADING, looks([("lenet", ""), ("vgg16", "")]))
    markers = {line.get_gid().split(":")[1]: line for line in figure.axes[0].lines if line.get_ms() == 8}
    assert markers["lenet"].get_markerfacecolor() != PAPER == markers["lenet"].get_markeredgecolor()
    assert markers["vgg16"].get_markerfacecolor() == PAPER != markers["vgg16"].get_markeredgecolor()


def test_a_network_far_below_the_others_is_named_and_not_drawn() -> None:
    scores = {"lenet": 0.84, "nin": 0.87, "alexnet": 0.88, "vgg16": 0.89, "googlenet": 0.87, "nin-linear1x1": 0.4}
    records = [
        record
        for name, score in scores.items()
        for record in (factories.accuracy(name, score=score), factories.complexity(name))
    ]
    cost = found(records)["parameters"]
    assert list(cost.table[pareto.far_below(cost.table)]["arch"]) == ["nin-linear1x1"]
    assert not pareto.far_below(cost.table[cost.table["arch"].isin(["nin", "nin-linear1x1"])]).any()
    with mpl.rc_context(RC):
        figure = pareto.accuracy_against(cost.table, cost.axis, HEADING, looks([(name, "") for name in scores]))
    assert "not drawn: NiN, linear 1x1 (0.400)" in " ".join(words(figure))
    assert figure.axes[0].get_ylim()[0] > 0.7


def test_of_many_networks_the_five_and_the_front_are_named() -> None:
    names = [*archs.FIVE, *(f"relative-{i}" for i in range(pareto.MOST_NAMES))]
    values = [0.90 - 0.002 * i for i in range(len(names))]
    costs_ = [100.0 + i for i in range(len(names))]
    table = front(names, costs_, values)
    families = [(name, "") for name in names]
    with mpl.rc_context(RC):
        many = pareto.accuracy_against(table, "Price", HEADING, looks(families))
        few = pareto.accuracy_against(table.iloc[: pareto.MOST_NAMES], "Price", HEADING, looks(families))
    assert set(names) & set(words(many)) == set(archs.FIVE)
    assert f"Without a name: {pareto.MOST_NAMES} relatives behind the front" in " ".join(words(many))
    markers = [line for line in many.axes[0].lines if line.get_ms() == 8]
    assert len(markers) == len(names), "all are drawn"
    assert set(names[: pareto.MOST_NAMES]) <= set(words(few))
    assert "Without a name" not in " ".join(words(few))


def test_training_time_is_that_of_runs_that_had_the_machine_to_themselves() -> None:
    beside = factories.provenance(side_by_side=2)
    runs = [factories.accuracy("nin", seed=seed) for seed in range(3)]
    other = [factories.accuracy("alexnet")]
    # Of VGG-16 the accuracy is that of two runs, and the time would be that of one.
    shared = [
        *(factories.accuracy("vgg16"), factories.accuracy("vgg16", seed=1, provenance=beside)),
        factories.accuracy("lenet", provenance=beside),
    ]
    cost = found([*runs, *other, *shared])["training-time"]
    rows = {row["title"]: row for row in cost.table.to_dict("records")}
    assert set(rows) == {"NiN", "AlexNet"}
    taken = [run.result.training_seconds for run in runs if isinstance(run.result, Accuracy)]
    bounds = scipy_stats.ttest_1samp(taken, 0).confidence_interval(0.95)
    told_of = [rows["NiN"][name] for name in ("cost", "cost_low", "cost_high", "seeds")]
    assert told_of == pytest.approx([np.mean(taken), bounds.low, bounds.high, len(taken)])
    assert cost.note == "Left out, since a run was not alone on the machine: LeNet and VGG-16"


def metered(arch: str, joules: float) -> Record:
    """Timings at batches of 1 and 64, and so much energy an image."""
    timing = factories.throughput(arch, inference=(1, 64))
    assert isinstance(timing.result, Throughput)
    cases = tuple(
        case.model_copy(update={"joules": tuple(joules * case.batch for _ in case.step_seconds)})
        for case in timing.result.cases
    )
    return timing.model_copy(update={"result": timing.result.model_copy(update={"cases": cases})})


def test_latency_and_energy_are_those_of_one_image() -> None:
    timing = metered("nin", 0.5)
    accuracies = [factories.accuracy("nin"), factories.accuracy("lenet")]
    by_name = found([timing, metered("lenet", 0.01), *accuracies])
    assert isinstance(timing.result, Throughput)
    single = next(case for case in timing.result.cases if case.mode == "inference" and case.batch == 1)
    latency = by_name["latency"].table.set_index("arch").loc["nin"]
    assert latency["cost"] == pytest.approx(np.median(single.step_seconds))
    assert latency["cost_low"] == pytest.approx(min(single.step_seconds))  # five rounds: their whole range
    assert dict(by_name["energy"].table[["arch", "cost"]].to_numpy()) == pytest.approx({"lenet": 0.01, "nin": 0.5})
    assert by_name["energy"].axis.endswith("batch 64")
    assert list(by_name["energy"].table.columns) == COLUMNS


def test_what_was_not_measured_has_no_figure() -> None:
    counted = [one for name in ("nin", "lenet") for one in (factories.accuracy(name), factories.complexity(name))]
    assert set(found(counted)) == {"macs", "parameters", "training-time"}
    assert found([factories.throughput("nin"), factories.throughput("lenet")]) == {}


def test_one_network_alone_makes_no_front() -> None:
    """Nor does a second one of which the cost is not known."""
    nin = [factories.accuracy("nin"), factories.complexity("nin")]
    assert found(nin) == {}
    assert set(found([*nin, factories.accuracy("lenet")])) == {"training-time"}


def against(bounds: tuple[Any, Any], values: tuple[float, float] = (0.8, 0.9)) -> Any:
    """Two networks, the dearer one with the second accuracy, drawn with these bounds of their accuracies."""
    table = front(["lenet", "nin"], [1.0, 10.0], values, bounds).assign(title=["LeNet", "NiN"])
    with mpl.rc_context(RC):
        figure = pareto.accuracy_against(table, "Price", HEADING, looks([("lenet", ""), ("nin", "")]))
        figure.set_dpi(200)  # of a PNG
        return drawn(figure)


@pytest.mark.parametrize(
    ("bounds", "values", "name"),
    [
        ((0.79, 0.91), (0.8, 0.9), ""),
        ((0.1, 0.99), (0.8, 0.9), ", cut at the edge"),
        (((0.89, 0.79), (0.91, 0.81)), (0.9, 0.8), "; hollow: surely behind"),
        (((0.89, 0.1), (0.91, 0.81)), (0.9, 0.8), ", cut at the edge; hollow: surely behind"),
    ],
    ids=["whole", "cut", "hollow", "cut and hollow"],
)
def test_the_axis_of_a_front_names_what_is_drawn_and_stays_in_the_figure(
    bounds: tuple[Any, Any], values: tuple[float, float], name: str
) -> None:
    figure = against(bounds, values)
    (label,) = (text for text in figure.axes[0].texts if text.get_text().startswith("Test accuracy"))
    assert label.get_text() == f"Test accuracy, 95 % interval{name}"
    assert "Accuracy after 2 epochs of 100 images" in words(figure)
    assert label.get_window_extent().x1 * 72 / 200 <= WIDTH
