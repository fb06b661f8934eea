"""How the claims are printed as files: one row a claim, and one a contradiction."""

from __future__ import annotations

import pandas as pd

from bench.claims.words import bounds_words
from bench.report.sections import Column, Layout, Row, number, words


def _effect(row: Row) -> str:
    return bounds_words(row["effect"], row["low"], row["high"], row["unit"])


def _claim_columns(table: pd.DataFrame) -> list[Column]:
    return [
        words("Claim", "claim"),
        number("Line", "line", str),
        words("What is claimed", "says"),
        words("Verdict", "verdict"),
        Column("Effect", _effect, "effect", False),
        words("Of what", "about"),
    ]


def _claim_notes(table: pd.DataFrame) -> list[str]:
    return [
        "Claims are told in our words; D2-16 is the sixteenth of document 002. The effect is that of the finding on "
        "which the verdict hangs, with its 95 % interval; the csv of findings has all of them."
    ]


CLAIMS = Layout("claims", "Claims and verdicts", ("document",), _claim_columns, _claim_notes)
CONTRADICTIONS = Layout(
    "contradictions",
    "Contradictions",
    (),
    lambda table: [
        words("Topic", "topic"),
        words("One side", "one_side"),
        words("Its claims", "one_claims"),
        words("The other", "other_side"),
        words("Its claims ", "other_claims"),
        words("Outcome", "taken"),
    ],
)
