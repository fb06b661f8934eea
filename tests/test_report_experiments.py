"""The experiments in the report: their tables recomputed from made-up records, and what their figures show."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import factories
import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats as scipy_stats

import archs
from bench.protocols import get_protocols
from bench.records import Example, LayerMemory, Localisation, Memory, Record
from bench.report import activation_tables, experiment_tables
from bench.report.build import build
from bench.report.experiment_layouts import experiment_tables_of
from bench.report.figures.canvas import EDGE, WIDTH
from bench.report.figures.experiment_gallery import MAPS_IN_A_FIGURE, experiment_pictures
from bench.report.figures.experiment_maps import GAINED, LOST, NOTHING, overlaid, points, shade
from bench.report.figures.picture import Picture
from bench.report.figures.svg import svg_bytes
from bench.report.frames import Frames, to_frames
from bench.report.overview import networks
from bench.report.overview import summary as exact_summary
from bench.report.sections import sections
from bench.report.style import RC, looks
from bench.report.web.experiment_findings import experiment_sentences
from bench.report.writers import latex_text, markdown_text

LONG = ("nin-no1x1-params", "alexnet-as-nin-x025", "googlenet-no-reductions-params")
TWELVE = (*archs.FIVE, *LONG, "alexnet-gap", "vgg16-gap", "nin-no-last-relu", "nin-3x3-params")


def localised(arch: str, rates: Mapping[Any, int], *, examples: Sequence[Example] = (), **changes: Any) -> Record:
    """A run on 1,000 images with the hits on other images' objects and examples."""
    record = factories.localisation(arch, hits=rates, **changes)
    assert isinstance(record.result, Localisation)
    pointing = tuple(one.model_copy(update={"hits_elsewhere": 400, "map_side": 3}) for one in record.result.pointing)
    result = record.result.model_copy(update={"pointing": pointing, "examples": tuple(examples)})
    return record.model_copy(update={"result": result})


def example(label: int, predicted: int, corner: int = 2) -> Example:
    """A bright square of 14 pixels on a black canvas of 28 under a map of nine cells."""
    square = range(corner, corner + 14)
    return Example(
        label=label,
        predicted=predicted,
        box=(corner, corner, corner + 14, corner + 14),
        canvas=tuple(tuple(200 if i in square and j in square else 0 for j in range(28)) for i in range(28)),
        map=((5.0, 1.0, 0.0), (1.0, 0.5, 0.0), (-1.0, 0.0, 0.0)),
    )


