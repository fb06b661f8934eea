"""The first screen: the five networks side by side at each image size, numbers from the scopes to be trusted most."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

import archs
from bench import numbers
from bench.numbers import MISSING, missing
from bench.report import tables
from bench.report.frames import SCOPE
from bench.report.sections import scope_words
from bench.report.style import standing_mark

MOST_NETWORKS = 12
"""Rows that are taken in at a glance; of more, the summary tells."""
INTERVAL = " [95 %]"
BOLD = (
    "Bold is the best, and each whose own number lies in its interval; accuracies are so compared where all networks "
    "have several seeds."
)


@dataclass(frozen=True)
class Cell:
    """A number, or a dash."""

    text: str
    best: bool = False
    """Whether none is surely better."""


@dataclass(frozen=True)
class Row:
    """A network's numbers, one for each head of its board."""

    title: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Board:
    """Networks side by side at one image size."""

    image_size: int
    answer: str
    """Which network is the most accurate, in a sentence; nothing where none was trained."""
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    scopes: tuple[tuple[str, str], ...]
    """What was measured where, and why it may not be cited; nothing of exact counts."""
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Quantity:
    """A column: a number that is better the smaller it is, or the larger."""

    value: str
    """Of the summary."""
    name: str
    head: Callable[[pd.DataFrame], str]
    write: Callable[[dict[Any, Any]], str]
    bounds: tuple[str, str] = ("", "")
    """Of its interval; a number without one is exact."""
    most: bool = False
    """Whether the largest is the best."""
    note: Callable[[pd.DataFrame], str] = lambda rows: ""
    """What is said of the column below the board."""
    of_each_protocol: bool = False
    """Whether it has a column for each protocol to be trusted as much as any, the longest training first; else for
    that one of them with the most networks."""
    least: str = ""
    """What is said of the network that has the smallest, among those that are as accurate."""


def _accuracy_head(rows: pd.DataFrame) -> str:
    trained = set(rows["trained_on"]) - {""}
    after = f" after {trained.pop()}" if len(trained) == 1 else ""
    fewest, most = int(rows["seeds"].min()), int(rows["seeds"].max())
    seeds = "" if fewest > 1 else ", of one seed" if most == 1 else f", of 1 to {most} seeds"
    return f"Test accuracy{after}{seeds}{INTERVAL}"


def _single_runs(rows: pd.DataFrame) -> str:
    """Of which network the runs lie farthest apart, of those with several, and how many of them lost a class."""
    several = rows[rows["seeds"] > 1].to_dict("records")
    widest = max(several, key=lambda row: row["highest"] - row["lowest"], default=None)
    if widest is None or widest["highest"] == widest["lowest"]:
        return ""
    lossy = 0 if missing(widest["lossy_runs"]) else widest["lossy_runs"]
    lost = f"; {lossy} of {widest['seeds']} took no test image for some class" if lossy else ""
    return f"Under {widest['protocol']} the runs of {widest['title']} lie farthest apart, {_from_to(widest)}{lost}."


def _alone(rows: pd.DataFrame) -> list[str]:
    """Of which networks one run is known, and nothing of others."""
    return [str(title) for title in rows.loc[rows["seeds"] == 1, "title"]]


def _from_to(row: Mapping[Any, Any]) -> str:
    return f"at accuracies from {row['lowest']:.3f} to {row['highest']:.3f}"


def _shares(rows: pd.DataFrame) -> str:
    """Between which shares of what the device can do networks get, one image at a time."""
    known = rows.dropna(subset=["latency_utilisation"]).sort_values("latency_utilisation", kind="stable")
    if len(known) < 2:
        return ""
    least, most = known.iloc[0], known.iloc[-1]
    low, high = (numbers.percent(one["latency_utilisation"]) for one in (least, most))
    return (
        f"With one image at a time {least['title']} gets {low} of the device's own rate of arithmetic and "
        f"{most['title']} {high}: time does not follow from multiply-accumulates alone."
    )


def _company(rows: pd.DataFrame) -> str:
    return "Not all of these networks were timed side by side." if rows["group"].nunique() > 1 else ""


def _rate(mode: str) -> _Quantity:
    value = f"{mode}_images_per_second"
    return _Quantity(
        value,
        mode,
        lambda rows: f"{mode.capitalize()}, images/s, batch\u00a0{rows[f'{mode}_batch'].iloc[0]}",
        lambda row: numbers.rate(row[value]),
        (f"{mode}_low", f"{mode}_high"),
        most=True,
        note=_company,
    )


