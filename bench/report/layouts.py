"""How each table is printed for people: columns, heads, notes, and what splits it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from bench import numbers
from bench.numbers import MISSING, missing
from bench.report import speeds, tables
from bench.report.frames import SCOPE
from bench.report.sections import Column, Layout, Row, number, words
from bench.report.style import standing_mark

UNSTEADY_DEVICE = 1.3
"""Largest over smallest of the device's own rates from which a table warns."""
NETWORK_COLUMN = words("Network", "title")
STANDING_COLUMN = Column("Standing", lambda row: standing_mark(row["standing"]) or row["standing"], "standing", False)


def _at_batch(table: pd.DataFrame, head: str, batch: str, cell: Column) -> Column:
    """The batch in the head where it is the same in all rows, else in the cells."""
    batches = sorted({int(value) for value in table[batch].dropna()})
    if len(batches) <= 1:
        return Column(f"{head}, batch {batches[0]}" if batches else head, cell.text, cell.raw)
    return Column(
        head, lambda row: cell.text(row) + ("" if missing(row[batch]) else f" (batch {row[batch]})"), cell.raw
    )


def _accuracy_text(row: Row) -> str:
    if missing(row["test_accuracy"]):
        state = str(row["accuracy"])
        return state if state.startswith("failed") else MISSING
    text = numbers.estimate(row["test_accuracy"], row["accuracy_low"], row["accuracy_high"])
    return f"{text}; {row['accuracy'].removeprefix('measured, but ')}" if "failed" in row["accuracy"] else text


def _summary_columns(table: pd.DataFrame) -> list[Column]:
    training = number("", "training_images_per_second", numbers.rate, "throughput")
    inference = number("", "inference_images_per_second", numbers.rate, "throughput")
    peak = number("", "training_peak_bytes", numbers.size, "memory")
    return [
        NETWORK_COLUMN,
        number("Parameters", "parameters", numbers.count, "complexity"),
        number("MACs", "macs", numbers.count, "complexity"),
        number("FLOPs", "flops", numbers.count, "complexity"),
        _at_batch(table, "Training images/s", "training_batch", training),
        _at_batch(table, "Inference images/s", "inference_batch", inference),
        number("Latency, batch 1", "latency_seconds", numbers.duration, "throughput"),
        _at_batch(table, "Peak training memory", "memory_batch", peak),
        Column("Test accuracy [95 %]", _accuracy_text, "test_accuracy"),
        number("Seeds", "seeds", str),
        STANDING_COLUMN,
    ]


def _summary_notes(table: pd.DataFrame) -> list[str]:
    notes = []
    for mode in ("training", "inference"):
        rated = table[table["throughput"].str.startswith("measured")]
        if len(rated) and rated[f"{mode}_batch"].isna().all():
            notes.append(f"No batch size fitted every network in {mode}: see the table of throughput.")
    if table["group"].nunique() > 1:
        notes.append("Not all of these networks were timed side by side: compare their rates with reserve.")
    return notes + _interval_notes(table)


def _interval_notes(table: pd.DataFrame) -> list[str]:
    kinds = set(table["interval"].dropna())
    notes = []
    if tables.WILSON_INTERVAL in kinds:
        notes.append(
            "One seed: the interval is Wilson's over the test images; it does not tell how other seeds would do."
        )
    if tables.T_INTERVAL in kinds:
        notes.append("Several seeds: the interval is Student's t for their mean.")
    return notes


def _complexity_columns(table: pd.DataFrame) -> list[Column]:
    return [
        NETWORK_COLUMN,
        number("Parameters", "parameters", numbers.count),
        number("MACs", "macs", numbers.count),
        number("FLOPs (2 × MACs)", "flops", numbers.count),
        _reuse(),
        STANDING_COLUMN,
    ]


def _reuse() -> Column:
    def text(row: Row) -> str:
        return numbers.significant(row["macs"] / row["parameters"], 2) if row["parameters"] else MISSING

    return Column("MACs per parameter", text)


def _complexity_notes(table: pd.DataFrame) -> list[str]:
    def names(column: str) -> str:
        found = {part.rsplit(" ", 1)[0] for cell in table[column] for part in cell.split("; ") if part}
        return ", ".join(sorted(found))

    notes = [
        "For one image, forward pass. Counted are the multiply-accumulates (MACs) of convolution and linear layers; "
        "one MAC is two floating-point operations (FLOPs). Biases and activations are not counted."
    ]
    if counted := names("other_operations"):
        notes.append(f"fvcore counts beside them, in units of its own, and these are left out above: {counted}.")
    if uncounted := names("uncounted"):
        notes.append(f"fvcore has no count for: {uncounted}.")
    return [*notes, "Counts are exact; they depend on neither protocol nor device."]


