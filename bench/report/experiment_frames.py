"""What the experiments and the layers of memory leave as rows, and which of their protocols compare with each other."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from archs.branches import BRANCHES
from bench.protocols import Experiment
from bench.records import (
    Branches,
    Convergence,
    Localisation,
    Memory,
    Overfitting,
    Quadrants,
    Record,
    Result,
    Robustness,
    settings_key,
)
from bench.report.identity import clean

EXPERIMENTS: tuple[Experiment, ...] = get_args(Experiment)
"""Kinds of records that have a frame of their own name, with a row or several a run."""
_RUN = ["member", "outcome", "peak_learning_rate"]
COLUMNS: dict[str, list[str]] = {
    "overfitting": [
        *_RUN,
        *("train_images", "epochs", "dropout", "train_accuracy", "test_accuracy", "gap"),
        *("train_loss", "test_loss", "loss_gap"),
    ],
    "convergence": [
        *_RUN,
        *("num_classes", "images", "seconds", "held_out_accuracy", "dead_at_start", "dead_classes", "gradient_ratio"),
    ],
    "checks": [*_RUN, "num_classes", "images", "seconds", "held_out_accuracy"],
    "gradients": [*_RUN, "step", "first", "last"],
    "robustness": [*_RUN, "clean_accuracy", "retained", "transformation", "unit", "strength", "accuracy"],
    "quadrants": [*_RUN, "test_images", "test_accuracy"],
    "localisation": [
        *_RUN,
        *("test_images", "test_accuracy", "chance", "map", "map_side", "hits", "images", "hits_elsewhere"),
        *("field_hits", "field_hits_elsewhere", "deletion_area"),
    ],
    "examples": [*_RUN, "map", "position", "label", "predicted", "box", "canvas", "cells"],
    "branches": [*_RUN, "test_images", "whole_accuracy", "module", "branch", "accuracy", "lost"],
    "memory_layers": ["batch", "position", "layer", "type", "output_elements", "saved_bytes"],
}
"""Beside the header.  Of an experiment, the header's `protocol` names the study, within which values compare, and
`member` the protocol of the run: in a study of several they differ in what is studied."""

VARIED: Mapping[str, tuple[str, ...]] = {
    "overfitting": ("train_images", "epochs", "dropout"),
    "convergence": ("learning_rate",),
}
"""By kind of record, settings of training that its tables and figures tell apart within a study."""


def studies(records: Sequence[Record], labels: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Name of the study by kind of record and settings.

    The protocols of a family are one study where they differ in what is `VARIED` alone.  One of which records were
    made under several settings stands for itself: nobody could tell which of them belongs beside the others.

    Args:
        labels: of protocols, by settings.
    """
    found: dict[tuple[str, str], str] = {}
    families: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for record in records:
        key, label = settings_key(record), labels[settings_key(record)]
        found[record.kind, key] = label
        family = str(record.protocol.get("family") or "")
        if family and record.kind in VARIED and label == record.protocol.get("name"):
            families[record.kind, family][key] = _common(record)
    for (kind, family), members in families.items():
        if len(set(members.values())) == 1:
            found |= {(kind, key): family for key in members}
    return found


def _common(record: Record) -> str:
    """All settings but those that a study varies."""
    settings = json.loads(settings_key(record))
    del settings["name"]
    for varied in VARIED[record.kind]:
        settings.get("training", {}).pop(varied, None)
    return json.dumps(settings, sort_keys=True)


def experiment_rows(record: Record, result: Result, has_seconds: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Pairs of a frame's name and a row of it, without the header; `has_seconds` where those of the run compare."""
    if isinstance(result, Memory):
        for position, layer in enumerate(result.layers):
            counts = {"output_elements": layer.output_elements, "saved_bytes": layer.saved_bytes}
            names = {"layer": clean(layer.name), "type": clean(layer.type)}
            yield "memory_layers", {"batch": result.batch, "position": position} | names | counts
    elif isinstance(result, Overfitting):
        yield "overfitting", _overfitting(record, result)
    elif isinstance(result, Convergence):
        yield from _convergence(result, has_seconds)
    elif isinstance(result, Robustness):
        for curve in result.curves:
            about: dict[str, Any] = {"transformation": curve.transformation, "unit": curve.unit}
            about |= {"clean_accuracy": result.clean_accuracy, "retained": result.retained_area(curve)}
            for strength, accuracy in zip(curve.strengths, curve.accuracies, strict=True):
                yield (
                    "robustness",
                    _run(result) | about | {"strength": strength, "accuracy": accuracy},
                )
    elif isinstance(result, Quadrants):
        tested = {"test_images": result.test_images, "test_accuracy": result.test_accuracy}
        yield "quadrants", _run(result) | tested
    elif isinstance(result, Localisation):
        yield from _localisation(result)
    elif isinstance(result, Branches):
        whole = {"test_images": result.test_images, "whole_accuracy": result.accuracy}
        for drop in result.drops:
            lost = {"accuracy": drop.accuracy, "lost": result.accuracy - drop.accuracy}
            place = {"module": clean(drop.module), "branch": BRANCHES.get(drop.branch, clean(drop.branch))}
            yield "branches", _run(result) | whole | place | lost


def _run(result: Overfitting | Convergence | Robustness | Quadrants | Localisation | Branches) -> dict[str, Any]:
    return {"outcome": result.outcome, "peak_learning_rate": result.peak_learning_rate}


def _overfitting(record: Record, result: Overfitting) -> dict[str, Any]:
    """At the end of the run.  The gaps are test against training images; a loss is missing where it is not finite."""
    last, settings = result.epochs[-1], record.protocol.get("training", {})
    finite = last.train_loss is not None and result.test_loss is not None
    return _run(result) | {
        "train_images": result.train_images,
        "epochs": settings.get("epochs", last.epoch),
        "dropout": str(settings.get("dropout", "as defined")),
        "train_accuracy": last.train_accuracy,
        "test_accuracy": result.test_accuracy,
        "gap": last.train_accuracy - result.test_accuracy,
        "train_loss": last.train_loss,
        "test_loss": result.test_loss,
        "loss_gap": (result.test_loss or 0.0) - (last.train_loss or 0.0) if finite else None,
    }


def _convergence(result: Convergence, has_seconds: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    run, first, last = _run(result), result.checks[0], result.checks[-1]
    yield (
        "convergence",
        run
        | {
            "num_classes": result.num_classes,
            "images": last.images,
            "seconds": last.seconds if has_seconds else None,
            "held_out_accuracy": last.held_out_accuracy,
            "dead_at_start": first.dead_classes if first.step == 0 else None,
            "dead_classes": last.dead_classes,
            "gradient_ratio": result.gradient_ratio,
        },
    )
    for check in result.checks:
        looked = check.model_dump(include={"images", "seconds", "held_out_accuracy"})
        looked |= {} if has_seconds else {"seconds": None}
        yield "checks", run | {"num_classes": result.num_classes} | looked
    for norms in result.gradients:
        yield "gradients", run | norms.model_dump()


def _localisation(result: Localisation) -> Iterator[tuple[str, dict[str, Any]]]:
    run = _run(result)
    tested = {"test_images": result.test_images, "test_accuracy": result.test_accuracy, "chance": result.chance}
    for pointing in result.pointing:
        yield "localisation", run | tested | pointing.model_dump()
    for position, example in enumerate(result.examples):
        place = {"map": result.pointing[0].map, "position": position, "label": example.label}
        yield "examples", run | place | {
            "predicted": example.predicted, "box": example.box, "canvas": example.canvas, "cells": example.map,
        }  # fmt: skip
