"""The ledger: one file a topic, read into claims."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, get_args

from bench.claims.model import Claim, Topic
from bench.claims.predicates import PREDICATES


@cache
def claims() -> tuple[Claim, ...]:
    """Every claim, in the order of the documents."""
    found = [claim for topic in get_args(Topic) for claim in _of_topic(topic)]
    return tuple(sorted(found, key=lambda claim: (claim.document, claim.number)))


def _of_topic(topic: Topic) -> Iterator[Claim]:
    path = files(__name__) / f"{topic}.toml"
    for name, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
        parts = tuple(_part(part) for part in entry.pop("parts"))
        yield Claim(id=name, topic=topic, parts=parts, **entry)


def _part(entry: dict[str, Any]) -> Any:
    return PREDICATES[entry["test"]].model_validate(entry)