def _batch(row: Row) -> str:
    same = row["batch"] == row["requested_batch"]
    return str(row["batch"]) if same else f"{row['batch']} ({row['requested_batch']} did not fit)"


def _throughput_columns(table: pd.DataFrame) -> list[Column]:
    energy = number("Energy per image", "joules_per_image", numbers.energy)
    return [
        NETWORK_COLUMN,
        words("Engine", "engine"),
        words("Mode", "mode"),
        Column("Batch", _batch, "batch"),
        number("Images/s, median", "images_per_second", numbers.rate),
        Column("Interval of the median", lambda row: f"{numbers.rate(row['low'])} to {numbers.rate(row['high'])}"),
        number("Rank", "rank", str),
        number("Step, median", "step_seconds", numbers.duration),
        number("FLOP/s", "flops_per_second", numbers.count),
        number("Of the matrix product", "utilisation", numbers.percent),
        *([energy] if table["joules_per_image"].notna().any() else []),
        number("Rounds", "rounds", str),
        STANDING_COLUMN,
    ]


def _throughput_notes(table: pd.DataFrame) -> list[str]:
    shares = sorted({f"{100 * share:.1f} %" for share in table["coverage"]})
    return [
        "Random images, after warm-up; one sample a round. Networks of one group were timed in interleaved rounds.",
        f"The interval of the median lies between two order statistics and covers it with {' or '.join(shares)}. "
        "Networks whose intervals overlap share a rank; ranks hold within one engine, mode and batch.",
        *_device_notes(table),
    ]


def _device_notes(table: pd.DataFrame) -> Iterator[str]:
    """What the device itself did meanwhile, and whether that allows the numbers to be believed."""
    known = table.dropna(subset=["matmul_flops_per_second"])
    for group, part in known.groupby("group", sort=True):
        row = part.iloc[0]
        which = f" in group {group}" if known["group"].nunique() > 1 else ""
        yield (
            f"The device itself{which}, in the same rounds: {numbers.count(row['matmul_flops_per_second'])}FLOP/s in a "
            f"large matrix product, {numbers.count(row['copy_bytes_per_second'])}B/s in a copy. A training step counts "
            f"as {speeds.TRAINING_PASSES} forward passes."
        )
        if row["device_spread"] > UNSTEADY_DEVICE:
            yield (
                f"The device's own rate moved by a factor of {row['device_spread']:.1f} between rounds: ranks hold, "
                "since all networks saw the same rounds; rates hold only as far as their intervals go."
            )
    restless = table[~table["steady"].astype(bool)]
    if len(restless):
        yield f"Still getting faster when their warm-up ended: {len(restless)} of {len(table)} cases."
    for reason in sorted({one for cell in table["left_out"] for one in str(cell).split("; ") if one}):
        yield f"Not timed: {reason}."


def _memory_columns(table: pd.DataFrame) -> list[Column]:
    return [
        NETWORK_COLUMN,
        number("Batch", "batch", str),
        number("Parameters", "parameter_bytes", numbers.size),
        number("Kept for backward", "saved_for_backward_bytes", numbers.size),
        number("Peak, training step", "training_peak_bytes", numbers.size),
        number("Peak, inference", "inference_peak_bytes", numbers.size),
        words("Method", "method"),
        STANDING_COLUMN,
    ]


def _memory_notes(table: pd.DataFrame) -> list[str]:
    notes = ["Peaks are bytes above the idle process, weights among them; 1 MiB is 1,048,576 bytes."]
    if "resident set" in set(table["method"]):
        notes.append("Resident set: pages that the process touched, the libraries' own among them.")
    return notes


def _runs(row: Row) -> str:
    if missing(row["trained"]):
        return "no result"
    parts = [f"{row['trained']} trained"]
    parts += [f"{row['stuck_at_chance']} stuck at chance"] if row["stuck_at_chance"] else []
    parts += [f"{row['diverged']} diverged"] if row["diverged"] else []
    return ", ".join(parts)


def _accuracy_cell(row: Row) -> str:
    if missing(row["test_accuracy"]):
        return f"failed: {row['failure']}"
    return numbers.estimate(row["test_accuracy"], row["low"], row["high"])


