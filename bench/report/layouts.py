"""How each table is printed for people: columns, heads, notes, and what splits it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from bench import numbers
from bench.numbers import MISSING, missing
from bench.report import tables
from bench.report.frames import SCOPE
from bench.report.sections import Column, Layout, Row, number, words
from bench.report.style import standing_mark
from bench.stats import median_spread

NETWORK_COLUMN = words("Network", "title")
STANDING_COLUMN = Column("Standing", lambda row: standing_mark(row["standing"]) or row["standing"], "standing", False)


def _rank(row: Row) -> str:
    if missing(row["rank"]):
        return MISSING
    return str(row["rank"]) if row["rank"] == row["last_rank"] else f"{row['rank']} to {row['last_rank']}"


RANK_COLUMN = Column("Rank", _rank, "last_rank")
RANKS = (
    "A rank is a range of places: the best counts only networks whose interval lies wholly above, the worst those "
    "whose interval overlaps as well."
)


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


def _rate(table: pd.DataFrame, mode: str) -> Column:
    """Images a second, or why there are none; in a table to cite with their interval."""
    value, head, batch = f"{mode}_images_per_second", f"{mode.capitalize()} images/s", f"{mode}_batch"
    plain = number("", value, numbers.rate, "throughput")

    def text(row: Row) -> str:
        return (
            plain.text(row)
            if missing(row[value])
            else numbers.rates(row[value], row[f"{mode}_low"], row[f"{mode}_high"])
        )

    cited = _at_batch(table, f"{head} [interval]", batch, Column("", text, value))
    return replace(_at_batch(table, head, batch, plain), cited=cited)


def _latency() -> Column:
    plain = number("Latency, batch 1", "latency_seconds", numbers.duration, "throughput")

    def text(row: Row) -> str:
        if missing(row["latency_seconds"]):
            return plain.text(row)
        return numbers.durations(row["latency_seconds"], row["latency_low"], row["latency_high"])

    return replace(plain, cited=Column("Latency [interval], batch 1", text, "latency_seconds"))


def _peak(head: str, mode: str, state: str = "") -> Column:
    """The median over processes, with its interval where they differ; or why there is none, where `state` tells."""
    value = f"{mode}_peak_bytes"
    plain = number("", value, numbers.size, state)

    def text(row: Row) -> str:
        if missing(row[value]):
            return plain.text(row)
        return numbers.sizes(row[value], row[f"{mode}_peak_low"], row[f"{mode}_peak_high"])

    return Column(head, text, value)


def _summary_columns(table: pd.DataFrame) -> list[Column]:
    peak = number("", "training_peak_bytes", numbers.size, "memory")
    return [
        NETWORK_COLUMN,
        number("Parameters", "parameters", numbers.count, "complexity"),
        number("MACs", "macs", numbers.count, "complexity"),
        number("FLOPs", "flops", numbers.count, "complexity"),
        _rate(table, "training"),
        _rate(table, "inference"),
        _latency(),
        replace(
            _at_batch(table, "Peak training memory", "memory_batch", peak),
            cited=_at_batch(table, "Peak training memory [interval]", "memory_batch", _peak("", "training", "memory")),
        ),
        Column("Test accuracy [95 %]", _accuracy_text, "test_accuracy"),
        number("Seeds", "seeds", str),
        STANDING_COLUMN,
    ]


def _summary_notes(table: pd.DataFrame) -> list[str]:
    notes = []
    for mode in ("training", "inference"):
        rated = table[table["throughput"].str.startswith("measured")]
        if len(rated) and rated[f"{mode}_batch"].isna().all():
            notes.append(f"At no one batch size was every network timed in {mode}: see the table of throughput.")
    if table["group"].nunique() > 1:
        notes.append("Not all of these networks were timed side by side, so their rates compare less well.")
    return notes + _trained_on(table) + _by_lot(table)


def _by_lot(table: pd.DataFrame) -> list[str]:
    """What images that got the same score for every class do to a mean accuracy, where its digits show it."""
    return [
        f"Over its {numbers.several(row['seeds'], 'run')} {row['title']} gave {row['undecided']:,} test images the "
        "same score for every class. As everywhere, these are taken for the first class in order, which is right for "
        f"some; with a class by lot the mean accuracy would be {row['accuracy_by_lot']:.3f}."
        for row in table[table["undecided"].fillna(0) > 0].to_dict("records")
        if f"{row['accuracy_by_lot']:.3f}" != f"{row['test_accuracy']:.3f}"
    ]


def _summary_method(table: pd.DataFrame) -> list[str]:
    notes = []
    if table["throughput"].str.startswith("measured").any():
        notes.append("Rates stand at the largest batch that every network was timed at.")
    if table[["training_low", "inference_low", "training_peak_low"]].notna().any(axis=None):
        notes.append("The intervals in brackets are explained under the tables of throughput and of memory.")
    return notes + _interval_notes(table)


def _trained_on(table: pd.DataFrame) -> list[str]:
    """How long was trained for an accuracy."""
    told = sorted(set(table["trained_on"].dropna()) - {""})
    return [f"Accuracies are those after {' or '.join(told)}."] if told else []


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


def _complexity_method(table: pd.DataFrame) -> list[str]:
    return [
        "For one image, forward pass. Parameters are all trainable numbers of the network. Multiply-accumulates (MACs) "
        "are those of convolution and linear layers; one MAC is two floating-point operations (FLOPs). Biases and "
        "activations are not counted.",
        "Counts are exact; they depend on neither protocol nor device.",
    ]


def _complexity_notes(table: pd.DataFrame) -> list[str]:
    def names(column: str) -> str:
        found = {part.rsplit(" ", 1)[0] for cell in table[column] for part in cell.split("; ") if part}
        return ", ".join(sorted(found))

    notes = []
    if counted := names("other_operations"):
        notes.append(f"Left out above, since fvcore counts them in units of its own: {counted}.")
    if uncounted := names("uncounted"):
        notes.append(f"fvcore has no count for: {uncounted}.")
    return notes


def _memory_columns(table: pd.DataFrame) -> list[Column]:
    return [
        NETWORK_COLUMN,
        number("Batch", "batch", str),
        number("Parameters", "parameter_bytes", numbers.size),
        number("Kept for backward", "saved_for_backward_bytes", numbers.size),
        _peak("Peak, training step", "training"),
        _peak("Peak, inference", "inference"),
        number("Processes", "processes", str),
        words("Method", "method"),
        STANDING_COLUMN,
    ]


def _memory_notes(table: pd.DataFrame) -> list[str]:
    notes = [
        "Peaks are bytes above the idle process; in training weights, gradients, the optimiser's state and what is "
        "kept for the backward pass. 1 MiB is 1,048,576 bytes."
    ]
    several = [spread_words(processes) for processes in sorted(set(table["processes"])) if processes > 1]
    if several:
        notes.append(f"A peak is the median over processes; in brackets stands {'; or '.join(several)}.")
    if "resident set" in set(table["method"]):
        notes.append(
            "The resident set is all memory that the process has touched, the libraries' scratch space included."
        )
    if set(table["precision"]) & {"bf16", "fp16"}:
        notes.append(
            "What is kept for the backward pass has in part two bytes a number; the table of activations counts four."
        )
    return notes


def spread_words(processes: int, told: bool = False) -> str:
    """ "the range of 5 processes, which covers the median with 93.75 %": what is in brackets behind such a median.

    Args:
        told: whether it was said just before how many processes there are.
    """
    spread = median_spread(range(processes))
    whole = (spread.low, spread.high) == (0, processes - 1)
    if told:
        what = "their range" if whole else "an interval"
    else:
        what = f"the range of {processes} processes" if whole else f"an interval over {processes} processes"
    return f"{what}, which covers the median with {100 * spread.coverage:.4g} %"


def runs_words(row: Row) -> str:
    """How the runs of a row ended: "3 trained, 1 stuck at chance"."""
    return "no result" if missing(row["trained"]) else ", ".join([f"{row['trained']} trained", *_without_success(row)])


def _without_success(row: Row) -> list[str]:
    stuck = [f"{row['stuck_at_chance']} stuck at chance"] if row["stuck_at_chance"] else []
    return stuck + ([f"{row['diverged']} diverged"] if row["diverged"] else [])


def _not_trained(row: Row) -> str:
    """ "1 stuck at chance": how runs ended that did not learn."""
    return MISSING if missing(row["trained"]) else ", ".join(_without_success(row)) or MISSING


def _accuracy_cell(row: Row) -> str:
    if missing(row["test_accuracy"]):
        return f"failed: {row['failure']}"
    return numbers.estimate(row["test_accuracy"], row["low"], row["high"])


_LOST = (
    "A run lost a class where it learnt something and took no test image for that class; one that is stuck at chance "
    "is not counted."
)


def _accuracy_columns(table: pd.DataFrame) -> list[Column]:
    return [
        NETWORK_COLUMN,
        Column("Test accuracy [95 %]", _accuracy_cell, "test_accuracy"),
        *[Column("Single runs", _single_runs, "lowest")] * bool((table["seeds"] > 1).any()),
        *[words("Interval", "interval")] * (table["interval"].nunique() > 1),
        RANK_COLUMN,
        number("Seeds", "seeds", str),
        *[number("Test images", "test_images", lambda images: f"{images:,}")] * (table["test_images"].nunique() > 1),
        *[Column("Lost a class", _lossy, "lossy_runs")] * _some_lost(table),
        *[Column("Not trained", _not_trained, "trained", False)] * bool((table["trained"] < table["seeds"]).any()),
        *[Column("Failed", lambda row: f"{row['failed']} ({row['failure']})" if row["failed"] else "0", "failed")]
        * bool(table["failed"].any()),
        words("Peak learning rate", "peak_learning_rate"),
        *[number("Training time", "training_seconds", numbers.duration)] * _comparably_timed(table),
        STANDING_COLUMN,
    ]


def _comparably_timed(table: pd.DataFrame) -> bool:
    """Whether more than one network's runs had the machine to themselves: one time alone compares with nothing."""
    return bool(table["training_seconds"].notna().sum() > 1)


