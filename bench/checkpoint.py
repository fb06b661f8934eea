"""The state of a training run on disk, so that a kill costs an epoch at most."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch

from bench.device import Target

_WRITING, _DAMAGED = ".writing", ".damaged"
_NEEDED = {"model", "optimiser", "generator", "epochs", "step_losses", "training_seconds", "resumed", "random_states"}
"""Without which no run can be taken up."""


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
    state: dict[str, Any] = torch.load(path, map_location=target.device, weights_only=True)
    if missing := _NEEDED - set(state):
        raise KeyError(*missing)
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
