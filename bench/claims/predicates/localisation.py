"""Claims on where a network looks: the pointing game with class maps and with Grad-CAM.

A map that always points at the middle of the canvas hits far more often than a point drawn at random, since objects
lie about the middle.  What counts is therefore skill: how far a map comes from the rate at which the same points hit
the object of another image, which is 0, to hitting every time, which is 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from bench.claims.evidence import Evidence
from bench.claims.model import Finding, Predicate
from bench.claims.names import Network, ProtocolName
from bench.claims.predicates.compared import compared, judge_mean, mean
from bench.claims.predicates.runs import FEWEST, aligned, lacking, title, too_few, trained, under
from bench.numbers import percent
from bench.records import Localisation, Record
from bench.records.experiments import MapKind

PROTOCOLS = ("localisation224", "localisation28")
USABLE = "learn anything and have a map that could point better than chance"
"""What a run has to do to count."""


class PointingAgainstChance(Predicate):
    """Whether the most prominent point of a network's map lies on the object by more than chance.

    One run is one sample: images of one run share a network, and are not independent of each other.
    """

    test: Literal["pointing against chance"]
    network: Network
    map: MapKind = "class map"
    skill: float = Field(gt=0, lt=1)
    """At least so much of the way from chance to every image."""
    protocols: tuple[ProtocolName, ...] = PROTOCOLS

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        about = f"pointing by {self.map}: {title(self.network)} against chance"
        runs = aligned(evidence, "localisation", under(self.protocols, (self.network,)))
        if runs is None:
            yield lacking(about, (self.network,), self.protocols[-1], "localisation")
            return
        kept = runs.only(lambda record: trained(record) and self.map in skills(record))
        if kept.n < FEWEST:
            yield too_few(about, runs, kept, USABLE)
            return
        found = [100 * skills(record)[self.map] for record in kept.rows[0]]
        judged = judge_mean(found, "at least", 100 * self.skill).cut(high=100.0)
        games = [_games(record)[self.map] for record in kept.rows[0]]
        says = (
            f"The most prominent point of the {self.map} of {title(self.network)} lies on the object in "
            f"{percent(mean([hit / images for hit, _, images in games]))} of the images that it classifies correctly, "
            f"where the same points lie on the object of another image in "
            f"{percent(mean([elsewhere / images for _, elsewhere, images in games]))}: {judged.effect:.0f} % of "
            f"the way from chance to certainty (95 % interval {judged.low:.0f} to {judged.high:.0f}, {judged.n} runs, "
            f"{kept.where}); {percent(self.skill)} was asked for."
        )
        yield judged.finding(about, says, "per cent", kept)


class PointingAgainstOthers(Predicate):
    """Skill of a network's map at pointing beside the best map of each of several others, paired by seed."""

    test: Literal["pointing against others"]
    network: Network
    map: MapKind = "class map"
    against: tuple[Network, ...] = Field(min_length=1)
    points: float = Field(default=0.0, ge=0)
    protocols: tuple[ProtocolName, ...] = PROTOCOLS

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for other in self.against:
            about = f"pointing: {title(self.network)} by {self.map} against {title(other)} by its best map"
            runs = aligned(evidence, "localisation", under(self.protocols, (self.network, other)))
            if runs is None:
                yield lacking(about, (self.network, other), self.protocols[-1], "localisation")
                continue
            kept = runs.only(self._usable)
            if kept.n < FEWEST:
                yield too_few(about, runs, kept, USABLE)
                continue
            yield compared(
                about,
                (title(self.network), title(other)),
                "the skill at pointing, from 0 at chance to 100 at certainty,",
                (
                    [100 * skills(record)[self.map] for record in kept.rows[0]],
                    # The best of its maps in each run, so that the comparison does not turn on the choice of method.
                    [100 * max(skills(record).values()) for record in kept.rows[1]],
                ),
                kept,
                relation="higher",
                margin=self.points,
            )

    def _usable(self, record: Record) -> bool:
        own = record.arch.name == self.network
        return trained(record) and (self.map in skills(record) if own else bool(skills(record)))


def skills(record: Record) -> dict[MapKind, float]:
    """Skill by kind of map: share of hits less that on another image's object, over what that leaves to be gained."""
    return {
        kind: (hits - elsewhere) / (images - elsewhere) for kind, (hits, elsewhere, images) in _games(record).items()
    }


def _games(record: Record) -> dict[MapKind, tuple[int, int, int]]:
    """Hits, hits on the object of another image, and images, of maps that have something to gain over chance.

    A cell points at the middle of what it sees; where that is not known, at where it lies in the stretched map.
    """
    assert isinstance(record.result, Localisation)
    found: dict[MapKind, tuple[int, int, int]] = {}
    for one in record.result.pointing:
        known = one.field_hits is not None and one.field_hits_elsewhere is not None
        hits, elsewhere = (one.field_hits, one.field_hits_elsewhere) if known else (one.hits, one.hits_elsewhere)
        if one.images and hits is not None and elsewhere is not None and elsewhere < one.images:
            found[one.map] = hits, elsewhere, one.images
    return found


PREDICATES: Sequence[type[Predicate]] = (PointingAgainstChance, PointingAgainstOthers)
