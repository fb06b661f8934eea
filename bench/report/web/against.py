"""NiN against each of the others: counts, rates, and why fewer parameters are not as many times faster."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

import pandas as pd

import archs
from bench import numbers
from bench.numbers import listing, times
from bench.stats.paired import paired_ratio

SUBJECT = "nin"
"""The network that the suite asks about."""
REFERENCES = tuple(name for name in archs.FIVE if name != SUBJECT)
"""Those that it is held against."""
MOST_NETWORKS = 12
"""Networks of which the smallest is told beside the largest."""


def _subject(part: pd.DataFrame, value: str) -> tuple[dict[str, object], list[dict[str, object]]] | None:
    """The network asked about and its references; where it was not measured, the smallest against the largest."""
    known = part.dropna(subset=[value])
    rows = [{str(k): v for k, v in row.items()} for row in known.to_dict("records")]
    own = [row for row in rows if row["arch"] == SUBJECT]
    others = [row for name in REFERENCES for row in rows if row["arch"] == name]
    if len(own) == 1 and others:
        return own[0], others
    if len(rows) > MOST_NETWORKS:  # of so many the ends tell nothing
        return None
    ordered = sorted(rows, key=lambda row: float(str(row[value])))
    return (ordered[0], ordered[-1:]) if len(ordered) > 1 else None


def costs(part: pd.DataFrame) -> Iterator[str]:
    """Parameters and arithmetic, as multiples of the subject's."""
    for value, verb, name in (("parameters", "has", "parameters"), ("macs", "needs", "multiply-accumulates an image")):
        pair = _subject(part, value)
        if pair is None or not pair[0][value]:
            continue
        own, others = pair
        base = float(str(own[value]))
        told = [
            f"{other['title']} {_as_many(float(str(other[value])) / base)} ({numbers.count(float(str(other[value])))})"
            for other in others
        ]
        yield f"{own['title']} {verb} {numbers.count(base)} {name}; {listing(told)}."


def _as_many(ratio: float) -> str:
    """ "12.5 times as many", "1/32 as many"."""
    return f"1/{times(1 / ratio)} as many" if 0 < ratio < 0.5 else f"{times(ratio)} times as many"


def speeds_told(part: pd.DataFrame, processes: pd.DataFrame) -> Iterator[str]:
    """Rates in training and inference.

    Args:
        part: rows of the summary of one scope.
        processes: the timings behind them, a row a process and case.
    """
    for mode, verb in (("training", "trains"), ("inference", "infers")):
        value = f"{mode}_images_per_second"
        pair = _subject(part, value)
        if pair is None:
            continue
        own, others = pair
        base = float(str(own[value]))
        told = [_relative(own, other, mode, processes[processes["mode"] == mode]) for other in others]
        aside = any(other["group"] != own["group"] for other in others)
        reserve = "; not all were timed side by side" if aside else ""
        reserve += "; in brackets the 95 % interval, paired by process" if any("[" in one for one in told) else ""
        yield (
            f"At batch {own[f'{mode}_batch']}, {own['title']} {verb} at {numbers.rate(base)} images/s: "
            f"{listing(told)}{reserve}."
        )


def _relative(own: dict[str, object], other: dict[str, object], mode: str, processes: pd.DataFrame) -> str:
    """How many times the other's rate, pair by pair of those that one process timed.

    With fewer than two such processes there is no interval of a ratio, and rates whose own intervals overlap are left
    open.
    """
    batch, name = own[f"{mode}_batch"], other["title"]
    rates = [_medians(processes, row, batch) for row in (own, other)]
    shared = sorted(set(rates[0]) & set(rates[1])) if own["group"] == other["group"] else []
    if len(shared) > 1:
        own_steps, other_steps = ([one[process] for process in shared] for one in rates)
        ratio = paired_ratio(other_steps, own_steps)
        bounds = f"[{times(ratio.low)} to {times(ratio.high)}]"
        if ratio.low <= 1 <= ratio.high:
            return f"not to be told apart from {name}, at {times(ratio.effect)} times its rate {bounds}"
        return f"{times(ratio.effect)} times the rate of {name} {bounds}"

    def at(row: dict[str, object], bound: str) -> float:
        return float(str(row[f"{mode}_{bound}"]))

    if at(own, "low") <= at(other, "high") and at(other, "low") <= at(own, "high"):
        return f"not to be told apart from {name}"
    return f"{times(at(own, 'images_per_second') / at(other, 'images_per_second'))} times the rate of {name}"


def _medians(processes: pd.DataFrame, row: dict[str, object], batch: object) -> dict[int, float]:
    """Seconds a step of one network in the company of its row, by process."""
    own = processes[(processes["arch"] == row["arch"]) & (processes["fingerprint"] == row["fingerprint"])]
    own = own[(own["group"] == row["group"]) & (own["batch"] == batch) & (own["requested_batch"] == batch)]
    steps = zip(own["process"], own["step_seconds"], strict=True)
    return {int(process): median(samples) for process, samples in steps if len(samples)}


def why(part: pd.DataFrame, timed: pd.DataFrame) -> Iterator[str]:
    """Why fewer parameters are not as many times faster: the arithmetic, and how much of the device it gets.

    The rate is their quotient, so that this is no finding but the same number taken apart.
    """
    pair = _subject(part.dropna(subset=["training_images_per_second", "macs"]), "parameters")
    if pair is None:
        return
    timed = timed[(timed["mode"] == "training")].dropna(subset=["utilisation"])
    own, other = pair[0], max(pair[1], key=lambda row: float(str(row["parameters"])))
    shares = []
    for row in (own, other):
        case = timed[(timed["arch"] == row["arch"]) & (timed["batch"] == row["training_batch"])]
        if len(case):
            shares.append(numbers.percent(float(case.iloc[0]["utilisation"])))

    def ratio(value: str) -> str:
        return times(float(str(other[value])) / float(str(own[value])))

    if len(shares) == 2 and own["macs"]:
        yield (
            f"Beside {own['title']}, {other['title']} has {ratio('parameters')} times the parameters and "
            f"{ratio('macs')} times the multiply-accumulates; training at batch {own['training_batch']}, "
            f"{own['title']} reaches {shares[0]} of the device's own rate and {other['title']} {shares[1]}."
        )
