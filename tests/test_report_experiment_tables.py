"""Tables and sentences of the experiments in the report, recomputed from made-up records."""

from __future__ import annotations

import json
import math
from typing import Any

import factories
import numpy as np
import pandas as pd
import pytest
from experiment_records import everything, kept, localised, t_interval
from scipy import stats as scipy_stats

import archs
from bench.records import Record
from bench.report import activation_tables, experiment_tables
from bench.report.build import build
from bench.report.experiment_layouts import LOCALISATION, experiment_tables_of
from bench.report.frames import to_frames
from bench.report.overview import networks
from bench.report.overview import summary as exact_summary
from bench.report.sections import sections
from bench.report.web.experiment_findings import experiment_sentences
from bench.report.writers import latex_text, markdown_text


@pytest.fixture(scope="module")
def five() -> list[Record]:
    return everything(archs.FIVE)


def wilson(hits: int, n: int) -> list[float]:
    bounds = scipy_stats.binomtest(hits, n).proportion_ci(method="wilson")
    return [float(bounds.low), float(bounds.high)]


def row_of(table: pd.DataFrame, **wanted: Any) -> dict[str, Any]:
    for name, value in wanted.items():
        table = table[table[name] == value]
    assert len(table) == 1
    return {str(name): value for name, value in table.iloc[0].items()}


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
            accuracies=(0.1, score), seed=seed,
            gradients=[(2 * ratio, 2.0), (9.0, 1.0), (ratio, 1.0), (0.0, 1.0), (0.0, 1.0), (9.0, 1.0), (None, 1.0)],
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
    # The median of each run, by which claims go too.
    assert row["gradient_ratio"] == pytest.approx(scipy_stats.gmean(ratios))


def test_a_gradient_that_vanished_in_most_steps_is_a_ratio_of_zero() -> None:
    gradients = [[(0.5, 1.0)], [(0.0, 1.0), (0.0, 1.0), (0.5, 1.0)]]
    records = [factories.convergence(seed=seed, gradients=own) for seed, own in enumerate(gradients)]
    frames = to_frames(records)
    row = row_of(experiment_tables.convergence(frames.convergence, frames.failures))
    assert row["gradient_ratio"] == 0
    assert pd.isna(row["gradient_ratio_low"])


def test_gradient_ratios_are_medians_over_steps_and_geometric_means_over_runs() -> None:
    runs = [[1.0, 4.0, 2.0, 9.0, 9.0, 1.0], [0.25, 4.0, 1.0, 1.0, 1.0, 8.0]]
    records = [
        factories.convergence(seed=seed, gradients=[(ratio * 3, 3.0) for ratio in ratios])
        for seed, ratios in enumerate(runs)
    ]
    table = experiment_tables.gradient_ratios(to_frames(records).gradients, blocks=2)
    assert list(table["step"]) == [2, 5]
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
    assert (row["looked_at_start"], row["seeds"]) == (2, 3)
    head = "Classes of constant score before training"
    assert head in build(records, [])["tables/convergence.md"].decode()
    assert "2.50 (of 2 runs)" in build(records, [])["tables/convergence.md"].decode()
    assert "(of 2 runs)" not in build(records[:2], [])["tables/convergence.md"].decode()
    assert head not in build(records[2:], [])["tables/convergence.md"].decode()


def test_localisation_has_its_interval_over_runs() -> None:
    records = [localised("nin", {"class map": hits}, seed=seed) for seed, hits in enumerate((700, 800, 720))]
    frames = to_frames(records)
    row = row_of(experiment_tables.localisation(frames.localisation, frames.failures))
    assert row["hit_rate"] == pytest.approx(2_220 / 3_000)
    assert [row["hit_rate_low"], row["hit_rate_high"]] == pytest.approx(t_interval([0.7, 0.8, 0.72]))
    assert (row["chance"], row["elsewhere"], row["map_side"]) == (0.25, pytest.approx(0.4), 3)
    assert pd.isna(row["field_rate"])
    one = to_frames(records[:1])
    row = row_of(experiment_tables.localisation(one.localisation, one.failures))
    assert [row["hit_rate_low"], row["hit_rate_high"]] == pytest.approx(wilson(700, 1_000))


