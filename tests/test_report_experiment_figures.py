"""What the figures of the experiments show of made-up records."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

import factories
import numpy as np
import pytest
import torch
from experiment_records import LONG, TWELVE, everything, example, kept, localised, t_interval
from matplotlib.lines import Line2D
from matplotlib.transforms import Affine2D

import archs
from bench.records import Record
from bench.report.experiment_layouts import experiment_tables_of
from bench.report.figures.canvas import WIDTH
from bench.report.figures.experiment_gallery import MAPS_IN_A_FIGURE, experiment_pictures
from bench.report.figures.experiment_maps import GAINED, LOST, NOTHING, overlaid, points, shade
from bench.report.figures.picture import Picture
from bench.report.figures.svg import svg_bytes
from bench.report.frames import Frames, to_frames
from bench.report.overview import network_looks
from bench.report.overview import summary as exact_summary
from bench.report.style import PAPER, RC, looks

PRINTED = 200
"""Dots an inch of a PNG."""


@pytest.fixture(scope="module")
def five() -> list[Record]:
    return everything(archs.FIVE)


def shown(records: Sequence[Record]) -> dict[str, Picture]:
    """The experiments' pictures by name."""
    return {picture.name: picture for picture in _pictures(to_frames(records))}


def _pictures(frames: Frames) -> Iterator[Picture]:
    measured = {layout.name: table for layout, table in experiment_tables_of(frames).items()}
    return experiment_pictures(frames, measured, network_looks(frames, exact_summary(frames)))


def drawn(picture: Picture) -> Any:
    """The figure, drawn once at the PNG's resolution, so that every text has the place and the size of print."""
    import matplotlib as mpl

    with mpl.rc_context(RC):
        figure = picture.draw()
        figure.set_dpi(PRINTED)
        figure.canvas.draw()
    return figure


def box_of(text: Any) -> Any:
    """Where a text lies, in points."""
    return text.get_window_extent().transformed(Affine2D().scale(72 / PRINTED))


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


THREE = ("0.001", "0.003", "0.01")


def tried(arch: str, rates: Sequence[str], *, protocol: str = "tuning28", seed: int = 0) -> list[Record]:
    """A run that got off the ground at each of these learning rates."""
    return [factories.convergence(arch, accuracies=(0.6,), seed=seed, protocol=f"{protocol}-{rate}") for rate in rates]


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
    runs = [one for seed in range(5) for one in tried("nin", THREE, protocol="starts28", seed=seed)]
    assert len([name for name in shown(runs) if name.startswith("started")]) == 1
    assert not [name for name in shown(runs[:12]) if name.startswith("started")]


def test_the_axis_of_the_share_that_started_goes_from_none_to_all() -> None:
    """All runs started, and of five that leaves anything from half to all: an interval that has to be seen."""
    runs = [one for seed in range(5) for one in tried("nin", THREE, protocol="starts28", seed=seed)]
    (picture,) = (one for name, one in shown(runs).items() if name.startswith("started"))
    assert picture.data["started_low"].max() < 0.6
    (axes,) = drawn(picture).axes
    low, high = axes.get_ylim()
    assert low <= 0 < 1 <= high
    assert "Share of runs that started, 95 % interval" in [text.get_text() for text in axes.texts]


def test_a_network_with_one_or_two_rates_has_no_curve_and_is_named() -> None:
    few = [*tried("lenet", THREE[:2]), *tried("vgg16", THREE[:1])]
    (picture,) = shown([*tried("nin", THREE), *few]).values()
    assert set(picture.data["title"]) == {"NiN"}
    assert picture.heading.note == "At fewer than 3 rates, and left out: LeNet and VGG-16"
    figure = drawn(picture)
    assert {str(line.get_gid()).split(":")[1] for line in figure.axes[0].lines} == {"nin"}
    assert "LeNet" not in [text.get_text() for text in texts(figure)]
    assert shown(few) == {}


def test_a_line_that_ends_early_is_tied_to_its_name_by_dots() -> None:
    """The tie crosses the axes there, where it would be taken for measurements at rates that nobody tried."""
    (picture,) = shown([*tried("nin", THREE), *tried("lenet", (*THREE, "0.03"))]).values()
    named = [line for line in drawn(picture).findobj(Line2D) if str(line.get_gid()).startswith("net:")]
    ties = {line.get_gid().split(":")[1]: line.is_dashed() for line in named if line.axes is None}
    assert ties == {"nin": True, "lenet": False}


def test_an_axis_that_is_shorter_than_an_interval_says_so() -> None:
    """Of two runs far apart the interval is longer than an accuracy can be, and would crush all means."""
    records = [factories.overfitting("nin", test=0.2 + 0.6 * seed, seed=seed) for seed in range(2)]
    (picture,) = (one for name, one in shown(records).items() if name.startswith("overfitting"))
    assert picture.data["gap_high"].max() > 1
    (axes,) = drawn(picture).axes
    assert axes.get_ylim()[1] < 1
    (name,) = (text.get_text() for text in axes.texts if "interval" in text.get_text())
    assert name.endswith(", 95 % interval, cut at the edge")


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


