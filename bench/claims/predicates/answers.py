"""Test accuracies, and how images count that no class stands out for: all of them have the same score.

An accuracy counts such an image as the first class in order.  That is a convention, and a network of which this very
class is dead gains by it; with a class by lot it would not.  What is found has to hold either way.
"""

from __future__ import annotations

from dataclasses import replace

from bench.claims.evidence import Evidence
from bench.claims.model import Finding
from bench.claims.predicates.runs import Runs
from bench.claims.words import bounds_words
from bench.records import Accuracy, Record


def accuracy(record: Record) -> float:
    """Of the test images, in per cent."""
    assert isinstance(record.result, Accuracy)
    return 100 * record.result.test_accuracy


def accuracies_by_lot(evidence: Evidence, runs: Runs) -> list[list[float]] | None:
    """Of each side's runs, in per cent, with a class by lot for images that no class stands out for.

    A side of which not every run's predictions are there has its accuracies as they were counted.

    Returns:
        None where there are no such images, or none are known.
    """
    sides, any_undecided = [], False
    for row in runs.rows:
        known = [(found, record.arch.num_classes) for record in row if (found := evidence.predictions(record))]
        if len(known) < len(row):
            sides.append([accuracy(record) for record in row])
            continue
        any_undecided = any_undecided or any(found.undecided(classes).any() for found, classes in known)
        sides.append([100 * found.accuracy_by_lot(classes) for found, classes in known])
    return sides if any_undecided else None


def either_way(counted: Finding, by_lot: Finding) -> Finding:
    """What was found as images were counted, if it is the same by lot; else it is open, for the order decides."""
    other = bounds_words(by_lot.effect, by_lot.low, by_lot.high, by_lot.unit)
    told = f"{counted.says} With a class by lot for test images that got the same score for every class it is {other}"
    if counted.verdict == by_lot.verdict:
        both = [one.p_value for one in (counted, by_lot) if one.p_value is not None]
        return replace(counted, says=f"{told}.", p_value=max(both, default=None), seen=counted.seen + by_lot.seen)
    return replace(
        counted,
        verdict="inconclusive",
        says=f"{told}. By lot it would be {by_lot.verdict}, as counted {counted.verdict}: the order of the classes "
        "would decide, so it is open.",
        seen=counted.seen + by_lot.seen,
    )
