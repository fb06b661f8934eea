"""Timings, with their raw samples."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bench.records.base import Model


class Timings(Model):
    """One case of the throughput measurement."""

    mode: Literal["training", "inference"]
    requested_batch: int = Field(gt=0)
    batch: int = Field(gt=0)
    """The batch that fitted: the requested one, or that halved until it did."""
    step_seconds: tuple[Annotated[float, Field(gt=0)], ...] = Field(min_length=1)
    """Mean seconds a step, one sample a round."""
    steps_per_round: int


class Throughput(Model):
    """Speed on random images, the networks of one group timed in interleaved rounds."""

    kind: Literal["throughput"] = "throughput"
    group: str
    """Records with the same group were timed side by side; only those compare without reserve."""
    companions: tuple[str, ...]
    channels_last: bool
    cases: tuple[Timings, ...]