def _single_runs(row: Row) -> str:
    if missing(row["lowest"]) or row["seeds"] < 2:
        return MISSING
    return f"{row['lowest']:.3f} to {row['highest']:.3f}"


def _lossy(row: Row) -> str:
    if missing(row["lossy_runs"]) or not row["lossy_runs"]:
        return MISSING
    most = " at most" if row["lossy_runs"] > 1 else ""
    return f"{row['lossy_runs']} of {row['trained']} ({numbers.several(row['lost_classes'], 'class')}{most})"


def _some_lost(table: pd.DataFrame) -> bool:
    return bool((table["lossy_runs"].fillna(0) > 0).any())


def _images_read(table: pd.DataFrame) -> str:
    counts = {int(images) for images in table["test_images"].dropna()}
    return f"The {counts.pop():,} test images were" if len(counts) == 1 else "The test set was"


def _accuracy_method(table: pd.DataFrame) -> list[str]:
    return [
        *_interval_notes(table),
        *[f"{RANKS} One seed has none."] * bool(table["rank"].notna().any()),
        "The mean is over every run that ended, those stuck at chance or diverged included; its interval is cut at 0 "
        f"and 1. {_images_read(table)} read once, after training.",
        *[_LOST] * _some_lost(table),
        *["Training times are those of the runs that had the machine to themselves, which may be one."]
        * _comparably_timed(table),
    ]


def _accuracy_notes(table: pd.DataFrame) -> list[str]:
    return [*_trained_on(table), *_by_lot(table), *_ran(table)]


def _ran(table: pd.DataFrame) -> list[str]:
    """What the runs of a row do not have in common, and whether they shared the machine."""
    notes = []
    for instructions, part in table.groupby("pooled"):
        notes.append(
            f"Runs with {instructions} instructions, on processors that share this name, are pooled for "
            f"{numbers.listing([str(title) for title in part['title']])}."
        )
    if (most := table["side_by_side"].fillna(1).max()) > 1:
        notes.append(f"Up to {most} runs went on at once and shared the device's threads.")
    return notes


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


SUMMARY = Layout("summary", "Summary", tuple(SCOPE), _summary_columns, _summary_method, _summary_notes)
COMPLEXITY = Layout(
    "complexity", "Complexity", ("image_size",), _complexity_columns, _complexity_method, _complexity_notes
)
MEMORY = Layout("memory", "Memory", tuple(SCOPE), _memory_columns, _memory_notes)
ACCURACY = Layout("accuracy", "Accuracy", tuple(SCOPE), _accuracy_columns, _accuracy_method, _accuracy_notes)
FAILURES = Layout("failures", "Failures", (), _failure_columns)
