"""Learning curves for TensorBoard: a folder of event files a unit, written while it trains."""

from __future__ import annotations

import importlib.util
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import UserError

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

    from bench.plan import Unit
    from bench.records import Epoch

STEP_LOSS = "loss/training by step"
_OWNER = "unit.txt"
"""Beside the event files: the key of the unit that they are of."""


def check_tensorboard(folder: Path) -> None:
    """Refuse before anything runs what would fail once the first epoch is over.

    Raises:
        UserError: the package is missing, or `folder` cannot be written.
    """
    if importlib.util.find_spec("tensorboard") is None:
        raise UserError(
            "--tensorboard needs the package 'tensorboard', which is not installed; "
            "get it with `pip install -e .[tensorboard]`, or leave the option out"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UserError(f"--tensorboard {folder} cannot be made ({reason}); name another folder") from None
    if not os.access(folder, os.W_OK):
        raise UserError(f"--tensorboard {folder} cannot be written; name another folder")


class TensorBoardCurves:
    """Writes the curves of every unit that trains, by images seen since the start of its run.

    A run that is taken up again tells its finished epochs once more: they are written into a new event file
    that begins by declaring everything before it void, which is how TensorBoard wants a restart to be told.
    So no viewer shows a point twice, whether the run was stopped between two epochs or killed within one, and
    a run that began without curves has them from its first epoch.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, SummaryWriter] = {}
        self._images: dict[str, int] = {}

    def begin(self, units: Sequence[Unit]) -> None:
        """Nothing yet: a unit that tells no epoch leaves the curves of an earlier attempt as they are."""

    def learned(self, unit: Unit, epochs: Sequence[Epoch], step_losses: Sequence[float]) -> None:
        """Write what is new."""
        writer = self._writers.get(unit.key)
        if writer is None:
            writer = self._writers[unit.key] = self._open(unit)
        before = self._images.get(unit.key, 0)
        after = epochs[-1].images if epochs else before
        for index, loss in enumerate(step_losses, start=1):
            writer.add_scalar(STEP_LOSS, loss, before + (after - before) * index // len(step_losses))
        for epoch in epochs:
            for tag, value in scalars(epoch).items():
                writer.add_scalar(tag, value, epoch.images)
        self._images[unit.key] = after
        writer.flush()

    def end(self, units: Sequence[Unit]) -> None:
        """Close the files of these units."""
        for unit in units:
            self._images.pop(unit.key, None)
            if (writer := self._writers.pop(unit.key, None)) is not None:
                writer.close()

    def _open(self, unit: Unit) -> SummaryWriter:
        from torch.utils.tensorboard import SummaryWriter

        folder = unit_folder(self._folder, unit)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _OWNER).write_text(f"{unit.key}\n", encoding="utf-8")
        return SummaryWriter(str(folder), purge_step=0)


def unit_folder(folder: Path, unit: Unit) -> Path:
    """``nin/quick/seed-0``; with the unit's kind where that is not accuracy, and its key where the place is taken.

    The same network, protocol and seed on another device is another unit, and its curves are not to void these.
    """
    kind = "" if unit.kind == "accuracy" else f"-{unit.kind}"
    place = folder / unit.arch.name.replace("/", ".") / unit.protocol.name / f"seed-{unit.seed}{kind}"
    owner = place / _OWNER
    if owner.exists() and owner.read_text(encoding="utf-8").strip() != unit.key:
        return place.with_name(f"{place.name}-{unit.key}")
    return place


def scalars(epoch: Epoch) -> dict[str, float]:
    """What one epoch adds to the curves; a loss that is not finite is told as such."""
    return {
        "loss/training": math.nan if epoch.train_loss is None else epoch.train_loss,
        "loss/validation": math.nan if epoch.validation_loss is None else epoch.validation_loss,
        "accuracy/training": epoch.train_accuracy,
        "accuracy/validation": epoch.validation_accuracy,
        "learning rate": epoch.learning_rate,
    }
