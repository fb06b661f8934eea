"""Networks x protocol x seeds -> the units to measure, each with the key that its record is found by."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

import torch
from torch import nn

import archs
from bench.errors import UserError
from bench.protocols import PER_PROCESS, TRAINED, Experiment, Protocol, determining
from bench.records import Device, Kind, Subject

IN_CHANNELS, NUM_CLASSES = 1, 10
"""Of Fashion-MNIST."""

READINGS: dict[str, int] = {"robustness": 21, "localisation": 12, "branches": 37}
"""How often an experiment reads the test images once it is trained, about; once where it is not named."""

_NOMINAL_MACS = 300_000_000
_NOMINAL_OVERHEAD = 100 * _NOMINAL_MACS


@dataclass(frozen=True)
class Unit:
    """One thing to measure, leaving one record."""

    kind: Kind
    arch: Subject
    protocol: Protocol
    seed: int | None
    """Of a training run; for what is timed or weighed the number of the fresh process; None for counts."""
    precision: Any
    device: Device | None
    companions: tuple[str, ...] = ()
    """Networks that are timed beside this one: part of what was measured, since only those compare without reserve."""

    @cached_property
    def key(self) -> str:
        """Hash of everything that determines the outcome: 12 hexadecimal digits."""
        determinants = {
            "kind": self.kind,
            "arch": self.arch.model_dump(),
            "settings": self._settings,
            "seed": self.seed,
            "precision": self.precision,
            "device": None if self.device is None else self.device.model_dump(),
        }
        if self.companions:
            determinants["companions"] = self.companions
        return hashlib.sha256(json.dumps(determinants, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def _settings(self) -> dict[str, Any]:
        """All that determines what is measured, for every kind.

        A protocol is frozen, and one that was edited is another protocol, whose training runs are not to stand beside
        timings made under the old one.
        """
        return {} if self.kind == "complexity" else determining(asdict(self.protocol))

    @property
    def trains(self) -> bool:
        """Whether it trains a network, and so needs the data set."""
        return self.kind in TRAINED

    @property
    def images(self) -> int:
        """How many images it takes through the network, about; one that is trained on counts as three."""
        training, timing = self.protocol.training, self.protocol.timing
        trained = training.epochs * (3 * training.train_images + training.validation_images * training.checks_per_epoch)
        return {
            "complexity": 3,
            "memory": 10 * self.protocol.memory_batch,
            "throughput": (3 * sum(timing.training_batches) + sum(timing.inference_batches)) * timing.visits,
        }.get(self.kind, trained + READINGS.get(self.kind, 1) * training.test_images)

    @property
    def work(self) -> float:
        """Estimated multiply-accumulates, for the estimate of time that is left."""
        counts = archs.get_spec(self.arch.name).counts.get(self.arch.image_size)
        macs = counts.macs if counts else _NOMINAL_MACS
        return float(self.images * macs + _NOMINAL_OVERHEAD)

    def __str__(self) -> str:
        if self.seed is None or (self.kind in PER_PROCESS and self.protocol.timing.processes == 1):
            return f"{self.kind} of {self.arch.name}"
        nth = "process" if self.kind in PER_PROCESS else "seed"
        return f"{self.kind} of {self.arch.name}, {nth} {self.seed}"


def make_plan(
    names: Sequence[str],
    protocol: Protocol,
    kinds: Sequence[Kind],
    *,
    seeds: int,
    device: Device,
    precision: str,
    timed_on: Device | None = None,
) -> list[Unit]:
    """Every unit once, ordered by kind and then by seed, so that a run cut short has seen all networks.

    Args:
        timed_on: `device` as timings and peaks of memory name it, where that is another name.

    Raises:
        archs.ArchError: a name is unknown, or a network is not defined at the protocol's size.
        UserError: a network, or the protocol, has not got what an experiment is about.
    """
    _check(protocol, kinds)
    built = (protocol.image_size, protocol.in_channels, protocol.num_classes)
    subjects = [subject(name, *built) for name in dict.fromkeys(names)]
    if "branches" in kinds:
        from bench.measure.experiments.branches import check_branches

        check_branches([arch.name for arch in subjects], image_size=protocol.image_size)
    plan = []
    for kind in kinds:
        for seed in _repeats(kind, protocol, seeds):
            for arch in subjects:
                exact = kind == "complexity"
                place = timed_on or device if kind in PER_PROCESS else device
                plan.append(
                    Unit(
                        kind=kind,
                        arch=arch,
                        protocol=protocol,
                        seed=seed,
                        precision=None if exact else precision,
                        device=None if exact else place,
                        companions=_companions(arch, subjects) if kind == "throughput" else (),
                    )
                )
    return plan


LARGEST_SHARE = {"robustness": 0.8, "localisation": 0.5, "quadrants": 0.5}
"""Side of the garment over that of the canvas, from which an experiment has no room left to place it."""


def _check(protocol: Protocol, kinds: Sequence[Kind]) -> None:
    for kind in kinds:
        share = LARGEST_SHARE.get(kind, 1.0)
        if protocol.training.object_share > share:
            raise UserError(
                f"{kind} needs a canvas around the garment, and {protocol.name} has none or too little; "
                f"use --protocol {kind}{protocol.image_size}"
            )
        if kind in get_args(Experiment) and kind not in protocol.measures and protocol.standing == "citable":
            raise UserError(
                f"{protocol.name} is not made for {kind}, and its numbers could not be cited for it; "
                f"use --protocol {kind}{protocol.image_size}"
            )
        if kind in TRAINED and (protocol.in_channels, protocol.num_classes) != (IN_CHANNELS, NUM_CLASSES):
            raise UserError(
                f"{protocol.name} builds networks for {protocol.in_channels} channels and {protocol.num_classes} "
                f"classes, and Fashion-MNIST has {IN_CHANNELS} and {NUM_CLASSES}; use another protocol for {kind}"
            )
        if kind == "accuracy" and kind not in protocol.measures and protocol.standing == "citable":
            raise UserError(
                f"{protocol.name} is made for {' and '.join(protocol.measures)}, and an accuracy of it could not be "
                f"cited; use --protocol matched{protocol.image_size}"
            )


def _companions(arch: Subject, subjects: Sequence[Subject]) -> tuple[str, ...]:
    return tuple(sorted(other.name for other in subjects if other is not arch))


def _repeats(kind: Kind, protocol: Protocol, seeds: int) -> Sequence[int | None]:
    if kind == "complexity":
        return (None,)
    return range(protocol.timing.processes if kind in PER_PROCESS else seeds)


def subject(name: str, image_size: int, in_channels: int = IN_CHANNELS, num_classes: int = NUM_CLASSES) -> Subject:
    """What a record says of the network, with a fingerprint of its layers, and of a user's own code.

    Raises:
        archs.ArchError: the name is unknown, the network is not defined at `image_size`, or a user's own gives another
            number of logits.
    """
    spec = archs.get_spec(name)
    with torch.device("meta"):
        model = archs.create(name, in_channels=in_channels, num_classes=num_classes, image_size=image_size)
        if spec.kind == "plug-in":
            _check_logits(name, model, (in_channels, image_size, image_size), num_classes)
    shape = f"{spec.name} {spec.version} {spec.initialisation} {_layers_of(model)}{_code_of(model)}"
    return Subject(
        name=spec.name,
        title=spec.title,
        family=spec.family,
        image_size=image_size,
        in_channels=in_channels,
        num_classes=num_classes,
        fingerprint=hashlib.sha256(shape.encode()).hexdigest()[:12],
    )


_NORM_WITHOUT_BIAS = re.compile(r"(\w*(?:Batch|Instance|Group|Layer)Norm\w*\([^\n]*?affine=(True|False))(?!, bias=)")


def _layers_of(model: nn.Module) -> str:
    """The layers as PyTorch prints them, whichever version it is: only the later ones print a normalisation's bias."""
    return _NORM_WITHOUT_BIAS.sub(r"\1, bias=\2", repr(model))


def _code_of(model: nn.Module) -> str:
    """Hash of the files in which a user's own layers are written, since a forward pass does not show in the layers.

    Nothing for a network whose layers are all of PyTorch and of this project, which counts versions instead.
    """
    modules = {type(layer).__module__ for layer in model.modules()}
    own = sorted(name for name in modules if name.partition(".")[0] not in ("torch", "torchvision", "archs"))
    files = [getattr(sys.modules.get(name), "__file__", None) for name in own]
    content = b"".join(Path(file).read_bytes() for file in files if file and Path(file).is_file())
    return f" {hashlib.sha256(content).hexdigest()}" if content else ""


def _check_logits(name: str, model: nn.Module, image: tuple[int, int, int], num_classes: int) -> None:
    """What a user's own network gives for two images; one that fails does so when it is measured, with its reason."""
    try:
        logits = model.eval()(torch.empty(2, *image, device="meta"))
    except Exception:
        return
    if isinstance(logits, torch.Tensor) and tuple(logits.shape) != (2, num_classes):
        shape = "x".join(str(side) for side in logits.shape)
        raise archs.ArchError(f"network {name!r} gives {shape} for 2 images, and 2x{num_classes} logits are expected")
