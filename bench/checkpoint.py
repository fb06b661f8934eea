"""The state of a training run on disk, so that a kill costs an epoch at most."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from bench.device import Target
from bench.observer import Observer
from bench.progress import Progress
from bench.records import Epoch

SHARE = 20
"""Times as long as it took to write the last one, before the next is written: a twentieth of a run's time at most."""
_WRITING, _DAMAGED = ".writing", ".damaged"
_NEEDED = {"model", "optimiser", "generator", "epochs", "step_losses", "training_seconds", "resumed", "random_states"}
"""Without which no run can be taken up."""


@dataclass
class Checkpointer:
    """Keeps the state of a run at `path`, or nowhere; what is trained is updated in place."""

    path: Path | None
    model: nn.Module
    optimiser: torch.optim.Optimizer
    generator: torch.Generator
    observer: Observer
    target: Target

    def __post_init__(self) -> None:
        self._saved, self._saving = time.monotonic(), 0.0

    def take_up(self) -> Progress:
        """Set everything as it was kept, torch's random state too, and tell how far that is; or leave it as it is."""
        if self.path is None or (state := load_checkpoint(self.path, self.target)) is None:
            return Progress()
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.generator.set_state(state["generator"])
        self.observer.restore(state.get("observer", {}))  # a checkpoint of before there were observers has none
        return Progress(
            epochs=[Epoch.model_validate(epoch) for epoch in state["epochs"]],
            step_losses=state["step_losses"],
            training_seconds=state["training_seconds"],
            resumed=state["resumed"] + 1,
            earlier=state.get("processes", [{}]),  # one of before processes were told of says nothing of its own
        )

    def keep(self, progress: Progress, provenance: Callable[[], dict[str, Any]], *, anyway: bool) -> None:
        """Write the state, unless that would take too great a part of the time; `anyway` even then."""
        begun = time.monotonic()
        if self.path is None or not (anyway or begun - self._saved >= SHARE * self._saving):
            return
        state = {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "generator": self.generator.get_state(),
            "epochs": [epoch.model_dump() for epoch in progress.epochs],
            "step_losses": progress.step_losses,
            "training_seconds": progress.training_seconds,
            "resumed": progress.resumed,
            "observer": self.observer.state(),
            "processes": [*progress.earlier, provenance()],
        }
        save_checkpoint(self.path, state, self.target)
        self._saved = time.monotonic()
        self._saving = self._saved - begun


def save_checkpoint(path: Path, state: dict[str, Any], target: Target) -> None:
    """Write `state` and torch's random state; a kill while writing leaves the previous file whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    random_states = {"cpu": torch.get_rng_state()}
    if target.type == "cuda":
        random_states["cuda"] = torch.cuda.get_rng_state(target.device)
    elif target.type == "mps":
        random_states["mps"] = torch.mps.get_rng_state()
    scratch = path.with_suffix(_WRITING)
    torch.save({**state, "random_states": random_states}, scratch)
    scratch.replace(path)


def load_checkpoint(path: Path, target: Target) -> dict[str, Any] | None:
    """The state at `path` with torch's random state set from it, or None where there is nothing readable.

    A file that cannot be read, or that lacks something, is put aside, not deleted: the run then starts over.
    """
    try:
        return _read(path, target)
    except FileNotFoundError:
        return None
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError):
        path.replace(path.with_suffix(_DAMAGED))
        return None


def _read(path: Path, target: Target) -> dict[str, Any]:
    state = torch.load(path, map_location=target.device, weights_only=True)
    if not isinstance(state, dict) or not state.keys() >= _NEEDED:
        raise ValueError(f"{path} is not the state of a run")
    random_states = state.pop("random_states")
    host, own = random_states["cpu"].cpu(), random_states[target.type].cpu()
    torch.set_rng_state(host)
    if target.type == "cuda":
        torch.cuda.set_rng_state(own, target.device)
    elif target.type == "mps":
        torch.mps.set_rng_state(own)
    state["generator"] = state["generator"].cpu()
    return state


def remove_checkpoint(path: Path) -> None:
    """Forget the run's state, and what a kill or damage left of it, once its record is written."""
    for left in (path, path.with_suffix(_WRITING), path.with_suffix(_DAMAGED)):
        left.unlink(missing_ok=True)
