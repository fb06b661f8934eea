"""What figures show, in words: for whoever does not see them.  Each function gives one sentence or two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from bench import numbers

Write = Callable[[Any], str]


def share(value: float) -> str:
    """An accuracy: 0.853."""
    return f"{value:.3f}"


def ranked(titles: Sequence[str], values: Sequence[Any], write: Write, unit: str = "") -> str:
    """Networks with their values, the largest first: "VGG-16 0.82, NiN 0.62"."""
    order = sorted(range(len(titles)), key=lambda i: (-float(values[i]), i))
    return ", ".join(f"{titles[i]} {write(values[i])}" for i in order) + (f" {unit}" if unit else "")


def extremes(titles: Sequence[str], values: Sequence[Any], write: Write, unit: str = "") -> str:
    """Everything, and how far the ends lie apart: "VGG-16 900 MiB, NiN 300 MiB: VGG-16 3.0 times NiN"."""
    text = ranked(titles, values, write, unit)
    pairs = sorted(zip(values, titles, strict=True), key=lambda pair: float(pair[0]))
    (least, last), (most, first) = pairs[0], pairs[-1]
    if len(pairs) < 2 or not float(least) > 0 or float(most) == float(least):
        return f"{text}."
    return f"{text}: {first} {numbers.times(float(most) / float(least))} times {last}."


def rates(cases: pd.DataFrame) -> str:
    """Images a second in each mode, at the largest batch of each network."""
    sentences = []
    for mode in dict.fromkeys(cases["mode"]):
        own = cases[cases["mode"] == mode].sort_values("batch", kind="stable").drop_duplicates("title", keep="last")
        at = numbers.listing(sorted(set(own["batch"])))
        told = extremes(list(own["title"]), list(own["images_per_second"]), numbers.rate, "images/s")
        sentences.append(f"{mode.capitalize()} at batch {at}: {told}")
    return " ".join(sentences)


def ends(rows: pd.DataFrame, x: str, y: str, write: Write = share) -> str:
    """Where each line begins and where it ends, the highest end first: "NiN 0.310 to 0.620"."""
    known = rows.dropna(subset=[y]).sort_values(x, kind="stable")
    last = known.drop_duplicates("title", keep="last").sort_values(y, ascending=False, kind="stable")
    begun = known.drop_duplicates("title")
    first = dict(zip(begun["title"], begun[y], strict=True))
    pairs = []
    for title, end in zip(last["title"], last[y], strict=True):
        start = write(first[title])
        pairs.append(f"{title} {write(end)}" if start == write(end) else f"{title} {start} to {write(end)}")
    return ", ".join(pairs) + "."


def curves(rows: pd.DataFrame, value: str) -> str:
    """The mean over seeds where each curve ends, and when it first came within a hundredth of that."""
    parts = []
    for title, own in rows.groupby("title", sort=False):
        means = own.groupby("images")[value].mean()
        end = float(means.iloc[-1])
        near = means[(means - end).abs() <= 0.01].index
        # Only where it stays there from then on.
        since = next(x for x in near if ((means.loc[x:] - end).abs() <= 0.01).all())
        parts.append((end, f"{title} {share(end)}" + (f" (since {since:,} images)" if since < means.index[-1] else "")))
    ordered = sorted(parts, key=lambda part: -part[0])
    return f"At the end, highest first: {', '.join(text for _, text in ordered)}."


def shares(composition: pd.DataFrame, value: str, write: Write = numbers.count) -> str:
    """What each network's total mostly consists of: "NiN 1.99 M, 65 % of it larger convolution"."""
    column = {"saved_bytes": "kind"}.get(value, "category")
    parts = []
    for title, own in composition.groupby("title", sort=False):
        sums = own.groupby(column, sort=False)[value].sum()
        total = float(sums.sum())
        if total > 0:
            of_it = numbers.percent(float(sums.max()) / total)
            parts.append(f"{title} {write(total).strip()}, {of_it} of it {sums.idxmax()}")
    return f"{'; '.join(parts)}."
