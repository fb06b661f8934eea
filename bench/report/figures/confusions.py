"""What networks take for what: counted from the predictions beside the records, pooled over runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench import numbers
from bench.predictions import read_predictions
from bench.report.figures import canvas
from bench.report.figures.canvas import EDGE, WIDTH, Heading
from bench.report.frames import SCOPE
from bench.report.sections import Column, Layout, number, words
from bench.report.style import INK, PAPER, standing_mark
from bench.report.tables import PLACE, groups, weakest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = [*PLACE, "standing", "seeds", "true", "predicted", "true_class", "predicted_class", "images", "share"]
PAIRS = 3
"""Most confused pairs that are told of each network."""
_CELL, _SIZE = 25.0, 9.5
_RAMP = ("#f2efe9", "#e3b590", "#c66f4a", "#8e2f1f")
"""From no image to as many as the most confused pair has."""


def confusions(runs: pd.DataFrame, folder: Path | None) -> pd.DataFrame:
    """One row a network, place, true class and predicted class: images of all runs, and their share of the true class.

    Runs without a file of predictions, or whose file is not the one that the record names, are left out; `seeds` says
    how many of the others gave an answer to any image.

    Args:
        runs: the frame of accuracy.
        folder: the results folder.
    """
    rows = []
    for place, part in groups(runs, PLACE):
        read = [(found, run) for run in part.to_dict("records") if (found := _matrix(folder, run)) is not None]
        if not read:
            continue
        whole = np.sum([found for found, _ in read], axis=0)
        answering = [run for found, run in read if found.any()]
        about = place | {"standing": weakest([run["standing"] for _, run in read]), "seeds": len(answering)}
        names, totals = _class_names(len(whole)), whole.sum(axis=1)
        for true, predicted in np.ndindex(*whole.shape):
            images = int(whole[true, predicted])
            pair = {"true": true, "predicted": predicted} | {
                "true_class": names[true], "predicted_class": names[predicted],
            }  # fmt: skip
            rows.append(about | pair | {"images": images, "share": images / totals[true] if totals[true] else 0.0})
    return pd.DataFrame(rows, columns=COLUMNS)


def _matrix(folder: Path | None, run: dict[Any, Any]) -> NDArray[np.int64] | None:
    """`(classes, classes)`: images of each true class by predicted class, without those that got the same score for
    every class; None where no file can be trusted."""
    found, classes = read_predictions(folder, run["predictions"], run["predictions_sha256"]), int(run["num_classes"])
    if found is None or max(found.label.max(), found.predicted.max()) >= classes:
        return None
    decided = ~found.undecided(classes)
    pairs = found.label[decided] * classes + found.predicted[decided]
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def _class_names(count: int) -> Sequence[str]:
    from bench.data import CLASSES

    return CLASSES if count == len(CLASSES) else [str(label) for label in range(count)]


def most_confused(table: pd.DataFrame) -> pd.DataFrame:
    """The `PAIRS` pairs of each network and place of which the largest share of images is taken for another class."""
    wrong = table[(table["true"] != table["predicted"]) & (table["images"] > 0)]
    ranked = wrong.sort_values("share", ascending=False, kind="stable").groupby(PLACE, sort=False).head(PAIRS)
    place = table.groupby(PLACE, sort=False).ngroup()
    ordered = ranked.assign(_place=place[ranked.index]).sort_values("_place", kind="stable").drop(columns="_place")
    return ordered.reset_index(drop=True)


def pair_words(row: dict[Any, Any]) -> str:
    """ "Shirt taken for Pullover 18 %"."""
    return f"{row['true_class']} taken for {row['predicted_class']} {numbers.percent(row['share'])}"


def told(table: pd.DataFrame) -> str:
    """The best and the worst known class of one network, and its most confused pairs."""
    right = table[table["true"] == table["predicted"]].sort_values("share", kind="stable").to_dict("records")
    best, worst = right[-1], right[0]
    pairs = ", ".join(pair_words(row) for row in most_confused(table).to_dict("records"))
    count = int(table["seeds"].iloc[0])
    ends = f"{best['true_class']} ({numbers.percent(best['share'])} right)", worst["true_class"]
    return (
        f"In {count} run{'s' if count > 1 else ''} best known is {ends[0]}, least {ends[1]} "
        f"({numbers.percent(worst['share'])}). Most confused: {pairs or 'none'}."
    )


def worst(table: pd.DataFrame) -> float:
    """The largest share of a class that is taken for another, which ends the scale of colours."""
    return float(table.loc[table["true"] != table["predicted"], "share"].max())


def matrix(table: pd.DataFrame, most: float, heading: Heading) -> Figure:
    """Rows are true classes, columns what they are taken for, in per cent of the row; the worst pairs below.

    Right answers have no colour: they would outshine what the figure is about.

    Args:
        table: rows of `confusions` of one network and place.
        most: `worst` of all networks that are shown, so that one colour is one share in all of them.
    """
    import seaborn as sns
    from matplotlib.colors import LinearSegmentedColormap

    names = list(dict.fromkeys(table.sort_values("true")["true_class"]))
    shares = table.pivot(index="true", columns="predicted", values="share").to_numpy(dtype=float)
    wrong = np.where(np.eye(len(names), dtype=bool), 0.0, shares)
    pairs = most_confused(table).to_dict("records")
    longest = max(canvas.text_size(name, _SIZE)[0] for name in names)
    heads, left = longest + 10, longest + EDGE + 8
    figure = canvas.blank(canvas.heading_height(heading) + heads + len(names) * _CELL + 34 + 14 * len(pairs))
    top, height = canvas.write_heading(figure, heading), figure.get_figheight() * 72
    axes = canvas.axes_at(figure, left=left, top=top + heads, right=EDGE + 4, bottom=34 + 14 * len(pairs))
    sns.heatmap(
        wrong, mask=np.eye(len(names), dtype=bool), ax=axes, cbar=False, linewidths=1.2, linecolor=PAPER, vmin=0,
        vmax=max(most, 0.02), cmap=LinearSegmentedColormap.from_list("confused", _RAMP),
        annot=np.vectorize(_cell)(shares), fmt="", annot_kws={"size": 9}, square=False,
    )  # fmt: skip
    for place, share in enumerate(np.diag(shares)):
        axes.text(place + 0.5, place + 0.5, _cell(share), size=9, ha="center", va="center", weight="bold", color=INK)
    axes.grid(visible=False)
    middles = [place + 0.5 for place in range(len(names))]
    axes.set_xticks(middles, names, rotation=90, size=_SIZE, parse_math=False)
    axes.set_yticks(middles, names, rotation=0, size=_SIZE, parse_math=False)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    lines = ["Rows: true class; columns: taken for; % of the row", *("· " + pair_words(row) for row in pairs)]
    for place, line in enumerate(reversed(lines)):
        text = canvas.shorten(line, 9.5, WIDTH - 2 * EDGE)
        figure.text(EDGE / WIDTH, (8 + 14 * place) / height, text, size=9.5, parse_math=False)
    return figure


def _cell(share: float) -> str:
    """Per cent without the sign; nothing where it rounds to nothing."""
    return f"{100 * share:.0f}" if share >= 0.005 else ""


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
