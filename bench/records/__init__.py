"""The records: what one measured unit leaves behind, as a versioned schema.

A record is a header that says what was measured, where and when, and a result of its kind.  Every
quantity carries its unit in its name or is a plain count; every rate has its raw samples.
"""

from bench.records.accuracy import Accuracy, Epoch
from bench.records.audit import Attempt, Audit, Finding, Observed, StatedShape
from bench.records.complexity import Complexity, Layer
from bench.records.memory import Memory
from bench.records.record import SCHEMA_VERSION, Device, Failure, Kind, Record, Result, Subject
from bench.records.throughput import Ceiling, DeviceState, Engine, Throughput, Timings

__all__ = [
    "SCHEMA_VERSION",
    "Accuracy",
    "Attempt",
    "Audit",
    "Ceiling",
    "Complexity",
    "Device",
    "DeviceState",
    "Engine",
    "Epoch",
    "Failure",
    "Finding",
    "Kind",
    "Layer",
    "Memory",
    "Observed",
    "Record",
    "Result",
    "StatedShape",
    "Subject",
    "Throughput",
    "Timings",
]
