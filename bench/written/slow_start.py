"""What NiN's slow start comes from: runs of the search's length at its learning rate, each with one thing changed."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

from bench import store
from bench.records import Convergence, Record
from bench.written.markdown import code, table

PROTOCOL = "starts28-0.003"
CHANGES = {
    "nin": "as it is",
    "nin-no-dropout": "no dropout",
    "nin-no-last-relu": "no ReLU before the pooling",
    "nin-gap-fc": "pooling and a linear layer in place of the last block",
}


def slow_start_table(results: Path) -> str:
    """A row a change: held-out accuracy at the end, its mean and its range over seeds."""
    found = store.load(results).records
    rows = []
    for name, change in CHANGES.items():
        ends = [_end(record) for record in found if _wanted(record, name)]
        if ends:
            span = f" [{min(ends):.3f} to {max(ends):.3f}]" if len(ends) > 1 else ""
            rows.append([change, code(name), f"{mean(ends):.3f}{span}", str(len(ends))])
    return table(["NiN", "network", "held-out accuracy", "runs"], rows, right=2)


def _wanted(record: Record, name: str) -> bool:
    return record.kind == "convergence" and record.arch.name == name and record.protocol.get("name") == PROTOCOL


def _end(record: Record) -> float:
    assert isinstance(record.result, Convergence)
    return record.result.checks[-1].held_out_accuracy
