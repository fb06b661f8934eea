"""The verdicts that are committed beside the records: what others cite, and what a check compares with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.claims.model import Decision
from bench.errors import UserError

FILE = "verdicts.json"


def save(results: Path, decisions: Sequence[Decision]) -> Path:
    """Write each claim's verdict to the results folder."""
    path = results / FILE
    path.write_text(json.dumps({one.claim.id: one.verdict for one in decisions}, indent=1) + "\n")
    return path


def load(results: Path) -> dict[str, str]:
    """Verdicts by claim.

    Raises:
        UserError: there are none, or the file is damaged or holds something else.
    """
    path = results / FILE
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        raise UserError(f"no verdicts are kept in {results}; `bench claims --save` keeps them") from None
    except ValueError:
        raise UserError(f"{path} is no whole JSON; `bench claims --save` writes it anew") from None
    if not isinstance(found, dict):
        raise UserError(f"{path} holds no verdicts by claim; `bench claims --save` writes it anew")
    return found


def changes(kept: Mapping[str, str], decisions: Sequence[Decision]) -> list[str]:
    """A line about each claim whose verdict is another than the kept one."""
    return [
        f"{one.claim.id}: {kept.get(one.claim.id, 'no verdict')} is kept, the records say {one.verdict}"
        for one in decisions
        if kept.get(one.claim.id) != one.verdict
    ]