def kept(arch: str, bytes_by_type: Sequence[tuple[str, int]], **changes: Any) -> Record:
    """Memory with one layer for each pair."""
    record = factories.memory(arch, **changes)
    assert isinstance(record.result, Memory)
    layers = tuple(
        LayerMemory(name=f"features.{place}", type=kind, output_elements=size // 4, saved_bytes=size)
        for place, (kind, size) in enumerate(bytes_by_type)
    )
    return record.model_copy(update={"result": record.result.model_copy(update={"layers": layers})})


def everything(names: Sequence[str], seeds: int = 2) -> list[Record]:
    """All experiments with each of the networks."""
    records: list[Record] = []
    for place, name in enumerate(names):
        share = 0.5 + 0.4 * place / len(names)
        for seed in range(seeds):
            for protocol in get_protocols("overfitting28"):
                records.append(factories.overfitting(name, test=share - 0.01 * seed, seed=seed, protocol=protocol.name))
            for protocol in (*get_protocols("starts28"), *get_protocols("tuning28")):
                score = (0.1, share, share)[(seed + place) % 3]
                records.append(factories.convergence(name, accuracies=(score,), seed=seed, protocol=protocol.name))
            norms = [(0.01 * share * (1 + seed), 1.0)] * 5
            records.append(factories.convergence(name, accuracies=(0.3, share), seed=seed, gradients=norms))
            records.append(factories.robustness(name, clean=share + 0.01 * seed, seed=seed))
            records.append(factories.quadrants(name, score=share + 0.01 * seed, seed=seed))
            seen = [example(9, 9), example(3, 6)] if seed == 0 else []
            rates = {"class map": 700 + seed, "Grad-CAM": 600} if place % 2 else {"Grad-CAM": 650 + seed}
            records.append(localised(name, rates, examples=seen, seed=seed))
        records.append(kept(name, [("Conv2d", 4_000), ("ReLU", 6_000), ("Linear", 40)], protocol="budget28"))
        records.append(factories.complexity(name))
    records += [factories.branches(lost=[[0.1, -0.02], [0.03, 0.0]], seed=seed) for seed in range(seeds)]
    return records


@pytest.fixture(scope="module")
def five() -> list[Record]:
    return everything(archs.FIVE)


def shown(records: Sequence[Record]) -> dict[str, Picture]:
    """The experiments' pictures by name."""
    return {picture.name: picture for picture in _pictures(to_frames(records))}


def _pictures(frames: Frames) -> Iterator[Picture]:
    names = networks(frames, exact_summary(frames))
    measured = {layout.name: table for layout, table in experiment_tables_of(frames).items()}
    return experiment_pictures(frames, measured, looks(zip(names["arch"], names["family"], strict=True)))


def drawn(picture: Picture) -> Any:
    """The figure, drawn once, so that every text has a place."""
    import matplotlib as mpl

    with mpl.rc_context(RC):
        figure = picture.draw()
        figure.canvas.draw()
    return figure


def texts(figure: Any) -> list[Any]:
    """Every text of the figure that is seen; matplotlib also has labels of ticks beyond the axes."""
    found = list(figure.texts)
    for axes in figure.axes:
        found += [*axes.texts, axes.xaxis.label, axes.yaxis.label] if axes.axison else axes.texts
        for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
            low, high = sorted(axis.get_view_interval())
            found += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            found += [tick.label2 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def t_interval(values: Sequence[float]) -> list[float]:
    bounds = scipy_stats.ttest_1samp(values, 0).confidence_interval(0.95)
    return [float(bounds.low), float(bounds.high)]


def wilson(hits: int, n: int) -> list[float]:
    bounds = scipy_stats.binomtest(hits, n).proportion_ci(method="wilson")
    return [float(bounds.low), float(bounds.high)]


def row_of(table: pd.DataFrame, **wanted: Any) -> dict[str, Any]:
    for name, value in wanted.items():
        table = table[table[name] == value]
    assert len(table) == 1
    return {str(name): value for name, value in table.iloc[0].items()}


# Tables


def test_overfitting_is_the_mean_gap_with_an_interval_over_seeds_and_counts_outcomes() -> None:
    tested = [0.60, 0.65, 0.10]
    records = [
        factories.overfitting(epochs=((0.9, 0.5, 0.5), (0.2, 0.9, 0.6)), test=score, test_loss=1.4, seed=seed)
        for seed, score in enumerate(tested)
    ]
    records[2] = factories.overfitting(epochs=((2.3, 0.1, 0.1),), test=0.1, outcome="stuck at chance", seed=2)
    records.append(factories.failed("overfitting", "nin", protocol="overfitting28-500", seed=3))
    frames = to_frames(records)
    row = row_of(experiment_tables.overfitting(frames.overfitting, frames.failures))
    gaps = [0.9 - 0.60, 0.9 - 0.65, 0.0]
    assert row["gap"] == pytest.approx(sum(gaps) / 3)
    assert [row["gap_low"], row["gap_high"]] == pytest.approx(t_interval(gaps))
    assert row["loss_gap"] == pytest.approx((1.2 + 1.2 + (1.0 - 2.3)) / 3)
    assert (row["seeds"], row["trained"], row["stuck_at_chance"], row["diverged"], row["failed"]) == (3, 2, 1, 0, 1)
    assert (row["train_images"], row["dropout"], row["protocol"]) == (500, "as defined", "overfitting28")


def test_a_loss_that_was_not_finite_leaves_no_mean_of_losses() -> None:
    records = [factories.overfitting(seed=0), factories.overfitting(seed=1, outcome="diverged")]
    result = records[1].result
    assert result is not None
    records[1] = records[1].model_copy(update={"result": result.model_copy(update={"test_loss": None})})
    row = row_of(experiment_tables.overfitting(to_frames(records).overfitting, to_frames([]).failures))
    assert pd.isna(row["loss_gap"])
    assert not pd.isna(row["gap"])


def altered(record: Record, **changes: Any) -> Record:
    """The same record made under other settings of training."""
    protocol = json.loads(json.dumps(record.protocol))
    protocol["training"] |= changes
    return record.model_copy(update={"protocol": protocol, "key": f"{record.key} {changes}"})


def test_protocols_of_a_family_are_one_study_where_they_differ_in_what_is_studied() -> None:
    few, many = (factories.overfitting(protocol=f"overfitting28-{number}") for number in (500, 2000))
    assert set(to_frames([few, many]).overfitting["protocol"]) == {"overfitting28"}
    # One of them was made with another batch size: they no longer compare.
    assert set(to_frames([few, altered(many, batch_size=7)]).overfitting["protocol"]) == {
        *("overfitting28-500", "overfitting28-2000")
    }
    # Two forms of one protocol: neither is taken for the one that belongs to the study.
    labels = list(to_frames([few, altered(few, epochs=9), many]).overfitting["protocol"])
    assert sum(label.startswith("overfitting28-500 #") for label in labels) == 2
    assert labels.count("overfitting28") == 1
    # What was measured beside the study does not join it.
    aside = [factories.quadrants(protocol=f"overfitting28-{number}") for number in (500, 2000)]
    assert to_frames(aside).quadrants["protocol"].nunique() == 2


def test_convergence_tells_the_share_of_runs_that_started_and_its_interval() -> None:
    scores = [0.8, 0.1, 0.7, 0.75]
    ratios = [0.5, 0.02, 0.3, 0.4]
    records = [
        factories.convergence(
            accuracies=(0.1, score), seed=seed, gradients=[(2 * ratio, 2.0), (ratio, 1.0), (0.0, 1.0), (None, 1.0)],
            protocol="starts28-0.003",
        )
        for seed, (score, ratio) in enumerate(zip(scores, ratios, strict=True))
    ]  # fmt: skip
    frames = to_frames(records)
    row = row_of(experiment_tables.convergence(frames.convergence, frames.failures))
    assert (row["protocol"], row["member"], row["peak_learning_rate"]) == ("starts28", "starts28-0.003", 3e-3)
    assert row["started"] == 3 / 4
    assert [row["started_low"], row["started_high"]] == pytest.approx(wilson(3, 4))
    assert [row["held_out_accuracy_low"], row["held_out_accuracy_high"]] == pytest.approx(
        [t_interval(scores)[0], 1.0]  # Student's ends above all that an accuracy can be
    )
    assert row["gradient_ratio"] == pytest.approx(scipy_stats.gmean(ratios))


def test_gradient_ratios_are_geometric_means_over_steps_and_runs() -> None:
    runs = [[1.0, 4.0, 9.0, 9.0], [0.25, 4.0, 1.0, 1.0]]
    records = [
        factories.convergence(seed=seed, gradients=[(ratio * 3, 3.0) for ratio in ratios])
        for seed, ratios in enumerate(runs)
    ]
    table = experiment_tables.gradient_ratios(to_frames(records).gradients, blocks=2)
    assert list(table["step"]) == [1.5, 3.5]
    assert list(table["gradient_ratio"]) == pytest.approx([math.sqrt(2.0 * 1.0), math.sqrt(9.0 * 1.0)])
    logs = np.log([2.0, 1.0])
    assert [table["gradient_ratio_low"][0], table["gradient_ratio_high"][0]] == pytest.approx(np.exp(t_interval(logs)))
    silent = to_frames([factories.convergence(gradients=[(0.0, 1.0), (None, None)])])
    assert experiment_tables.gradient_ratios(silent.gradients).empty


def test_robustness_is_the_area_under_what_is_retained() -> None:
    cleans, retained = [0.8, 0.6, 0.7], [1.0, 0.9, 0.4, 0.5]
    records = [
        factories.robustness(clean=clean, retained=retained, seed=seed) for seed, clean in enumerate(cleans)
    ]  # fmt: skip
    frames = to_frames(records)
    table = experiment_tables.robustness(frames.robustness, frames.failures)
    assert list(table["transformation"]) == ["shift", "scale", "rotation"]
    row = row_of(table, transformation="rotation")
    assert row["retained"] == pytest.approx(np.trapezoid(retained, dx=1) / 3)
    lowest = [0.4 * clean for clean in cleans]
    assert (row["lowest_at"], row["lowest_accuracy"]) == (2.0, pytest.approx(np.mean(lowest)))
    assert [row["lowest_accuracy_low"], row["lowest_accuracy_high"]] == pytest.approx(t_interval(lowest))
    assert (row["seeds"], row["trained"]) == (3, 3)
    curve = experiment_tables.by_strength(frames.robustness)
    assert list(curve[curve["transformation"] == "shift"]["accuracy"]) == pytest.approx([0.7 * r for r in retained])


def test_nothing_is_retained_of_no_accuracy() -> None:
    frames = to_frames([factories.robustness(clean=0.0, outcome="diverged")])
    assert experiment_tables.robustness(frames.robustness, frames.failures)["retained"].isna().all()


def test_quadrants_have_wilsons_interval_of_one_seed_and_students_of_several() -> None:
    for scores in ([0.26], [0.26, 0.9, 0.95]):
        frames = to_frames([factories.quadrants(score=score, seed=seed) for seed, score in enumerate(scores)])
        row = row_of(experiment_tables.quadrants(frames.quadrants, frames.failures))
        expected = (0.0, 1.0) if len(scores) > 1 else wilson(2_600, 10_000)
        assert len(scores) == 1 or (t_interval(scores)[0] < 0 and t_interval(scores)[1] > 1)  # cut at both ends
        assert [row["test_accuracy_low"], row["test_accuracy_high"]] == pytest.approx(expected)
        assert row["interval"] == ("t over seeds" if len(scores) > 1 else "Wilson over test images")
        assert row["stuck_at_chance"] == 1


def test_convergence_tells_how_many_classes_were_dead_before_training_where_that_was_looked_at() -> None:
    records = [factories.convergence(dead_at_start=dead, dead=1, seed=seed) for seed, dead in enumerate((4, 1, None))]
    frames = to_frames(records)
    row = row_of(experiment_tables.convergence(frames.convergence, frames.failures))
    assert (row["dead_at_start"], row["dead_classes"]) == (2.5, 1.0)
    head = "Classes of constant score before training"
    assert head in build(records, [])["tables/convergence.md"].decode()
    assert head not in build(records[2:], [])["tables/convergence.md"].decode()


def test_localisation_pools_images_and_tells_runs_apart() -> None:
    records = [localised("nin", {"class map": hits}, seed=seed) for seed, hits in enumerate((700, 800, 720))]
    frames = to_frames(records)
    row = row_of(experiment_tables.localisation(frames.localisation, frames.failures))
    assert row["hit_rate"] == pytest.approx(2_220 / 3_000)
    assert [row["hit_rate_low"], row["hit_rate_high"]] == pytest.approx(wilson(2_220, 3_000))
    assert [row["run_rate_low"], row["run_rate_high"]] == pytest.approx(t_interval([0.7, 0.8, 0.72]))
    assert (row["chance"], row["elsewhere"], row["map_side"]) == (0.25, pytest.approx(0.4), 3)
    assert pd.isna(row["field_rate"])


def test_a_run_that_classified_nothing_has_no_rate() -> None:
    frames = to_frames([factories.localisation(hits={"Grad-CAM": 0}, images=0, outcome="diverged")])
    row = row_of(experiment_tables.localisation(frames.localisation, frames.failures))
    assert pd.isna(row["hit_rate"])
    assert row["diverged"] == 1
    assert shown([factories.localisation(hits={"Grad-CAM": 0}, images=0)]) == {}


def test_branches_tell_what_is_lost_without_each() -> None:
    losses = [[[0.1, 0.02], [0.0, -0.01]], [[0.2, 0.04], [0.0, 0.01]]]
    frames = to_frames([factories.branches(lost=lost, seed=seed) for seed, lost in enumerate(losses)])
    table = experiment_tables.branches(frames.branches, frames.failures)
    assert list(zip(table["module"], table["branch"], strict=True)) == [
        (f"inception{module}", f"branch{branch}") for module in range(2) for branch in range(2)
    ]
    assert list(table["lost"]) == pytest.approx([0.15, 0.03, 0.0, 0.0])
    assert [table["lost_low"][0], table["lost_high"][0]] == pytest.approx(t_interval([0.1, 0.2]))


def test_activations_are_summed_by_kind_of_layer_and_counted_once() -> None:
    layers = [("Conv2d", 300), ("ReLU", 500), ("Conv2d", 100), ("BatchNorm2d", 60), ("Dropout", 40)]
    earlier = kept("nin", [("Conv2d", 999)], protocol="budget28", started="2026-01-01T00:00:00Z", precision="fp32")
    records = [earlier, kept("nin", layers, protocol="budget28"), kept("nin", layers, device=factories.GPU)]
    table = activation_tables.activations(to_frames(records).memory_layers)
    assert dict(zip(table["kind"], table["saved_bytes"], strict=True)) == {
        "convolution": 400, "activation function": 500, "normalisation": 60, "other": 40,
    }  # fmt: skip
    assert list(table["share"]) == pytest.approx([0.4, 0.5, 0.06, 0.04])
    assert row_of(table, kind="convolution")["largest"] == "features.0"


def test_every_table_prints_in_every_form(five: list[Record]) -> None:
    for layout, table in experiment_tables_of(to_frames(five)).items():
        parts = sections(layout, table)
        assert "GoogLeNet" in markdown_text(layout.title, parts)
        assert "\\toprule" in latex_text(layout.title, parts)


def test_runs_of_two_devices_and_two_studies_share_no_section(five: list[Record]) -> None:
    elsewhere = factories.overfitting("nin", device=factories.GPU, precision="fp32")
    tables = experiment_tables_of(to_frames([*five, elsewhere]))
    headings = {layout.name: [part.heading for part in sections(layout, table)] for layout, table in tables.items()}
    assert len(headings["overfitting"]) == 2
    assert [heading.split(" · ")[0] for heading in headings["convergence"]] == ["convergence28", "starts28"]
    assert [heading.split(" · ")[0] for heading in headings["search"]] == ["tuning28"]


def test_the_search_says_what_a_best_rate_lies_next_to_and_tells_no_share_of_one_run() -> None:
    scores = {"0.001": 0.6, "0.003": 0.64, "0.01": 0.1, "0.03": 0.1}
    records = [factories.convergence("nin", accuracies=(one,), protocol=f"tuning28-{at}") for at, one in scores.items()]
    records += [
        factories.convergence("vgg16", accuracies=(0.8 - float(at),), protocol=f"tuning28-{at}") for at in scores
    ]
    tables = {layout: table for layout, table in experiment_tables_of(to_frames(records)).items() if len(table)}
    ((layout, table),) = tables.items()
    (part,) = sections(layout, table)
    assert part.layout.title == "Search for learning rates"
    assert [note for note in part.notes if "lies next to" in note] == [
        "The best rate of NiN, 0.003, lies next to 0.01, at which it did not get off the ground."
    ]
    assert not [column.head for column in part.columns if "started" in column.head or "95 %" in column.head]
    assert any("tells nothing of how another seed would end" in note for note in part.notes)


# Figures


def test_a_report_without_experiments_has_none_of_their_figures() -> None:
    assert shown(factories.full_run(("lenet", "nin"))) == {}
    assert all(table.empty for table in experiment_tables_of(to_frames(factories.full_run())).values())


def test_every_experiment_has_its_figures(five: list[Record]) -> None:
    names = {name.split("-28-px")[0] for name in shown(five)}
    assert names == {
        *("overfitting-overfitting28", "convergence-convergence28", "gradient-ratio-convergence28"),
        "time-to-target-convergence28",
        *("accuracy-by-learning-rate-starts28", "accuracy-by-learning-rate-tuning28"),
        *("robustness-shift-robustness28", "robustness-scale-robustness28", "robustness-rotation-robustness28"),
        *("quadrants-quadrants28", "localisation-localisation28", "class-maps-localisation28"),
        *("branches-googlenet-branches28", "kept-by-layer"),
    }


def test_the_share_that_started_is_drawn_where_there_are_enough_runs() -> None:
    runs = [factories.convergence(accuracies=(0.6,), seed=seed, protocol="starts28-0.001") for seed in range(5)]
    assert len([name for name in shown(runs) if name.startswith("started")]) == 1
    assert not [name for name in shown(runs[:4]) if name.startswith("started")]


def test_figures_name_networks_units_scope_standing_and_runs_that_went_wrong() -> None:
    untuned = factories.untuned("robustness28")
    records = [
        factories.robustness("vgg16", clean=0.8, seed=0, protocol=untuned),
        factories.robustness("vgg16", clean=0.82, seed=1, protocol=untuned),
        factories.robustness("nin", clean=0.1, outcome="stuck at chance", protocol=untuned),
    ]
    (picture,) = [picture for name, picture in shown(records).items() if "rotation" in name]
    told = [text.get_text() for text in texts(drawn(picture))]
    assert {"Rotation, degrees", "Test accuracy, 95 % interval", "VGG-16", "NiN"} <= set(told)
    assert {"untuned, not citable", "Of 3 runs 1 stuck at chance; they count as they are"} <= set(told)
    assert "robustness28 · 28 px · Example Processor 9000 · bf16" in told
    assert "1 stuck at chance" in picture.description


def test_an_interval_is_named_where_there_is_one_only() -> None:
    (picture,) = [one for name, one in shown([factories.robustness("nin")]).items() if "shift" in name]
    assert "Test accuracy" in [text.get_text() for text in texts(drawn(picture))]


def test_dropout_on_and_off_have_panels_of_their_own_on_one_scale(five: list[Record]) -> None:
    (picture,) = [one for name, one in shown(five).items() if name.startswith("overfitting")]
    above, below = drawn(picture).axes
    assert picture.tall
    assert above.get_ylim() == below.get_ylim()
    labels = [text.get_text() for text in (*above.texts, *below.texts)]
    assert [word for word in ("as defined", "off") if any(f"dropout {word}" in label for label in labels)] == [
        *("as defined", "off")
    ]


def test_points_are_where_the_table_has_them() -> None:
    scores = {"lenet": (0.5, 0.54), "nin": (0.7, 0.8)}
    records = [factories.quadrants(name, score=s, seed=i) for name, pair in scores.items() for i, s in enumerate(pair)]
    (picture,) = shown(records).values()
    (axes,) = drawn(picture).axes
    points_at = {(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in axes.lines if line.get_ms() == 7}
    assert {(round(x, 6), y) for x, y in points_at} == {(0.52, 0.0), (0.75, 1.0)}
    assert {0.25} == {line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == "--"}


@pytest.mark.parametrize("names", [("nin",), LONG, TWELVE], ids=["one", "long names", "twelve"])
def test_no_text_leaves_its_figure_and_no_name_covers_another(names: Sequence[str]) -> None:
    for picture in shown(everything(names)).values():
        figure = drawn(picture)
        height = figure.get_figheight() * 72
        seen = texts(figure)
        boxes = [(text.get_text(), text.get_window_extent()) for text in seen]
        for text, box in boxes:
            assert box.x0 >= -0.5, (picture.name, text)
            assert box.x1 <= WIDTH + EDGE / 2, (picture.name, text)
            assert box.y0 >= -0.5, (picture.name, text)
            assert box.y1 <= height + 0.5, (picture.name, text)
        beside = [text.get_window_extent() for text in figure.texts]
        for one, other in itertools.combinations(beside, 2):
            across = min(one.x1, other.x1) - max(one.x0, other.x0)
            down = min(one.y1, other.y1) - max(one.y0, other.y0)
            assert across < 1 or down < 3.5, picture.name
        for axes in figure.axes:
            ticks = [tick.get_window_extent() for tick in axes.get_xticklabels() if tick in seen]
            assert all(a.x1 < b.x0 for a, b in itertools.pairwise(sorted(ticks, key=lambda box: box.x0)))


# Pictures of maps


def test_heat_is_scaled_up_as_torch_does_and_lies_over_the_canvas() -> None:
    cells = torch.rand(1, 1, 5, 5, generator=torch.Generator().manual_seed(0))
    canvas = np.random.default_rng(0).integers(0, 256, (28, 28))
    rgb = overlaid(canvas.tolist(), cells[0, 0].tolist())
    scaled = (cells - cells.min()) / (cells.max() - cells.min())
    heat = torch.nn.functional.interpolate(scaled, size=(112, 112), mode="bilinear")[0, 0].numpy()
    grey = np.repeat(np.repeat(canvas, 4, 0), 4, 1)
    assert rgb.shape == (112, 112, 3)
    assert np.abs(rgb[..., 2] - grey * (1 - 0.7 * heat)).max() <= 1
    assert (rgb[..., 0].astype(int) >= rgb[..., 2]).all()


def test_a_map_that_tells_nothing_leaves_the_canvas_as_it_is() -> None:
    rgb = overlaid([[0, 255], [10, 20]], [[3.0, 3.0], [3.0, 3.0]])
    assert set(np.unique(rgb)) == {0, 10, 20, 255}


def test_class_maps_name_the_true_class_and_what_it_was_taken_for() -> None:
    records = [localised("nin", {"class map": 9}, examples=[example(9, 9), example(3, 6)])]
    (picture,) = [one for name, one in shown(records).items() if name.startswith("class-maps")]
    figure = drawn(picture)
    told = [text.get_text() for text in texts(figure)]
    assert {"Ankle boot", "Dress", "✗ Shirt", "NiN, class map"} <= set(told)
    assert list(picture.data["predicted_class"]) == ["Ankle boot", "Shirt"]
    assert "NiN right in 1" in picture.description
    (axes,) = figure.axes
    assert len(axes.images) == 2
    # The box of two to sixteen of 28 pixels, on a picture as wide as its extent.
    left, right, _, top = axes.images[0].get_extent()
    side = right - left
    assert axes.patches[0].get_bbox().bounds == pytest.approx((left + side / 14, top + side / 14, side / 2, side / 2))


def test_pictures_that_are_alike_share_no_id() -> None:
    """A class map that is the same everywhere, as of a network that is stuck, leaves the same picture."""
    records = [localised(name, {"Grad-CAM": 9}, examples=[example(9, 9)]) for name in ("alexnet", "nin")]
    (picture,) = [one for name, one in shown(records).items() if name.startswith("class-maps")]
    svg = svg_bytes(drawn(picture), "any").decode()
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert svg.count("<image ") == 2
    assert len(ids) == len(set(ids))


def test_networks_that_saw_other_canvases_are_not_shown_beside_each_other() -> None:
    alike = [localised(name, {"Grad-CAM": 9}, examples=[example(9, 9)]) for name in ("lenet", "alexnet", "nin")]
    other = localised("vgg16", {"Grad-CAM": 9}, examples=[example(9, 9, corner=5)])
    every = [one for one in _pictures(to_frames([*alike, other])) if one.name.startswith("class-maps")]
    assert [set(one.data["title"]) for one in every] == [{"LeNet", "AlexNet", "NiN"}, {"VGG-16"}]


def test_many_networks_are_spread_evenly_over_figures_of_maps() -> None:
    records = [localised(name, {"Grad-CAM": 9}, examples=[example(9, 9)]) for name in archs.FIVE]
    sizes = [len(one.data) for one in _pictures(to_frames(records)) if one.name.startswith("class-maps")]
    assert sorted(sizes) == [2, 3]
    assert max(sizes) <= MAPS_IN_A_FIGURE


def test_the_heat_map_writes_points_and_shades_by_loss() -> None:
    records = [
        factories.branches(lost=[[0.10, -0.05]], seed=0),
        factories.branches(lost=[[0.12, -0.05]], seed=1),
    ]
    (picture,) = shown(records).values()
    (axes,) = drawn(picture).axes
    half = t_interval([10, 12])[1] - 11
    assert [text.get_text() for text in axes.texts] == [f"11.0 ± {half:.1f}", "−5.0 ± 0.0"]
    import matplotlib.colors

    shades = [matplotlib.colors.to_hex(patch.get_facecolor()) for patch in axes.patches]
    assert shades == [LOST, shade(-0.05 / 0.11)]
    assert (shade(-1), shade(0), shade(1)) == (GAINED, NOTHING, LOST)
    assert points({"lost": -0.0001, "lost_low": None, "lost_high": None}) == "0.0"


# Bars


def test_pieces_of_a_bar_are_the_layers_in_their_order() -> None:
    records = [kept("nin", [("Conv2d", 100), ("ReLU", 300), ("Flatten", 0), ("Linear", 600)], protocol="budget28")]
    (picture,) = shown(records).values()
    (axes,) = drawn(picture).axes
    pieces = [(patch.get_x(), patch.get_width()) for patch in axes.patches]
    assert pieces == [pytest.approx(pair) for pair in ((0, 10), (10, 30), (40, 60))]
    assert {"30 %", "60 %", "1,000 B"} & {text.get_text() for text in axes.texts} == {"30 %", "60 %"}


def test_three_heads_are_shown_where_all_three_were_counted() -> None:
    three = [factories.complexity(name) for name in ("alexnet", "alexnet-gap", "nin")]
    (picture,) = [one for name, one in shown(three).items() if name.startswith("parameters-of-heads")]
    (axes,) = drawn(picture).axes
    for place, name in enumerate(("alexnet", "alexnet-gap", "nin")):
        own = [patch.get_width() for patch in axes.patches if round(patch.get_y() + patch.get_height() / 2) == place]
        assert sum(own) == pytest.approx(archs.get_spec(name).counts[28].parameters)
    assert shown(three[:2]) == {}
    assert shown([*three[:2], factories.complexity("nin", image_size=224)]) == {}


# Sentences, and what else the page needs


def test_findings_tell_the_extremes_and_the_runs_that_did_not_start() -> None:
    records = [
        factories.quadrants("lenet", score=0.25),
        factories.quadrants("nin", score=0.97),
        factories.branches(lost=[[0.10, 0.05]]),
        *(
            factories.convergence("nin", accuracies=(0.1 if seed < 2 else 0.8,), seed=seed, protocol="starts28-0.01")
            for seed in range(5)
        ),
    ]
    measured = {layout.name: table for layout, table in experiment_tables_of(to_frames(records)).items()}
    told = {scope.split(" ")[0]: sentences for scope, _, sentences in experiment_sentences(measured)}
    assert told["quadrants28"][0] == "In telling the quarter that a garment lies in, no better than chance: LeNet."
    assert "0.970" in told["quadrants28"][1]
    assert told["starts28"] == ("At a peak learning rate of 0.01, runs that did not get off the ground: NiN 2 of 5.",)
    assert told["branches28"] == ("GoogLeNet loses most test accuracy without branch0 of inception0: 0.100 of 0.900.",)


def test_networks_that_were_only_experimented_with_have_a_colour_and_no_row_in_the_summary() -> None:
    records = [factories.quadrants("vgg16"), factories.failed("quadrants", "lenet", protocol="quadrants28")]
    frames = to_frames(records)
    summary = exact_summary(frames)
    assert summary.empty
    assert list(networks(frames, summary)["arch"]) == ["vgg16"]


def test_points_of_a_search_with_one_run_a_rate_stand_on_their_rates() -> None:
    """In the drawing's own coordinates: where every network was tried, all have the same place from left to right."""
    rates = ("0.001", "0.01")
    records = [
        factories.convergence(name, accuracies=(0.5 + place / 10,), protocol=f"tuning28-{rate}")
        for place, name in enumerate(archs.FIVE)
        for rate in rates
    ]
    (picture,) = (one for name, one in shown(records).items() if name.startswith("accuracy-by-learning-rate"))
    figure = picture.draw()
    (axes,) = figure.axes
    drawn = [line for line in axes.lines if str(line.get_gid()).startswith("net:")]
    places = {tuple(line.get_transform().transform(line.get_xydata())[:, 0].round(6)) for line in drawn}
    assert len(drawn) == len(archs.FIVE)
    assert len(places) == 1
    assert any("one run a point" in text.get_text() for text in axes.texts)
    assert axes.get_xlabel().endswith("log scale")