def test_rates_of_localisation_are_told_in_one_unit() -> None:
    records = [localised("nin", {"class map": hits}, seed=seed) for seed, hits in enumerate((700, 800, 720))]
    frames = to_frames(records)
    (part,) = sections(LOCALISATION, experiment_tables.localisation(frames.localisation, frames.failures))
    (row,) = part.printed().to_dict("records")
    assert row["On the garment [95 %]"].startswith("0.740 [")
    assert (row["Chance"], row["On another image's"]) == ("0.250", "0.400")


def test_an_interval_of_hit_rates_ends_where_shares_do() -> None:
    records = [localised("nin", {"class map": hits}, seed=seed) for seed, hits in enumerate((990, 900, 700))]
    frames = to_frames(records)
    row = row_of(experiment_tables.localisation(frames.localisation, frames.failures))
    assert t_interval([0.99, 0.9, 0.7])[1] > 1
    assert row["hit_rate_high"] == 1.0


def test_a_run_that_classified_nothing_has_no_rate() -> None:
    frames = to_frames([factories.localisation(hits={"Grad-CAM": 0}, images=0, outcome="diverged")])
    row = row_of(experiment_tables.localisation(frames.localisation, frames.failures))
    assert pd.isna(row["hit_rate"])
    assert row["diverged"] == 1


def test_branches_tell_what_is_lost_without_each() -> None:
    losses = [[[0.1, 0.02], [0.0, -0.01]], [[0.2, 0.04], [0.0, 0.01]]]
    frames = to_frames([factories.branches(lost=lost, seed=seed) for seed, lost in enumerate(losses)])
    table = experiment_tables.branches(frames.branches, frames.failures)
    assert list(zip(table["module"], table["branch"], strict=True)) == [
        (f"inception{module}", f"branch{branch}") for module in range(2) for branch in range(2)
    ]
    assert list(table["lost"]) == pytest.approx([0.15, 0.03, 0.0, 0.0])
    assert [table["lost_low"][0], table["lost_high"][0]] == pytest.approx(t_interval([0.1, 0.2]))


def test_an_interval_of_what_is_lost_shows_on_which_side_of_zero_it_ends() -> None:
    losses = (0.0022, 0.0029, 0.0014)
    low, high = t_interval(losses)
    assert 0 < low < 0.0005
    records = [factories.branches(lost=[[loss]], seed=seed) for seed, loss in enumerate(losses)]
    wanted = f"0.0022 [{low:.4f} to {high:.4f}]"
    assert wanted in build(records, [])["tables/branches.md"].decode()
    assert wanted in " ".join(sentences_of(records))


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
    assert told["branches28"] == (
        "GoogLeNet loses most test accuracy without the branch0 branch of module inception0: 0.100 of 0.900.",
    )


def test_findings_name_the_branch_that_is_surely_worth_most_and_runs_that_learnt_nothing() -> None:
    losses = ([0.10, 0.30, 0.01], [0.11, 0.05, 0.00], [0.09, 0.40, 0.00])
    records = [factories.branches(lost=[list(lost)], seed=seed) for seed, lost in enumerate(losses)]
    records += [factories.quadrants("nin", score=0.9, seed=0), factories.quadrants("nin", score=0.95, seed=1)]
    records += [factories.quadrants("nin", score=0.1, seed=2)]
    measured = {layout.name: table for layout, table in experiment_tables_of(to_frames(records)).items()}
    told = {scope.split(" ")[0]: sentences for scope, _, sentences in experiment_sentences(measured)}
    (branches,) = told["branches28"]
    assert branches.startswith(
        "For 1 of 3 branches of GoogLeNet the 95 % interval of the test accuracy lost without it, each branch taken "
        "alone, lies above zero; no correction for 3 looks is made. Of these, most is lost without the branch0 branch "
        "of module inception0: 0.100 ["
    )
    assert told["quadrants28"][-1] == "1 of 3 runs of NiN learnt nothing; the means include it."


