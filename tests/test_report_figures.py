"""Figures of accuracy against cost, confusions, arrivals and verdicts; and that nothing is drawn twice."""

from __future__ import annotations

import csv
import io
import itertools
import json
import random
import re
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import factories
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats

from bench import store
from bench.data import CLASSES
from bench.records import Accuracy, Record, Throughput
from bench.report import build, render
from bench.report.figures import arrivals, confusions, drawings, pareto, plots, verdict_bars
from bench.report.figures.bars import peak_memory
from bench.report.figures.canvas import WIDTH, Heading, blank, heading_height, heading_lines, text_size, write_heading
from bench.report.figures.costs import COLUMNS, Cost, beaten_by, costs, joules, seconds, told
from bench.report.figures.drawings import key_of
from bench.report.figures.picture import Picture
from bench.report.frames import to_frames
from bench.report.overview import PEAK, fairest, plain, summary
from bench.report.speeds import throughput
from bench.report.style import INK, RC, looks

HEADING = Heading("A title", "quick · 28 px")


def drawn(figure: Any) -> Any:
    """The figure once all its texts have places."""
    figure.canvas.draw()
    return figure


def words(figure: Any) -> list[str]:
    """All that is written on it and in its axes."""
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return [text.get_text() for text in texts]


def found(records: list[Record]) -> dict[str, Cost]:
    """Costs by name of records of one scope."""
    frames = to_frames(records)
    timed = plain(fairest(throughput(frames.throughput, frames.complexity)))
    return {cost.name: cost for cost in costs(summary(frames), timed, frames.throughput, frames.accuracy)}


# Costs and fronts


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
    beaten = beaten_by(prices, values, more_is_better=more_is_better)
    table = pd.DataFrame({"arch": names, "title": names, "cost": prices, "cost_low": np.nan, "cost_high": np.nan})
    table = table.assign(
        test_accuracy=values, accuracy_low=0.4, accuracy_high=0.95, on_front=[b is None for b in beaten]
    )
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


def test_networks_beaten_in_both_are_paler_and_told() -> None:
    cheap = [factories.accuracy("lenet", score=0.9), factories.complexity("lenet")]
    dear = [factories.accuracy("vgg16", score=0.8), factories.complexity("vgg16")]
    cost = found([*cheap, *dear])["parameters"]
    assert list(cost.table["beaten_by"]) == ["", "LeNet"]
    assert told(cost) == (
        "On the front of the means, cheapest first: LeNet (0.900 at 61.7 k); VGG-16 (0.800 at 33.6 M) is behind "
        "LeNet in both."
    )
    with mpl.rc_context(RC):
        figure = pareto.accuracy_against(cost.table, cost.axis, HEADING, looks([("lenet", ""), ("vgg16", "")]))
    strength = {line.get_gid().split(":")[1]: line.get_alpha() for line in figure.axes[0].lines if line.get_ms() == 8}
    assert strength == {"lenet": 1.0, "vgg16": pareto.PALE}


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
    assert any("not drawn: NiN, linear 1x1 (0.400)" in text.get_text() for text in figure.texts)
    assert figure.axes[0].get_ylim()[0] > 0.7


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


def against(bounds: tuple[float, float], values: tuple[float, float] = (0.8, 0.9)) -> Any:
    """Two networks, the dearer one with the second accuracy, drawn with these bounds of both accuracies."""
    known = {"test_accuracy": values, "accuracy_low": bounds[0], "accuracy_high": bounds[1]}
    beaten = beaten_by([1.0, 10.0], list(values))
    table = pd.DataFrame({"arch": ["lenet", "nin"], "title": ["LeNet", "NiN"], "cost": [1.0, 10.0], **known})
    table = table.assign(cost_low=np.nan, cost_high=np.nan, on_front=[one is None for one in beaten])
    with mpl.rc_context(RC):
        figure = pareto.accuracy_against(table, "Price", HEADING, looks([("lenet", ""), ("nin", "")]))
        figure.set_dpi(200)  # of a PNG
        return drawn(figure)


