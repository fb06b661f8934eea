"""How the table of most confused classes is printed."""

from __future__ import annotations

import pandas as pd

from bench import numbers
from bench.report.frames import SCOPE
from bench.report.sections import Column, Layout, number, words
from bench.report.style import standing_mark


def _columns(table: pd.DataFrame) -> list[Column]:
    return [
        words("Network", "title"),
        words("True class", "true_class"),
        words("Taken for", "predicted_class"),
        number("Share of its images", "share", numbers.percent),
        number("Images", "images", "{:,}".format),
        number("Runs", "seeds", str),
        Column("Standing", lambda row: standing_mark(row["standing"]) or row["standing"], "standing", False),
    ]


CONFUSIONS = Layout(
    "confusions", "Most confused classes", tuple(SCOPE), _columns,
    lambda table: [
        "Of every network the pairs of classes of which the largest share is mistaken, counted over the test images of "
        "all runs whose predictions are kept, without those that got the same score for every class."
    ],
)  # fmt: skip
