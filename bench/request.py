"""What one `bench run` asks for, and the units that it makes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from archs.names import unknown
from bench.errors import UserError
from bench.numbers import listing, several
from bench.protocols import MEASURES, STANDING_NOTES, TRAINED, Protocol, get_protocols

if TYPE_CHECKING:
    from bench.device import Target
    from bench.plan import Unit
    from bench.records import Kind


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


def orders_of(request: Request) -> list[Order]:
    """What is to be measured; nothing where the claims that were named lack nothing.

    Raises:
        UserError: something is called by a name that it does not have, an option makes no difference to what is
            measured, or learning curves cannot be written.
    """
    if request.tensorboard is not None:
        from bench.curves.tensorboard import check_tensorboard

        check_tensorboard(request.tensorboard)
    if request.claims:
        return _for_claims(request)
    found = []
    for protocol in get_protocols(request.protocol):
        altered = _altered(protocol, request.batch_size)
        found.append(Order(tuple(request.archs) or protocol.archs, altered, _kinds(request.measures, altered)))
    _refuse_idle(request, found)
    return found


def _refuse_idle(request: Request, orders: Sequence[Order]) -> None:
    """Let no option be given that nothing of what is measured depends on."""
    kinds = list(dict.fromkeys(kind for order in orders for kind in order.kinds))
    for flag, value, sets, affected in (
        ("--seeds", request.seeds, "how often a network trains", TRAINED),
        ("--batch-size", request.batch_size, "the batch of training and of its timing", (*TRAINED, "throughput")),
    ):
        if value is not None and not set(kinds) & set(affected):
            raise UserError(f"{flag} sets {sets}, which makes no difference to {listing(kinds)}; leave it out")


def _for_claims(request: Request) -> list[Order]:
    """Networks that the same protocol and measurement asks for, in one order."""
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


def protocols_of(orders: Sequence[Order]) -> list[Protocol]:
    """Each once."""
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


def make_units(request: Request, orders: Sequence[Order]) -> tuple[list[Unit], Target]:
    """Every unit that is asked for, measured before or not, and the device.

    Raises:
        UserError, archs.ArchError: the device, its precision, a network or its size is not there.
    """
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


def announcement(plan: Sequence[Unit], todo: Sequence[Unit], target: Target, orders: Sequence[Order]) -> list[str]:
    """Under which protocols, where, in which precisions; how many units, and how many of them have been measured."""
    precisions = dict.fromkeys(unit.precision for unit in plan if unit.precision)
    where = target.model + (f", {listing(list(precisions))}" if precisions else "")
    lines = []
    for standing in dict.fromkeys(protocol.standing for protocol in protocols_of(orders)):
        names = [protocol.name for protocol in protocols_of(orders) if protocol.standing == standing]
        lines.append(f"{', '.join(names)} on {where} ({STANDING_NOTES[standing]})")
    known = len(plan) - len(todo)
    return [*lines, several(len(plan), "unit") + (f", {known} of them measured before" if known else "")]
