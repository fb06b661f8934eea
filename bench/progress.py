"""Where a training run stands, whom it tells so, and who ends it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.records import Epoch


@dataclass
class Progress:
    """Where a training run stands; everything here survives a kill."""

    epochs: list[Epoch] = field(default_factory=list)
    step_losses: list[float] = field(default_factory=list)
    training_seconds: float = 0.0
    resumed: int = 0
    earlier: list[dict[str, Any]] = field(default_factory=list)
    """What each process said of itself that took part before this one; empty for one of which nothing is known."""

    @property
    def diverged(self) -> bool:
        return not all(map(math.isfinite, self.step_losses))


class OutOfTime(Exception):
    """The time budget is spent; the run can be taken up where its checkpoint stands."""


Tell = Callable[[float, str], None]
Follow = Callable[[Progress], None]


@dataclass(frozen=True)
class Surroundings:
    """Whom a job tells how it goes, what its process says of itself, and until when it may go on."""

    tell: Tell = lambda share, text: None
    """Called with the share that is done and a line about it."""
    follow: Follow = lambda progress: None
    """Called with what is done after each epoch, and once where a run is taken up again; all of it is on the host by
    then."""
    provenance: Callable[[], dict[str, Any]] = dict
    """What this process says of itself so far, in plain values; it is in the checkpoint for the process that goes on
    from there."""
    out_of_time: Callable[[], bool] = lambda: False
    """Asked at the end of each epoch but the last."""


ALONE = Surroundings()
"""Nobody listens, and there is time enough."""
