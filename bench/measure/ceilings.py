"""What the device can do at best: arithmetic and a copy, in the same rounds as the networks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import torch
import torch.nn.functional as F

from bench.device import DTYPES, Precision, Target, use_precision
from bench.measure.failures import attempt
from bench.records import Ceiling, Failure

Timer = Callable[[Callable[[], object], int], float]
"""Mean seconds a call, of so many calls."""

_SIZES = {"cpu": (1024, 2**27), "cuda": (8192, 2**31), "mps": (4096, 2**29)}
"""Side of the matrices and bytes of the copy: large enough to be limited by the device."""

_IMAGES, _MAP, _KERNEL = 4, 32, 5
"""Of the convolution on a CPU: images, side of their maps, and of the kernel, for which no library saves products."""

MIN_SECONDS = 0.05
"""A sample: one call may be over in a thousandth of a second, which is less than a device takes to change its clock."""


@dataclass
class _Rate:
    """So much of something a second, in each round."""

    amount: float
    """Of it in a call."""
    call: Callable[[], object]
    calls: int = 1
    samples: list[float] = field(default_factory=list)

    def settle(self, seconds_of: Timer) -> None:
        """Find how many calls make a sample; the first call of a size chooses an algorithm."""
        seconds_of(self.call, 1)
        self.calls = max(1, math.ceil(MIN_SECONDS / seconds_of(self.call, 1)))

    def sample(self, seconds_of: Timer) -> None:
        self.samples.append(self.amount / seconds_of(self.call, self.calls))


class Ceilings:
    """Measures both, the arithmetic in each of `precisions`; what fails is left out, and says so.

    Arithmetic is a matrix product, and on a CPU a convolution too: the two come from different libraries there, of
    which one may not use all of a processor's instructions.
    """

    def __init__(self, target: Target, precisions: tuple[Precision, ...], seconds_of: Timer) -> None:
        self._target, self._precisions, self._seconds_of = target, precisions, seconds_of
        self._products: dict[Precision, _Rate] = {}
        self._convolutions: dict[Precision, _Rate] = {}
        self._copy: _Rate | None = None
        self._failure: Failure | None = None
        self._side, self._bytes = _SIZES[target.type]

    def prepare(self) -> None:
        """Take all the memory that the rounds need, and do everything once, unseen."""
        self._try(self._allocate)
        self._try(lambda: self._each(_Rate.settle))

    def sample(self) -> None:
        """One round."""
        self._try(lambda: self._each(_Rate.sample))

    @property
    def left_out(self) -> tuple[str, ...]:
        """Why there is no result, in a line."""
        failure = self._failure
        return () if failure is None else (f"the device's own rates: {failure.reason}",)

    def result(self) -> tuple[Ceiling, ...]:
        """The samples of all rounds."""
        return tuple(
            Ceiling(
                precision=precision,
                matmul_size=self._side,
                matmul_flops_per_second=tuple(product.samples),
                convolution_flops_per_second=tuple(self._convolutions[precision].samples)
                if precision in self._convolutions
                else (),
                copy_bytes=self._bytes,
                copy_bytes_per_second=tuple(self._copy.samples),
            )
            for precision, product in self._products.items()
            if self._copy is not None
        )

    def _allocate(self) -> None:
        device, side = self._target.device, self._side
        for precision in self._precisions:
            factor = torch.randn(side, side, device=device, dtype=DTYPES[precision])
            self._products[precision] = _Rate(
                2 * side**3, partial(torch.mm, factor, factor, out=torch.empty_like(factor))
            )
            if self._target.type == "cpu" and precision in ("fp32", "bf16"):
                self._convolutions[precision] = _convolution(side // 4, DTYPES[precision])
        source = torch.zeros(self._bytes // 4, device=device)
        self._copy = _Rate(2 * self._bytes, partial(torch.empty_like(source).copy_, source))

    def _each(self, do: Callable[[_Rate, Timer], None]) -> None:
        for precision, product in self._products.items():
            use_precision(self._target, precision)
            do(product, self._seconds_of)
            if precision in self._convolutions:
                do(self._convolutions[precision], self._seconds_of)
        if self._copy is not None:
            do(self._copy, self._seconds_of)

    def _try(self, do: Callable[[], object]) -> None:
        """Networks are timed whether or not there is room for this."""
        if self._failure is None and (failure := attempt(do)) is not None:
            self._failure, self._products, self._convolutions, self._copy = failure, {}, {}, None
            attempt(self._target.empty_cache)


def _convolution(channels: int, dtype: torch.dtype) -> _Rate:
    """As many channels out as in, and as many pixels; counted with the border, of which a kernel sees less."""
    maps = torch.randn(_IMAGES, channels, _MAP, _MAP, dtype=dtype).to(memory_format=torch.channels_last)
    kernel = torch.randn(channels, channels, _KERNEL, _KERNEL, dtype=dtype).to(memory_format=torch.channels_last)
    flops = 2 * _IMAGES * _MAP**2 * channels**2 * _KERNEL**2
    return _Rate(flops, partial(F.conv2d, maps, kernel, padding=_KERNEL // 2))