@pytest.mark.parametrize(
    ("bounds", "values", "name"),
    [
        ((0.79, 0.91), (0.8, 0.9), "Test accuracy, 95 % interval"),
        ((0.1, 0.99), (0.8, 0.9), "Test accuracy, 95 % interval, cut at the edge"),
        ((0.79, 0.91), (0.9, 0.8), "Test accuracy, 95 % interval; pale: behind the line of the best"),
        (
            *((0.1, 0.99), (0.9, 0.8)),
            "Test accuracy, 95 % interval, cut at the edge; pale: behind the line of the best",
        ),
    ],
    ids=["whole", "cut", "pale", "cut and pale"],
)
def test_the_axis_of_a_front_names_what_is_drawn_and_stays_in_the_figure(
    bounds: tuple[float, float], values: tuple[float, float], name: str
) -> None:
    figure = against(bounds, values)
    (label,) = (text for text in figure.axes[0].texts if text.get_text().startswith("Test accuracy"))
    assert label.get_text() == name
    assert label.get_window_extent().x1 * 72 / 200 <= WIDTH


def test_an_interval_of_runs_is_named_and_goes_no_further_than_accuracies_can() -> None:
    curves = pd.DataFrame({"arch": "nin", "title": "NiN", "num_classes": 10, "images": [1000] * 2 + [2000] * 2})
    curves = curves.assign(accuracy=[0.2, 0.6, 0.5, 0.95])
    with mpl.rc_context(RC):
        several = plots.learning_curves(curves, "accuracy", "Accuracy", HEADING, looks([("nin", "")]))
        single = plots.learning_curves(curves.iloc[::2], "accuracy", "Accuracy", HEADING, looks([("nin", "")]))
    bound = scipy_stats.ttest_1samp([0.5, 0.95], 0).confidence_interval(0.95)
    assert bound.high > 1
    (band,) = several.axes[0].collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (0, 1)
    assert "Accuracy" in words(single)
    # Two runs leave anything open, and the axis goes no further from the line than half of what the line rises.
    assert "Accuracy, 95 % interval, cut at the edge" in words(several)


def test_a_wide_title_stays_in_the_figure_and_is_written_in_full() -> None:
    heading = Heading("What NiN without 1x1, widened (params) takes for what", "quick · 28 px")
    with mpl.rc_context(RC):
        figure = blank(100)
        write_heading(figure, heading)
        figure.set_dpi(200)  # of a PNG
        title, subtitle = drawn(figure).texts
        assert text_size(heading.title, title.get_size(), "bold")[0] < text_size(heading.title, 12.5, "bold")[0]
        assert title.get_text() == heading.title
        assert title.get_window_extent().x1 * 72 / 200 <= WIDTH
        assert subtitle.get_size() == 9


def test_a_long_note_is_broken_and_not_cut() -> None:
    note = "Left out: " + ", ".join(f"network number {number}" for number in range(12))
    heading = Heading("A title", "quick · 28 px", note=note)
    with mpl.rc_context(RC):
        lines = heading_lines(heading)
        assert lines[0] == "quick · 28 px"
        assert " ".join(lines[1:]) == note
        assert all(text_size(line, 9)[0] <= WIDTH for line in lines)
        assert heading_height(heading) > heading_height(HEADING) + 2 * 9


def test_ticks_of_time_and_energy_have_units() -> None:
    assert [seconds(value) for value in (3e-4, 1e-3, 0.1, 1.0, 24.5, 1000.0)] == [
        *("300 µs", "1 ms", "100 ms", "1 s", "24.5 s", "1,000 s")
    ]
    assert [joules(value) for value in (2e-6, 0.005, 20.0)] == ["2 µJ", "5 mJ", "20 J"]


# Confusions


def predicted(results: Path, arch: str, seed: int, pairs: list[tuple[int, int]]) -> Record:
    """A record whose test images have these true classes and were taken for those; with its file under `results`."""
    arrays = {
        "label": np.array([true for true, _ in pairs], dtype=np.uint8),
        "predicted": np.array([taken for _, taken in pairs], dtype=np.uint8),
        "probability": np.full(len(pairs), 0.5, dtype=np.float32),
    }
    path = store.save(results, factories.accuracy(arch, seed=seed, protocol="budget28"), arrays)
    return Record.model_validate_json(path.read_bytes())


@pytest.fixture
def confused(tmp_path: Path) -> pd.DataFrame:
    """Two runs of NiN: shirts are taken for coats more often than right, and everything else is right."""
    rest = [(label, label) for label in range(10) if label != 6] * 8
    runs = [
        predicted(tmp_path, "nin", 0, [*rest, *[(6, 6)] * 2, *[(6, 4)] * 5, (6, 0)]),
        predicted(tmp_path, "nin", 1, [*rest, *[(6, 6)] * 4, *[(6, 4)] * 4]),
    ]
    return confusions.confusions(to_frames(runs).accuracy, tmp_path)


