"""Exact tables of the experiments, as pure functions from a tidy frame.

A mean is over every run that ended, also those stuck at chance or diverged, which are counted beside it; its
bounds are Student's t at 95 %, and missing where there was one run.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import Any

import pandas as pd

from bench.numbers import missing
from bench.report.frames import NETWORK
from bench.report.tables import PLACE, T_INTERVAL, WILSON_INTERVAL, groups, unresolved, weakest
from bench.stats import mean_interval, proportion_interval, within_shares

OWN = [*PLACE, "member"]
COUNTS = ["seeds", "trained", "stuck_at_chance", "diverged", "failed"]
QUARTER = 0.25
ENOUGH_RUNS = 5
"""With fewer, a share of runs tells next to nothing."""


def overfitting(frame: pd.DataFrame, failures: pd.DataFrame) -> pd.DataFrame:
    """Training against test images at the end: one row a network, number of training images and dropout.

    `loss_gap` is missing where a loss was not finite in any of the runs.  `same_as` are titles of the other networks
    whose runs ended alike to the last digit, seed by seed.
    """
    by = [*OWN, "train_images", "epochs", "dropout"]
    values = ("train_accuracy", "test_accuracy", "gap", "loss_gap")
    lost = lost_units(failures, "overfitting")
    ordered = in_network_order(frame, "dropout", "train_images")
    settings = [name for name in by if name not in NETWORK]
    alike: defaultdict[tuple[Any, ...], list[str]] = defaultdict(list)
    for place, runs in groups(ordered, by):
        alike[_ends(runs, settings)].append(place["title"])
    rows = []
    for place, runs in groups(ordered, by):
        row = place | counted(place, runs, lost)
        for value in values:
            row |= mean_of(runs, value)
        same = [title for title in alike[_ends(runs, settings)] if title != place["title"]]
        rows.append(row | {"same_as": "; ".join(same)})
    return _table(rows, [*by, "standing", *COUNTS, *_bounded(*values), "same_as"])


def _ends(runs: pd.DataFrame, settings: list[str]) -> tuple[Any, ...]:
    """Of one setting, what each seed ended in."""
    values = ["seed", "train_accuracy", "test_accuracy", "train_loss", "test_loss"]
    return *runs[settings].iloc[0], frozenset(runs[values].itertuples(index=False, name=None))


def of_search(protocols: pd.Series[str]) -> pd.Series[bool]:
    """Which protocols are those of the search for learning rates; the others watch how runs come along."""
    return protocols.astype(str).str.startswith("tuning")


_MEANS = ("images", "seconds", "dead_at_start", "dead_classes")


def convergence(frame: pd.DataFrame, failures: pd.DataFrame) -> pd.DataFrame:
    """The end of the runs: one row a network and peak learning rate.

    `looked_at_start` counts the runs that `dead_at_start` is the mean of.  `started` is the share of runs that got off
    the ground, with Wilson's interval.  `gradient_ratio` is the geometric mean over runs of each one's own, as
    `bench.records.Convergence` has it.
    """
    by = [*OWN, "peak_learning_rate"]
    lost = lost_units(failures, "convergence")
    rows = []
    for place, runs in groups(in_network_order(frame, "peak_learning_rate"), by):
        row = place | counted(place, runs, lost)
        share = proportion_interval(row["trained"], row["seeds"])
        row |= {"started": share.value, "started_low": share.low, "started_high": share.high}
        row |= mean_of(runs, "held_out_accuracy")
        row |= {name: runs[name].mean() for name in _MEANS} | {"looked_at_start": runs["dead_at_start"].count()}
        rows.append(row | geometric_mean_of(runs, "gradient_ratio"))
    values = ("started", "held_out_accuracy", "gradient_ratio")
    return _table(rows, [*by, "standing", *COUNTS, *_bounded(*values), *_MEANS, "looked_at_start"])


def robustness(frame: pd.DataFrame, failures: pd.DataFrame) -> pd.DataFrame:
    """One row a network and transformation.

    `retained` is the area under accuracy by strength, as a share of the area that clean accuracy would have:
    means over runs.  `lowest_accuracy` is that at the strength `lowest_at`, where the mean over runs is least.
    """
    by = [*OWN, "transformation", "unit"]
    lost = lost_units(failures, "robustness")
    rows = []
    for place, part in groups(frame, by):
        runs = part.drop_duplicates("key")
        means = part.groupby("strength")["accuracy"].mean()
        lowest = part[part["strength"] == means.idxmin()]
        row = place | counted(place, runs, lost)
        row |= mean_of(runs, "clean_accuracy") | mean_of(runs, "retained")
        row |= {"weakest_strength": part["strength"].min(), "strongest_strength": part["strength"].max()}
        rows.append(row | {"lowest_at": means.idxmin()} | mean_of(lowest, "accuracy", "lowest_accuracy"))
    values = _bounded("clean_accuracy", "retained", "lowest_accuracy")
    return _table(
        rows, [*by, "standing", *COUNTS, *values, "lowest_at", "weakest_strength", "strongest_strength"]
    )  # fmt: skip


def by_strength(frame: pd.DataFrame) -> pd.DataFrame:
    """Accuracy under a transformation: one row a network and strength."""
    by = [*OWN, "transformation", "unit", "strength"]
    ordered = in_network_order(frame, "strength")
    rows = [
        place | {"standing": weakest(runs["standing"]), "seeds": len(runs)} | mean_of(runs, "accuracy")
        for place, runs in groups(ordered, by)
    ]
    return pd.DataFrame(rows, columns=[*by, "standing", "seeds", *_bounded("accuracy")])


def quadrants(frame: pd.DataFrame, failures: pd.DataFrame) -> pd.DataFrame:
    """Accuracy in telling the quarter of the canvas: one row a network.

    One seed gives Wilson's interval over the test images; `interval` names which it is.
    """
    lost = lost_units(failures, "quadrants")
    rows = []
    for place, runs in groups(frame, OWN):
        row = place | counted(place, runs, lost) | mean_of(runs, "test_accuracy")
        images = int(runs["test_images"].iloc[0])
        if len(runs) == 1:
            share = proportion_interval(round(row["test_accuracy"] * images), images)
            row |= {"test_accuracy_low": share.low, "test_accuracy_high": share.high}
        interval = T_INTERVAL if len(runs) > 1 else WILSON_INTERVAL
        rows.append(row | {"interval": interval, "test_images": images, "chance": QUARTER})
    measured = [*_bounded("test_accuracy"), "interval", "test_images", "chance"]
    return _table(rows, [*OWN, "standing", *COUNTS, *measured])


def localisation(frame: pd.DataFrame, failures: pd.DataFrame) -> pd.DataFrame:
    """How often a map's most prominent point lies on the object: one row a network and kind of map.

    `hit_rate` is the mean of the runs' own rates with Student's interval over runs, whose images are the same test
    images and not independent; of one run it has Wilson's interval over its correctly classified images.  `elsewhere`
    is the rate of the same points on another image's object, and a mean of runs as well.
    """
    by = [*OWN, "map", "chance"]
    lost = lost_units(failures, "localisation")
    rows = []
    for place, runs in groups(frame, by):
        row = place | counted(place, runs, lost) | mean_of(runs, "test_accuracy")
        images = int(runs["images"].sum())
        told = runs[runs["images"] > 0]
        row |= {"images": images, "hits": int(runs["hits"].sum()), "map_side": runs["map_side"].max()}
        if images:
            row |= mean_of(told.assign(hit_rate=told["hits"] / told["images"]), "hit_rate")
            if len(told) == 1:
                share = proportion_interval(row["hits"], images)
                row |= {"hit_rate_low": share.low, "hit_rate_high": share.high}
            row["interval"] = T_INTERVAL if len(told) > 1 else WILSON_INTERVAL
            for name, source in (("elsewhere", "hits_elsewhere"), ("field_rate", "field_hits")):
                row[name] = None if told[source].isna().any() else (told[source] / told["images"]).mean()
            row |= mean_of(told, "deletion_area")
        rows.append(row)
    values = [*_bounded("hit_rate"), "interval"]
    rest = ["elsewhere", "field_rate", *_bounded("deletion_area", "test_accuracy"), "map_side"]
    table = _table(rows, [*by, "standing", *COUNTS, "hits", "images", *values, *rest])
    return table.astype({"map_side": "Int64"})


def branches(frame: pd.DataFrame, failures: pd.DataFrame) -> pd.DataFrame:
    """Test accuracy lost without one branch of one module: one row each, in the order of the network."""
    by = [*OWN, "module", "branch"]
    lost = lost_units(failures, "branches")
    rows = []
    for place, runs in groups(frame, by):
        row = place | counted(place, runs, lost)
        rows.append(row | mean_of(runs, "whole_accuracy") | mean_of(runs, "lost"))
    return _table(rows, [*by, "standing", *COUNTS, *_bounded("whole_accuracy", "lost")])


def gradient_ratios(frame: pd.DataFrame, blocks: int = 30) -> pd.DataFrame:
    """First over last layer's gradient norm in the course of training: one row a network and block of steps.

    Of each run the median over the steps of a block, and of runs the geometric mean, with Student's interval on
    logarithms.  Steps in which either norm is zero or not finite, which a logarithmic scale cannot show, are left out.
    """
    by = [*NETWORK, "standing", "block"]
    known = frame[(frame["first"] > 0) & (frame["last"] > 0)]
    if known.empty:
        return pd.DataFrame(columns=[*NETWORK, "standing", "step", "runs", *_bounded("gradient_ratio")])
    last = known.groupby(NETWORK, sort=False)["step"].transform("max")
    ratio = known["first"].astype(float) / known["last"].astype(float)
    placed = known.assign(gradient_ratio=ratio, block=((known["step"] - 1) * blocks // last).astype(int))
    single = placed.groupby([*by, "key"], sort=False).agg({"step": "mean", "gradient_ratio": "median"}).reset_index()
    rows = [
        place | {"step": runs["step"].mean(), "runs": len(runs)} | geometric_mean_of(runs, "gradient_ratio")
        for place, runs in groups(single, by)
    ]
    return pd.DataFrame(rows, columns=[*NETWORK, "standing", "step", "runs", *_bounded("gradient_ratio")])


def lost_units(failures: pd.DataFrame, kind: str) -> Counter[tuple[Any, ...]]:
    """How many units of the kind left no result, by place, the protocol's own name in it."""
    return Counter(unresolved(failures, kind)[PLACE].itertuples(index=False, name=None))


