"""How the table of throughput is printed, and what it warns of."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from bench import numbers
from bench.numbers import listing
from bench.records.record import MOST_COMPANY
from bench.report import speeds
from bench.report.frames import SCOPE
from bench.report.layouts import NETWORK_COLUMN, RANK_COLUMN, RANKS, STANDING_COLUMN
from bench.report.sections import Column, Layout, Row, number, words

UNSTEADY_DEVICE = 1.3
"""Largest over smallest of the device's own rates from which a table warns."""


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
        Column(
            "Images/s [interval]",
            lambda row: numbers.rates(row["images_per_second"], row["low"], row["high"]),
            "images_per_second",
        ),
        RANK_COLUMN,
        number("Step", "step_seconds", numbers.duration),
        number("FLOP/s", "flops_per_second", numbers.count),
        number("Of the device's own", "utilisation", numbers.percent),
        *([energy] if table["joules_per_image"].notna().any() else []),
        number("Processes", "processes", str),
        number("Rounds", "rounds", str),
        STANDING_COLUMN,
    ]


def _throughput_method(table: pd.DataFrame) -> list[str]:
    return [
        "Random images, after warm-up; one sample a round. Networks of one group were timed in interleaved rounds.",
        *_interval_notes(table),
        f"{RANKS} Ranks are within one engine, mode and batch.",
    ]


def _interval_notes(table: pd.DataFrame) -> Iterator[str]:
    """What the intervals are of, and what they do not tell."""
    single, several = table[table["processes"] == 1], table[table["processes"] > 1]
    if len(several):
        yield (
            "A rate is the geometric mean over fresh processes of each one's median; its 95 % interval, Student's t on "
            "logarithms, tells how processes differ."
        )
    if len(single):
        shares = sorted({f"{100 * share:.1f} %" for share in single["coverage"]})
        which = "Where one process alone was timed, the" if len(several) else "One process was timed: the"
        yield (
            f"{which} interval is that of its median over the rounds, which it covers with {' or '.join(shares)}. It "
            "does not tell how another process would differ, which is by far more."
        )


def _throughput_notes(table: pd.DataFrame) -> Iterator[str]:
    """What the device itself did meanwhile, and whether that allows the numbers to be believed."""
    known = table.dropna(subset=["ceiling_flops_per_second"])
    for group, part in known.groupby("group", sort=True):
        row = part.iloc[0]
        which = f" in group {group}" if known["group"].nunique() > 1 else ""
        yield (
            f"The device itself{which}, in the same rounds: {numbers.count(row['ceiling_flops_per_second'])}FLOP/s in "
            f"a {row['ceiling_of']}, {numbers.count(row['copy_bytes_per_second'])}B/s in a copy. A training step "
            f"counts as {speeds.TRAINING_PASSES} forward passes."
        )
        if "convolution" not in str(row["ceiling_of"]):
            yield "No convolution was tried, which may reach more; then the shares of the device would be smaller."
        if (part["utilisation"] > 1.05).any():
            yield "A share above 100 % shows that the device can do more than the products that it was tried with."
        if row["device_spread"] > UNSTEADY_DEVICE:
            yield (
                f"The device's own rate varied by a factor of {row['device_spread']:.1f} between rounds: ranks hold, "
                "since all networks saw the same rounds; rates hold only as far as their intervals go."
            )
    if exact := sorted(set(table["timed_on"]) - set(table["device"]) - {""}):
        yield f"Of the processors that share this name, timed on {listing(exact)}."
    restless = table[~table["steady"].astype(bool)]
    if len(restless):
        yield (
            f"Not known to have settled when their warm-up ended: {len(restless)} of {len(table)} cases, which in one "
            "process or more were still getting faster or had too few rounds of warm-up to tell."
        )
    crowded = table[table["others_share"].astype(float) > MOST_COMPANY]
    if len(crowded):
        taken, names = numbers.percent(crowded["others_share"].max()), sorted(set(crowded["title"]))
        yield (
            f"Not alone on the machine: other programs took up to {taken} of its processors while {listing(names)} "
            f"{'were' if len(names) > 1 else 'was'} timed, and rates are lower for it."
        )
    for reason in sorted({one for cell in table["left_out"] for one in str(cell).split("; ") if one}):
        yield f"Not timed: {reason}."


THROUGHPUT = Layout(
    "throughput", "Throughput", tuple(SCOPE), _throughput_columns, _throughput_method, _throughput_notes
)