def test_confusions_are_counted_over_runs(confused: pd.DataFrame) -> None:
    counts = {(row["true"], row["predicted"]): row["images"] for row in confused.to_dict("records") if row["images"]}
    assert counts == {**{(label, label): 16 for label in range(10) if label != 6}, (6, 6): 6, (6, 4): 9, (6, 0): 1}
    assert confused.groupby("true")["share"].sum().tolist() == pytest.approx([1.0] * 10)
    assert set(confused["seeds"]) == {2}
    pairs = confusions.most_confused(confused)
    assert [(row["true_class"], row["predicted_class"], row["share"]) for row in pairs.to_dict("records")] == [
        (CLASSES[6], CLASSES[4], 9 / 16),
        (CLASSES[6], CLASSES[0], 1 / 16),
    ]


def test_the_matrix_colours_mistakes_and_writes_the_worst_below(confused: pd.DataFrame) -> None:
    with mpl.rc_context(RC):
        figure = drawn(confusions.matrix(confused, confusions.worst(confused), HEADING))
    said = words(figure)
    assert {"38", "56", "6", "100"} <= set(said)
    assert "· Shirt taken for Coat 56 %" in said
    (mesh,) = figure.axes[0].collections
    shown = mesh.get_array()
    assert np.ma.getmaskarray(shown).reshape(10, 10).diagonal().all()
    assert float(shown.reshape(10, 10)[6, 4]) == pytest.approx(9 / 16)
    assert "least Shirt (38 %)" in confusions.told(confused)


def test_a_file_that_is_not_the_recorded_one_is_not_counted(tmp_path: Path) -> None:
    run = predicted(tmp_path, "nin", 0, [(0, 1)])
    assert isinstance(run.result, Accuracy)
    path = tmp_path / "records" / "accuracy" / str(run.result.predictions)
    assert len(confusions.confusions(to_frames([run]).accuracy, tmp_path)) == 100
    assert confusions.confusions(to_frames([run]).accuracy, None).empty
    elsewhere = run.result.model_copy(update={"predictions": f"../accuracy/{path.name}"})
    moved = run.model_copy(update={"result": elsewhere})
    assert confusions.confusions(to_frames([moved]).accuracy, tmp_path).empty
    path.write_bytes(path.read_bytes() + b" ")
    assert confusions.confusions(to_frames([run]).accuracy, tmp_path).empty
    path.unlink()
    assert confusions.confusions(to_frames([run]).accuracy, tmp_path).empty


def test_a_network_without_a_mistake_confuses_nothing(tmp_path: Path) -> None:
    run = predicted(tmp_path, "nin", 0, [(label, label) for label in range(10)])
    table = confusions.confusions(to_frames([run]).accuracy, tmp_path)
    assert confusions.most_confused(table).empty
    assert "Most confused: none." in confusions.told(table)
    assert "tables/confusions.md" not in build.build([run], [], tmp_path)


def test_a_report_shows_confusions_where_predictions_are_kept(tmp_path: Path) -> None:
    run = predicted(tmp_path, "nin", 0, [(label, (label + label % 2) % 10) for label in range(10)])
    files = build.build([run], [], tmp_path)
    assert [name for name in files if name.startswith("plots/confusions-nin") and name.endswith(".png")]
    assert "Trouser" in files["tables/confusions.md"].decode()
    assert not [name for name in build.build([run], []) if "confusions" in name]


# Arrivals and verdicts


def test_runs_that_never_arrive_are_kept_until_where_they_ended() -> None:
    runs = [
        factories.convergence("nin", accuracies=(0.5, 0.82, 0.9), seed=0),
        factories.convergence("nin", accuracies=(0.5, 0.7, 0.79), seed=1),
        factories.convergence("lenet", accuracies=(0.3, 0.4, 0.5), seed=0),
    ]
    table = arrivals.arrivals(to_frames(runs).checks)
    rows = [(row["arch"], row["images"], row["arrived"]) for row in table.to_dict("records")]
    assert rows == [("lenet", 3000, False), ("nin", 2000, True), ("nin", 3000, False)]
    mean = arrivals.means(table)
    assert set(mean) == {"NiN"}
    assert mean["NiN"].value == 2500  # half of the runs 2,000, the others until all were watched, 3,000
    # The mean of when they arrive may be larger: one of them was watched no longer.
    assert arrivals.told(table) == "LeNet 0 of 1 runs; NiN 1 of 2 runs, after at least 2.50 k images on average."
    assert arrivals.note(table) == (
        "Looked at every 1.00 k images; runs count in the means up to 3.00 k images, where the first ended without "
        "arriving"
    )
    with mpl.rc_context(RC):
        figure = drawn(arrivals.time_to_target(table, HEADING, looks([("nin", ""), ("lenet", "")])))
    assert [text for text in words(figure) if " of " in text] == ["0 of 1", "1 of 2"]
    # Of two runs one arrived, so that the mean may be next to nothing, and the axis begins short of the first arrival.
    assert mean["NiN"].low is not None
    assert mean["NiN"].low < 500
    assert "mean, 95 % interval, cut at the edge" in words(figure)


