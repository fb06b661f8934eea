"""Columns and a note that the tables of the experiments share."""

from __future__ import annotations

from bench import numbers
from bench.numbers import MISSING, missing
from bench.report.layouts import STANDING_COLUMN, runs_words
from bench.report.sections import Column, Row, number

_SEEDS = number("Seeds", "seeds", str)
ENDED = [_SEEDS, Column("Runs", runs_words, "trained", False), number("Failed", "failed", str), STANDING_COLUMN]
ALL_RUNS = (
    "Means are over every run that ended, those stuck at chance or diverged included; intervals are Student's t over "
    "seeds, cut at 0 and 1 where they are of shares, and there is none for one seed."
)


def share(head: str, value: str, *, sided: bool = False) -> Column:
    """An estimate with its interval; that of a difference is `sided`, and shows on which side of zero it ends."""

    def text(row: Row) -> str:
        if missing(row[value]):
            return MISSING
        return numbers.estimate(row[value], row[f"{value}_low"], row[f"{value}_high"], sided=sided)

    return Column(head, text, value)


def ratio(head: str, value: str) -> Column:
    """A ratio with its interval, to two significant digits, since ratios lie orders of magnitude apart."""

    def text(row: Row) -> str:
        bounds = [row[f"{value}_low"], row[f"{value}_high"]]
        if missing(row[value]):
            return MISSING
        told = numbers.significant(row[value], 2)
        written = [numbers.significant(bound, 2) for bound in bounds if not missing(bound)]
        return f"{told} [{' to '.join(written)}]" if written else told

    return Column(head, text, value)


def thousands(count: int) -> str:
    """5,000."""
    return f"{count:,}"
