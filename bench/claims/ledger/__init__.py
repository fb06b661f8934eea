"""The ledger: one file a topic, read into claims."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, get_args

from bench.claims.model import Claim, Topic
from bench.claims.predicates import PREDICATES


@cache
def claims() -> tuple[Claim, ...]:
    """Every claim, in the order of the documents."""
    found = [claim for topic in get_args(Topic) for claim in of_topic(topic)]
    return tuple(sorted(found, key=lambda claim: (claim.document, claim.number)))


def of_topic(topic: Topic) -> tuple[Claim, ...]:
    """Every claim of a topic, in the order of its file."""
    entries = tomllib.loads((files(__name__) / f"{topic}.toml").read_text(encoding="utf-8"))
    return tuple(_claim(name, topic, **entry) for name, entry in entries.items())


def _claim(name: str, topic: Topic, parts: Sequence[dict[str, Any]], **entry: Any) -> Claim:
    read = tuple(PREDICATES[part["test"]].model_validate(part) for part in parts)
    return Claim(id=name, topic=topic, parts=read, **entry)
