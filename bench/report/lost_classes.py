"""Sentences about classes that a network never gives as an answer."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from bench.numbers import listing, several
from bench.report.frames import NETWORK
from bench.report.tables import groups


def lost_class_sentences(runs: pd.DataFrame) -> Iterator[str]:
    """For each network of one scope of which runs that learnt something lost a class: which, and how accurate the
    runs were that lost none.

    Args:
        runs: rows of the frame of accuracy; those without predictions tell nothing.
    """
    known = runs[runs["lost_classes"].notna() & (runs["outcome"] == "trained")].astype({"lost_classes": int})
    for _, part in groups(known, [*NETWORK]):
        lossy, whole = part[part["lost_classes"] > 0], part[part["lost_classes"] == 0]
        if lossy.empty:
            continue
        told = [
            f"seed {row['seed']} without {several(row['lost_classes'], 'class')} ({row['test_accuracy']:.3f})"
            for row in lossy.sort_values("seed").to_dict("records")
        ]
        rest = ""
        if len(whole):
            scores = whole["test_accuracy"]
            ends = dict.fromkeys(f"{score:.3f}" for score in (scores.min(), scores.max()))
            others = "other run" if len(whole) == 1 else f"other {len(whole)} runs"
            rest = f"; the {others} reached {' to '.join(ends)}"
        yield (
            f"{len(lossy)} of {len(part)} runs of {part['title'].iloc[0]} took no test image for some class: "
            f"{listing(told)}{rest}."
        )
