"""Claims that are read off the predictions beside accuracy records, image by image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.model import Finding, Predicate
from bench.claims.names import Network, ProtocolName
from bench.claims.predicates.accuracy import PROTOCOLS
from bench.claims.predicates.answers import either_way
from bench.claims.predicates.compared import compared, judge_mean
from bench.claims.predicates.runs import FEWEST, Runs, aligned, lacking, title, too_few, trained, under
from bench.numbers import listing
from bench.predictions import Predictions
from bench.stats import expected_calibration_error

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Answers = tuple[NDArray[np.int64], NDArray[np.float64]]
    """Of a run's test images the labels, and how likely each answer is right."""


class GainOnConfusable(Predicate):
    """Whether a network gains more over others on classes that are easily confused than on the rest.

    The gain is the difference of accuracy in percentage points, over the images of those classes and over the others.
    """

    test: Literal["gain on confusable classes"]
    network: Network
    against: tuple[Network, ...] = Field(min_length=1)
    classes: tuple[int, ...] = (0, 2, 4, 6)
    protocols: tuple[ProtocolName, ...] = PROTOCOLS

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for other in self.against:
            networks = self.network, other
            about = f"gain on confusable classes: {title(self.network)} over {title(other)}"
            runs, read = with_predictions(evidence, self.protocols, networks)
            if runs is None:
                yield lacking(about, networks, self.protocols[-1], "accuracy")
                continue
            if not read:
                yield too_few(about, runs, runs.only(trained))
                continue
            counted = self._pair(about, networks, runs, _answers(read))
            by_lot = _answers_by_lot(read, runs)
            if by_lot is not None:
                counted = list(map(either_way, counted, self._pair(about, networks, runs, by_lot)))
            yield from counted

    def _pair(self, about: str, networks: tuple[str, str], runs: Runs, answers: list[list[Answers]]) -> list[Finding]:
        """The gain on those classes by itself, and beside the gain on the others."""
        from bench.data import CLASSES

        chosen = listing([CLASSES[label] for label in self.classes])
        (own, other), (first, second) = answers, map(title, networks)
        return [
            compared(
                f"{about}, by itself",
                (first, second),
                f"accuracy on {chosen}",
                ([self._within(one, inside=True) for one in own], [self._within(one, inside=True) for one in other]),
                runs,
                relation="higher",
                margin=0.0,
            ),
            compared(
                about,
                (f"{first} over {second} on {chosen}", "the same on the other classes"),
                "the gain in accuracy",
                (self._gains(own, other, inside=True), self._gains(own, other, inside=False)),
                runs,
                relation="higher",
                margin=0.0,
                sign=" points",
            ),
        ]

    def _within(self, answers: Answers, *, inside: bool) -> float:
        """Accuracy on those classes, or on the others, in per cent."""
        import numpy as np

        label, right = answers
        return float(100 * right[np.isin(label, self.classes) == inside].mean())

    def _gains(self, own: Sequence[Answers], other: Sequence[Answers], *, inside: bool) -> list[float]:
        pairs = zip(own, other, strict=True)
        return [self._within(one, inside=inside) - self._within(two, inside=inside) for one, two in pairs]


class Calibration(Predicate):
    """Whether a network's confidence is the share of its answers that are right: expected calibration error."""

    test: Literal["calibration"]
    network: Network
    at_most: float = Field(gt=0, lt=1)
    protocols: tuple[ProtocolName, ...] = PROTOCOLS

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        about = f"calibration: {title(self.network)}"
        runs, read = with_predictions(evidence, self.protocols, (self.network,))
        if runs is None:
            yield lacking(about, (self.network,), self.protocols[-1], "accuracy")
            return
        if not read:
            yield too_few(about, runs, runs.only(trained))
            return
        counted = self._judged(about, runs, read[0], _answers(read)[0])
        by_lot = _answers_by_lot(read, runs)
        yield counted if by_lot is None else either_way(counted, self._judged(about, runs, read[0], by_lot[0]))

    def _judged(self, about: str, runs: Runs, read: Sequence[Predictions], answers: Sequence[Answers]) -> Finding:
        errors = [
            100 * expected_calibration_error(one.probability, right)
            for one, (_, right) in zip(read, answers, strict=True)
        ]
        judged = judge_mean(errors, "at most", 100 * self.at_most).cut(0.0, 100.0)
        says = (
            f"The confidence of {title(self.network)} is off by {judged.effect:.1f} percentage points on average "
            f"(expected calibration error, 95 % interval {judged.low:.1f} to {judged.high:.1f}, "
            f"{judged.n} runs, {runs.where}); at most {100 * self.at_most:.0f} was asked for."
        )
        return judged.finding(about, says, "percentage points", runs)


def _answers(read: Sequence[Sequence[Predictions]]) -> list[list[Answers]]:
    """As images were counted."""
    return [[(one.label, one.right.astype(float)) for one in side] for side in read]


def _answers_by_lot(read: Sequence[Sequence[Predictions]], runs: Runs) -> list[list[Answers]] | None:
    """With a class by lot for images that no class stands out for; None where there are none."""
    classes = runs.rows[0][0].arch.num_classes
    if not any(one.undecided(classes).any() for side in read for one in side):
        return None
    return [[(one.label, one.right_by_lot(classes)) for one in side] for side in read]


def with_predictions(
    evidence: Evidence, protocols: Sequence[str], networks: Sequence[str]
) -> tuple[Runs | None, list[list[Predictions]]]:
    """Runs that got off the ground and their predictions, side by side.

    No runs where too few have the file; no predictions where too few of those that have it learnt anything.
    """
    stuck: Runs | None = None
    for protocol in protocols:
        runs = aligned(evidence, "accuracy", under((protocol,), networks))
        written = runs.only(lambda record: evidence.predictions(record) is not None) if runs else None
        if written is None or written.n < FEWEST:
            continue
        kept = written.only(trained)
        if kept.n >= FEWEST:
            return kept, [[one for record in row if (one := evidence.predictions(record))] for row in kept.rows]
        stuck = stuck or written
    return stuck, []


PREDICATES: Sequence[type[Predicate]] = (GainOnConfusable, Calibration)
