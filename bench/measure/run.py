"""What every measurement that trains is given, and the training that they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from torch import nn

import archs
from bench.batches import Images
from bench.data import FashionMNIST
from bench.device import Precision, Target
from bench.measure.networks import ready
from bench.observer import Observer
from bench.protocols import Protocol
from bench.replay import Recorder, cuda_graph
from bench.train import Progress, fit


@dataclass(frozen=True)
class Run:
    """One network, one protocol, one seed."""

    arch: str
    protocol: Protocol
    data: FashionMNIST
    seed: int
    target: Target
    precision: Precision
    checkpoint: Path | None = None
    provenance: Callable[[], dict[str, Any]] = field(default=dict)
    """What this process says of itself so far; see `fit`."""
    out_of_time: Callable[[], bool] = field(default=lambda: False)
    tell: Callable[[float, str], None] = field(default=lambda share, text: None)
    follow: Callable[[Progress], None] = field(default=lambda progress: None)
    """Told of the training as it goes on; see `fit`."""

    @property
    def recorder(self) -> Recorder | None:
        """CUDA graphs where there is CUDA, but not for a plug-in's network: whether Python decides something anew in
        each of its steps, which a recording would not, is not known."""
        if self.target.type != "cuda" or archs.get_spec(self.arch).kind == "plug-in":
            return None
        return partial(cuda_graph, target=self.target)

    @property
    def peak_learning_rate(self) -> float:
        spec = archs.get_spec(self.arch)
        return self.protocol.training.peak_learning_rate(spec.name, spec.family)

    def network(self, num_classes: int = 10) -> nn.Module:
        """The network with its initial weights, which follow from the seed."""
        return ready(
            self.arch,
            image_size=self.protocol.image_size,
            target=self.target,
            num_classes=num_classes,
            seed=self.seed,
            scheme="xavier" if self.protocol.training.initialisation == "xavier" else None,
        )

    def train(self, model: nn.Module, train: Images, held_out: Images, observer: Observer | None = None) -> Progress:
        """Train `model` as the protocol says; `held_out` is looked at after each epoch, and when `observer` asks.

        Raises:
            OutOfTime: the time budget ended between two epochs; the checkpoint holds the run.
        """
        return fit(
            model,
            train,
            held_out,
            self.protocol.training,
            target=self.target,
            precision=self.precision,
            peak_learning_rate=self.peak_learning_rate,
            seed=self.seed,
            observer=observer,
            checkpoint=self.checkpoint,
            provenance=self.provenance,
            out_of_time=self.out_of_time,
            tell=lambda share, text: self.tell(0.9 * share, text),
            follow=self.follow,
            recorder=self.recorder,
        )
