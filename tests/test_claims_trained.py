"""The ledger of the claims that need training or timing: what it asks for exists, and nothing is decided without it."""

from __future__ import annotations

from typing import get_args

import pytest

from bench.claims.decide import decide
from bench.claims.evidence import Evidence
from bench.claims.ledger import _of_topic
from bench.protocols import MEASURES, PROTOCOLS, get_protocols

TOPICS = {"accuracy": 15, "overfitting": 11, "convergence": 3, "robustness": 3, "interpretability": 5, "speed": 4}
WITHOUT_RECORDS = {"D1-25": "mixed", "D2-17": "not testable", "D3-5": "not testable", "D3-4": "supported"}
"""Verdicts that rest on no record: there is none that could help, or publications decide."""


@pytest.mark.parametrize("topic", TOPICS)
def test_every_claim_of_a_topic_is_there(topic: str) -> None:
    assert len([*_of_topic(topic)]) == TOPICS[topic]  # type: ignore[arg-type]


@pytest.mark.parametrize("topic", TOPICS)
def test_without_records_nothing_is_decided_and_every_command_that_is_told_is_one(topic: str) -> None:
    for decision in decide([*_of_topic(topic)], Evidence([])):  # type: ignore[arg-type]
        expected = WITHOUT_RECORDS.get(decision.claim.id, "not measured")
        assert decision.verdict == expected
        # Of D1-25 publications decide one half, and it can be measured nonetheless.
        assert bool(decision.needs) == (expected == "not measured" or decision.claim.id == "D1-25")
        for need in decision.needs:
            if need.measure != "proof":
                assert get_protocols(need.protocol)
                assert need.measure in MEASURES
                assert need.archs


@pytest.mark.parametrize("topic", TOPICS)
def test_protocols_that_may_decide_exist(topic: str) -> None:
    for claim in _of_topic(topic):  # type: ignore[arg-type]
        for part in claim.parts:
            assert set(getattr(part, "protocols", ())) <= set(PROTOCOLS)


def test_predicates_are_found_by_the_name_that_the_ledger_uses() -> None:
    from bench.claims.predicates import PREDICATES

    assert all(get_args(found.model_fields["test"].annotation) == (name,) for name, found in PREDICATES.items())
