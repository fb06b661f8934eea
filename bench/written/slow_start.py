"""What NiN's slow start comes from: runs of the search's length at its learning rate, each with one thing changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import mean

from bench import store
from bench.numbers import MISSING
from bench.records import Check, Convergence, Record
from bench.written.markdown import code, table

PROTOCOL = "starts28-0.003"
CHANGES = {
    "nin": "as it is",
    "nin-no-dropout": "no dropout",
    "nin-no-last-relu": "no ReLU before the pooling",
    "nin-gap-fc": "pooling and a linear layer in place of the last block",
}


def slow_start_table(results: Path) -> str:
    """A row a change: held-out accuracy at the end, its mean and its range over seeds; classes that are dead by run."""
    found = sorted(store.load(results).records, key=lambda record: record.seed or 0)
    rows = []
    for name, change in CHANGES.items():
        if runs := [looked for record in found if (looked := _looks(record, name))]:
            ends = [checks[-1].held_out_accuracy for checks in runs]
            span = f" [{min(ends):.3f} to {max(ends):.3f}]" if len(ends) > 1 else ""
            begun = [str(checks[0].dead_classes) if checks[0].step == 0 else MISSING for checks in runs]
            dead = [", ".join(begun), ", ".join(str(checks[-1].dead_classes) for checks in runs)]
            rows.append([change, code(name), f"{mean(ends):.3f}{span}", *dead, str(len(ends))])
    heads = ["held-out accuracy", "dead classes before the first step", "after the last", "runs"]
    return table(["NiN", "network", *heads], rows, right=2)


def _looks(record: Record, name: str) -> Sequence[Check]:
    """What the run saw of held-out images, if it is one of those."""
    if record.arch.name != name or record.protocol.get("name") != PROTOCOL:
        return ()
    return record.result.checks if isinstance(record.result, Convergence) else ()
