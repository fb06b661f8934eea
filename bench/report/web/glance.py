"""The report in a few sentences: which network comes first in what, each from the scope that may be trusted most."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

import archs
from bench import numbers
from bench.numbers import listing, times
from bench.report import tables
from bench.report.frames import SCOPE
from bench.report.sections import scope_words
from bench.report.style import standing_mark


@dataclass(frozen=True)
class Scoped:
    """Sentences whose numbers come from one scope, and why they may not be cited."""

    scope: str
    mark: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class _Contest:
    """A measured quantity with an interval, by which networks are put in order."""

    value: str
    bounds: tuple[str, str]
    most: bool
    """Whether the largest comes first."""
    head: Callable[[pd.DataFrame], str]
    write: Callable[[Any], str]


_CONTESTS = (
    _Contest(
        "test_accuracy", ("accuracy_low", "accuracy_high"), True,
        lambda rows: f"Test accuracy{', of one seed,' if (rows['seeds'] == 1).any() else ''} is highest",
        lambda value: f"{value:.3f}",
    ),
    _Contest(
        "training_images_per_second", ("training_low", "training_high"), True,
        lambda rows: f"Training at batch {rows['training_batch'].iloc[0]} is fastest",
        lambda value: f"{numbers.rate(value)} images/s",
    ),
    _Contest(
        "inference_images_per_second", ("inference_low", "inference_high"), True,
        lambda rows: f"Inference at batch {rows['inference_batch'].iloc[0]} is fastest",
        lambda value: f"{numbers.rate(value)} images/s",
    ),
    _Contest(
        "training_peak_bytes", ("training_peak_low", "training_peak_high"), False,
        lambda rows: f"A training step of {rows['memory_batch'].iloc[0]} images takes least memory", numbers.size,
    ),
)  # fmt: skip


def glance(summary: pd.DataFrame) -> list[Scoped]:
    """Exact counts first, then what was measured; nothing where fewer than two networks can be compared.

    Of the five networks where two of them are there, else of all in the scope.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for scope, mark, text in _counts(summary):
        found.setdefault((scope, mark), []).append(text)
    for contest in _CONTESTS:
        for scope, mark, text in _measured(summary, contest, {scope for scope, _ in found}):
            found.setdefault((scope, mark), []).append(text)
    return [Scoped(scope, mark, tuple(sentences)) for (scope, mark), sentences in found.items()]


def _counts(summary: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """At each image size at which several were counted, since who has the fewest turns on it."""
    counted = summary.dropna(subset=["parameters", "macs"]).drop_duplicates(["arch", "image_size", "fingerprint"])
    for size in sorted(set(counted["image_size"])):
        rows = _five(counted[counted["image_size"] == size])
        scope = (f"{size} px · exact counts", "")
        for value, least in (
            ("parameters", "has the fewest parameters"),
            ("macs", "needs the fewest multiply-accumulates an image"),
        ):
            known = rows[rows[value] > 0].sort_values(value, kind="stable")
            if len(known) > 1:
                yield *scope, _fewest(list(zip(known["title"], known[value].map(int), strict=True)), least)
        for arch, title in zip(rows["arch"], rows["title"], strict=True):
            departures = archs.get_spec(arch).departures if arch in archs.FIVE else ()
            for told in departures:
                if told.startswith(f"at {size} pixels"):
                    yield *scope, f"{title} is not the published network here: {told}."


def _fewest(ordered: list[tuple[str, int]], least: str) -> str:
    """Of at least two, the first, the next and the last."""
    (first, low), (last, high) = ordered[0], ordered[-1]
    following = "".join(f", then {title}, {numbers.count(value)}" for title, value in ordered[1:-1][:1])
    most = f"{last} the most, {numbers.count(high)}, {times(high / low)} times {first}'s"
    return f"{first} {least}, {numbers.count(low)}{following}; {most}."


def _measured(summary: pd.DataFrame, contest: _Contest, told: set[str]) -> Iterator[tuple[str, str, str]]:
    """Of the scope to be trusted most, or the one with most networks; of such alike, one that was `told` of already."""
    found = []
    for scope, part in tables.groups(summary.dropna(subset=[contest.value]), SCOPE):
        rows = _five(part)
        if rows["arch"].nunique() > 1:
            standing = tables.weakest(rows["standing"])
            trust = tables.STANDINGS.index(standing) if standing in tables.STANDINGS else -1
            found.append((trust, rows["arch"].nunique(), scope_words(scope) in told, scope, rows, standing))
    if not found:
        return
    # Groups come in the order of the summary, so that of two alike the first is taken whatever the records' order.
    *_, scope, rows, standing = max(found, key=lambda one: one[:3])
    yield scope_words(scope), standing_mark(standing), _order(rows, contest)


def _order(rows: pd.DataFrame, contest: _Contest) -> str:
    """Who comes first, whose intervals overlap its own, who comes next, and who last, or is not told from who is."""
    ranked = rows.sort_values(contest.value, ascending=not contest.most, kind="stable").to_dict("records")
    first, rest = ranked[0], ranked[1:]

    def overlap(one: dict[Any, Any], other: dict[Any, Any]) -> bool:
        return tables.overlap(one, other, *contest.bounds)

    def told(row: dict[Any, Any]) -> str:
        return f"{row['title']} ({contest.write(row[contest.value])})"

    level, behind = [row for row in rest if overlap(row, first)], [row for row in rest if not overlap(row, first)]
    text = f"{contest.head(rows)} for {told(first)}"
    text += tables.overlap_words(len(level), listing([told(row) for row in level]))
    if behind:
        *others, last = behind
        text += f"; {told(others[0])} is behind" if others else ""
        near = [f"{row['title']}'s" for row in others if overlap(row, last)]
        end = f"at the other end is {told(last)}, whose interval overlaps {listing(near)}" if near else ""
        text += f"; {end or f'last is {told(last)}'}"
    aside = contest.value.endswith("per_second") and rows["group"].nunique() > 1
    return f"{text}{'; not all were timed side by side' if aside else ''}."


def _five(rows: pd.DataFrame) -> pd.DataFrame:
    """The five where their titles say no more, so that none is edited or of other data; else the five; else all."""
    five = rows[rows["arch"].isin(archs.FIVE)]
    plain = five[five["title"] == five["arch"].map({name: archs.get_spec(name).title for name in archs.FIVE})]
    return next((some for some in (plain, five) if some["arch"].nunique() > 1), rows)
