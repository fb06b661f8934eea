"""The experiments: each trains a network in its own way and reads one thing off it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast, get_args

from bench.protocols import Experiment

if TYPE_CHECKING:
    from bench.measure.run import Run
    from bench.records import Kind, Result


def measure(kind: Kind, run: Run) -> Result:
    """Carry out the experiment called `kind`: the function of that name in the file of that name.

    Raises:
        ValueError: no experiment is called so.
        OutOfTime: the time budget ended between two epochs; the checkpoint holds the run.
    """
    if kind not in get_args(Experiment):
        raise ValueError(f"no experiment is called {kind!r}; there are: {', '.join(get_args(Experiment))}")
    experiment = getattr(import_module(f"bench.measure.experiments.{kind}"), kind)
    return cast("Result", experiment(run))
