"""Which records stand behind a row of a table.

Rows are traced by the columns that their table was grouped by, so that the tables themselves need not carry keys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.numbers import missing
from bench.report.frames import NETWORK, Frames
from bench.report.tables import PLACE

_OWN = (*PLACE, "member")


@dataclass(frozen=True)
class Origin:
    """Rows of a frame that a row of a table was made from: those that agree in some columns."""

    frame: str
    by: tuple[str, ...]
    """Columns that agree; "memory_batch=batch" where table and frame call one by two names."""
    kinds: tuple[str, ...] = ()
    """Of failures, the kinds of record that count."""
    last: bool = False
    """Only the record that was measured last."""


ORIGINS: Mapping[str, tuple[Origin, ...]] = {
    "summary": (
        Origin("complexity", tuple(NETWORK)),
        Origin("throughput", (*PLACE, "group")),
        Origin("memory", (*PLACE, "memory_batch=batch")),
        Origin("accuracy", tuple(PLACE)),
        Origin("failures", tuple(PLACE), ("throughput", "memory", "accuracy")),
        Origin("failures", tuple(NETWORK), ("complexity",)),
    ),
    "complexity": (Origin("complexity", (*NETWORK, "parameters", "macs", "flops")),),
    "throughput": (
        Origin("throughput", (*PLACE, "group", "engine", "mode", "requested_batch", "batch")),
        Origin("complexity", tuple(NETWORK)),
    ),
    "engines": (Origin("throughput", (*PLACE, "group", "engine", "mode", "requested_batch", "batch")),),
    "memory": (Origin("memory", (*PLACE, "batch", "method")),),
    "accuracy": (Origin("accuracy", tuple(PLACE)), Origin("failures", tuple(PLACE), ("accuracy",))),
    "confusions": (Origin("accuracy", tuple(PLACE)),),
    "overfitting": (Origin("overfitting", (*_OWN, "train_images", "epochs", "dropout")),),
    "convergence": (Origin("convergence", (*_OWN, "peak_learning_rate")),),
    "robustness": (Origin("robustness", (*_OWN, "transformation", "unit")),),
    "quadrants": (Origin("quadrants", _OWN),),
    "localisation": (Origin("localisation", (*_OWN, "map", "chance")),),
    "branches": (Origin("branches", (*_OWN, "module", "branch")),),
    "search": (Origin("convergence", (*_OWN, "peak_learning_rate")),),
    "activations": (Origin("memory_layers", (*NETWORK, "batch"), last=True),),
    "listings": (Origin("listings", ("document", "arch", "first_line")),),
    "statements": (Origin("statements", ("key",)),),
    "failures": (Origin("failures", ("key",)),),
}
"""By the name of a table.  A table that is not here has rows of which the page tells no records."""


class Tracer:
    """Finds the keys of the records behind rows, each frame looked through once."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._found: dict[Origin, dict[tuple[Any, ...], list[str]]] = {}

    def keys(self, table: str, row: Mapping[str, Any]) -> list[str]:
        """Keys of the records that `row` of the table called `table` was made from, without doubles."""
        found: dict[str, None] = {}
        for origin in ORIGINS.get(table, ()):
            names = [column.split("=")[0] for column in origin.by]
            if all(name in row for name in names):
                found |= dict.fromkeys(self._index(origin).get(_values(row[name] for name in names), ()))
        return list(found)

    def _index(self, origin: Origin) -> dict[tuple[Any, ...], list[str]]:
        if origin not in self._found:
            frame = getattr(self._frames, origin.frame)
            if origin.kinds:
                frame = frame[frame["kind"].isin(origin.kinds)]
            if origin.last:
                frame = frame.sort_values(["started", "key"], kind="stable")
            index: dict[tuple[Any, ...], dict[str, None]] = defaultdict(dict)
            columns = [frame[column.split("=")[-1]] for column in origin.by]
            for *values, key in zip(*columns, frame["key"], strict=True):
                index[_values(values)][key] = None
            self._found[origin] = {
                values: list(keys)[-1:] if origin.last else list(keys) for values, keys in index.items()
            }
        return self._found[origin]


def _values(values: Iterable[Any]) -> tuple[Any, ...]:
    """Comparable: what is missing is None, whatever pandas calls it."""
    return tuple(None if missing(value) else value for value in values)


def spans(numbers: Iterable[int]) -> str:
    """Whole numbers as short text, runs of them by their ends: "0-4 9"."""
    parts: list[list[int]] = []
    for number in sorted(set(numbers)):
        if parts and number == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number])
    return " ".join("-".join(map(str, part)) for part in parts)
