"""One `bench run` from request to outcome: check everything, then plan and measure."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archs.names import unknown
from bench.errors import UserError
from bench.numbers import several
from bench.protocols import MEASURES, STANDING_NOTES, Protocol, get_protocols

if TYPE_CHECKING:
    from bench.curves.tensorboard import TensorBoardCurves
    from bench.device import Target
    from bench.plan import Unit
    from bench.records import Kind
    from bench.runner import Outcome


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line."""

    archs: list[str]
    """Empty for those of the protocol."""
    protocol: str
    results: Path
    data_dir: Path | None
    device: str = "auto"
    claims: list[str] = field(default_factory=list)
    """Measure what these claims lack, instead of networks by name."""
    measures: list[str] = field(default_factory=list)
    seeds: int | None = None
    batch_size: int | None = None
    precision: str = "auto"
    time_budget: float | None = None
    retry_failed: bool = False
    jobs: int = 1
    tensorboard: Path | None = None
    """Folder for the learning curves of what trains."""


@dataclass(frozen=True)
class Order:
    """Networks to measure under one protocol."""

    archs: tuple[str, ...]
    protocol: Protocol
    kinds: tuple[Kind, ...]
    beside: tuple[str, str] | None = None
    """Type of device and precision of the records that it adds to."""


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
        return self.code == 130

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
    orders = _orders(request)
    if not orders:
        return Answer(0)
    if request.tensorboard is not None:
        from bench.curves.tensorboard import check_tensorboard

        check_tensorboard(request.tensorboard)

    from rich.console import Console

    console = Console(stderr=True)
    with console.status("loading PyTorch"):
        from bench import processes

        processes.start_server()
        from bench import runner, store
        from bench.console import RunDisplay
        from bench.curves.progress import WORK_FOLDER, ProgressFiles

        plan, target = _plan(request, orders)
    with store.held(request.results), processes.terminable():
        loaded = store.load(request.results)
        units, found = runner.pending(plan, loaded.records, retry_failed=request.retry_failed)
        runner.forget_finished(request.results, found)
        if any(unit.trains for unit in units):
            from bench.data import ensure

            ensure(request.data_dir, say=lambda line: print(line, file=sys.stderr, flush=True))
        _announce(console.print, plan, units, target, orders)
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
            return Answer(130)
        if not outcome.missing:
            progress.close()
        outcome.found += found

    for problem in loaded.problems:
        print(f"bench: {problem}", file=sys.stderr)
    code = 1 if outcome.failed else 2 if loaded.problems else 0
    return Answer(code, outcome, tuple(_protocols(orders)))


def _curves(request: Request) -> list[TensorBoardCurves]:
    """Who writes curves besides the records, if anybody."""
    if request.tensorboard is None:
        return []
    from bench.curves.tensorboard import TensorBoardCurves

    return [TensorBoardCurves(request.tensorboard)]


def _orders(request: Request) -> list[Order]:
    """What is to be measured; nothing where the claims that were named lack nothing.

    Raises:
        UserError: something is called by a name that it does not have.
    """
    if request.claims:
        return _for_claims(request)
    found = []
    for protocol in get_protocols(request.protocol):
        altered = _altered(protocol, request.batch_size)
        found.append(Order(tuple(request.archs) or protocol.archs, altered, _kinds(request.measures, altered)))
    return found


def _for_claims(request: Request) -> list[Order]:
    from bench import store
    from bench.claims.command import lacking
    from bench.claims.evidence import Evidence

    evidence = Evidence(store.load(request.results).records, request.results)
    needs, others = lacking(request.claims, evidence, store.option(request.results))
    for line in others:
        print(line, file=sys.stderr)
    wanted: dict[tuple[Protocol, Kind, tuple[str, str] | None], list[str]] = {}
    for need in needs:
        for protocol in get_protocols(need.protocol):
            (kind,) = _kinds([need.measure], protocol)
            wanted.setdefault((protocol, kind, need.beside), []).extend(need.archs)
    return [
        Order(tuple(dict.fromkeys(names)), protocol, (kind,), beside)
        for (protocol, kind, beside), names in wanted.items()
    ]


def _protocols(orders: Sequence[Order]) -> list[Protocol]:
    return list(dict.fromkeys(order.protocol for order in orders))


def _altered(protocol: Protocol, batch_size: int | None) -> Protocol:
    """The protocol with the batch size of the command line, under a name that says so."""
    if batch_size is None or batch_size == protocol.training.batch_size:
        return protocol
    if batch_size > protocol.training.train_images:
        raise UserError(
            f"--batch-size {batch_size} is more than the {protocol.training.train_images} "
            f"training images of {protocol.name}"
        )
    return replace(
        protocol,
        name=f"{protocol.name}+batch{batch_size}",
        standing="altered",
        training=replace(protocol.training, batch_size=batch_size),
        timing=replace(protocol.timing, training_batches=(batch_size,)),
    )


def _kinds(measures: Sequence[str], protocol: Protocol) -> tuple[Kind, ...]:
    for name in measures:
        if name not in MEASURES:
            raise UserError(unknown("nothing that is measured is called", name, MEASURES))
    return tuple(kind for kind in MEASURES if kind in (measures or protocol.measures))


def _plan(request: Request, orders: Sequence[Order]) -> tuple[list[Unit], Target]:
    from bench.device import resolve, resolve_precision
    from bench.plan import make_plan

    target = resolve(request.device)
    plan: list[Unit] = []
    for order in orders:
        protocol = order.protocol
        wanted = request.precision if request.precision != "auto" else protocol.precision
        if wanted == "auto" and order.beside is not None and order.beside[0] == target.type:
            wanted = order.beside[1]
        plan += make_plan(
            order.archs,
            protocol,
            order.kinds,
            seeds=protocol.seeds if request.seeds is None else request.seeds,
            device=target.described,
            timed_on=target.timed,
            precision=resolve_precision(wanted, target),
        )
    return list({unit.key: unit for unit in plan}.values()), target


def _announce(
    say: Callable[..., None], plan: Sequence[Unit], units: Sequence[Unit], target: Target, orders: Sequence[Order]
) -> None:
    precision = next((unit.precision for unit in plan if unit.precision), None)
    where = target.model + (f", {precision}" if precision else "")
    for standing in dict.fromkeys(protocol.standing for protocol in _protocols(orders)):
        names = [protocol.name for protocol in _protocols(orders) if protocol.standing == standing]
        say(f"{', '.join(names)} on {where} ({STANDING_NOTES[standing]})", highlight=False, soft_wrap=True)
    known = len(plan) - len(units)
    say(several(len(plan), "unit") + (f", {known} of them measured before" if known else ""), highlight=False)
