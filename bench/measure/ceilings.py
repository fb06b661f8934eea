"""What the device can do at best: a large matrix product, and a copy, in the same rounds as the networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import torch

from bench.device import DTYPES, Precision, Target, use_precision
from bench.records import Ceiling

Timer = Callable[[Callable[[], object]], float]

_SIZES = {"cpu": (1024, 2**27), "cuda": (8192, 2**31), "mps": (4096, 2**29)}
"""Side of the matrices and bytes of the copy: large enough to be limited by the device, done in some 50 ms."""


@dataclass
class Ceilings:
    """Measures both, in each precision once a round."""

    target: Target
    precisions: tuple[Precision, ...]
    flops: dict[Precision, list[float]] = field(default_factory=dict)
    bytes_moved: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.side, self.bytes = _SIZES[self.target.type]
        device = self.target.device
        self._source = torch.zeros(self.bytes // 4, device=device)
        self._sink = torch.empty_like(self._source)
        self._factors = {
            precision: torch.randn(self.side, self.side, device=device, dtype=DTYPES[precision])
            for precision in self.precisions
        }
        self.flops = {precision: [] for precision in self.precisions}

    def warm_up(self) -> None:
        """Do everything once, unseen: the first call of a size chooses an algorithm."""
        self.sample(lambda step: (step(), 1.0)[1])
        self.flops = {precision: [] for precision in self.precisions}
        self.bytes_moved = []

    def sample(self, seconds_of: Timer) -> None:
        """One round; `seconds_of` times one call."""
        for precision, factor in self._factors.items():
            use_precision(self.target, precision)
            self.flops[precision].append(2 * self.side**3 / seconds_of(partial(torch.matmul, factor, factor)))
        self.bytes_moved.append(2 * self.bytes / seconds_of(lambda: self._sink.copy_(self._source)))

    def result(self) -> tuple[Ceiling, ...]:
        """The samples of all rounds."""
        return tuple(
            Ceiling(
                precision=precision,
                matmul_size=self.side,
                matmul_flops_per_second=tuple(samples),
                copy_bytes=self.bytes,
                copy_bytes_per_second=tuple(self.bytes_moved),
            )
            for precision, samples in self.flops.items()
        )
