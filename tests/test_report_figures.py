"""Figures of learning curves, confusions, arrivals, verdicts, memory and throughput."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import factories
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from drawn import HEADING, drawn, words
from scipy import stats as scipy_stats

import archs
from bench import store
from bench.data import CLASSES
from bench.records import Accuracy, Record
from bench.report import build, confusions
from bench.report.figures import arrivals, plots, verdict_bars
from bench.report.figures.bars import peak_memory
from bench.report.figures.canvas import (
    WIDTH,
    Heading,
    blank,
    heading_height,
    heading_lines,
    in_lines,
    shorten,
    text_size,
    write_heading,
)
from bench.report.figures.confusions import matrix, told, worst
from bench.report.figures.costs import joules, seconds
from bench.report.figures.gallery import MOST_BARS
from bench.report.frames import to_frames
from bench.report.overview import PEAK, summary
from bench.report.style import RC, looks


def test_a_curve_is_the_mean_with_each_run_behind_it() -> None:
    curves = pd.DataFrame({"arch": "nin", "title": "NiN", "num_classes": 10, "images": [1000] * 3 + [2000] * 3})
    curves = curves.assign(seed=[0, 1, 2] * 2, accuracy=[0.2, 0.3, 0.7, 0.5, 0.8, 0.95])
    with mpl.rc_context(RC):
        several = plots.learning_curves(curves, "accuracy", "Accuracy", HEADING, looks([("nin", "")]))
        single = plots.learning_curves(
            curves[curves["seed"] == 2], "accuracy", "Accuracy", HEADING, looks([("nin", "")])
        )
        apart = plots.learning_curves(curves.replace(0.2, 0.0), "accuracy", "Accuracy", HEADING, looks([("nin", "")]))
    *runs, mean = (list(line.get_ydata()) for line in several.axes[0].lines)
    assert runs == [[0.2, 0.5], [0.3, 0.8], [0.7, 0.95]]
    assert mean == pytest.approx([0.4, 0.75])
    assert "Accuracy, mean and runs" in words(several)
    assert len(single.axes[0].lines) == 1
    assert "Accuracy" in words(single)
    # The axis goes no further from the mean than half of what the mean rises.
    assert "Accuracy, mean and runs, cut at the edge" in words(apart)


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


def test_names_that_begin_alike_are_written_in_full_beside_lines_and_before_rows() -> None:
    titles = {"googlenet-bn": "GoogLeNet with batch norm"}
    titles |= {"googlenet-aux-bn": f"{titles['googlenet-bn']} and auxiliary heads"}
    runs = [factories.convergence(arch, accuracies=(0.5, 0.85)) for arch in titles]
    checks = to_frames(runs).checks
    look = looks((arch, "") for arch in titles)
    with mpl.rc_context(RC):
        curves = drawn(plots.learning_curves(checks, "held_out_accuracy", "Accuracy", HEADING, look))
        rows = arrivals.time_to_target(arrivals.arrivals(checks), HEADING, look)
        rows.set_dpi(200)  # of a PNG
        drawn(rows)
    beside = sorted(
        (text for text in curves.texts if str(text.get_gid()).startswith("net:")),
        key=lambda text: -text.get_position()[1],
    )
    written = " ".join(text.get_text() for text in beside)
    assert len(beside) == 3
    assert written in (" ".join(titles.values()), " ".join(reversed(titles.values())))
    assert {label.get_text().replace("\n", " ") for label in rows.axes[0].get_yticklabels()} == set(titles.values())
    assert all(label.get_window_extent().x0 >= 0 for label in rows.axes[0].get_yticklabels())


def test_a_text_that_is_cut_keeps_both_ends() -> None:
    text = "A network with a name that nobody can read at a glance #a1b2c3"
    with mpl.rc_context(RC):
        cut = shorten(text, 10, 150)
        first, second = in_lines("One-" * 40 + " #a1b2c3", 10, 150)
        assert text_size(cut, 10)[0] <= 150
        assert text_size(first, 10)[0] <= 150
    start, end = cut.split("…")
    assert text.startswith(start)
    assert text.endswith(end)
    assert end.endswith(" #a1b2c3")
    assert abs(len(start) - len(end)) <= 3
    assert second == "#a1b2c3"


def test_ticks_of_time_and_energy_have_units() -> None:
    assert [seconds(value) for value in (3e-4, 1e-3, 0.1, 1.0, 24.5, 1000.0)] == [
        *("300 µs", "1 ms", "100 ms", "1 s", "24.5 s", "1,000 s")
    ]
    assert [joules(value) for value in (2e-6, 0.005, 20.0)] == ["2 µJ", "5 mJ", "20 J"]


# Confusions


def predicted(
    results: Path, arch: str, seed: int, pairs: list[tuple[int, int]], undecided: Sequence[int] = ()
) -> Record:
    """A record whose test images have these true classes and were taken for those; with its file under `results`.

    Args:
        undecided: true classes of more test images, each of which got the same score for every class.
    """
    pairs = [*pairs, *((true, 0) for true in undecided)]
    arrays = {
        "label": np.array([true for true, _ in pairs], dtype=np.uint8),
        "predicted": np.array([taken for _, taken in pairs], dtype=np.uint8),
        "probability": np.repeat(np.array([0.5, 0.1], dtype=np.float16), [len(pairs) - len(undecided), len(undecided)]),
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
        figure = drawn(matrix(confused, worst(confused), HEADING))
    said = words(figure)
    assert {"38", "56", "6", "100"} <= set(said)
    assert "· Shirt taken for Coat 56 %" in said
    (mesh,) = figure.axes[0].collections
    shown = mesh.get_array()
    assert np.ma.getmaskarray(shown).reshape(10, 10).diagonal().all()
    assert float(shown.reshape(10, 10)[6, 4]) == pytest.approx(9 / 16)
    assert "least Shirt (38 %)" in told(confused)


def test_a_matrix_says_which_images_are_in_none_of_its_cells(tmp_path: Path) -> None:
    rest = [(label, label) for label in range(10)] * 4
    runs = [predicted(tmp_path, "nin", 0, rest, undecided=[0, 0, 0, 8]), predicted(tmp_path, "lenet", 0, rest)]
    files = build.build(runs, [], tmp_path)
    said = {
        name: " ".join(re.findall(r">([^<>]+)</text>", files[path].decode()))
        for name in ("nin", "lenet")
        for path in files
        if path.startswith(f"plots/confusions-{name}") and path.endswith(".svg")
    }
    assert (
        "Without 4 of 44 images that got the same score for every class; of a class at most 3 of 7 (T-shirt/top)."
        in said["nin"]
    )
    assert "same score" not in said["lenet"]


def test_no_cell_of_the_matrix_is_written_as_nought(tmp_path: Path) -> None:
    """One image in 200 is half a per cent, which rounds to an even 0."""
    rest = [(label, label) for label in range(10)]
    run = predicted(tmp_path, "nin", 0, [*rest, *[(6, 6)] * 198, (6, 4)])
    counted = confusions.confusions(to_frames([run]).accuracy, tmp_path)
    with mpl.rc_context(RC):
        said = words(drawn(matrix(counted, worst(counted), HEADING)))
    assert "0" not in said


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
    assert "Most confused: none." in told(table)
    assert "tables/confusions.md" not in build.build([run], [], tmp_path)


def test_a_report_shows_confusions_where_predictions_are_kept(tmp_path: Path) -> None:
    run = predicted(tmp_path, "nin", 0, [(label, (label + label % 2) % 10) for label in range(10)])
    files = build.build([run], [], tmp_path)
    assert [name for name in files if name.startswith("plots/confusions-nin") and name.endswith(".png")]
    assert "Trouser" in files["tables/confusions.md"].decode()
    assert not [name for name in build.build([run], []) if "confusions" in name]


def test_the_scale_of_confusions_ends_with_the_networks_that_are_drawn(tmp_path: Path) -> None:
    """Of many networks only the five are drawn, and another's mistakes do not stretch their colours."""
    names = ["nin", *(spec.name for spec in archs.list_archs() if spec.name not in archs.FIVE)][: MOST_BARS + 1]
    half = [(label, label) for label in range(10)] * 3 + [(label, 0) for label in range(10)]
    wrong = [(label, (label + 1) % 10) for label in range(10)]
    runs = [predicted(tmp_path, name, 0, half if name == "nin" else wrong) for name in names]
    files = build.build(runs, [], tmp_path)
    assert len([name for name in files if name.startswith("plots/confusions-") and name.endswith(".png")]) == 1
    page = files["index.html"].decode()
    assert "The strongest colour is 25 % of a class, the most of any network drawn" in page


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