def test_networks_of_one_figure_have_colours_of_their_own_however_many_are_counted() -> None:
    """Of a family with more members than there are colours, two that have the same one where all are drawn."""
    family = [spec.name for spec in archs.list_archs("nin") if spec.name != "nin"]
    every = looks((name, "nin") for name in family)
    pairs = itertools.combinations(family, 2)
    same = next((one, other) for one, other in pairs if every[one].colour == every[other].colour)
    counted = [factories.complexity(name) for name in family]
    beside = [factories.robustness(name) for name in same]
    (picture,) = [one for name, one in shown([*counted, *beside]).items() if name.startswith("robustness-shift")]
    (axes,) = drawn(picture).axes
    assert len({line.get_color() for line in axes.lines}) == 2


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


def test_every_kind_of_map_has_a_sign_that_the_key_explains_and_that_fits() -> None:
    rates = {"class map": 300, "Grad-CAM": 310, "weight map": 290}
    records = [localised("nin", {kind: hits + seed for kind, hits in rates.items()}, seed=seed) for seed in range(2)]
    figure = drawn(shown(records)["localisation-localisation28-28-px-example-processor-9000-bf16"])
    told = {text.get_text(): box_of(text) for text in figure.texts}
    assert {*rates, "a run", "on another image's garment"} <= set(told)
    assert max(box.x1 for box in told.values()) <= WIDTH
    (axes,) = figure.axes
    signs = {(line.get_marker(), line.get_mfc() == PAPER) for line in axes.lines if line.get_zorder() == 3}
    assert len(signs) == len(rates)


@pytest.mark.parametrize("names", [("nin",), LONG, TWELVE], ids=["one", "long names", "twelve"])
def test_no_text_leaves_its_figure_and_no_name_covers_another(names: Sequence[str]) -> None:
    for picture in shown(everything(names)).values():
        figure = drawn(picture)
        height = figure.get_figheight() * 72
        seen = texts(figure)
        boxes = [(text.get_text(), box_of(text)) for text in seen]
        for text, box in boxes:
            assert box.x0 >= -0.5, (picture.name, text)
            assert box.x1 <= WIDTH, (picture.name, text)
            assert box.y0 >= -0.5, (picture.name, text)
            assert box.y1 <= height + 0.5, (picture.name, text)
        beside = [box_of(text) for text in figure.texts]
        for one, other in itertools.combinations(beside, 2):
            across = min(one.x1, other.x1) - max(one.x0, other.x0)
            down = min(one.y1, other.y1) - max(one.y0, other.y0)
            assert across < 1 or down < 3.5, picture.name
        for axes in figure.axes:
            ticks = [box_of(tick) for tick in axes.get_xticklabels() if tick in seen]
            assert all(a.x1 < b.x0 for a, b in itertools.pairwise(sorted(ticks, key=lambda box: box.x0)))


def test_points_of_a_search_with_one_run_a_rate_stand_on_their_rates() -> None:
    """In the drawing's own coordinates: where every network was tried, all have the same place from left to right."""
    records = [record for name in archs.FIVE for record in tried(name, THREE)]
    (picture,) = (one for name, one in shown(records).items() if name.startswith("accuracy-by-learning-rate"))
    figure = picture.draw()
    (axes,) = figure.axes
    drawn = [line for line in axes.lines if str(line.get_gid()).startswith("net:")]
    places = {tuple(line.get_transform().transform(line.get_xydata())[:, 0].round(6)) for line in drawn}
    assert len(drawn) == len(archs.FIVE)
    assert len(places) == 1
    assert any("one run a point" in text.get_text() for text in axes.texts)
    assert axes.get_xlabel().endswith("log scale")


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


def test_maps_of_a_run_that_learnt_nothing_say_so() -> None:
    records = [
        localised("lenet", {"Grad-CAM": 9}, examples=[example(9, 9)]),
        localised("nin", {"Grad-CAM": 9}, examples=[example(9, 2)], outcome="stuck at chance"),
    ]
    (picture,) = [one for name, one in shown(records).items() if name.startswith("class-maps")]
    told = [text.get_text() for text in texts(drawn(picture))]
    assert {"LeNet, Grad-CAM", "NiN, Grad-CAM: this run learnt nothing"} <= set(told)
    note = "Maps of a run that learnt nothing tell nothing of its network: NiN, seed 0 (stuck at chance)"
    assert picture.heading.note == note
    assert note in picture.description


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


def test_a_run_that_classified_nothing_is_not_drawn() -> None:
    assert shown([factories.localisation(hits={"Grad-CAM": 0}, images=0)]) == {}


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
