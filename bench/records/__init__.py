"""The records: what one measured unit leaves behind, as a versioned schema.

A record is a header that says what was measured, where and when, and a result of its kind.  Every
quantity carries its unit in its name or is a plain count; every rate has its raw samples.
"""

from bench.records.accuracy import Accuracy, Epoch
from bench.records.audit import Attempt, Audit, Finding, Observed, StatedShape
from bench.records.base import Outcome
from bench.records.complexity import Complexity, Layer
from bench.records.experiments import (
    BranchDrop,
    Branches,
    Check,
    Convergence,
    Curve,
    Example,
    FitEpoch,
    GradientNorms,
    Localisation,
    Overfitting,
    Pointing,
    Proof,
    Quadrants,
    Robustness,
)
from bench.records.memory import LayerMemory, Memory
from bench.records.record import SCHEMA_VERSION, Device, Failure, Kind, Record, Result, Subject
from bench.records.seconds import with_seconds
from bench.records.throughput import Ceiling, DeviceState, Throughput, Timings
from bench.records.versions import current, settings_key

__all__ = [
    "SCHEMA_VERSION",
    "Accuracy",
    "Attempt",
    "Audit",
    "BranchDrop",
    "Branches",
    "Ceiling",
    "Check",
    "Complexity",
    "Convergence",
    "Curve",
    "Device",
    "DeviceState",
    "Epoch",
    "Example",
    "Failure",
    "Finding",
    "FitEpoch",
    "GradientNorms",
    "Kind",
    "Layer",
    "LayerMemory",
    "Localisation",
    "Memory",
    "Observed",
    "Outcome",
    "Overfitting",
    "Pointing",
    "Proof",
    "Quadrants",
    "Record",
    "Result",
    "Robustness",
    "StatedShape",
    "Subject",
    "Throughput",
    "Timings",
    "current",
    "settings_key",
    "with_seconds",
]