def test_runs_that_arrived_together_stand_on_each_other() -> None:
    scores = [(0.5, 0.85), (0.5, 0.9), (0.5, 0.5), (0.5, 0.6), (0.85, 0.9)]
    runs = [factories.convergence("nin", accuracies=own, seed=seed) for seed, own in enumerate(scores)]
    with mpl.rc_context(RC):
        figure = arrivals.time_to_target(arrivals.arrivals(to_frames(runs).checks), HEADING, looks([("nin", "")]))
    (axes,) = figure.axes
    signs = [axes.transData.transform(line.get_xydata()) for line in axes.lines if line.get_marker() in ("o", ">")]
    places = np.concatenate(signs)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)[np.triu_indices(len(places), 1)]
    assert len(places) == len(scores)
    assert apart.min() > 5  # points, a sign's width


def test_signs_take_the_lowest_level_that_is_free_where_they_are() -> None:
    assert arrivals.levels([10, 50, 11, 12, 13, 51], 2) == [0, 0, 1, 0, 1, 1]


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


def test_bars_of_memory_are_labelled_in_the_unit_of_their_axis() -> None:
    records = [factories.memory("lenet", peak=400 * 2**20), factories.memory("vgg16", peak=6 * 2**30)]
    table = summary(to_frames(records))[["arch", "title", *PEAK]]
    figure = peak_memory(table, Heading("Memory", "28 px"), looks([("lenet", "lenet"), ("vgg16", "vgg")]))
    (axes,) = figure.axes
    assert axes.get_xlabel().endswith("GiB"), "one weighing of each has no interval"
    assert [text.get_text() for text in axes.texts] == [f"{400 / 1024:.3f} GiB", "6.00 GiB"]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([400 / 1024, 6.0])


def test_bars_of_several_weighings_name_their_interval() -> None:
    records = [factories.memory("nin", peak=size * 2**20, seed=seed) for seed, size in enumerate((400, 410, 420))]
    table = summary(to_frames(records))[["arch", "title", *PEAK]]
    figure = peak_memory(table, Heading("Memory", "28 px"), looks([("nin", "nin")]))
    assert figure.axes[0].get_xlabel() == "Peak memory of a training step, MiB, interval"


def test_throughput_by_batch_leaves_out_a_mode_with_one_batch() -> None:
    files = build.build([factories.throughput("nin", training=(64,), inference=(1, 64))], [])
    (name,) = (one for one in files if one.startswith("plots/throughput-by-batch") and one.endswith(".csv"))
    rows = list(csv.DictReader(io.StringIO(files[name].decode())))
    assert {(row["mode"], row["batch"]) for row in rows} == {("inference", "1"), ("inference", "64")}
    alone = build.build([factories.throughput("nin", training=(64,), inference=(64,))], [])
    assert not [one for one in alone if "throughput-by-batch" in one]
