"""How a run closes: what was measured, where it lies, what was left out, what citable numbers would take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

import archs
from bench.console import duration, outcome_line
from bench.numbers import scaled
from bench.protocols import PROTOCOLS, STANDING_NOTES, Protocol
from bench.records import Accuracy, Complexity, Memory, Record, Throughput, Timings
from bench.runner import Outcome
from bench.terminal import print_line, print_rows, shown


def print_outcome(outcome: Outcome, *, protocol: Protocol, results: Path) -> None:
    """The table that a run ends with, and the lines under it."""
    names = list(dict.fromkeys(record.arch.name for record in outcome.records))
    header = ("network", "parameters", "MACs", "train images/s", "infer images/s", "peak train MB", "test accuracy")
    rows = [_row(name, [record for record in outcome.records if record.arch.name == name]) for name in names]
    if rows:
        print_rows(f"{protocol.name} ({STANDING_NOTES[protocol.standing]})", header, rows)
    for record in outcome.failed:
        print_line(f"failed: {record.kind} of {record.arch.name}: {outcome_line(record)}")
    if any(record.failed for record in outcome.found):
        print_line("Units that failed in an earlier run were not tried again; --retry-failed tries them.")
    if outcome.missing:
        print_line(f"The time budget is spent with {len(outcome.missing)} units to go; the same command goes on from here.")
    print_line(f"{len(outcome.records)} records in {shown(results / 'records')}; `bench report` makes a page of them.")
    if not protocol.citable:
        _print_projection(outcome.records)


def _row(name: str, records: Sequence[Record]) -> list[str]:
    row = [name, "", "", "", "", "", ""]
    accuracies = [r.result.test_accuracy for r in records if isinstance(r.result, Accuracy)]
    for record in records:
        result = record.result
        if isinstance(result, Complexity):
            row[1:3] = scaled(result.parameters), scaled(result.macs)
        elif isinstance(result, Throughput):
            row[3], row[4] = _fastest(result, "training"), _fastest(result, "inference")
        elif isinstance(result, Memory) and result.training_peak_bytes is not None:
            row[5] = f"{result.training_peak_bytes / 1e6:,.0f}"
    if accuracies:
        several = f" (mean of {len(accuracies)})" if len(accuracies) > 1 else ""
        row[6] = f"{sum(accuracies) / len(accuracies):.3f}{several}"
    for record in records:
        if isinstance(record.result, Accuracy) and record.result.outcome != "trained":
            row[6] += f", {record.result.outcome}"
            break
    return row


def _fastest(result: Throughput, mode: str) -> str:
    rates = [_rate(case) for case in result.cases if case.mode == mode]
    return scaled(max(rates)) if rates else ""


def _rate(case: Timings) -> float:
    """Images a second in the median round."""
    return case.batch / median(case.step_seconds)


def _print_projection(records: Sequence[Record]) -> None:
    """What each protocol that is meant to be cited would take on this device, from the speed just seen."""
    rates = {
        record.arch.name: (record, max(_rate(case) for case in record.result.cases if case.mode == "training"))
        for record in records
        if isinstance(record.result, Throughput) and any(case.mode == "training" for case in record.result.cases)
    }
    if not rates:
        return
    parts = []
    for protocol in PROTOCOLS.values():
        if protocol.standing == "quick look":
            continue
        seconds = sum(_training_seconds(record, rate, protocol) for record, rate in rates.values())
        parts.append(f"{protocol.name} {duration(seconds)}")
    networks = f"these {len(rates)} networks" if len(rates) > 1 else next(iter(rates))
    print_line(f"Numbers to cite need more: training {networks} at the speed seen here would take {', '.join(parts)}.")


def _training_seconds(record: Record, rate: float, protocol: Protocol) -> float:
    """All seeds of one network: training, and evaluation at a third of its cost; scaled by MACs to the image size."""
    counts = archs.get_spec(record.arch.name).counts
    here, there = counts.get(record.arch.image_size), counts.get(protocol.image_size)
    slower = there.macs / here.macs if here and there else (protocol.image_size / record.arch.image_size) ** 2
    training = protocol.training
    images = training.epochs * (training.train_images + training.validation_images / 3) + training.test_images / 3
    return protocol.seeds * images * slower / rate