def test_where_all_runs_arrived_their_mean_is_one_of_arrivals() -> None:
    scores = ((0.5, 0.7, 0.82), (0.5, 0.85, 0.9), (0.6, 0.7, 0.9))
    runs = [factories.convergence("nin", accuracies=own, seed=seed) for seed, own in enumerate(scores)]
    table = arrivals.arrivals(to_frames(runs).checks)
    arrived = [3000, 2000, 3000]
    assert arrivals.note(table) == "Looked at every 1.00 k images"
    assert arrivals.told(table) == f"NiN 3 of 3 runs, after {np.mean(arrived) / 1000:.2f} k images on average."
    with mpl.rc_context(RC):
        figure = drawn(arrivals.time_to_target(table, HEADING, looks([("nin", "")])))
    low, high = scipy_stats.ttest_1samp(arrived, 0).confidence_interval(0.95)
    left, right = figure.axes[0].get_xlim()
    assert ("mean, 95 % interval" in words(figure)) == (left <= low and high <= right)


def test_pieces_of_the_verdict_bars_are_the_counts() -> None:
    verdicts = ["supported"] * 3 + ["refuted"] + ["not measured"] * 2
    claims = pd.DataFrame({"document": ["000"] * 4 + ["001"] * 2, "verdict": verdicts})
    table = verdict_bars.tallies(claims, "document")
    counts = Counter(zip(claims["document"], claims["verdict"], strict=True))
    assert {(row["group"][-3:], row["verdict"]): row["claims"] for row in table.to_dict("records")} == counts
    with mpl.rc_context(RC):
        figure = drawn(verdict_bars.verdict_bars(table, HEADING))
    widths = [(bar.get_x(), bar.get_width()) for bar in figure.axes[0].patches]
    assert widths == [(0, 3), (3, 1), (0, 2)]
    assert verdict_bars.told(table) == "Document 000: 3 supported, 1 refuted; Document 001: 2 not measured."


def test_verdicts_have_the_page_s_colours() -> None:
    sheet = (Path(build.__file__).parent / "web" / "templates" / "page.css").read_text(encoding="utf-8")
    for verdict, colour in verdict_bars.COLOURS.items():
        assert f".v-{verdict.replace(' ', '-')} {{ background: {colour}" in sheet


# Names of what is drawn


def test_everything_of_a_network_can_be_told_by_its_id() -> None:
    records = [*factories.full_run(("nin", "lenet")), factories.robustness("nin"), factories.robustness("lenet")]
    files = build.build(records, [])
    shown = 0
    for name, content in files.items():
        if name.endswith(".svg") and "claims" not in name:
            ids = re.findall(r'id="(net:[^"]+)"', content.decode())
            assert len(ids) == len(set(ids)), name
            assert {one.split(":")[1] for one in ids} == {"nin", "lenet"}, name
            texts = re.findall(r'<g id="([^"]+)">\s*<!-- (?:NiN|LeNet) -->', content.decode())
            assert all(one.startswith("net:") for one in texts), name
            shown += 1
    assert shown >= 8


# What is drawn once


def test_a_second_rendering_draws_only_what_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    plain_draw = drawings.draw

    def counting(picture: Picture, key: str) -> drawings.Drawing:
        made.append(picture.name)
        return plain_draw(picture, key)

    monkeypatch.setattr(drawings, "draw", counting)
    records = factories.full_run(("nin",))
    render(records, [], tmp_path)
    first, before = list(made), {path: path.read_bytes() for path in tmp_path.rglob("*.*g")}
    made.clear()
    render(records, [], tmp_path)
    assert made == []
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*g")} == before
    # Another peak changes one figure; a figure that somebody painted over is drawn again.
    other = [factories.memory("nin", peak=2**30) if record.kind == "memory" else record for record in records]
    painted = next(name for name in first if name.startswith("learning"))
    (tmp_path / "plots" / f"{painted}.png").write_bytes(b"")
    render(other, [], tmp_path)
    assert len(made) == 2
    assert {name.split("-quick")[0] for name in made} == {"peak-memory", painted.split("-quick")[0]}
    fresh = tmp_path / "fresh"
    render(other, [], fresh)
    assert {path.name: path.read_bytes() for path in (tmp_path / "plots").iterdir()} == {
        path.name: path.read_bytes() for path in (fresh / "plots").iterdir()
    }


