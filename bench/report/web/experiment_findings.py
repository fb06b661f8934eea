"""What the experiments say, a sentence or two each, made from their tables; every comparison stays inside one scope."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from bench import numbers
from bench.numbers import listing, missing
from bench.report import tables
from bench.report.convergence_layouts import edges
from bench.report.experiment_tables import ENOUGH_RUNS, QUARTER
from bench.report.frames import SCOPE
from bench.report.sections import scope_words

MOST_NAMED = 3
"""Networks that are named one by one."""
_ABOUT_STARTS = ("convergence", "search")
"""Experiments that ask themselves which runs get off the ground."""


def experiment_sentences(measured: Mapping[str, pd.DataFrame]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """For each scope of each experiment its words, its weakest standing and its sentences.

    Args:
        measured: tables of the experiments by the names of their layouts.
    """
    for name, tell in _TELL.items():
        for scope, part in tables.groups(measured[name], SCOPE):
            if sentences := tuple(tell(part)):
                ill = () if name in _ABOUT_STARTS else _ill(part)
                yield scope_words(scope), tables.weakest(part["standing"]), (*sentences, *ill)


def _ill(part: pd.DataFrame) -> Iterator[str]:
    """Whose runs did not learn and are among the means, with and without dropout apart."""
    for title, own in part.drop_duplicates(["title", "member"]).groupby("title", sort=False):
        several = "dropout" in own and own["dropout"].nunique() > 1
        for setting, runs in tables.groups(own, ["dropout"] if several else []):
            if failed := int((runs["seeds"] - runs["trained"]).sum()):
                total = int(runs["seeds"].sum())
                under = f", with dropout {setting['dropout']}," if setting else ""
                them = "it" if failed == 1 else "them"
                yield f"{failed} of {total} runs of {title}{under} learnt nothing; the means include {them}."


def _overfitting(part: pd.DataFrame) -> Iterator[str]:
    defined = part[part["dropout"] == "as defined"]
    fewest = defined[defined["train_images"] == defined["train_images"].min()]
    if len(fewest):
        yield (
            f"Trained on {fewest['train_images'].iloc[0]:,} images, accuracy on them exceeds that on the test set by "
            f"{_extremes(fewest, 'gap', 'most', 'least')}."
        )


def _convergence(part: pd.DataFrame) -> Iterator[str]:
    if (part["member"] == part["protocol"]).all():
        value = "held_out_accuracy"
        first, *rest = part.sort_values(value, ascending=False, kind="stable").to_dict("records")
        level = [row["title"] for row in rest if tables.overlap(first, row, f"{value}_low", f"{value}_high")]
        named = listing(level) if len(level) <= MOST_NAMED else f"{len(level)} of {len(rest)} others"
        beside = tables.overlap_words(len(level), named)
        yield f"{first['title']} ended with the highest held-out accuracy, {_estimate(first, value)}{beside}."
        return
    if part["seeds"].max() < ENOUGH_RUNS:
        if part["peak_learning_rate"].nunique() > 1:  # of a single rate there is no best
            yield from _best_rates(part)
        return
    for rate, runs in part.groupby("peak_learning_rate"):
        stuck = runs[runs["trained"] < runs["seeds"]]
        told = [f"{row['title']} {row['seeds'] - row['trained']} of {row['seeds']}" for row in stuck.to_dict("records")]
        if told:
            yield f"At a peak learning rate of {rate:g}, runs that did not get off the ground: {listing(told)}."


def _search(part: pd.DataFrame) -> Iterator[str]:
    yield from _best_rates(part)
    yield from edges(part)


def _best_rates(part: pd.DataFrame) -> Iterator[str]:
    first = part.sort_values("held_out_accuracy", ascending=False, kind="stable").drop_duplicates("title").sort_index()
    told = [f"{row['title']} at {row['peak_learning_rate']:g}" for row in first.to_dict("records")]
    yield f"Of the peak learning rates tried, held-out accuracy was highest for {listing(told)}."


def _robustness(part: pd.DataFrame) -> Iterator[str]:
    for transformation, rows in part.groupby("transformation", sort=False):
        known = rows.dropna(subset=["retained"])
        if len(known):
            yield (
                f"Over the range of {transformation}, networks keep of their clean accuracy on average "
                f"{_extremes(known, 'retained', 'most', 'least')}."
            )


def _quadrants(part: pd.DataFrame) -> Iterator[str]:
    chance = [str(title) for title in part[part["test_accuracy_low"] <= QUARTER]["title"]]
    if chance:
        yield f"In telling the quarter that a garment lies in, no better than chance: {listing(chance)}."
    rest = part[~part["title"].isin(chance)]
    if len(rest):
        told = _extremes(rest, "test_accuracy", "highest", "lowest")
        yield f"The quarter that a garment lies in is told with an accuracy of {told}."


def _localisation(part: pd.DataFrame) -> Iterator[str]:
    for kind, rows in part.dropna(subset=["hit_rate"]).groupby("map", sort=False):
        told = [
            f"{row['title']} {_percents(row, 'hit_rate')}"
            + ("" if missing(row["elsewhere"]) else f" ({numbers.percent(row['elsewhere'])} on another image's)")
            for row in rows.to_dict("records")
        ]
        yield (
            f"The most prominent point of the {kind} lies on the garment, where chance is "
            f"{numbers.percent(rows['chance'].iloc[0])}: {listing(told)}."
        )


def _branches(part: pd.DataFrame) -> Iterator[str]:
    for title, rows in part.groupby("title", sort=False):
        ordered = rows.sort_values("lost", ascending=False, kind="stable")
        sure = ordered[ordered["lost_low"] > 0]
        worst = (sure if len(sure) else ordered).iloc[0].to_dict()
        branch = f"without the {worst['branch']} branch of module {worst['module']}"
        lost = f"{_estimate(worst, 'lost', sided=True)} of {worst['whole_accuracy']:.3f}"
        if len(sure):
            yield (
                f"For {len(sure)} of {len(rows)} branches of {title} the 95 % interval of the test accuracy lost "
                f"without it, each branch taken alone, lies above zero; no correction for {len(rows)} looks is made. "
                f"Of these, most is lost {branch}: {lost}."
            )
        else:
            yield f"{title} loses most test accuracy {branch}: {lost}{_may_be_none(worst, 'lost')}."


def _extremes(rows: pd.DataFrame, value: str, most: str, least: str) -> str:
    """ "0.310 [0.28, 0.34] (A, the most) to 0.120 [0.10, 0.14] (B, the least)"; neither word where these overlap."""
    ordered = rows.sort_values(value, ascending=False, kind="stable")
    first, last = ordered.iloc[0].to_dict(), ordered.iloc[-1].to_dict()
    text = f"{_estimate(first, value)} ({first['title']}"
    if len(ordered) == 1:
        return f"{text})"
    if tables.overlap(first, last, f"{value}_low", f"{value}_high"):
        return f"{text}) to {_estimate(last, value)} ({last['title']}); these intervals overlap"
    return f"{text}, the {most}) to {_estimate(last, value)} ({last['title']}, the {least})"


def _percents(row: Mapping[Any, Any], value: str) -> str:
    """ "33 % [18 to 46]"."""
    low, high = (100 * row[f"{value}_{end}"] for end in ("low", "high"))
    bounds = "" if missing(low) or missing(high) else f" [{low:.0f} to {high:.0f}]"
    return f"{numbers.percent(row[value])}{bounds}"


def _may_be_none(row: Mapping[Any, Any], value: str) -> str:
    low, high = row[f"{value}_low"], row[f"{value}_high"]
    return "" if missing(low) or missing(high) or not low <= 0 <= high else ", where none is not ruled out"


def _estimate(row: Mapping[Any, Any], value: str, *, sided: bool = False) -> str:
    return numbers.estimate(row[value], row[f"{value}_low"], row[f"{value}_high"], sided=sided)


_TELL: dict[str, Callable[[pd.DataFrame], Iterator[str]]] = {
    "overfitting": _overfitting,
    "convergence": _convergence,
    "robustness": _robustness,
    "quadrants": _quadrants,
    "localisation": _localisation,
    "branches": _branches,
    "search": _search,
}
