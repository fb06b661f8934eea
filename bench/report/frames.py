"""Records as tidy DataFrames: one row an observation, one frame a kind of measurement.

The columns of `HEADER` say in every frame what was measured and where.  `SCOPE` is the part of them
in which numbers may be ranked against each other; nothing compares across two scopes.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from bench.numbers import several
from bench.predictions import read_predictions
from bench.records import Accuracy, Audit, Complexity, Layer, Memory, Record, Throughput, settings_key, with_seconds
from bench.report import experiment_frames
from bench.report.audit_rows import audit_row
from bench.report.identity import (
    clean,
    device_names,
    latest,
    listing_order,
    protocol_labels,
    titles,
)
from bench.report.layers import category

NETWORK = ["arch", "title", "family", "image_size", "fingerprint"]
SCOPE = ["protocol", "image_size", "device", "precision"]
HEADER = [*NETWORK, "protocol", "standing", "device", "precision", "seed", "key", "started"]

COLUMNS: dict[str, list[str]] = {
    "complexity": [
        *HEADER,
        *("in_channels", "num_classes"),
        *("parameters", "macs", "flops", "moved_elements", "other_operations", "uncounted"),
    ],
    "layers": [*HEADER, "position", "layer", "type", "category", "parameters", "macs"],
    "memory": [
        *HEADER,
        "batch",
        "parameter_bytes",
        "saved_for_backward_bytes",
        "training_peak_bytes",
        "inference_peak_bytes",
        "method",
    ],
    "throughput": [
        *HEADER,
        *(
            "group",
            "process",
            "engine",
            "mode",
            "requested_batch",
            "batch",
            "steps_per_round",
            "step_seconds",
            "steady",
            "joules",
        ),
        *("ceiling_of", "ceiling_flops_per_second", "copy_bytes_per_second", "left_out", "others_share"),
        "timed_on",
    ],
    "accuracy": [
        *HEADER,
        "num_classes",
        "outcome",
        "peak_learning_rate",
        "steps",
        "training_seconds",
        "test_images",
        "test_accuracy",
        "test_loss",
        "resumed",
        *("predictions", "predictions_sha256"),
        *("undecided", "accuracy_by_lot", "lost_classes"),
        *("trained_on", "images_seen", "capability", "side_by_side"),
    ],
    "curves": [
        *HEADER,
        "num_classes",
        "epoch",
        "images",
        "train_loss",
        "train_accuracy",
        "validation_loss",
        "validation_accuracy",
        "learning_rate",
    ],
    "losses": [*HEADER, "num_classes", "images", "train_loss"],
    "listings": [
        *HEADER,
        *("document", "first_line", "last_line", "ran_with", "channels", "size_is_stated"),
        *("python_as_printed", "executes", "constructs", "runs_as_stated", "runs_at_28"),
        *("smallest_size", "largest_size_tried", "parameters", "macs", "stated_shapes", "made_shapes", "twin"),
    ],
    "statements": [*HEADER, "document", "line", "says", "verdict", "found"],
    "failures": [*HEADER, "kind", "reason", "message", "traceback", "later"],
    **{name: [*HEADER, *columns] for name, columns in experiment_frames.COLUMNS.items()},
}


@dataclass(frozen=True)
class Frames:
    """One frame a kind; every frame has its columns even where it has no rows."""

    complexity: pd.DataFrame
    layers: pd.DataFrame
    memory: pd.DataFrame
    throughput: pd.DataFrame
    accuracy: pd.DataFrame
    curves: pd.DataFrame
    losses: pd.DataFrame
    listings: pd.DataFrame
    statements: pd.DataFrame
    failures: pd.DataFrame
    overfitting: pd.DataFrame
    convergence: pd.DataFrame
    checks: pd.DataFrame
    gradients: pd.DataFrame
    robustness: pd.DataFrame
    quadrants: pd.DataFrame
    localisation: pd.DataFrame
    examples: pd.DataFrame
    branches: pd.DataFrame
    memory_layers: pd.DataFrame


def to_frames(records: Sequence[Record], folder: Path | None = None) -> Frames:
    """Sort `records` into frames; their order does not matter.

    Of results with the same key the latest counts.  A failure stays listed even where another
    attempt succeeded; its column `later` then says so, and whether that was the later one.

    Args:
        folder: the results folder, for what only the predictions beside the records tell.
    """
    chosen = latest(records)
    named, protocols, devices = titles(chosen), protocol_labels(chosen), device_names(chosen)
    studies = experiment_frames.studies(chosen, protocols)
    succeeded = {record.key: record.started for record in chosen if not record.failed}
    comparable = with_seconds(chosen)
    # A listing audited again, with another version of a library, is told as it was found last.
    audits = {r.result.listing: r for r in sorted(chosen, key=lambda r: r.started) if isinstance(r.result, Audit)}
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    for record in sorted(chosen, key=listing_order):
        head = _header(record, named, protocols) | {"device": clean(devices[record.key])}
        if record.failure is not None:
            rows["failures"].append(
                head
                | {"reason": record.failure.reason, "message": clean(record.failure.message)}
                | {"traceback": None if record.failure.traceback is None else clean(record.failure.traceback)}
                | {"kind": record.kind, "later": _later(record, succeeded.get(record.key))}
            )
        result = record.result
        if isinstance(result, Complexity):
            built = record.arch.model_dump(include={"in_channels", "num_classes"})
            rows["complexity"].append(head | built | _complexity(result))
            rows["layers"] += [head | row for row in _layers(result)]
        elif isinstance(result, Memory):
            rows["memory"].append(head | result.model_dump(exclude={"kind"}))
        elif isinstance(result, Throughput):
            timings = _timings(record.arch.name, record.seed or 0, result)
            company = {"others_share": record.provenance.get("others_share")}
            company |= {"timed_on": clean(record.device.model) if record.device else ""}
            rows["throughput"] += [head | row | company for row in timings]
        elif isinstance(result, Accuracy):
            head |= {"num_classes": record.arch.num_classes}
            alone = {} if record.key in comparable else {"training_seconds": None}
            told = result.model_dump(include=set(COLUMNS["accuracy"])) | _answers(result, folder, head["num_classes"])
            ran = {
                "trained_on": training_words(record.protocol),
                "images_seen": images_seen(record.protocol),
                "capability": clean(str(record.provenance.get("cpu_capability", ""))),
                "side_by_side": record.provenance.get("side_by_side", 1),
            }
            rows["accuracy"].append(head | told | alone | ran)
            rows["curves"] += [head | epoch.model_dump(include=set(COLUMNS["curves"])) for epoch in result.epochs]
            rows["losses"] += [head | row for row in _losses(result)]
        elif isinstance(result, Audit) and audits[result.listing] is record:
            rows["listings"].append(head | audit_row(result))
            rows["statements"] += [
                head | {"document": result.document} | finding.model_dump() for finding in result.findings
            ]
        if result is not None:
            study = {"member": head["protocol"], "protocol": clean(studies[record.kind, settings_key(record)])}
            for name, row in experiment_frames.experiment_rows(record, result, record.key in comparable):
                rows[name].append(head | study | row)
    _number_groups(rows["throughput"])
    return Frames(**{name: _frame(rows[name], columns) for name, columns in COLUMNS.items()})


def _frame(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"seed": "Int64"})


def _header(record: Record, named: dict[tuple[str, str], str], protocols: dict[str, str]) -> dict[str, Any]:
    arch = record.arch
    head = {
        "arch": arch.name,
        "title": named[arch.name, arch.fingerprint],
        "family": arch.family,
        "image_size": arch.image_size,
        "fingerprint": arch.fingerprint,
        "protocol": protocols[settings_key(record)],
        "standing": str(record.protocol.get("standing", "unknown")),
        "precision": record.precision or "",
        "seed": record.seed,
        "key": record.key,
        "started": record.started,
    }
    return {name: clean(value) if isinstance(value, str) else value for name, value in head.items()}


def training_words(protocol: Mapping[str, Any]) -> str:
    """ "3 epochs of 20,000 images", without which an accuracy says little; nothing where the protocol does not tell."""
    training = protocol.get("training") or {}
    if not {"epochs", "train_images"} <= training.keys():
        return ""
    changed = ", shifted and mirrored" if training.get("augmentation") == "shift-flip" else ""
    return f"{several(training['epochs'], 'epoch')} of {training['train_images']:,} images{changed}"


def images_seen(protocol: Mapping[str, Any]) -> int | None:
    """Over all epochs; None where the protocol does not tell."""
    training = protocol.get("training") or {}
    known = {"epochs", "train_images"} <= training.keys()
    return training["epochs"] * training["train_images"] if known else None


def _later(failure: Record, succeeded: str | None) -> str:
    """What came of other attempts, of which the last success was at `succeeded`."""
    if succeeded is None:
        return ""
    return "succeeded" if succeeded >= failure.started else "an earlier one succeeded"


def _complexity(result: Complexity) -> dict[str, Any]:
    def words(counts: dict[str, int]) -> str:
        return "; ".join(f"{name} {count}" for name, count in sorted(counts.items()))

    return {
        "parameters": result.parameters,
        "macs": result.macs,
        "flops": result.flops,
        "moved_elements": sum(_moved(layer) for layer in result.layers),
        "other_operations": words(result.other_operations),
        "uncounted": words(result.uncounted),
    }


def _moved(layer: Layer) -> int:
    """Elements that a layer reads and writes for one image, weights left out.

    Of layers with weights and of poolings: what else there is works on numbers that are at hand.
    """
    if layer.input_shape is None or not (layer.parameters or "Pool" in layer.type):
        return 0
    return math.prod(layer.input_shape) + math.prod(layer.output_shape)


def _layers(result: Complexity) -> list[dict[str, Any]]:
    rows = [
        {
            "position": position,
            "layer": layer.name,
            "type": layer.type,
            "category": category(layer),
            "parameters": layer.parameters,
            "macs": layer.macs,
        }
        for position, layer in enumerate(result.layers)
    ]
    # Those of modules that this pass does not call, such as auxiliary heads, must not vanish from a picture of all.
    rest = result.parameters - sum(layer.parameters for layer in result.layers)
    if rest > 0:
        rows.append(
            {"position": len(rows), "layer": "", "type": "", "category": "other", "parameters": rest, "macs": 0}
        )
    return rows


def _timings(arch: str, process: int, result: Throughput) -> Iterator[dict[str, Any]]:
    """A case each, in its own precision, beside what the device itself did in that precision in the same rounds.

    The networks that were to be timed side by side are a group, the same one in every process that timed them;
    `timed_in` names the process.
    """
    ceilings = {ceiling.precision: ceiling for ceiling in result.ceilings}
    for case in result.cases:
        ceiling = ceilings.get(case.precision)
        yield case.model_dump(exclude={"warmup_seconds"}) | {
            "group": " ".join(sorted({arch, *result.companions})),
            "timed_in": result.group,
            "process": process,
            "ceiling_of": "" if ceiling is None else ceiling.arithmetic,
            "ceiling_flops_per_second": () if ceiling is None else ceiling.flops_per_second,
            "copy_bytes_per_second": () if ceiling is None else ceiling.copy_bytes_per_second,
            "left_out": "; ".join(result.left_out),
        }


def _number_groups(rows: list[dict[str, Any]]) -> None:
    """Let no group hold, of one process number, what two processes timed.

    A network that failed when all were timed again has only its earlier timing.  The process that timed most networks,
    and of those the latest, keeps the group's name; others are numbered.
    """
    timed: dict[tuple[Any, ...], dict[str, set[tuple[Any, ...]]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        network = row["started"], row["arch"], row["fingerprint"]
        timed[_process(row)][row["timed_in"]].add(network)
    for row in rows:
        beside = timed[_process(row)]
        order = sorted(beside, key=lambda one: (len(beside[one]), max(beside[one])), reverse=True)
        if number := order.index(row["timed_in"]):
            row["group"] += f" ({number + 1})"


def _process(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in (*SCOPE, "group", "process"))


def _answers(result: Accuracy, folder: Path | None, num_classes: int) -> dict[str, Any]:
    """Test images whose classes all had the same score, the accuracy with these drawn by lot, and classes that were
    never an answer."""
    found = read_predictions(folder, result.predictions, result.predictions_sha256)
    if found is None:
        return {}
    undecided = int(found.undecided(num_classes).sum())
    by_lot = found.accuracy_by_lot(num_classes)
    return {"undecided": undecided, "accuracy_by_lot": by_lot, "lost_classes": found.lost_classes(num_classes)}


def _losses(result: Accuracy, blocks: int = 20) -> list[dict[str, Any]]:
    """Training loss by images seen, as means of equal blocks of steps: single steps are mostly noise.

    A curve ends at the first loss that is not finite.
    """
    steps = len(result.step_losses)
    ends = sorted({round(steps * (block + 1) / blocks) for block in range(blocks)} - {0})
    rows = []
    for start, end in zip([0, *ends], ends, strict=False):
        losses = [loss for loss in result.step_losses[start:end] if loss is not None]
        if len(losses) < end - start or not result.epochs:
            break
        images = result.epochs[-1].images * end // steps
        rows.append({"images": images, "train_loss": math.fsum(losses) / len(losses)})
    return rows
