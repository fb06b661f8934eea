"""What every measurement that trains is given, and the training that they share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from torch import nn

import archs
from bench.batches import Images
from bench.data import FashionMNIST
from bench.device import Precision, Target
from bench.measure.networks import ready
from bench.observer import Observer
from bench.progress import ALONE, Progress, Surroundings
from bench.protocols import Protocol
from bench.replay import Recorder, cuda_graph
from bench.train import fit


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
    around: Surroundings = ALONE

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

    def tell(self, share: float, text: str) -> None:
        """Say how far the measurement is; training is nine tenths of it."""
        self.around.tell(share, text)

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
            around=replace(self.around, tell=lambda share, text: self.tell(0.9 * share, text)),
            recorder=self.recorder,
        )
