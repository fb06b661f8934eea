"""What has not been measured yet of the five networks, from what has."""

from __future__ import annotations

import pandas as pd

import archs
from bench.numbers import listing

WORDS = {"throughput": "throughput", "memory": "memory", "accuracy": "test accuracy"}
"""Columns of the summary that say whether something was measured, in words."""


def lacking(summary: pd.DataFrame) -> str:
    """ "test accuracy at 28 and 224 px, and memory of NiN at 224 px"; nothing where nothing lacks.

    A network lacks what was measured under no protocol at an image size that it was counted at.  What failed was tried,
    and is told elsewhere.
    """
    five = summary[summary["arch"].isin(archs.FIVE)]
    lacks = []
    for column, name in WORDS.items():
        sizes: dict[str, list[int]] = {}
        for size, rows in five.groupby("image_size"):
            untried = [part["title"].iloc[0] for _, part in rows.groupby("arch", sort=False) if _none(part[column])]
            if untried:
                everything = len(untried) == rows["arch"].nunique()
                sizes.setdefault("" if everything else f" of {listing(untried)}", []).append(int(str(size)))
        lacks += [f"{name}{of} at {listing(at)} px" for of, at in sizes.items()]
    return lacks[0] if len(lacks) == 1 else f"{', '.join(lacks[:-1])}, and {lacks[-1]}" if lacks else ""


def _none(states: pd.Series[str]) -> bool:
    return bool((states == "not measured").all())
