"""Timings, with their raw samples."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bench.protocols import Engine
from bench.records.base import Model

Positive = Annotated[float, Field(gt=0)]


class Timings(Model):
    """One case of the throughput measurement."""

    mode: Literal["training", "inference"]
    engine: Engine = "eager"
    """Who runs the network: PyTorch as it is in channels last, the same with channels first, compiled, replayed as a
    CUDA graph, or another."""
    precision: Literal["fp32", "tf32", "bf16", "fp16"]
    weights: Literal["fp32", "bf16", "fp16"] | None = None
    """What the weights were held in: fp32 ones are cast in every step of bf16.  Records that do not say so held fp32
    in PyTorch."""
    requested_batch: int = Field(gt=0)
    batch: int = Field(gt=0)
    """The batch that fitted: the requested one, or that halved until it did."""
    step_seconds: tuple[Positive, ...] = Field(min_length=1)
    """Mean seconds a step, one sample a round."""
    steps_per_round: int
    warmup_seconds: tuple[Positive, ...]
    """The same in the rounds before, until the case was steady."""
    steady: bool
    """Whether it was found steady before the rounds that count."""
    joules: tuple[Positive, ...] | None = None
    """Energy of a step over two seconds of them, where the device tells it and for PyTorch as it is in the run's
    precision."""


class Ceiling(Model):
    """What the device itself can do in one precision, one sample a round, in the same rounds as the networks.

    A sample is the mean of as many calls as take 50 ms; in records without `weights` in their cases it is one call.
    """

    precision: Literal["fp32", "tf32", "bf16", "fp16"]
    matmul_size: int
    """Side of the square matrices that are multiplied."""
    matmul_flops_per_second: tuple[Positive, ...]
    convolution_flops_per_second: tuple[Positive, ...] = ()
    """Of a convolution that takes every product; on a CPU, in records since that was found to be faster on some."""
    copy_bytes: int
    copy_bytes_per_second: tuple[Positive, ...]
    """Bytes read and bytes written, in a copy of `copy_bytes`."""

    @property
    def flops_per_second(self) -> tuple[float, ...]:
        """The faster of the two in each round."""
        if not self.convolution_flops_per_second:
            return self.matmul_flops_per_second
        return tuple(map(max, self.matmul_flops_per_second, self.convolution_flops_per_second))

    @property
    def arithmetic(self) -> str:
        """What `flops_per_second` are of, in words."""
        return f"large matrix product{' or convolution' if self.convolution_flops_per_second else ''}"


class DeviceState(Model):
    """How the device stood at the end of a round, as far as it tells."""

    clock_mhz: float | None
    temperature_celsius: float | None
    power_watts: float | None


class Throughput(Model):
    """Speed on random images, the networks of one group timed in interleaved rounds."""

    kind: Literal["throughput"] = "throughput"
    group: str
    """Records with the same group were timed side by side; only those compare without reserve."""
    companions: tuple[str, ...]
    cases: tuple[Timings, ...]
    ceilings: tuple[Ceiling, ...]
    states: tuple[DeviceState, ...] = ()
    left_out: tuple[str, ...] = ()
    """What was asked for and is not here: that this device or installation has not, or that failed, with the reason."""
