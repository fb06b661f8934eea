"""The header around a result: what was measured, where and when."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from bench.protocols import Measure
from bench.records.accuracy import Accuracy
from bench.records.audit import Audit
from bench.records.base import Model
from bench.records.complexity import Complexity
from bench.records.experiments import (
    Branches,
    Convergence,
    Localisation,
    Overfitting,
    Proof,
    Quadrants,
    Robustness,
)
from bench.records.memory import Memory
from bench.records.throughput import Throughput

SCHEMA_VERSION = 1
OF_ONE_RUN = ("others_share", "side_by_side", "earlier")
"""Facts of provenance that tell what else the machine did during a run, and what changed while it was stopped."""
MOST_COMPANY = 0.1
"""Share of the machine's processor time above which others slowed a unit too much for its seconds to count."""
Kind = Literal[Measure, "audit", "proof"]
Result = Annotated[
    Complexity
    | Throughput
    | Memory
    | Accuracy
    | Overfitting
    | Convergence
    | Robustness
    | Quadrants
    | Localisation
    | Branches
    | Audit
    | Proof,
    Field(discriminator="kind"),
]


class Failure(Model):
    """Why a unit has no result."""

    reason: Literal["out of memory", "killed", "error"]
    message: str
    traceback: str | None = None


class Subject(Model):
    """The network that was measured."""

    name: str
    title: str
    family: str
    image_size: int
    in_channels: int
    num_classes: int
    fingerprint: str
    """Hash of the layers, so that an edited network makes new units."""


class Device(Model):
    """Where it was measured."""

    type: Literal["cpu", "cuda", "mps"]
    model: str


class Record(Model):
    """One measured unit."""

    schema_version: Literal[1] = 1
    key: str
    """Hash of everything that determines the unit; see `bench.plan`."""
    kind: Kind
    arch: Subject
    protocol: dict[str, Any]
    """Every setting of the protocol; its name is under "name"."""
    seed: int | None
    precision: Literal["fp32", "tf32", "bf16", "fp16"] | None
    device: Device | None
    """None where the result does not depend on one."""
    result: Result | None
    failure: Failure | None
    started: str
    """UTC, ISO 8601."""
    seconds: float
    provenance: dict[str, Any]
    """The machine, the software and the commit; see `bench.machine`."""

    @property
    def failed(self) -> bool:
        return self.failure is not None

    @property
    def surroundings(self) -> dict[str, Any]:
        """Provenance without what was of this one run: the same for all that was measured here in this way."""
        return {name: value for name, value in self.provenance.items() if name not in OF_ONE_RUN}

    @property
    def processor(self) -> tuple[str, ...]:
        """What makes two processors one, as far as provenance tells."""
        facts = ("processor", "processor_family", "processor_model", "cpu_capability")
        return tuple(str(self.provenance.get(name, "")) for name in facts)

    @property
    def timed_alone(self) -> bool:
        """Whether the unit is known to have had the machine to itself, without which its seconds are not its own."""
        facts = self.provenance
        return bool(facts.get("side_by_side", 1) == 1 and facts.get("others_share", 1.0) <= MOST_COMPANY)
