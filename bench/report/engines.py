"""What an engine, a precision or both gain over PyTorch as it is, as ratios within the processes that timed both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

import pandas as pd

from bench import numbers
from bench.numbers import missing
from bench.report.frames import NETWORK
from bench.report.tables import groups, weakest
from bench.stats import paired_ratio

WHERE = ["protocol", "image_size", "device"]
"""Scope of a gain: it compares precisions, which otherwise stay apart."""
_SIDE = [*NETWORK, "protocol", "device", "group", "mode", "requested_batch", "batch"]
_PLAIN = "eager"
GAINS = ("gain", "over_fp32")
COLUMNS = [
    *(*_SIDE, "engine", "precision", "standing", "processes"),
    *(f"{name}{bound}" for name in GAINS for bound in ("", "_low", "_high")),
]


def gains(frame: pd.DataFrame) -> pd.DataFrame:
    """Rates as multiples of those of PyTorch as it is: one row a network, group, mode, batch, engine and precision.

    `gain` is over PyTorch in the same precision, `over_fp32` over PyTorch in fp32; each is the geometric mean over
    the `processes` that timed both, with a 95 % t interval on logarithms where there are several.  What has neither
    is left out, and so is PyTorch in fp32.

    Args:
        frame: of throughput.
    """
    medians: dict[tuple[Any, ...], dict[int, float]] = defaultdict(dict)
    for row in frame.to_dict("records"):
        if len(row["step_seconds"]):
            case = (*(row[name] for name in _SIDE), row["engine"], row["precision"])
            medians[case][row["process"]] = median(row["step_seconds"])
    rows = []
    for place, part in groups(frame, [*_SIDE, "engine", "precision"]):
        side, engine, precision = tuple(place[name] for name in _SIDE), place["engine"], place["precision"]
        own = medians[*side, engine, precision]
        row = _over("gain", medians[*side, _PLAIN, precision], own) if engine != _PLAIN else {}
        if (engine, precision) != (_PLAIN, "fp32"):
            row |= _over("over_fp32", medians[*side, _PLAIN, "fp32"], own)
        if row:
            rows.append(place | {"standing": weakest(part["standing"])} | row)
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values(["mode", "requested_batch"], kind="stable").reset_index(drop=True)


def _over(name: str, plain: Mapping[int, float], own: Mapping[int, float]) -> dict[str, Any]:
    """How many times as fast as `plain`, from seconds a step by process."""
    both = sorted(plain.keys() & own.keys())
    if not both:
        return {}
    if len(both) == 1:
        return {name: plain[both[0]] / own[both[0]], "processes": 1}
    ratio = paired_ratio([plain[one] for one in both], [own[one] for one in both])
    return {name: ratio.effect, f"{name}_low": ratio.low, f"{name}_high": ratio.high, "processes": ratio.n}


def against(table: pd.DataFrame) -> tuple[str, str]:
    """Which of the two ratios rows are to be told by, and what it is over: fp32 where every row has that."""
    if table["over_fp32"].notna().all():
        return "over_fp32", f"{_PLAIN} in fp32"
    return "gain", f"{_PLAIN} in the same precision"


def gain_sentences(table: pd.DataFrame) -> Iterator[str]:
    """Of each engine and precision in each mode, from where to where its gain goes, and how often there surely is one.

    Args:
        table: rows of `gains` of one scope.
    """
    value, over = against(table)
    for (mode, engine, precision), part in table.dropna(subset=[value]).groupby(
        ["mode", "engine", "precision"], sort=False
    ):
        ordered = part.sort_values(value, kind="stable")
        ends = [
            f"{numbers.times(row[value])} times ({row['title']} at batch {row['batch']})"
            for row in (ordered.iloc[0], ordered.iloc[-1])
        ]
        told = " to ".join(ends if len(part) > 1 else ends[:1])
        known = part[[not missing(low) for low in part[f"{value}_low"]]]
        faster, slower = int((known[f"{value}_low"] > 1).sum()), int((known[f"{value}_high"] < 1).sum())
        surely = (
            f"; of {numbers.several(len(known), 'case')} {faster} {'is' if faster == 1 else 'are'} surely faster and "
            f"{slower} surely slower"
        )
        yield f"{engine} in {precision}: {mode} at {told} the rate of {over}{surely * bool(len(known))}."
