"""The table of throughput: rates, ranks, and how near each network comes to what the device can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bench.report.frames import SCOPE
from bench.report.tables import PLACE, groups, shared_ranks, weakest
from bench.stats import median_spread
from bench.stats.timing import across_processes

CASE = ["group", "engine", "mode", "requested_batch", "batch"]
TRAINING_PASSES = 3
"""A training step as forward passes: the backward pass multiplies twice where the forward pass does once."""


def throughput(frame: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Images a second: one row a network, group, engine, mode and requested batch.

    With several `processes` the rate is the geometric mean of the processes' medians, and `low` and `high` bound
    it for how processes differ, at 95 %; with one it is the median of its rounds, which the bounds cover with the
    probability `coverage`, and nothing is said of other processes.  `group` names the networks that were timed
    side by side.  `rank` and `last_rank` are those of `shared_ranks` in the group and case; a batch that was cut has
    none.  `utilisation` is the rate of floating-point operations over the device's own in what `ceiling_of` says, in
    the same rounds; `device_spread` is the largest of those over the smallest; `others_share` is how much of the
    machine's processors other programs took while a process of it ran, at most.  `counts` is a frame of complexity.
    """
    macs = {network_key(row): float(row["macs"]) for row in counts.to_dict("records")}
    by = [*PLACE, *CASE]
    rows = []
    for place, part in groups(frame.sort_values("process", kind="stable"), by):
        processes = [samples for samples in part["step_seconds"] if len(samples)]
        if not processes:
            continue
        step = across_processes(processes)
        rate = place["batch"] / step.value
        joules = [sample for samples in part["joules"] if samples for sample in samples]
        rows.append(
            place
            | {
                "standing": weakest(part["standing"]),
                "processes": step.processes,
                "rounds": sum(map(len, processes)),
                "images_per_second": rate,
                "low": place["batch"] / step.high,
                "high": place["batch"] / step.low,
                "coverage": step.coverage,
                "step_seconds": step.value,
                "joules_per_image": median_spread(joules).median / place["batch"] if joules else None,
                "steady": bool(part["steady"].all()),
                "left_out": "; ".join(sorted(set(part["left_out"]) - {""})),
                "others_share": part["others_share"].astype(float).max(),
                "timed_on": " and ".join(sorted(set(part["timed_on"]))),
            }
            | _against_device(place, part, rate, macs.get(network_key(place)))
        )
    measured = ["images_per_second", "low", "high", "coverage", "step_seconds"]
    beside = ["flops_per_second", "utilisation", "ceiling_of", "ceiling_flops_per_second", "copy_bytes_per_second"]
    notes = ["device_spread", "joules_per_image", "steady", "left_out", "others_share", "timed_on"]
    table = pd.DataFrame(rows, columns=[*by, "standing", "processes", "rounds", *measured, *beside, *notes])
    table = table.sort_values(["engine", "mode", "requested_batch"], kind="stable").reset_index(drop=True)
    return table.join(_ranks(table))


def _against_device(place: dict[str, Any], part: pd.DataFrame, rate: float, macs: float | None) -> dict[str, Any]:
    products = [sample for samples in part["ceiling_flops_per_second"] for sample in samples]
    copies = [sample for samples in part["copy_bytes_per_second"] for sample in samples]
    passes = TRAINING_PASSES if place["mode"] == "training" else 1
    own = None if macs is None else 2 * macs * passes * rate
    if not products:
        return {"flops_per_second": own}
    best = median_spread(products).median
    return {
        "flops_per_second": own,
        "utilisation": None if own is None else own / best,
        "ceiling_of": part["ceiling_of"].iloc[0],
        "ceiling_flops_per_second": best,
        "copy_bytes_per_second": median_spread(copies).median,
        "device_spread": max(products) / min(products),
    }


def _ranks(table: pd.DataFrame) -> pd.DataFrame:
    """Within a group and case; only cases that ran at the batch that was asked for."""
    fair = table[table["batch"] == table["requested_batch"]]
    return shared_ranks(fair, [*SCOPE, *CASE], table.index)


def network_key(row: Mapping[Any, Any]) -> tuple[Any, ...]:
    """What tells the network of a row apart."""
    return row["arch"], row["fingerprint"], row["image_size"]
