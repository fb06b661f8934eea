"""One `bench run` from request to outcome: check everything, then plan and measure."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.interruption import STOPPED
from bench.numbers import several
from bench.protocols import Protocol
from bench.request import Request, announcement, make_units, orders_of, protocols_of

if TYPE_CHECKING:
    from bench.curves.tensorboard import TensorBoardCurves
    from bench.plan import Unit
    from bench.runner import Outcome


@dataclass(frozen=True)
class Answer:
    """How a request ended."""

    code: int
    """Exit code: 0, 1 if a unit failed, 2 if the results folder holds files that are no records, 130 on Ctrl-C."""
    outcome: Outcome | None = None
    """None where there was nothing to do, or no end of it."""
    protocols: tuple[Protocol, ...] = ()

    @property
    def interrupted(self) -> bool:
        return self.code == STOPPED

    def as_document(self) -> dict[str, Any]:
        """The records in full, measured now and found, and what the time budget left out."""
        one = self.outcome
        measured, found, missing = ((), (), ()) if one is None else (one.measured, one.found, one.missing)
        return {
            "measured": [record.model_dump(mode="json") for record in measured],
            "found": [record.model_dump(mode="json") for record in found],
            "missing": [
                {"kind": unit.kind, "network": unit.arch.name, "protocol": unit.protocol.name, "seed": unit.seed}
                for unit in missing
            ],
        }


def carry_out_request(request: Request) -> Answer:
    """Measure what is asked for and tell on stderr how it goes.

    Raises:
        UserError, archs.ArchError: before anything is written.
    """
    deadline = None if request.time_budget is None else time.time() + request.time_budget
    orders = orders_of(request)
    if not orders:
        return Answer(0)

    from rich.console import Console

    console = Console(stderr=True)
    with console.status("loading PyTorch"):
        from bench import processes

        processes.start_server()
        from bench import runner, store
        from bench.console import RunDisplay
        from bench.curves.progress import WORK_FOLDER, ProgressFiles

        plan, target = make_units(request, orders)
    if not request.results.exists():
        _get_data(plan, request)  # what is refused leaves no folder behind
    with store.held(request.results):
        loaded = store.load(request.results)
        units, found = runner.pending(plan, loaded.records, retry_failed=request.retry_failed)
        runner.forget_finished(request.results, found)
        _get_data(units, request)
        for line in announcement(plan, units, target, orders):
            console.print(line, highlight=False, soft_wrap=True)
        progress = ProgressFiles(request.results / WORK_FOLDER, plan)
        try:
            with RunDisplay(console, units=len(units), work=sum(unit.work for unit in units)) as display:
                outcome = runner.carry_out(
                    units,
                    results=request.results,
                    target=target,
                    data_dir=request.data_dir,
                    deadline=deadline,
                    listener=display,
                    followers=[progress, *_curves(request)],
                    jobs=request.jobs,
                )
        except KeyboardInterrupt:
            left = len(runner.pending(plan, store.load(request.results).records, retry_failed=False)[0])
            done = f"{len(plan) - left} of {several(len(plan), 'unit')}"
            console.print(f"Stopped with {done} measured; the same command goes on from here.", highlight=False)
            return Answer(STOPPED)
        if not outcome.missing:
            progress.close()
        outcome.found += found

    for problem in loaded.problems:
        print(f"bench: {problem}", file=sys.stderr)
    code = 1 if outcome.failed else 2 if loaded.problems else 0
    return Answer(code, outcome, tuple(protocols_of(orders)))


def _get_data(units: Sequence[Unit], request: Request) -> None:
    """Find or fetch Fashion-MNIST where a unit trains."""
    if any(unit.trains for unit in units):
        from bench.data import ensure

        ensure(request.data_dir, say=lambda line: print(line, file=sys.stderr, flush=True))


def _curves(request: Request) -> list[TensorBoardCurves]:
    """Who writes curves besides the records, if anybody."""
    if request.tensorboard is None:
        return []
    from bench.curves.tensorboard import TensorBoardCurves

    return [TensorBoardCurves(request.tensorboard)]
