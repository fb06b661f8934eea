"""Measures the unit of a record again, through the runner, where nothing is overwritten."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from bench.device import Target, resolve, unsupported
from bench.errors import UserError
from bench.plan import Unit, subject
from bench.protocols import PER_PROCESS, Protocol
from bench.records import Device, Record, Throughput

if TYPE_CHECKING:
    from bench.runner import Listener


def units(record: Record, times: int) -> list[list[Unit]]:
    """The unit of `record`, `times` over: for each time the unit and those that were timed side by side with it.

    Raises:
        UserError: the settings or the network of the record are not what this version has.
        archs.ArchError: the network is not there.
    """
    protocol = settings(record)
    arch = record.arch
    built = (arch.image_size, arch.in_channels, arch.num_classes)
    companions = record.result.companions if isinstance(record.result, Throughput) else ()
    subjects = {name: subject(name, *built) for name in (arch.name, *companions)}
    now = subjects[arch.name].fingerprint
    if now != arch.fingerprint:
        raise UserError(
            f"{arch.name} is another network here: its layers are {now}, those of {record.key} are {arch.fingerprint}; "
            f"check out commit {record.provenance.get('commit') or '(not recorded)'} to measure it again"
        )
    return [
        [
            Unit(
                kind=record.kind,
                arch=one,
                protocol=protocol,
                seed=record.seed if times == 1 or record.seed is None else number,
                precision=record.precision,
                device=record.device,
                companions=tuple(sorted(other for other in subjects if other != name)) if companions else (),
            )
            for name, one in subjects.items()
        ]
        for number in range(times)
    ]


def settings(record: Record) -> Protocol:
    """The protocol as the record has it, which may no longer be the one of its name.

    Raises:
        UserError: it has a setting that this version does not know.
    """
    try:
        protocol = TypeAdapter(Protocol).validate_python(record.protocol)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise UserError(f"{record.key} was measured under a setting that this version does not know: {where}") from None
    if unknown := sorted(set(_names(record.protocol)) - set(_names(asdict(protocol)))):
        raise UserError(f"{record.key} was measured under settings that this version does not know: {unknown[0]}")
    return protocol


def place(record: Record) -> Target:
    """The device of the record.

    Raises:
        UserError: it is not here; the message says what is.
    """
    if record.device is None:
        return resolve("cpu")
    there = list(_devices(record.device))
    names = [(target.timed if record.kind in PER_PROCESS else target.described).model for target in there]
    for target, name in zip(there, names, strict=True):
        if name == record.device.model:
            reason = unsupported(target, record.precision) if record.precision else None
            if reason:
                raise UserError(f"{record.key} was measured in {record.precision}, which {name} lacks: {reason}")
            return target
    if record.device.model in [target.described.model for target in there]:
        raise UserError(
            f"{record.key} names its processor {record.device.model!r} and tells neither family nor model, and so no "
            f"machine can verify it; `{_anew(record)}` measures the same here"
        )
    here = ", ".join(dict.fromkeys(names))
    raise UserError(f"{record.key} was measured on {record.device.model!r}, and this is {here!r}: they do not compare")


def measure(plan: Sequence[Sequence[Unit]], target: Target, data_dir: Path | None, listener: Listener) -> list[Record]:
    """A new record of the first unit of each group, in a results folder that is gone afterwards."""
    from bench import runner

    found = []
    with tempfile.TemporaryDirectory(prefix="ninbench-verify-") as folder:
        for group in plan:
            outcome = runner.carry_out(
                group, results=Path(folder), target=target, data_dir=data_dir, deadline=None, listener=listener
            )
            found += [one for one in outcome.measured if one.arch.name == group[0].arch.name]
    return found


def _anew(record: Record) -> str:
    """The command that measures the like of a record."""
    precision = "" if record.precision is None else f" --precision {record.precision}"
    network, protocol = record.arch.name, record.protocol["name"]
    return f"bench run --arch {network} --protocol {protocol} --measure {record.kind}{precision}"


def _devices(device: Device) -> Iterator[Target]:
    """Every device of the record's type.

    Raises:
        UserError: there is none.
    """
    yield resolve(device.type)
    if device.type == "cuda":
        import torch

        for index in range(1, torch.cuda.device_count()):
            yield resolve(f"cuda:{index}")


def _names(values: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in values.items():
        yield f"{prefix}{name}"
        if isinstance(value, dict):
            yield from _names(value, f"{prefix}{name}.")
