"""Claims that nothing here can decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from bench.claims.evidence import Evidence
from bench.claims.model import Finding, Predicate


class NotTestable(Predicate):
    """No measurement, proof or source decides it, for a reason that is given."""

    test: Literal["not testable"]
    reason: str

    def findings(self, evidence: Evidence) -> Iterable[Finding]:
        yield Finding(about="the claim as it stands", verdict="not testable", says=self.reason)


PREDICATES: Sequence[type[Predicate]] = (NotTestable,)
