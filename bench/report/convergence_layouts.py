"""How runs that were watched on held-out images are printed: how they came along, and the search for learning rates."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from bench import numbers
from bench.numbers import MISSING, missing
from bench.report.experiment_columns import ALL_RUNS, ENDED, ratio, share
from bench.report.experiment_tables import ENOUGH_RUNS
from bench.report.frames import SCOPE
from bench.report.layouts import NETWORK_COLUMN
from bench.report.sections import Column, Layout, Row, number


def _columns(table: pd.DataFrame) -> list[Column]:
    """A share of runs only where there are enough of them to tell it."""
    several = bool((table["seeds"] > 1).any())
    level = " [95 %]" if several else ""
    started = [share("Runs that started [95 %]", "started")] if (table["seeds"] >= ENOUGH_RUNS).any() else []
    return [
        NETWORK_COLUMN,
        number("Peak learning rate", "peak_learning_rate", "{:g}".format),
        share(f"Held-out accuracy{level}", "held_out_accuracy"),
        *started,
        ratio(f"Gradient, first layer over last{level}", "gradient_ratio"),
        *[Column("Classes of constant score before training", _dead_at_start, "dead_at_start")]
        * bool(table["dead_at_start"].notna().any()),
        number("Classes of constant score", "dead_classes", numbers.count),
        number("Images seen", "images", numbers.count),
        number("Training time, mean", "seconds", numbers.duration),
        *ENDED,
    ]


def _dead_at_start(row: Row) -> str:
    """ "2.50 (of 2 runs)": not every run was looked at before training."""
    if missing(row["dead_at_start"]):
        return MISSING
    told, looked = numbers.count(row["dead_at_start"]), row["looked_at_start"]
    return told if looked == row["seeds"] else f"{told} (of {numbers.several(looked, 'run')})"


def _method(table: pd.DataFrame) -> list[str]:
    started = (
        "A run has started where its loss stayed finite and its held-out accuracy is at least twice chance; the "
        "interval of that share is Wilson's."
    )
    return [
        "At the end of training, on held-out images.",
        *[started] * bool((table["seeds"] >= ENOUGH_RUNS).any()),
        "The norm of the gradient of the first layer's weights over that of the last layer's, of each run the median "
        "over steps, and of runs the geometric mean: far below one, little of the error reaches the first layer, and "
        "at zero none in most steps. A class of constant score has the same score for every held-out image; the mean "
        "over runs.",
        *["Training times are those of runs that had the machine to themselves; a dash where there was none."]
        * bool(0 < table["seconds"].isna().sum() < len(table)),
        ALL_RUNS,
    ]


def _search_method(table: pd.DataFrame) -> list[str]:
    return [
        "Each network was trained at every rate of one grid, with the same images, epochs and seeds; the rate with the "
        "highest accuracy on held-out images is the one that other protocols train at, but for recipes as published "
        "and tests of starts, which have rates of their own.",
        *["One run a rate: it tells nothing of how another seed would end, so that the best rate is the one that was "
          "taken and not one that was shown to be better than its neighbours."] * bool((table["seeds"] == 1).all()),
        *_method(table),
    ]  # fmt: skip


def edges(table: pd.DataFrame) -> Iterator[str]:
    """A sentence for each network whose best rate lies next to one at which a run did not get off the ground.

    Args:
        table: what `bench.report.experiment_tables.convergence` gives of one search.
    """
    for title, own in table.groupby("title", sort=False):
        rates = own.sort_values("peak_learning_rate").to_dict("records")
        best = max(range(len(rates)), key=lambda place: rates[place]["held_out_accuracy"])
        for place in (best - 1, best + 1):
            if 0 <= place < len(rates) and rates[place]["trained"] < rates[place]["seeds"]:
                seeds, lost = rates[place]["seeds"], rates[place]["seeds"] - rates[place]["trained"]
                who = "it" if seeds == 1 else f"{lost} of {seeds} runs"
                yield (
                    f"The best rate of {title}, {rates[best]['peak_learning_rate']:g}, lies next to "
                    f"{rates[place]['peak_learning_rate']:g}, at which {who} did not get off the ground."
                )


CONVERGENCE = Layout("convergence", "Convergence", tuple(SCOPE), _columns, _method)
SEARCH = Layout("search", "Search for learning rates", tuple(SCOPE), _columns, _search_method, edges)
