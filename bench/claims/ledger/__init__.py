"""The ledger: one file a topic, read into claims."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, get_args

from archs.names import unknown
from bench.claims.model import Claim, Predicate, Topic
from bench.claims.predicates import PREDICATES
from bench.claims.slips import fitted, read_toml
from bench.errors import UserError


@cache
def claims() -> tuple[Claim, ...]:
    """Every claim, in the order of the documents.

    Raises:
        UserError: a claim is not written as claims are, or two are called the same.
    """
    found: dict[str, Claim] = {}
    for claim in (claim for topic in get_args(Topic) for claim in of_topic(topic)):
        if claim.id in found:
            both = f"{found[claim.id].topic}.toml and {claim.topic}.toml in {files(__name__)}"
            raise UserError(f"{claim.id} stands in both {both}; give one of the two another number")
        found[claim.id] = claim
    return tuple(sorted(found.values(), key=lambda claim: (claim.document, claim.number)))


def of_topic(topic: Topic) -> tuple[Claim, ...]:
    """Every claim of a topic, in the order of its file.

    Raises:
        UserError: one is not written as claims are.
    """
    path = files(__name__) / f"{topic}.toml"
    return tuple(_claim(name, topic, entry, f"{path}, {name}") for name, entry in read_toml(path).items())


def _claim(name: str, topic: Topic, entry: Any, where: str) -> Claim:
    if not isinstance(entry, dict):
        raise UserError(f"{where}: it stands outside of a claim; a claim begins with its identifier, such as [D0-1]")
    parts = entry.get("parts", [])
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise UserError(f"{where}: each of its parts begins with [[{name}.parts]]")
    read = tuple(_part(part, f"{where}, part {number}") for number, part in enumerate(parts, start=1))
    return fitted(Claim, {**entry, "id": name, "topic": topic, "parts": read}, where)


def _part(part: dict[str, Any], where: str) -> Predicate:
    test = str(part.get("test", ""))
    if test not in PREDICATES:
        listed = "docs/adding-a-claim.md"
        raise UserError(f"{where}: {unknown('no test is called', test, PREDICATES, listed_by=listed)}")
    return fitted(PREDICATES[test], part, f"{where} ({test})")