_QUANTITIES = (
    _Quantity(
        "test_accuracy",
        "test accuracy",
        _accuracy_head,
        lambda row: numbers.estimate(row["test_accuracy"], row["accuracy_low"], row["accuracy_high"]),
        ("accuracy_low", "accuracy_high"),
        most=True,
        note=_single_runs,
        of_each_protocol=True,
    ),
    _Quantity(
        "parameters",
        "parameters",
        lambda rows: "Parameters",
        lambda row: numbers.count(row["parameters"]),
        least="the fewest parameters",
    ),
    _Quantity(
        "macs",
        "multiply-accumulates",
        lambda rows: "Multiply-accumulates",
        lambda row: numbers.count(row["macs"]),
        least="the fewest multiply-accumulates",
    ),
    _Quantity(
        "latency_seconds",
        "time for one image",
        lambda rows: "Time for one image",
        lambda row: numbers.duration(row["latency_seconds"]),
        ("latency_low", "latency_high"),
        note=_shares,
        least="the shortest time for one image",
    ),
    _rate("inference"),
    _rate("training"),
    _Quantity(
        "training_peak_bytes",
        "memory of a training step",
        lambda rows: f"Memory of a training step, batch\u00a0{rows['memory_batch'].iloc[0]}",
        lambda row: numbers.size(row["training_peak_bytes"]),
        ("training_peak_low", "training_peak_high"),
    ),
)


def glance(summary: pd.DataFrame) -> list[Board]:
    """A board for each image size, the smallest first; none where fewer than two networks can be compared.

    Of the five networks where two of them are there, else of all, unless they are too many.
    """
    found = []
    for size, part in tables.groups(summary.sort_values("image_size", kind="stable"), ["image_size"]):
        five = _five(part)
        order = {name: place for place, name in enumerate(archs.FIVE)}
        titles = list(
            dict.fromkeys(five.sort_values("arch", kind="stable", key=lambda names: names.map(order))["title"])
        )
        columns = list(_columns(part, titles))
        if columns and 1 < len(titles) <= MOST_NETWORKS:
            found.append(_board(int(size["image_size"]), titles, columns))
    return found


@dataclass(frozen=True)
class _Column:
    quantity: _Quantity
    rows: pd.DataFrame
    scope: str
    mark: str
    of_several: bool
    """Whether the quantity has other columns."""

    @property
    def head(self) -> str:
        return self.quantity.head(self.rows)

    @property
    def name(self) -> str:
        """What is said below the board of where it was measured."""
        return self.head.removesuffix(INTERVAL) if self.of_several else self.quantity.name

    @property
    def is_ranked(self) -> bool:
        """Whether its numbers are such that one may be called the best: a single run says nothing of the next."""
        return not (self.is_accuracy and _alone(self.rows))

    @property
    def is_accuracy(self) -> bool:
        return self.quantity.value == "test_accuracy"

    @cached_property
    def cells(self) -> dict[str, Cell]:
        """By the network's title."""
        best = self.best(list(self.rows["title"])) if self.is_ranked else []
        known = self.rows.to_dict("records")
        return {str(row["title"]): Cell(self.quantity.write(row), str(row["title"]) in best) for row in known}

    def best(self, titles: Sequence[str]) -> list[str]:
        """Of these networks the best, and then those that nothing tells from it."""
        known = [row for row in self.rows.to_dict("records") if row["title"] in titles]
        first = (max if self.quantity.most else min)(known, key=lambda row: row[self.quantity.value])
        level = [row for row in known if row is not first and _level(row, first, self.quantity)]
        return [str(row["title"]) for row in (first, *level)]


def _board(size: int, titles: list[str], columns: list[_Column]) -> Board:
    blank = Cell(MISSING)
    rows = tuple(Row(title, tuple(column.cells.get(title, blank) for column in columns)) for title in titles)
    scopes = dict.fromkeys((column.scope, column.mark) for column in columns if column.scope)
    told = []
    for scope, mark in scopes:
        names = numbers.listing([column.name for column in columns if column.scope == scope])
        told.append((f"{names[0].upper()}{names[1:]}: {scope}", mark))
    below = [column.quantity.note(column.rows) for column in columns]
    below += [_of_one_seed(column) for column in columns if not column.is_ranked]
    notes = dict.fromkeys(filter(None, [*below, *_departures(titles, size)]))
    return Board(size, _answer(columns), tuple(column.head for column in columns), rows, tuple(told), tuple(notes))


def _of_one_seed(accuracy: _Column) -> str:
    protocol = accuracy.rows["protocol"].iloc[0]
    return (
        f"Under {protocol} {numbers.listing(_alone(accuracy.rows))} trained with one seed; such an interval is over "
        "the test images and tells nothing of other seeds."
    )


def _answer(columns: Sequence[_Column]) -> str:
    """Which network is the most accurate after the longest training, and after one that has several seeds of each."""
    told = []
    for accuracy in (column for column in columns if column.is_accuracy):
        after = " and ".join(sorted(set(accuracy.rows["trained_on"]) - {""}))
        begins = f"After {after}{',' * (', ' in after)} " if after else ""
        if accuracy.is_ranked:
            told.append(begins + _most_accurate(accuracy, columns))
            break
        told.append(begins + _first_of_single_runs(accuracy))
    return " ".join(told)