def test_another_version_of_the_code_draws_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    render([factories.memory("nin")], [], tmp_path)
    before = json.loads((tmp_path / "figures.json").read_text())
    monkeypatch.setattr(drawings, "version", lambda library: "0.0")
    render([factories.memory("nin")], [], tmp_path)
    after = json.loads((tmp_path / "figures.json").read_text())
    assert before.keys() == after.keys()
    assert all(before[name]["key"] != after[name]["key"] for name in before)


def test_any_line_of_the_project_makes_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (drawings.PACKAGE / "numbers.py").is_file(), "what figures print is made far from where they are drawn"
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "one.py").write_text("a = 1")
    monkeypatch.setattr(drawings, "PACKAGE", tmp_path)
    before = drawings.code_version()
    (tmp_path / "deep" / "one.py").write_text("a = 2")
    assert drawings.code_version() != before


def test_a_broken_list_of_figures_is_survived(tmp_path: Path) -> None:
    for content in ("[1, 2", "[1]", '{"peak-memory": 3}'):
        (tmp_path / "figures.json").write_text(content)
        assert render([factories.memory("nin")], [], tmp_path).is_file()


def _nothing(table: pd.DataFrame, *, heading: Heading, about: Any = None) -> Any:
    raise AssertionError("a key needs no drawing")


def test_keys_tell_apart_whatever_is_drawn() -> None:
    table = pd.DataFrame({"x": [1.0, float("nan")], "y": ["a", "b"], "z": [(1, 2), (3,)]})

    def key(changed: pd.DataFrame, heading: Heading = HEADING, about: Any = None) -> str:
        draw: Any = partial(_nothing, changed, heading=heading, about=about)
        return key_of(Picture("name", heading, "", table, draw), "code")

    variants = [
        key(table),
        key(table.assign(x=[1.0, 2.0])),
        key(table.assign(x=table["x"].astype("float32"))),
        key(table.rename(columns={"x": "w"})),
        key(table.assign(z=[(1, 2), (4,)])),
        key(table, replace(HEADING, mark="quick look")),
        key(table, about="{:g}".format),
        key(table, about="{:f}".format),
        key(table, about={"nin": 1}),
        key(table, about={"nin": True}),
        key(table, about=seconds),
        key(table, about=joules),
    ]
    assert len(set(variants)) == len(variants)
    assert key(table) == key(table.copy())
    assert key_of(Picture("other", HEADING, "", table, partial(_nothing, table)), "code") not in variants  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="name of its own"):
        key(table, about=lambda value: str(value))
    with pytest.raises(TypeError, match="cannot be told apart"):
        key(table, about=Path())


def test_bars_of_memory_are_labelled_in_the_unit_of_their_axis() -> None:
    records = [factories.memory("lenet", peak=400 * 2**20), factories.memory("vgg16", peak=6 * 2**30)]
    table = summary(to_frames(records))[["arch", "title", *PEAK]]
    figure = peak_memory(table, Heading("Memory", "28 px"), looks([("lenet", "lenet"), ("vgg16", "vgg")]))
    (axes,) = figure.axes
    assert axes.get_xlabel().endswith("GiB")
    assert [text.get_text() for text in axes.texts] == [f"{400 / 1024:.3f} GiB", "6.00 GiB"]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([400 / 1024, 6.0])


def test_throughput_by_batch_leaves_out_a_mode_with_one_batch() -> None:
    files = build.build([factories.throughput("nin", training=(64,), inference=(1, 64))], [])
    (name,) = (one for one in files if one.startswith("plots/throughput-by-batch") and one.endswith(".csv"))
    rows = list(csv.DictReader(io.StringIO(files[name].decode())))
    assert {(row["mode"], row["batch"]) for row in rows} == {("inference", "1"), ("inference", "64")}
    alone = build.build([factories.throughput("nin", training=(64,), inference=(64,))], [])
    assert not [one for one in alone if "throughput-by-batch" in one]
