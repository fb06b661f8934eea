"""How a training run went."""

from __future__ import annotations

from bench.progress import Progress
from bench.records import Outcome


def outcome(progress: Progress, *, num_classes: int) -> Outcome:
    """How the run went: a loss that was not finite, or an accuracy under twice chance, is told from success."""
    if progress.diverged:
        return "diverged"
    if progress.epochs[-1].validation_accuracy < 2 / num_classes:
        return "stuck at chance"
    return "trained"
