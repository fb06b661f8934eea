"""What accuracy is held against: parameters, multiply-accumulates, speed, latency, energy and time of training.

Each cost is a table with the rows of one scope, one a network that has both the cost and an accuracy, and tells
which networks no other one beats in both: the Pareto front of the means.  Of those behind it the table tells which
are surely there, and which no further than the noise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from bench import numbers
from bench.report import tables
from bench.report.figures import canvas
from bench.report.overview import common_batch
from bench.report.tables import PLACE
from bench.stats import across_processes, mean_interval

COST = ["cost", "cost_low", "cost_high"]
_ACCURACY = ["test_accuracy", "accuracy_low", "accuracy_high", "interval", "seeds", "trained_on"]
COLUMNS = ["arch", "title", *COST, *_ACCURACY, "on_front", "surely_behind", "beaten_by", "standing"]


@dataclass(frozen=True)
class Cost:
    """One cost, what its figure says about it, and its table."""

    name: str
    """Of the figure's file, after "accuracy-by-"."""
    title: str
    axis: str
    """With the unit."""
    table: pd.DataFrame
    """Columns `COLUMNS`; the bounds of a cost are missing where it is exact."""
    tick: Callable[[float], str] = canvas.short
    tell: Callable[[float], str] = numbers.count
    more_is_better: bool = False
    note: str = ""
    """Which networks are left out, and why."""


def costs(rows: pd.DataFrame, timed: pd.DataFrame, samples: pd.DataFrame, runs: pd.DataFrame) -> Iterator[Cost]:
    """Every cost that is known of two networks or more, for the networks of one scope.

    Args:
        rows: of `overview.summary`.
        timed: of `speeds.throughput`, one a network, mode and batch, of one engine.
        samples: of the frame of throughput.
        runs: of the frame of accuracy.
    """
    found = [*_counts(rows), *_timings(timed, samples), *_training(runs)]
    plain = rows.dropna(subset=["test_accuracy"])
    for cost in found:
        table = with_front(plain.merge(cost.table, on=PLACE), cost.more_is_better)
        # One network alone is beaten by nobody, which says nothing of it.
        if len(table) > 1:
            yield replace(cost, table=table)


def _counts(rows: pd.DataFrame) -> Iterator[Cost]:
    for name, title, axis in (
        ("macs", "Accuracy against computation", "Multiply-accumulates per image (MACs)"),
        ("parameters", "Accuracy against size", "Parameters"),
    ):
        exact = rows[[*PLACE, name]].rename(columns={name: "cost"}).dropna(subset=["cost"])
        yield Cost(name, title, axis, exact.assign(cost_low=None, cost_high=None))


def _timings(timed: pd.DataFrame, samples: pd.DataFrame) -> Iterator[Cost]:
    batch = common_batch(timed, "training")
    yield Cost(
        "throughput", "Accuracy against training speed", f"Training throughput, images/s, batch {batch}",
        _speeds(timed, batch), tell=_rate, more_is_better=True,
    )  # fmt: skip
    yield Cost(
        "latency", "Accuracy against latency", "Time to classify one image", _latencies(timed), seconds,
        numbers.duration,
    )  # fmt: skip
    batch = common_batch(timed, "inference")
    yield Cost(
        "energy", "Accuracy against energy", f"Energy to classify an image, batch {batch}",
        _energies(timed, samples, batch), joules, numbers.energy,
    )  # fmt: skip


def _training(runs: pd.DataFrame) -> Iterator[Cost]:
    """Seconds of the training steps of a run, mean over seeds; without an interval where there is one.

    Only of networks whose every run had the machine to itself: their accuracy is that of all their runs, and time and
    accuracy are to be of the same ones.
    """
    found, left_out = [], set()
    for place, part in tables.groups(runs, PLACE):
        if part["training_seconds"].notna().all():
            found.append(place | dict(zip(COST, mean_interval(list(part["training_seconds"])), strict=True)))
        else:
            left_out.add(str(place["title"]))
    names = numbers.listing(sorted(left_out))
    yield Cost(
        "training-time", "Accuracy against training time", "Time of training, one run",
        pd.DataFrame(found, columns=[*PLACE, *COST]), seconds, numbers.duration,
        note=f"Left out, since a run was not alone on the machine: {names}" if left_out else "",
    )  # fmt: skip


def _speeds(timed: pd.DataFrame, batch: int | None) -> pd.DataFrame:
    """Training images a second at the batch that all networks have in common."""
    own = timed[(timed["mode"] == "training") & (timed["batch"] == batch) & (timed["requested_batch"] == batch)]
    return own[PLACE].assign(cost=own["images_per_second"], cost_low=own["low"], cost_high=own["high"])


def _latencies(timed: pd.DataFrame) -> pd.DataFrame:
    """Seconds of an inference step on one image."""
    own = timed[(timed["mode"] == "inference") & (timed["batch"] == 1)].drop_duplicates(PLACE)
    return own[PLACE].assign(cost=own["step_seconds"], cost_low=1 / own["high"], cost_high=1 / own["low"])


