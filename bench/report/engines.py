"""What an engine, a precision or both gain over PyTorch as it is, as ratios within the processes that timed both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations, product
from statistics import median
from typing import Any, get_args

import pandas as pd

from bench import numbers
from bench.numbers import missing
from bench.protocols import Engine
from bench.report.frames import NETWORK
from bench.report.tables import groups, weakest
from bench.stats import paired_ratio

WHERE = ["protocol", "image_size", "device"]
"""Scope of a gain: it compares precisions, which otherwise stay apart."""
_SIDE = [*NETWORK, "protocol", "device", "group", "mode", "requested_batch", "batch"]
_PLAIN = "eager"
_PRECISIONS, _ENGINES = ("fp32", "tf32", "bf16", "fp16"), get_args(Engine)
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
    for timed in frame.to_dict("records"):
        if len(timed["step_seconds"]):
            case = (*(timed[name] for name in _SIDE), timed["engine"], timed["precision"])
            medians[case][timed["process"]] = median(timed["step_seconds"])
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
        return "over_fp32", "eager PyTorch in fp32"
    return "gain", "eager PyTorch in the same precision"


def kind(row: Mapping[Any, Any]) -> str:
    """ "openvino in bf16"."""
    return f"{row['engine']} in {row['precision']}"


def kinds(table: pd.DataFrame) -> list[str]:
    """Engines in their precisions, in one order whatever they gain, so that figures agree in their signs."""
    known = {(row["precision"], row["engine"]): kind(row) for row in table.to_dict("records")}
    return [known[one] for one in sorted(known, key=lambda one: (_PRECISIONS.index(one[0]), _ENGINES.index(one[1])))]


def gain_sentences(table: pd.DataFrame) -> Iterator[str]:
    """Of each engine and precision in each mode, from where to where its gain goes, and how often there surely is one.

    Args:
        table: rows of `gains` of one scope.
    """
    value, over = against(table)
    parts = {
        (place["mode"], kind(place)): part
        for place, part in groups(table.dropna(subset=[value]), ["mode", "engine", "precision"])
    }
    for mode, engine in product(dict.fromkeys(table["mode"]), kinds(table)):
        if (part := parts.get((mode, engine))) is None:
            continue
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
        yield f"{engine}: {mode} at {told} the rate of {over}{surely * bool(len(known))}."


def reversal_sentences(rates: pd.DataFrame) -> Iterator[str]:
    """Which pairs of networks change places with the engine or the precision, by more than processes differ.

    Args:
        rates: rows of `speeds.throughput` of one scope of a gain.
    """
    known = rates[(rates["processes"] > 1) & (rates["batch"] == rates["requested_batch"])]
    if len(kinds(known)) < 2:
        return
    found = []
    for (mode, batch), part in known.groupby(["mode", "batch"], sort=False):
        for one, other in combinations(dict.fromkeys(part["title"]), 2):
            ahead, behind = _surely_faster(part, one, other), _surely_faster(part, other, one)
            if ahead and behind:
                found.append(
                    f"{mode} at batch {batch}, {one} is faster than {other} with {numbers.listing(ahead)}, and slower "
                    f"with {numbers.listing(behind)}"
                )
    if found:
        yield (
            "Which of two networks is faster hangs on who runs them, by more than processes differ: "
            f"{'; '.join(found)}."
        )
    else:
        yield "No engine or precision makes two networks change places by more than processes differ."


def _surely_faster(part: pd.DataFrame, one: str, other: str) -> list[str]:
    """With which engines and precisions the interval of one network's rate lies above that of the other's."""
    rows = {(row["title"], row["group"], kind(row)): row for row in part.to_dict("records")}
    sides = {key[1:]: row for key, row in rows.items() if key[0] == other}
    found = {
        name
        for (title, group, name), row in rows.items()
        if title == one and (group, name) in sides and row["low"] > sides[group, name]["high"]
    }
    return [name for name in kinds(part) if name in found]
