"""One `bench profile` from request to table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from bench.errors import UserError
from bench.numbers import duration, percent, rate, significant
from bench.terminal import new_table, print_line, print_table

if TYPE_CHECKING:
    from bench.measure.cases import Mode
    from bench.measure.profile import Profile

MOST = 15
"""Operators in the table; the rest is summed up."""
OPERATOR_WIDTH = 16
"""Columns that are left to their names where the terminal is narrow."""


def profile_network(
    name: str, image_size: int, batch_size: int, mode: Mode, device: str, precision: str, trace: Path | None
) -> Profile:
    """Profile one step of the network called `name`.

    Raises:
        UserError, archs.ArchError: the device, its precision, the network or its size is not there, or the trace cannot
            be written.
    """
    import archs
    from archs.registry import check_size

    check_size(archs.get_spec(name), image_size)
    if trace is not None:
        _check_trace(trace)

    from bench.allocator import keep_freed_memory
    from bench.device import resolve, resolve_precision, use_device
    from bench.measure.cases import Conditions
    from bench.measure.failures import blamed_on
    from bench.measure.networks import ready
    from bench.measure.profile import profile_step
    from bench.plan import IN_CHANNELS, NUM_CLASSES

    target = resolve(device)
    use_device(target)
    conditions = Conditions(
        image_shape=(IN_CHANNELS, image_size, image_size),
        num_classes=NUM_CLASSES,
        target=target,
        precision=resolve_precision(precision, target),
    )
    keep_freed_memory()
    model = ready(name, image_size=image_size, target=target)
    before = _written(trace)
    with blamed_on(name, f"in a step of {mode}"):
        found = profile_step(model, mode, batch_size, conditions, trace)
    if trace is not None and _written(trace) in (None, before):  # PyTorch's profiler raises nothing where it fails
        raise UserError(f"the trace {trace} could not be written; give --trace another file")
    return found


def _check_trace(trace: Path) -> None:
    folder = trace.absolute().parent
    if not folder.is_dir():
        raise UserError(f"no folder {trace.parent} for the trace {trace.name}; make it first")
    if trace.exists() and not trace.is_file():
        raise UserError(f"--trace {trace} is {'a folder' if trace.is_dir() else 'no plain file'}; give it a file")
    if not os.access(trace if trace.exists() else folder, os.W_OK):
        raise UserError(f"the trace {trace} cannot be written; give --trace another file")


def _written(trace: Path | None) -> tuple[int, int] | None:
    """When the trace was written, and how large it is; None where there is none."""
    if trace is None or not trace.is_file():
        return None
    status = trace.stat()
    return status.st_mtime_ns, status.st_size


def print_profile(name: str, found: Profile, *, batch_size: int, trace: Path | None) -> None:
    """The operators that take the most time, and what a step takes without the profiler."""
    table = new_table("operator", right=("calls a step", "own time a step", "share"), folded_to=OPERATOR_WIDTH)
    for one in found.operators[:MOST]:
        table.add_row(escape(one.name), significant(one.calls), duration(one.seconds), percent(one.share))
    if rest := found.operators[MOST:]:
        seconds, share = sum(one.seconds for one in rest), sum(one.share for one in rest)
        table.add_row(f"{len(rest)} others", "", duration(seconds), percent(share))
    print_table(table)
    print_line(
        f"A step of {name} takes {duration(found.seconds)} without the profiler: "
        f"{rate(batch_size / found.seconds)} images/s at batch {batch_size}."
    )
    if trace is not None:
        print_line(f"The trace is in {trace}; ui.perfetto.dev and chrome://tracing open it.")
