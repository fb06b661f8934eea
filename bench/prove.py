"""Proofs as records: computed in seconds, kept beside all that was measured, and read by what decides claims."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.audit.keep import keep
from bench.machine import provenance
from bench.measure.proofs import PROPOSITIONS, SEEDS, Proposition
from bench.numbers import exact
from bench.records import Proof, Record, Subject
from bench.terminal import print_line

DECIMALS = 6
"""To which a proof's numbers tell it from an earlier one: rounding, which differs by machine, is no other outcome."""


@dataclass(frozen=True)
class Proved:
    """A proposition with the numbers that came out."""

    proposition: Proposition
    proof: Proof


def prove(results: Path) -> list[Proved]:
    """Compute every proposition, and keep the records that are not there yet.

    Raises:
        UserError: another run holds the results folder, or it cannot be written.
    """
    machine = provenance("cpu")
    found, records = [], []
    for proposition in PROPOSITIONS:
        started = time.time()
        proof = Proof(name=proposition.name, quantities=proposition.compute())
        found.append(Proved(proposition, proof))
        records.append(record(proposition, proof, started=started, machine=machine))
    keep(results, records)
    return found


def record(proposition: Proposition, proof: Proof, *, started: float, machine: dict[str, Any]) -> Record:
    """The proof's record.  Its key follows from its name, the seeds and what was found, rounding left out.

    A proof is about no one network: sizes, channels and classes of its subject are 0.
    """
    settings = {"name": "proof", "seeds": SEEDS, "precision": "float64"}
    outcome = {name: round(value, DECIMALS) + 0.0 for name, value in proof.quantities.items()}
    return Record(
        key=_digest([proposition.name, settings, outcome]),
        kind="proof",
        arch=Subject(
            name=proposition.name,
            title=proposition.says,
            family="proof",
            image_size=0,
            in_channels=0,
            num_classes=0,
            fingerprint=_digest([proposition.name, sorted(outcome)]),
        ),
        protocol=settings | {"standing": "exact count", "purpose": "identities computed beside controls"},
        seed=None,
        precision=None,
        device=None,
        result=proof,
        failure=None,
        started=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        seconds=time.time() - started,
        provenance=machine,
    )


def _digest(determinants: object) -> str:
    return hashlib.sha256(json.dumps(determinants, sort_keys=True).encode()).hexdigest()[:12]


def print_proofs(found: Sequence[Proved]) -> None:
    """Each proposition with its numbers, a line a number."""
    for one in found:
        print_line(f"{one.proposition.name}: {one.proposition.says}")
        for name, value in one.proof.quantities.items():
            print_line(f"  {exact(value):>13}  {name}")