def _accuracy_columns(table: pd.DataFrame) -> list[Column]:
    return [
        NETWORK_COLUMN,
        Column("Test accuracy [95 %]", _accuracy_cell, "test_accuracy"),
        words("Interval", "interval"),
        number("Seeds", "seeds", str),
        number("Test images", "test_images", lambda images: f"{images:,}"),
        Column("Runs", _runs, "trained", False),
        Column("Failed", lambda row: f"{row['failed']} ({row['failure']})" if row["failed"] else "0", "failed"),
        words("Peak learning rate", "peak_learning_rate"),
        number("Training time, mean", "training_seconds", numbers.duration),
        STANDING_COLUMN,
    ]


def _accuracy_notes(table: pd.DataFrame) -> list[str]:
    return [
        *_interval_notes(table),
        "The mean is over every run that ended, also those stuck at chance or diverged. "
        "The test set was read once, after training.",
    ]


def _failure_columns(table: pd.DataFrame) -> list[Column]:
    return [
        NETWORK_COLUMN,
        words("Measurement", "kind"),
        number("Image size", "image_size", lambda pixels: f"{pixels} px"),
        words("Protocol", "protocol"),
        words("Device", "device"),
        words("Precision", "precision"),
        number("Seed", "seed", str),
        words("Reason", "reason"),
        words("Message", "message"),
        words("Later attempt", "later"),
        words("Started", "started"),
        STANDING_COLUMN,
    ]


def _short(head: str, raw: str) -> Column:
    """An outcome without the error's message, which the exact table holds."""

    def text(row: Row) -> str:
        told = str(row[raw])
        if told in ("yes", "not tried"):
            return told
        place, error = told.split(": ", 1) if told.startswith("line ") else ("", told)
        return f"no{place and ', '}{place}: {error.split(':')[0]}"

    return Column(head, text, raw, False)


def _listing_columns(table: pd.DataFrame) -> list[Column]:
    def image(row: Row) -> str:
        size = f"{row['channels']}×{row['image_size']}×{row['image_size']}"
        return size if row["size_is_stated"] else f"{size} (not stated)"

    return [
        NETWORK_COLUMN,
        words("Document", "document"),
        Column("Lines", lambda row: f"{row['first_line']} to {row['last_line']}", "first_line", False),
        _short("Python as printed", "python_as_printed"),
        _short("Every statement runs", "executes"),
        _short("Network is built", "constructs"),
        Column("Image", image, "", False),
        _short("Image runs", "runs_as_stated"),
        _short("28 pixels run", "runs_at_28"),
        number("Smallest size", "smallest_size", lambda pixels: f"{pixels} px"),
        number("Parameters", "parameters", lambda count: f"{count:,}"),
        number("MACs", "macs", numbers.count),
        words("Same layers", "twin"),
    ]


def _listing_notes(table: pd.DataFrame) -> list[str]:
    ran = sorted(set(table["ran_with"]))
    return [
        "Each listing was run in a process of its own after its indentation was put back and what is no code was taken "
        "out; the errors' own words are in the csv.",
        f"Run with {'; '.join(ran)}.",
        "The smallest size is that of the smallest square image that goes through; none means that none does.",
        "Same layers: the network of this project that has them, repaired or completed where the listing cannot run.",
    ]


def _statement_columns(table: pd.DataFrame) -> list[Column]:
    verdicts = {"agrees": "agrees", "differs": "code differs", "not run": "not run"}
    return [
        NETWORK_COLUMN,
        words("Document", "document"),
        number("Line", "line", str),
        words("What the text says", "says"),
        Column("Verdict", lambda row: verdicts[row["verdict"]], "verdict", False),
        words("What its code does", "found"),
    ]


def _statement_notes(table: pd.DataFrame) -> list[str]:
    return ["What the text says is told in our words; what its code does was found by running it."]


_SCOPE = tuple(SCOPE)
SUMMARY = Layout("summary", "Summary", _SCOPE, _summary_columns, _summary_notes)
COMPLEXITY = Layout("complexity", "Complexity", ("image_size",), _complexity_columns, _complexity_notes)
THROUGHPUT = Layout("throughput", "Throughput", _SCOPE, _throughput_columns, _throughput_notes)
MEMORY = Layout("memory", "Memory", _SCOPE, _memory_columns, _memory_notes)
ACCURACY = Layout("accuracy", "Accuracy", _SCOPE, _accuracy_columns, _accuracy_notes)
LISTINGS = Layout("listings", "What the documents print", (), _listing_columns, _listing_notes)
STATEMENTS = Layout("statements", "Prose against code", (), _statement_columns, _statement_notes)
FAILURES = Layout("failures", "Failures", (), _failure_columns)
