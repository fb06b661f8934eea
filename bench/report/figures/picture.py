"""A figure before it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench.report import tables
from bench.report.figures.canvas import Heading
from bench.report.sections import scope_words
from bench.report.style import Look, standing_mark
from bench.report.writers import slug

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Picture:
    """What the page and the files need to know of a figure."""

    name: str
    """File name without suffix, and prefix of the ids in the page."""
    heading: Heading
    description: str
    """What a reader who does not see it needs to know."""
    data: pd.DataFrame
    draw: partial[Figure]
    """A function of this package with everything that it draws, so that two pictures with the same function and the
    same arguments look the same."""
    tall: bool = False
    """Two panels, one above the other: takes the height of two figures."""

    @property
    def networks(self) -> dict[str, str]:
        """The titles of the networks that it shows, by their names; nothing where its data do not tell."""
        data = self.data
        return dict(zip(data["arch"], data["title"], strict=True)) if {"arch", "title"} <= set(data) else {}


def scoped(
    name: str,
    title: str,
    scope: Mapping[str, Any],
    data: pd.DataFrame,
    told: str,
    draw: partial[Figure],
    *,
    note: str = "",
    tall: bool = False,
) -> Picture:
    """A picture of rows that compare.

    Args:
        data: with the column standing.
        told: what the figure shows, in sentences.
        draw: lacks the heading only.
    """
    words = scope_words(scope)
    heading = Heading(title, words, standing_mark(tables.weakest(data["standing"])), note)
    text = ". ".join(part.rstrip(".") for part in (f"{title}; {words}", heading.mark, note, told) if part) + "."
    return Picture(f"{name}-{slug(words)}", heading, text, data, partial(draw, heading=heading), tall)


def counted(
    name: str, title: str, words: str, data: pd.DataFrame, told: str, draw: partial[Figure], note: str = ""
) -> Picture:
    """A picture of exact counts, which depend on no device; `draw` lacks the heading only."""
    heading = Heading(title, words, note=note)
    text = ". ".join(part for part in (f"{title}; {words}", note, told) if part)
    return Picture(name, heading, text, data, partial(draw, heading=heading))


def own_looks(looks: Mapping[str, Look], *tables: pd.DataFrame) -> dict[str, Look]:
    """The looks of the networks in `tables`: how others look changes nothing in their figure."""
    return {arch: looks[arch] for table in tables for arch in dict.fromkeys(table["arch"])}
