"""What networks take for what: counted from the predictions beside the records, pooled over runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.predictions import read_predictions
from bench.report.tables import PLACE, groups, weakest

COLUMNS = [
    *PLACE, "standing", "seeds", "true", "predicted", "true_class", "predicted_class", "images", "share", "undecided",
]  # fmt: skip
PAIRS = 3
"""Most confused pairs that are told of each network."""


def confusions(runs: pd.DataFrame, folder: Path | None) -> pd.DataFrame:
    """One row a network, place, true class and predicted class: images of all runs, and their share of the true class.

    Images that got the same score for every class are in neither; `undecided` says how many of the true class did.
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
        summed = np.sum([found for found, _ in read], axis=0)
        whole, undecided = summed[:, :-1], summed[:, -1]
        answering = [run for found, run in read if found[:, :-1].any()]
        about = place | {"standing": weakest([run["standing"] for _, run in read]), "seeds": len(answering)}
        names, totals = _class_names(len(whole)), whole.sum(axis=1)
        for true, predicted in np.ndindex(*whole.shape):
            images = int(whole[true, predicted])
            pair = {"true": true, "predicted": predicted} | {
                "true_class": names[true], "predicted_class": names[predicted],
            }  # fmt: skip
            share = images / totals[true] if totals[true] else 0.0
            rows.append(about | pair | {"images": images, "share": share, "undecided": int(undecided[true])})
    return pd.DataFrame(rows, columns=COLUMNS)


def _matrix(folder: Path | None, run: dict[Any, Any]) -> NDArray[np.int64] | None:
    """`(classes, classes + 1)`: images of each true class by predicted class, and last those that got the same score
    for every class; None where no file can be trusted."""
    found, classes = read_predictions(folder, run["predictions"], run["predictions_sha256"]), int(run["num_classes"])
    if found is None or max(found.label.max(), found.predicted.max()) >= classes:
        return None
    answers = np.where(found.undecided(classes), classes, found.predicted)
    pairs = found.label * (classes + 1) + answers
    return np.bincount(pairs, minlength=classes * (classes + 1)).reshape(classes, classes + 1)


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
