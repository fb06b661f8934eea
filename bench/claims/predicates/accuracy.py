"""Claims on test accuracy: differences paired by seed, and series of networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.model import Finding, Predicate
from bench.claims.predicates.compared import Relation, compared, mean, rising
from bench.claims.predicates.runs import Runs, aligned, lacking, nothing_learnt, title, trained, under
from bench.records import Accuracy, Record

PROTOCOLS = ("matched224", "matched28", "budget28")
"""Whose test accuracies may decide, the strongest first."""


class AccuracyDifference(Predicate):
    """Test accuracy of a network beside that of each of several others, in percentage points, paired by seed.

    Runs that stayed at chance count with the accuracy that they have: a network that does not start is not accurate.
    """

    test: Literal["difference of accuracy"]
    network: str
    against: tuple[str, ...] = Field(min_length=1)
    relation: Relation
    points: float = Field(default=0.0, ge=0)
    """The margin."""
    protocols: tuple[str, ...] = PROTOCOLS

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for other in self.against:
            about = f"test accuracy: {title(self.network)} against {title(other)}"
            runs = aligned(evidence, "accuracy", under(self.protocols, (self.network, other)))
            if runs is None:
                yield lacking(about, (self.network, other), self.protocols[-1], "accuracy")
                continue
            if not any(trained(record) for row in runs.rows for record in row):
                yield nothing_learnt(about, runs)
                continue
            first, second = ([accuracy(record) for record in row] for row in runs.rows)
            yield compared(
                about,
                (title(self.network), title(other)),
                "test accuracy",
                (first, second),
                runs,
                relation=self.relation,
                margin=self.points,
                more=f"{failed_starts(runs)} {by_lot(evidence, runs)}".strip(),
            )


class AccuracySeries(Predicate):
    """Test accuracy along networks that grow in one respect: no step may lower it by more than the margin.

    With `rises`, the last network also has to stand above the first.
    """

    test: Literal["accuracy along a series"]
    networks: tuple[str, ...] = Field(min_length=2)
    points: float = Field(default=0.5, ge=0)
    rises: bool = True
    protocols: tuple[str, ...] = PROTOCOLS

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        runs = aligned(evidence, "accuracy", under(self.protocols, self.networks))
        titles = [title(network) for network in self.networks]
        if runs is None:
            about = f"test accuracy: from {titles[0]} to {titles[-1]}"
            yield lacking(about, self.networks, self.protocols[-1], "accuracy")
            return
        if not any(trained(record) for row in runs.rows for record in row):
            yield nothing_learnt(f"test accuracy: from {titles[0]} to {titles[-1]}", runs)
            return
        values = [[accuracy(record) for record in row] for row in runs.rows]
        yield from rising(titles, "test accuracy", values, runs, margin=self.points, rises=self.rises)


def accuracy(record: Record) -> float:
    """Of the test images, in per cent."""
    assert isinstance(record.result, Accuracy)
    return 100 * record.result.test_accuracy


def failed_starts(runs: Runs) -> str:
    """How many runs of each side stayed at chance or diverged; nothing where all got off the ground."""
    told = [
        f"{failed} of {len(row)} runs of {title(side.arch)} learnt nothing"
        for side, row in zip(runs.sides, runs.rows, strict=True)
        if (failed := sum(not trained(record) for record in row))
    ]
    return f"{'; '.join(told)}." if told else ""


def by_lot(evidence: Evidence, runs: Runs) -> str:
    """The accuracy of each side that gave test images the same score for every class, with a class by lot for these;
    nothing where none did, or nobody knows."""
    told = []
    for side, row in zip(runs.sides, runs.rows, strict=True):
        read = [(found, record.arch.num_classes) for record in row if (found := evidence.predictions(record))]
        if len(read) == len(row) and any(found.undecided(classes).any() for found, classes in read):
            shares = [100 * found.accuracy_by_lot(classes) for found, classes in read]
            told.append(f"{mean(shares):.2f} % for {title(side.arch)}")
    images = "test images that got the same score for every class"
    return f"With a class by lot for {images} it would be {' and '.join(told)}." if told else ""


PREDICATES: Sequence[type[Predicate]] = (AccuracyDifference, AccuracySeries)