def counted(place: dict[str, Any], runs: pd.DataFrame, lost: Counter[tuple[Any, ...]]) -> dict[str, Any]:
    """How the runs of a row ended, and how many units of the same protocol left no result."""
    outcomes = list(runs["outcome"])
    return {
        "standing": weakest(runs["standing"]),
        "seeds": len(runs),
        "trained": outcomes.count("trained"),
        "stuck_at_chance": outcomes.count("stuck at chance"),
        "diverged": outcomes.count("diverged"),
        "failed": lost[tuple(place["member" if name == "protocol" else name] for name in PLACE)],
    }


_SHARES = ("accuracy", "hit_rate", "deletion_area")
"""Ends of the names of what lies between 0 and 1."""


def mean_of(runs: pd.DataFrame, value: str, name: str = "") -> dict[str, Any]:
    """Mean over runs with Student's interval, that of a share cut at 0 and 1; nothing where one of the runs has no such
    number."""
    name = name or value
    numbers = [float(one) for one in runs[value] if not missing(one)]
    if not numbers or len(numbers) < len(runs):
        return dict.fromkeys(_bounded(name))
    found = mean_interval(numbers)
    return dict(zip(_bounded(name), within_shares(found) if name.endswith(_SHARES) else found, strict=True))


def geometric_mean_of(runs: pd.DataFrame, value: str) -> dict[str, Any]:
    """Geometric mean with Student's interval on logarithms, over the runs that have such a number; zero, without an
    interval, where one of them is zero."""
    known = [float(one) for one in runs[value] if not missing(one)]
    if not all(known) or not known:
        return dict.fromkeys(_bounded(value)) | ({value: 0.0} if known else {})
    bounds = [None if bound is None else math.exp(bound) for bound in mean_interval([math.log(one) for one in known])]
    return dict(zip(_bounded(value), bounds, strict=True))


def in_network_order(frame: pd.DataFrame, *then: str) -> pd.DataFrame:
    """Studies by name, in them networks as they come, and within each by the columns `then`."""
    rank = frame.groupby(NETWORK, sort=False).ngroup()
    return frame.assign(_rank=rank).sort_values(["protocol", "_rank", *then], kind="stable").drop(columns="_rank")


def _bounded(*values: str) -> list[str]:
    return [f"{value}{bound}" for value in values for bound in ("", "_low", "_high")]


def _table(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(COUNTS, "Int64"))
