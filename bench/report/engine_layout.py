"""How the table of what engines and precisions gain is printed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bench import numbers
from bench.numbers import MISSING, missing
from bench.report.engines import WHERE
from bench.report.layouts import NETWORK_COLUMN, STANDING_COLUMN
from bench.report.sections import Column, Layout, Row, number, words


def _gain(head: str, value: str) -> Column:
    def text(row: Row) -> str:
        bounds: list[Any] = [row[f"{value}_low"], row[f"{value}_high"]]
        if missing(row[value]):
            return MISSING
        told = numbers.times(row[value])
        return told if missing(bounds[0]) else f"{told} [{' to '.join(map(numbers.times, bounds))}]"

    return Column(head, text, value)


def _columns(table: pd.DataFrame) -> list[Column]:
    return [
        NETWORK_COLUMN,
        words("Mode", "mode"),
        number("Batch", "batch", str),
        words("Engine", "engine"),
        words("Precision", "precision"),
        _gain("Over eager PyTorch, same precision [95 %]", "gain"),
        _gain("Over eager PyTorch, fp32 [95 %]", "over_fp32"),
        number("Processes", "processes", str),
        STANDING_COLUMN,
    ]


def _method(table: pd.DataFrame) -> list[str]:
    notes = [
        "How many times the rate of PyTorch as it is (eager), at the same batch: the geometric mean over fresh "
        "processes of the ratio within each, which timed both in the same rounds."
    ]
    if (table["processes"] > 1).any():
        notes.append("Its interval is Student's t on logarithms; above 1 throughout, the gain is more than chance.")
    if (table["processes"] == 1).any():
        notes.append("One process has no interval, since it tells nothing of how another would differ.")
    return notes


ENGINES = Layout("engines", "Engines and precisions", tuple(WHERE), _columns, _method)