def _energies(timed: pd.DataFrame, samples: pd.DataFrame, batch: int | None) -> pd.DataFrame:
    """Joules an image in inference, with the interval of what fresh processes, or the rounds of one, take."""
    case = [*PLACE, "group", "engine", "mode", "requested_batch", "batch"]
    own = timed[(timed["mode"] == "inference") & (timed["batch"] == batch) & (timed["requested_batch"] == batch)]
    found = []
    for place, part in tables.groups(samples.merge(own[case], on=case), PLACE):
        processes = [list(joules) for joules in part["joules"] if joules]
        if processes and all(sample > 0 for process in processes for sample in process):
            step, images = across_processes(processes), int(part["batch"].iloc[0])
            found.append(
                place | {"cost": step.value / images, "cost_low": step.low / images, "cost_high": step.high / images}
            )
    return pd.DataFrame(found, columns=[*PLACE, *COST])


def with_front(known: pd.DataFrame, more_is_better: bool) -> pd.DataFrame:
    """The rows whose cost fits on a logarithmic axis, each with whether it is on the front and who beats it."""
    table = known[known["cost"] > 0].astype(dict.fromkeys(COST, float))
    beaten = beaten_by(list(table["cost"]), list(table["test_accuracy"]), more_is_better=more_is_better)
    titles = list(table["title"])
    surely = surely_beaten_by(table, more_is_better=more_is_better)
    named = [mean if sure is None else sure for sure, mean in zip(surely, beaten, strict=True)]
    table = table.assign(
        on_front=[one is None for one in beaten],
        surely_behind=[one is not None for one in surely],
        beaten_by=["" if one is None else titles[one] for one in named],
    )
    return table[COLUMNS].reset_index(drop=True)


def surely_beaten_by(table: pd.DataFrame, *, more_is_better: bool = False) -> list[int | None]:
    """For each network the one with the highest mean whose interval lies wholly above at a cost that is surely no
    worse; None where there is none.

    Args:
        table: columns `COST`, `accuracy_low` and `accuracy_high`; a cost without bounds is exact.
    """
    best, worst = ("cost_high", "cost_low") if more_is_better else ("cost_low", "cost_high")
    sign = -1 if more_is_better else 1
    at_best, at_worst = (sign * table[bound].astype(float).fillna(table["cost"]) for bound in (best, worst))
    values = table["test_accuracy"].to_numpy(dtype=float)
    found: list[int | None] = []
    for high, own in zip(table["accuracy_high"], at_best, strict=True):
        above = ((table["accuracy_low"] > high) & (at_worst <= own)).to_numpy()
        found.append(max(np.flatnonzero(above).tolist(), key=values.__getitem__, default=None))
    return found


def beaten_by(costs: list[float], values: list[float], *, more_is_better: bool = False) -> list[int | None]:
    """For each point the one that is at least as good in both and better in one; None for points of the front.

    Of several that beat a point the one with the largest value is told, and of those the one with the best cost.
    """
    sign = -1 if more_is_better else 1
    points = [(value, -sign * cost) for cost, value in zip(costs, values, strict=True)]
    found: list[int | None] = []
    for point in points:
        better = [one for one in points if one != point and one[0] >= point[0] and one[1] >= point[1]]
        found.append(points.index(max(better)) if better else None)
    return found


def told(cost: Cost) -> str:
    """The front in words, best cost first, and who beats the others."""
    table = cost.table.sort_values("cost", ascending=not cost.more_is_better, kind="stable")

    def point(row: dict[Any, Any]) -> str:
        return f"{row['title']} ({row['test_accuracy']:.3f} at {cost.tell(row['cost']).strip()})"

    on, off = table[table["on_front"]].to_dict("records"), table[~table["on_front"]].to_dict("records")
    apart = {True: "", False: ", though not surely"}
    first = "fastest" if cost.more_is_better else "cheapest"
    parts = [f"On the front of the means, {first} first: {numbers.listing([point(row) for row in on])}"]
    parts += [f"{point(row)} is behind {row['beaten_by']} in both{apart[row['surely_behind']]}" for row in off]
    return "; ".join(parts) + "."


def _rate(value: float) -> str:
    return f"{numbers.rate(value)} images/s"


def seconds(value: float) -> str:
    """A round time on an axis: 300 µs, 1 ms, 30 s, 1,000 s."""
    for factor, unit in ((1e-3, "µs"), (1.0, "ms")):
        if value < 0.9999 * factor:
            return f"{round(value / factor * 1e3, 6):g} {unit}"
    return f"{round(value, 6):,g} s"


def joules(value: float) -> str:
    """A round energy on an axis: 300 µJ, 1 mJ, 20 J."""
    return f"{seconds(value)[:-1]}J"
