"""Claims on images that are moved, scaled and turned, and on what a network can tell of a position."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.model import Finding, Predicate
from bench.claims.names import Network, ProtocolName
from bench.claims.predicates.compared import Relation, compared, judge_mean, mean
from bench.claims.predicates.runs import FEWEST, aligned, lacking, title, too_few, trained, under
from bench.numbers import percent
from bench.records import Curve, Quadrants, Record, Robustness

Transformation = Literal["shift", "scale", "rotation"]
TRANSFORMATIONS: tuple[Transformation, ...] = ("shift", "scale", "rotation")


class RetainedArea(Predicate):
    """How much accuracy a network retains on average over a transformation's strengths, beside others, by seed."""

    test: Literal["retained accuracy against others"]
    network: Network
    against: tuple[Network, ...] = Field(min_length=1)
    transformations: tuple[Transformation, ...] = TRANSFORMATIONS
    relation: Relation = "higher"
    points: float = Field(default=0.0, ge=0)
    protocols: tuple[ProtocolName, ...] = ("robustness224", "robustness28")

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for other in self.against:
            names = title(self.network), title(other)
            runs = aligned(evidence, "robustness", under(self.protocols, (self.network, other)))
            kept = runs.only(trained) if runs else None
            for transformation in self.transformations:
                about = f"accuracy retained under {transformation}: {names[0]} against {names[1]}"
                if runs is None or kept is None:
                    yield lacking(about, (self.network, other), self.protocols[-1], "robustness")
                elif kept.n < FEWEST:
                    yield too_few(about, runs, kept)
                else:
                    first, second = (
                        [100 * retained_area(record, transformation) for record in row] for row in kept.rows
                    )
                    yield compared(
                        about,
                        names,
                        f"the accuracy retained under {transformation}, in per cent of what it is without and averaged "
                        "over strengths,",
                        (first, second),
                        kept,
                        relation=self.relation,
                        margin=self.points,
                    )


class RetainedAtLeast(Predicate):
    """Whether networks retain a share of their accuracy under the strongest of each transformation."""

    test: Literal["retained accuracy"]
    networks: tuple[Network, ...] = Field(min_length=1)
    share: float = Field(default=0.95, gt=0, le=1)
    transformations: tuple[Transformation, ...] = TRANSFORMATIONS
    protocols: tuple[ProtocolName, ...] = ("robustness224", "robustness28")

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for network in self.networks:
            runs = aligned(evidence, "robustness", under(self.protocols, (network,)))
            kept = runs.only(trained) if runs else None
            for transformation in self.transformations:
                about = f"accuracy retained under {transformation}: {title(network)}"
                if runs is None or kept is None:
                    yield lacking(about, (network,), self.protocols[-1], "robustness")
                    continue
                if kept.n < FEWEST:
                    yield too_few(about, runs, kept)
                    continue
                worst = [100 * min(retained(record, transformation)) for record in kept.rows[0]]
                judged = judge_mean(worst, "at least", 100 * self.share).cut(0.0)
                says = (
                    f"Where {transformation} hurts most, {title(network)} retains {judged.effect:.1f} % of its "
                    f"accuracy on images as they are (95 % interval {judged.low:.1f} to {judged.high:.1f}, "
                    f"{judged.n} runs, {kept.where}); {percent(self.share)} was asked for."
                )
                yield judged.finding(about, says, "per cent", kept)


class Position(Predicate):
    """Whether a network can, or cannot, learn a task of which position alone is the label; chance is a quarter.

    A run in which a quarter has the same score for every image counts for neither: its class is dead, as a last ReLU
    makes it, and what position would have taught it cannot be seen.
    """

    test: Literal["position as the label"]
    network: Network
    learns: bool
    share: float = Field(gt=0.25, lt=1)
    """Test accuracy at which it counts as learnt, at least, or as not learnt, at most."""
    protocols: tuple[ProtocolName, ...] = ("quadrants224", "quadrants28")

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        about = f"position as the label: {title(self.network)}"
        runs = aligned(evidence, "quadrants", under(self.protocols, (self.network,)))
        if runs is None:
            yield lacking(about, (self.network,), self.protocols[-1], "quadrants")
            return
        kept = runs.only(lambda record: not _quadrants(record).dead_classes)
        if kept.n < FEWEST:
            says = (
                f"In {runs.n - kept.n} of {runs.n} runs of {title(self.network)} some quarter got the same score for "
                f"every image, so that they do not tell whether it can be learnt ({runs.where}): too few are left."
            )
            yield Finding(about=about, verdict="inconclusive", says=says, n=kept.n, records=runs.keys)
            return
        shares = [100 * _quadrants(record).test_accuracy for record in kept.rows[0]]
        judged = judge_mean(shares, "at least" if self.learns else "at most", 100 * self.share).cut(0.0, 100.0)
        asked = f"{'at least' if self.learns else 'at most'} {percent(self.share)} was claimed"
        says = (
            f"{title(self.network)} tells the garment's quarter in {mean(shares):.1f} % of test images (95 % interval "
            f"{judged.low:.1f} to {judged.high:.1f}, {judged.n} runs, {runs.where}), where chance is 25 %; {asked}."
        )
        if kept.n < runs.n:
            says += f" Left out: {runs.n - kept.n} of {runs.n}, in which some quarter had one score for every image."
        yield judged.finding(about, says, "per cent", kept)


def retained(record: Record, transformation: Transformation) -> list[float]:
    """Accuracy over clean accuracy at each strength."""
    result, curve = _curve(record, transformation)
    return [accuracy / result.clean_accuracy for accuracy in curve.accuracies]


def retained_area(record: Record, transformation: Transformation) -> float:
    """Mean of the retained share over the range of strengths, of a run that learnt something."""
    result, curve = _curve(record, transformation)
    area = result.retained_area(curve)
    assert area is not None
    return area


def _curve(record: Record, transformation: Transformation) -> tuple[Robustness, Curve]:
    assert isinstance(record.result, Robustness)
    (curve,) = (one for one in record.result.curves if one.transformation == transformation)
    return record.result, curve


def _quadrants(record: Record) -> Quadrants:
    assert isinstance(record.result, Quadrants)
    return record.result


PREDICATES: Sequence[type[Predicate]] = (RetainedArea, RetainedAtLeast, Position)
