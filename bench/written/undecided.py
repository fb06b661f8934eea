"""What single runs got wrong as a whole: test images with the same score for every class, classes never answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench import store
from bench.data import CLASSES
from bench.predictions import read_predictions
from bench.records import Accuracy, Record
from bench.written.headline import comparable

if TYPE_CHECKING:
    import pandas as pd


def undecided_sentence(results: Path) -> str:
    """Which networks left test images undecided, and which never gave some class as an answer.

    An image that is counted as the first class is no answer of its own, so that a run may have no image for a class
    that a thousand are counted as: what is left out is said.
    """
    from bench.report.frames import SCOPE, to_frames
    from bench.report.lost_classes import lost_class_sentences
    from bench.report.tables import groups
    from bench.report.undecided import undecided_sentences

    records = comparable(store.load(results).records, every=True)
    scopes = [*groups(to_frames(records, results).accuracy, list(SCOPE))]

    def under_each(told: Callable[[pd.DataFrame], Iterator[str]]) -> list[str]:
        return [f"Under `{scope['protocol']}`, {sentence}" for scope, part in scopes for sentence in told(part)]

    undecided, lost = under_each(undecided_sentences), under_each(lost_class_sentences)
    told = undecided or ["No run left a test image with the same score for every class."]
    told += _of_first_class(records, results)
    if undecided and lost:
        told.append("Of the images for which scores did differ:")
    return "\n\n".join([*told, *(lost or ["No run that learnt something lost a class altogether."])])


def _of_first_class(records: Sequence[Record], results: Path) -> Iterator[str]:
    """How many of the images that a run left undecided are right, for no other reason than the order of the classes."""
    for record in sorted(records, key=lambda one: (one.arch.name, one.seed or 0)):
        if not isinstance(record.result, Accuracy) or record.result.outcome != "trained":
            continue
        found = read_predictions(results, record.result.predictions, record.result.predictions_sha256)
        if found is not None and (same := found.undecided(record.arch.num_classes)).any():
            yield (
                f"{int((found.right & same).sum()):,} of the {int(same.sum()):,} images that seed {record.seed} of "
                f"{record.arch.title} under `{record.protocol['name']}` left so show the first class, {CLASSES[0]}, "
                "and count as right."
            )
