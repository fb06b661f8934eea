"""The state of a training run on disk, so that a kill costs an epoch at most."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch

from bench.device import Target


def save_checkpoint(path: Path, state: dict[str, Any], target: Target) -> None:
    """Write `state` and torch's random state; a kill while writing leaves the previous file whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    random_states = {"cpu": torch.get_rng_state()}
    if target.type == "cuda":
        random_states["cuda"] = torch.cuda.get_rng_state(target.device)
    elif target.type == "mps":
        random_states["mps"] = torch.mps.get_rng_state()
    scratch = path.with_suffix(".writing")
    torch.save({**state, "random_states": random_states}, scratch)
    scratch.replace(path)


def load_checkpoint(path: Path, target: Target) -> dict[str, Any] | None:
    """The state at `path` with torch's random state set from it, or None where there is nothing readable.

    A file that cannot be read is put aside, not deleted: the run then starts over.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location=target.device, weights_only=True)
    except FileNotFoundError:
        return None
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError):
        path.replace(path.with_suffix(".damaged"))
        return None
    random_states = state.pop("random_states")
    torch.set_rng_state(random_states["cpu"].cpu())
    if target.type == "cuda":
        torch.cuda.set_rng_state(random_states["cuda"].cpu(), target.device)
    elif target.type == "mps":
        torch.mps.set_rng_state(random_states["mps"].cpu())
    state["generator"] = state["generator"].cpu()
    return state


def remove_checkpoint(path: Path) -> None:
    """Forget the run's state, once its record is written."""
    path.unlink(missing_ok=True)
