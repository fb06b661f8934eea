"""Claims that are read off the predictions beside accuracy records, image by image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.model import Finding, Predicate
from bench.claims.predicates.accuracy import PROTOCOLS
from bench.claims.predicates.compared import compared, judge_mean
from bench.claims.predicates.runs import FEWEST, Runs, aligned, lacking, title, too_few, trained, under
from bench.numbers import listing
from bench.predictions import Predictions
from bench.stats import expected_calibration_error


class GainOnConfusable(Predicate):
    """Whether a network gains more over others on classes that are easily confused than on the rest.

    The gain is the difference of accuracy in percentage points, over the images of those classes and over the others.
    """

    test: Literal["gain on confusable classes"]
    network: str
    against: tuple[str, ...] = Field(min_length=1)
    classes: tuple[int, ...] = (0, 2, 4, 6)
    protocols: tuple[str, ...] = PROTOCOLS

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        from bench.data import CLASSES

        chosen = listing([CLASSES[label] for label in self.classes])
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
            gains = [self._gains(*pair) for pair in zip(*read, strict=True)]
            yield compared(
                f"{about}, by itself",
                (title(self.network), title(other)),
                f"accuracy on {chosen}",
                ([self._inside(one) for one in read[0]], [self._inside(one) for one in read[1]]),
                runs,
                relation="higher",
                margin=0.0,
            )
            yield compared(
                about,
                (f"{title(self.network)} over {title(other)} on {chosen}", "the same on the other classes"),
                "the gain in accuracy",
                ([inside for inside, _ in gains], [outside for _, outside in gains]),
                runs,
                relation="higher",
                margin=0.0,
            )

    def _inside(self, found: Predictions) -> float:
        """Accuracy on those classes, in per cent."""
        import numpy as np

        return float(100 * found.right[np.isin(found.label, self.classes)].mean())

    def _gains(self, own: Predictions, other: Predictions) -> tuple[float, float]:
        import numpy as np

        inside = np.isin(own.label, self.classes)
        gained = own.right.astype(float) - other.right
        return float(100 * gained[inside].mean()), float(100 * gained[~inside].mean())


class Calibration(Predicate):
    """Whether a network's confidence is the share of its answers that are right: expected calibration error."""

    test: Literal["calibration"]
    network: str
    at_most: float = Field(gt=0, lt=1)
    protocols: tuple[str, ...] = PROTOCOLS

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        about = f"calibration: {title(self.network)}"
        runs, read = with_predictions(evidence, self.protocols, (self.network,))
        if runs is None:
            yield lacking(about, (self.network,), self.protocols[-1], "accuracy")
            return
        if not read:
            yield too_few(about, runs, runs.only(trained))
            return
        errors = [100 * expected_calibration_error(one.probability, one.right) for one in read[0]]
        judged = judge_mean(errors, "at most", 100 * self.at_most)
        says = (
            f"The confidence of {title(self.network)} is off by {judged.effect:.1f} percentage points on average "
            f"(expected calibration error, 95 % interval {max(0.0, judged.low):.1f} to {judged.high:.1f}, "
            f"{judged.n} runs, {runs.where}); at most {100 * self.at_most:.0f} was asked for."
        )
        yield judged.finding(about, says, "percentage points", runs)


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