def test_runs_that_learnt_nothing_are_counted_with_and_without_dropout_apart() -> None:
    as_defined, off = "overfitting28-500", "overfitting28-500-nodropout"
    records = [factories.overfitting("nin", seed=seed, protocol=name) for name in (as_defined, off) for seed in (0, 1)]
    told = "1 of 3 runs of NiN{} learnt nothing; the means include it."
    stuck = factories.overfitting("nin", seed=2, protocol=as_defined, test=0.1, outcome="stuck at chance")
    assert told.format(", with dropout as defined,") in sentences_of([*records, stuck])
    assert told.format("") in sentences_of([*records[:2], stuck])


def test_networks_that_are_one_without_dropout_are_told_under_their_table() -> None:
    names = ("overfitting28-500-nodropout", "overfitting28-2000-nodropout", "overfitting28-500")

    def notes(**other: Any) -> str:
        records = [
            factories.overfitting(arch, seed=seed, protocol=name, test=0.7 - 0.1 * (arch == "lenet"))
            for arch in ("nin", "lenet", "nin-gap-fc")
            for name in names[: 2 if arch == "lenet" else 3]
            for seed in (0, 1)
        ]
        records.append(factories.overfitting("nin", seed=2, protocol=names[0]))
        records.append(factories.overfitting("nin-gap-fc", seed=2, protocol=names[0], **other))
        return build(records, [])["tables/overfitting.md"].decode()

    one = "NiN and NiN trunk + GAP + FC ended in the same values in every run"
    assert f"With dropout off, trained on 500 and 2,000 images, {one}: without it they are one network." in notes()
    assert f"With dropout as defined, trained on 500 images, {one}." in notes()
    assert f"With dropout off, trained on 2,000 images, {one}: without it" in notes(test=0.69)
    assert "LeNet ended" not in notes()
    assert "and LeNet" not in notes()


def sentences_of(records: list[Record]) -> list[str]:
    measured = {layout.name: table for layout, table in experiment_tables_of(to_frames(records)).items()}
    return [one for *_, own in experiment_sentences(measured) for one in own]


@pytest.mark.parametrize(
    ("rivals", "ends"),
    [
        (("lenet",), "."),
        (("vgg16",), "; the interval of VGG-16 overlaps its own."),
        (("vgg16", "alexnet"), "; the intervals of VGG-16 and AlexNet overlap its own."),
        (("vgg16", "alexnet", "googlenet", "nin-gap-fc"), "; the intervals of 4 of 4 others overlap its own."),
    ],
)
def test_the_highest_accuracy_names_those_that_are_not_told_apart_from_it(rivals: tuple[str, ...], ends: str) -> None:
    scores = {"lenet": (0.50, 0.51, 0.52), "nin": (0.84, 0.89, 0.89)}
    level = (0.83, 0.87, 0.88)
    (sentence,) = sentences_of(
        [
            factories.convergence(name, accuracies=(score,), seed=seed)
            for place, name in enumerate(("nin", *rivals))
            for seed, score in enumerate(one - 0.001 * place for one in scores.get(name, level))
        ]
    )
    assert sentence.startswith("NiN ended with the highest held-out accuracy, 0.873 [")
    assert sentence.endswith(f"]{ends}")


def test_of_intervals_that_overlap_neither_is_called_the_highest() -> None:
    def told(*scores: float) -> str:
        runs = [factories.quadrants("nin", score=score, seed=seed) for seed, score in enumerate((0.90, 0.95, 0.97))]
        others = [factories.quadrants("vgg16", score=score, seed=seed) for seed, score in enumerate(scores)]
        return sentences_of([*runs, *others])[-1]

    assert told(0.90, 0.94, 0.96).endswith("(VGG-16); these intervals overlap.")
    assert told(0.60, 0.61, 0.62).endswith("(VGG-16, the lowest).")


def test_networks_that_were_only_experimented_with_have_a_colour_and_no_row_in_the_summary() -> None:
    records = [factories.quadrants("vgg16"), factories.failed("quadrants", "lenet", protocol="quadrants28")]
    frames = to_frames(records)
    summary = exact_summary(frames)
    assert summary.empty
    assert list(networks(frames, summary)["arch"]) == ["vgg16"]
