"""Sentences about test images that a network gave the same score for every class."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from bench.report.frames import NETWORK
from bench.report.tables import groups


def undecided_sentences(runs: pd.DataFrame) -> Iterator[str]:
    """For each network of one scope that has such images in runs that learnt something: in how many, and what they do
    to the accuracy of the run with most of them.

    Args:
        runs: rows of the frame of accuracy; those without predictions tell nothing.
    """
    known = runs[runs["undecided"].notna() & (runs["outcome"] == "trained")].astype({"undecided": int})
    for _, part in groups(known, [*NETWORK]):
        concerned = part[part["undecided"] > 0]
        if concerned.empty:
            continue
        most = concerned.sort_values("undecided", kind="stable").iloc[-1]
        count, images = len(concerned), f"{most['undecided']:,} of {most['test_images']:,}"
        if count == 1:
            told = f", seed {most['seed']}, gave {images} test images"
        else:
            told = f" gave some test images (most with seed {most['seed']}: {images})"
        yield (
            f"{count} of {len(part)} runs of {most['title']}{told} the same score for every class. These "
            f"are counted as the first class in order, which makes an accuracy of {most['test_accuracy']:.3f}; with a "
            f"class by lot it would be {most['accuracy_by_lot']:.3f}."
        )