def _first_of_single_runs(accuracy: _Column) -> str:
    by_title = {str(row["title"]): row for row in accuracy.rows.to_dict("records")}
    first = max(by_title, key=lambda title: by_title[title]["test_accuracy"])
    several = [row for row in by_title.values() if row["seeds"] > 1]
    runs = [f"{int(row['seeds'])} runs of {row['title']} end {_from_to(row)}" for row in several]
    told = f"{first} comes first at {by_title[first]['test_accuracy']:.3f}" + f"; {numbers.listing(runs)}" * bool(runs)
    return f"{told}. Of {numbers.listing(_alone(accuracy.rows))} this is one run, and others may come out otherwise."


def _most_accurate(accuracy: _Column, columns: Sequence[_Column]) -> str:
    """Which network it is, which are as good, and what these differ in."""
    titles = accuracy.best(list(accuracy.rows["title"]))
    first, *others = titles
    by_title = {row["title"]: row for row in accuracy.rows.to_dict("records")}
    told = f"{first} is the most accurate"
    if others:
        named = [f"{one} ({int(by_title[one]['seeds'])} runs {_from_to(by_title[one])})" for one in others]
        told += f", and {numbers.listing(named)} {'are' if len(others) > 1 else 'is'} not told apart from it"
    least: dict[str, list[str]] = {}
    for column in columns:
        if others and column.quantity.least and set(titles) <= set(column.rows["title"]):
            smallest = column.best(titles)
            if len(smallest) == 1:
                least.setdefault(smallest[0], []).append(column.quantity.least)
    if least:
        told += "; of these " + numbers.listing([f"{one} has {numbers.listing(its)}" for one, its in least.items()])
    return f"{told}."


def _columns(part: pd.DataFrame, titles: list[str]) -> Iterator[_Column]:
    """What is known of two networks or more."""
    told: set[str] = set()
    breadth = _breadth(part)
    for quantity in _QUANTITIES:
        known = part[part["title"].isin(titles)].dropna(subset=[quantity.value])
        if quantity.bounds[0]:
            found = _trusted_most(known, told, breadth, most_networks=not quantity.of_each_protocol)
        else:
            found = [(known.drop_duplicates(["arch", "title"]), "", "")]
        if quantity.of_each_protocol:
            found.sort(key=lambda one: -int(one[0]["images_seen"].fillna(0).max()))
        else:
            found = found[:1]
        for rows, scope, mark in found:
            if len(rows) > 1:
                told |= {scope}
                yield _Column(quantity, rows, scope, mark, len(found) > 1)


def _breadth(part: pd.DataFrame) -> dict[str, int]:
    """Of how many quantities each scope tells: columns of one scope compare with each other, too."""
    values = [quantity.value for quantity in _QUANTITIES if quantity.bounds[0]]
    return {scope_words(scope): int(rows[values].notna().any().sum()) for scope, rows in tables.groups(part, SCOPE)}


def _trusted_most(
    known: pd.DataFrame, told: set[str], breadth: Mapping[str, int], *, most_networks: bool
) -> list[tuple[pd.DataFrame, str, str]]:
    """Rows of the scopes to be trusted most, and with most networks if so asked, one of each protocol.

    Of several alike the one comes first that was `told` of, then that with the most networks, then the one that tells
    of most quantities, then the summary's first.
    """
    found = []
    for scope, rows in tables.groups(known, SCOPE):
        standing = tables.weakest(rows["standing"])
        trust = tables.STANDINGS.index(standing) if standing in tables.STANDINGS else -1
        worth = (len(rows) > 1, trust, len(rows) if most_networks else 0)
        found.append((worth, scope, rows, standing))
    # Groups come in the order of the summary, so that of two alike the first is taken whatever the records' order.
    found.sort(key=lambda one: (scope_words(one[1]) not in told, -len(one[2]), -breadth[scope_words(one[1])]))
    most = max((worth for worth, *_ in found), default=None)
    of_protocol: dict[str, tuple[pd.DataFrame, str, str]] = {}
    for worth, scope, rows, standing in found:
        if worth == most:
            of_protocol.setdefault(scope["protocol"], (rows, scope_words(scope), standing_mark(standing)))
    return list(of_protocol.values())


def _level(row: dict[Any, Any], first: dict[Any, Any], quantity: _Quantity) -> bool:
    """Whether a number is as good as the best: equal, where numbers are exact, else in the interval of that one.

    An interval of its own that is wide is no merit.
    """
    low, high = quantity.bounds
    if not low or missing(first[low]):
        return bool(row[quantity.value] == first[quantity.value])
    return bool(first[low] <= row[quantity.value] <= first[high])


def _departures(titles: list[str], size: int) -> Iterator[str]:
    for spec in map(archs.get_spec, archs.FIVE):
        for told in spec.departures if spec.title in titles else ():
            if told.startswith(f"at {size} pixels"):
                yield f"{spec.title} is not the published network here: {told}."


def _five(rows: pd.DataFrame) -> pd.DataFrame:
    """The five where their titles say no more, so that none is edited or of other data; else the five; else all."""
    five = rows[rows["arch"].isin(archs.FIVE)]
    plain = five[five["title"] == five["arch"].map({name: archs.get_spec(name).title for name in archs.FIVE})]
    return next((some for some in (plain, five) if some["arch"].nunique() > 1), rows)
