"""How a run closes: what was measured, where it lies, what was left out, what citable numbers would take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

import archs
from bench import store
from bench.console import outcome_line
from bench.numbers import duration, several
from bench.protocols import PROTOCOLS, STANDING_NOTES, Protocol
from bench.protocols.standard import STANDARD
from bench.records import Record, Throughput, Timings
from bench.runner import Outcome
from bench.terminal import print_line, print_rows, shown

SUMMARISED = ("complexity", "memory", "throughput", "accuracy")
HEADS = {
    "Network": "network",
    "Parameters": "params",
    "MACs": "MACs",
    "Training images/s": "train img/s",
    "Inference images/s": "infer img/s",
    "Peak training memory": "peak memory",
    "Test accuracy": "accuracy [95 %]",
}
"""Columns of the report's summary, by how their heads begin, and heads that fit in a terminal."""


def print_outcome(outcome: Outcome, *, protocols: Sequence[Protocol], results: Path) -> None:
    """The tables that a run ends with, and the lines under them."""
    for protocol in protocols:
        known = [one for one in outcome.records if not one.failed and one.kind in SUMMARISED and _under(one, protocol)]
        if known:
            _print_summary(known, protocol)
    for record in outcome.failed:
        print_line(f"failed: {record.kind} of {record.arch.name}: {outcome_line(record)}")
    if any(record.failed for record in outcome.found):
        print_line("Units that failed in an earlier run were not tried again; --retry-failed tries them.")
    if outcome.missing:
        left = several(len(outcome.missing), "unit")
        print_line(f"The time budget is spent with {left} to go; the same command goes on from here.")
    made = several(len(outcome.records), "record") if outcome.records else "No record of what was asked for is"
    report = f"bench report{store.option(results)}"
    print_line(f"{made} in {shown(results / 'records')}; `{report}` makes a page of what is there.")
    if not all(protocol.citable for protocol in protocols):
        _print_projection(outcome.records)


def _under(record: Record, protocol: Protocol) -> bool:
    """Exact counts are the same under every protocol that builds the network for such images and classes."""
    if record.kind != "complexity":
        return record.protocol.get("name") == protocol.name
    built = (record.arch.image_size, record.arch.in_channels, record.arch.num_classes)
    return built == (protocol.image_size, protocol.in_channels, protocol.num_classes)


def _print_summary(records: Sequence[Record], protocol: Protocol) -> None:
    from bench.report import summary

    table = summary(records)
    heads = {head: short for head in table.columns for start, short in HEADS.items() if str(head).startswith(start)}
    rows = [[str(cell) for cell in row] for row in table[list(heads)].itertuples(index=False)]
    built = f"{protocol.image_size} px, {several(protocol.num_classes, 'class')}"
    title = f"{protocol.name}, {built} ({STANDING_NOTES[protocol.standing]})"
    print_rows(title, list(heads.values()), rows)


def _rate(case: Timings) -> float:
    """Images a second in the median round."""
    return case.batch / median(case.step_seconds)


def _trained(record: Record) -> list[Timings]:
    """Cases of training as the harness trains: PyTorch as it is, in the run's precision."""
    assert isinstance(record.result, Throughput)
    wanted = ("training", "eager", record.precision)
    return [case for case in record.result.cases if (case.mode, case.engine, case.precision) == wanted]


def _print_projection(records: Sequence[Record]) -> None:
    """What each protocol that compares networks and may be cited would take here, from the speed just seen."""
    rates = {
        record.arch.name: (record, max(map(_rate, _trained(record))))
        for record in records
        if isinstance(record.result, Throughput) and _trained(record)
    }
    if not rates:
        return
    parts = []
    for protocol in (PROTOCOLS[one.name] for one in STANDARD):
        if not protocol.citable or "accuracy" not in protocol.measures:
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
