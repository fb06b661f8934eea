"""Pairs of claims that cannot both be right, and which of them the measurements take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import Field

from archs.names import unknown
from bench.claims.ledger import claims
from bench.claims.model import Decision, Verdict
from bench.claims.slips import fitted, read_toml
from bench.errors import UserError
from bench.numbers import listing
from bench.records.base import Model

Standing = Literal["holds", "falls", "divided", "mixed", "open", "untestable"]
Taken = Literal[
    "untestable",
    "one",
    "other",
    "one in part",
    "other in part",
    "neither, one in part",
    "neither, other in part",
    "both hold",
    "both in part",
    "neither holds",
    "undecided",
]
UNDECIDED: tuple[Verdict, ...] = ("not measured", "inconclusive", "not testable")


class Side(Model):
    """What one of them says, and the claims that say it."""

    says: str
    claims: tuple[str, ...] = Field(min_length=1)


class Contradiction(Model):
    """Two sides of one question."""

    topic: str
    one: Side
    other: Side


@dataclass(frozen=True)
class Resolution:
    """A contradiction with what the verdicts make of its sides."""

    contradiction: Contradiction
    verdicts: Mapping[str, Verdict]
    taken: Taken

    @property
    def says(self) -> str:
        """The answer in a sentence."""
        pair = self.contradiction
        return {
            "one": f"The evidence takes this side: {pair.one.says}",
            "other": f"The evidence takes this side: {pair.other.says}",
            "one in part": self._in_part(pair.one),
            "other in part": self._in_part(pair.other),
            "neither, one in part": f"Neither side holds as it stands; in part this one does: {pair.one.says}",
            "neither, other in part": f"Neither side holds as it stands; in part this one does: {pair.other.says}",
            "both hold": "Both sides hold as they were tested.",
            "both in part": "Both sides hold in part.",
            "neither holds": "Neither side holds.",
            "undecided": "The evidence does not decide yet.",
            "untestable": "One side is nothing that evidence could decide.",
        }[self.taken]

    def _in_part(self, side: Side) -> str:
        held, fallen = (
            [name for name in side.claims if self.verdicts[name] == verdict] for verdict in ("supported", "refuted")
        )
        holds, does = "hold" if len(held) > 1 else "holds", "do" if len(fallen) > 1 else "does"
        told = f"{listing(held)} {holds}, {listing(fallen)} {does} not"
        return f"Only this side has claims that hold: {side.says} {told}."


@cache
def contradictions() -> tuple[Contradiction, ...]:
    """All pairs, in the order of the ledger.

    Raises:
        UserError: one is not written as pairs are, or names a claim that is not there.
    """
    path = files("bench.claims.ledger") / "contradictions.toml"
    pairs = fitted(_Pairs, read_toml(path), str(path)).pair
    known = [claim.id for claim in claims()]
    for pair in pairs:
        for name in (*pair.one.claims, *pair.other.claims):
            if name not in known:
                told = unknown("no claim is called", name, known, listed_by="`bench claims`")
                raise UserError(f"{path}, {pair.topic!r}: {told}")
    return pairs


class _Pairs(Model):
    pair: tuple[Contradiction, ...]


def resolve(decisions: Sequence[Decision]) -> tuple[Resolution, ...]:
    """What the verdicts make of each pair."""
    verdicts = {decision.claim.id: decision.verdict for decision in decisions}
    found = []
    for pair in contradictions():
        own = {claim: verdicts[claim] for claim in (*pair.one.claims, *pair.other.claims)}
        one, other = (standing([own[claim] for claim in side.claims]) for side in (pair.one, pair.other))
        still_open = any(verdict in UNDECIDED for verdict in own.values())
        found.append(Resolution(pair, own, taken(one, other, still_open=still_open)))
    return tuple(found)


def standing(verdicts: Sequence[Verdict]) -> Standing:
    """A side holds where a claim of it is supported and none is refuted, and falls the other way round.

    With both it is divided.  A mixed claim speaks for neither; where nothing else was decided, the side is mixed.
    """
    if set(verdicts) == {"not testable"}:
        return "untestable"
    if "supported" in verdicts:
        return "divided" if "refuted" in verdicts else "holds"
    if "refuted" in verdicts:
        return "falls"
    return "mixed" if "mixed" in verdicts else "open"


def taken(one: Standing, other: Standing, *, still_open: bool) -> Taken:
    """The side that holds where the other does not.

    Once all is decided, a side that is divided beside one that falls is the only one of which a claim holds.  Beside
    one that falls, a side that is mixed has no claim that holds as a whole, so that neither does; it holds in part.
    """
    if "untestable" in (one, other):
        return "untestable"
    if one == other == "holds":
        return "both hold"
    if one == other == "falls":
        return "neither holds"
    if one == "holds" and other in ("falls", "divided", "mixed"):
        return "one"
    if other == "holds" and one in ("falls", "divided", "mixed"):
        return "other"
    if still_open or "open" in (one, other):
        return "undecided"
    if "falls" not in (one, other):
        return "both in part"
    if other == "falls":
        return "one in part" if one == "divided" else "neither, one in part"
    return "other in part" if other == "divided" else "neither, other in part"
