"""How the tables of the experiments and of the layers of memory are printed, and which tables there are."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from bench import numbers
from bench.numbers import MISSING
from bench.report import activation_tables, experiment_tables
from bench.report.convergence_layouts import CONVERGENCE, SEARCH
from bench.report.experiment_columns import ALL_RUNS, ENDED, share, thousands
from bench.report.frames import SCOPE, Frames
from bench.report.layouts import NETWORK_COLUMN, STANDING_COLUMN
from bench.report.sections import Column, Layout, Row, number, words


def experiment_tables_of(frames: Frames) -> dict[Layout, pd.DataFrame]:
    """Every table of this file, in the order of the page; many are empty in most reports."""
    lost, searched = frames.failures, experiment_tables.of_search(frames.convergence["member"])
    return {
        OVERFITTING: experiment_tables.overfitting(frames.overfitting, lost),
        CONVERGENCE: experiment_tables.convergence(frames.convergence[~searched], lost),
        ROBUSTNESS: experiment_tables.robustness(frames.robustness, lost),
        QUADRANTS: experiment_tables.quadrants(frames.quadrants, lost),
        LOCALISATION: experiment_tables.localisation(frames.localisation, lost),
        BRANCHES: experiment_tables.branches(frames.branches, lost),
        SEARCH: experiment_tables.convergence(frames.convergence[searched], lost),
        ACTIVATIONS: activation_tables.activations(frames.memory_layers),
    }


def _overfitting(table: pd.DataFrame) -> list[Column]:
    return [
        NETWORK_COLUMN,
        number("Training images", "train_images", thousands),
        number("Epochs", "epochs", str),
        words("Dropout", "dropout"),
        share("Training accuracy [95 %]", "train_accuracy"),
        share("Test accuracy [95 %]", "test_accuracy"),
        share("Training minus test [95 %]", "gap", sided=True),
        share("Test minus training loss, nats [95 %]", "loss_gap", sided=True),
        *ENDED,
    ]


def _overfitting_notes(table: pd.DataFrame) -> list[str]:
    return [
        "At the end of training, in evaluation mode, on images that were trained on and on the test set.",
        ALL_RUNS,
    ]


def _coinciding(table: pd.DataFrame) -> Iterator[str]:
    """Networks that are one under a setting, and stand in two rows."""
    known = table[table["same_as"] != ""]
    sets = [" and ".join(sorted({row["title"], *row["same_as"].split("; ")})) for row in known.to_dict("records")]
    for (titles, dropout), rows in known.groupby([pd.Series(sets, known.index, dtype=str), "dropout"]):
        images = numbers.listing([thousands(count) for count in sorted(set(rows["train_images"]))])
        why = ": without it they are one network" if dropout == "off" else ""
        under = f"With dropout {dropout}, trained on {images} images"
        yield f"{under}, {titles} ended in the same values in every run{why}."


def _robustness(table: pd.DataFrame) -> list[Column]:
    def strength(row: Row, value: str) -> str:
        return f"{numbers.significant(row[value], 2) if row['unit'] == 'times' else format(row[value], 'g')}"

    return [
        NETWORK_COLUMN,
        words("Transformation", "transformation"),
        Column(
            "From, to",
            lambda row: f"{strength(row, 'weakest_strength')} to {strength(row, 'strongest_strength')} {row['unit']}",
            "",
            False,
        ),
        share("Clean accuracy [95 %]", "clean_accuracy"),
        share("Retained on average [95 %]", "retained"),
        share("Lowest accuracy [95 %]", "lowest_accuracy"),
        Column("At", lambda row: f"{strength(row, 'lowest_at')} {row['unit']}", "lowest_at"),
        *ENDED,
    ]


def _robustness_notes(table: pd.DataFrame) -> list[str]:
    return [
        "Trained on garments in the middle of the canvas alone. Retained is the area under accuracy by strength over "
        "that of clean accuracy: one where the transformation does no harm.",
        ALL_RUNS,
    ]


def _quadrants(table: pd.DataFrame) -> list[Column]:
    return [
        NETWORK_COLUMN,
        share("Test accuracy [95 %]", "test_accuracy"),
        words("Interval", "interval"),
        number("Chance", "chance", "{:g}".format),
        number("Test images", "test_images", thousands),
        *ENDED,
    ]


def _quadrants_notes(table: pd.DataFrame) -> list[str]:
    return ["The label is the quarter of the canvas in which the garment lies.", ALL_RUNS]


def _localisation(table: pd.DataFrame) -> list[Column]:
    return [
        NETWORK_COLUMN,
        words("Map", "map"),
        number("Cells a side", "map_side", str),
        share("On the garment [95 %]", "hit_rate"),
        words("Interval", "interval"),
        number("Chance", "chance", "{:.3f}".format),
        number("On another image's", "elsewhere", "{:.3f}".format),
        number("By receptive field", "field_rate", "{:.3f}".format),
        share("Deletion area [95 %]", "deletion_area"),
        number("Images", "images", thousands),
        share("Test accuracy [95 %]", "test_accuracy"),
        *ENDED,
    ]


def _localisation_notes(table: pd.DataFrame) -> list[str]:
    return [
        "How often the most prominent cell of the true class's map lies on the garment, of correctly classified test "
        "images. Chance is the garment's share of the canvas; the same cells held against another image's garment show "
        "what a map hits that does not look at its image.",
        "By receptive field: with the middle of what the cell sees, not of where it lies in the stretched map.",
        "Deletion area: under the class's probability as the canvas is blacked out, most prominent tenth first; less "
        "is better.",
        ALL_RUNS,
    ]


def _branches(table: pd.DataFrame) -> list[Column]:
    return [
        NETWORK_COLUMN,
        words("Module", "module"),
        words("Branch", "branch"),
        share("Accuracy lost [95 %]", "lost", sided=True),
        share("Accuracy with all [95 %]", "whole_accuracy"),
        *ENDED,
    ]


def _branches_notes(table: pd.DataFrame) -> list[str]:
    return [
        "Test accuracy with all branches less that with one branch of one module silenced; the network is not trained "
        "again.",
        "Each interval is of one branch taken alone; nothing is corrected for how many are looked at.",
        ALL_RUNS,
    ]


def _activations(table: pd.DataFrame) -> list[Column]:
    def largest(row: Row) -> str:
        return f"{row['largest']} ({numbers.percent(row['largest_share'])})" if row["largest"] else MISSING

    return [
        NETWORK_COLUMN,
        number("Batch", "batch", str),
        words("Layers", "kind"),
        number("Number", "layers", str),
        number("Outputs", "output_elements", numbers.count),
        number("Kept for backward", "saved_bytes", numbers.size),
        number("Share", "share", numbers.percent),
        Column("Largest layer", largest, "largest", False),
        STANDING_COLUMN,
    ]


def _activation_notes(table: pd.DataFrame) -> list[str]:
    return [
        "What autograd keeps for the backward pass of a training step in float32, without parameters. What several "
        "layers keep counts for the first of them: the output of a ReLU in place is the ReLU's, and the convolution "
        "after it adds nothing.",
        "Counted, not measured: it depends on neither device nor precision.",
    ]


_SCOPE = tuple(SCOPE)
OVERFITTING = Layout("overfitting", "Overfitting", _SCOPE, _overfitting, _overfitting_notes, _coinciding)
ROBUSTNESS = Layout("robustness", "Robustness", _SCOPE, _robustness, _robustness_notes)
QUADRANTS = Layout("quadrants", "Quadrants", _SCOPE, _quadrants, _quadrants_notes)
LOCALISATION = Layout("localisation", "Localisation", _SCOPE, _localisation, _localisation_notes)
BRANCHES = Layout("branches", "Branches", _SCOPE, _branches, _branches_notes)
ACTIVATIONS = Layout("activations", "Activations", ("image_size",), _activations, _activation_notes)
