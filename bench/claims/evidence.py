"""The records as predicates ask for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from archs.names import unknown
from bench.predictions import Predictions, read_predictions
from bench.protocols import TRAINED
from bench.protocols.rates import taken_over
from bench.records import Accuracy, Kind, Record, current

COUNTED = {"1x28x28/10": "timing28", "1x224x224/10": "timing224", "3x224x224/1000": "timing1000"}
"""A protocol that counts networks in each setting, as the ledger writes it."""


@dataclass(frozen=True)
class Setting:
    """Images and classes that a network is built for; written "1x224x224/10" in the ledger."""

    in_channels: int
    image_size: int
    num_classes: int

    @classmethod
    def parse(cls, text: str) -> Setting:
        """From "1x224x224/10".

        Raises:
            ValueError: no protocol counts networks in it.
        """
        if text not in COUNTED:
            raise ValueError(unknown("no setting is called", text, COUNTED))
        channels, size, rest = text.split("x")
        return cls(int(channels), int(size), int(rest.partition("/")[2]))

    @property
    def protocol(self) -> str:
        """A protocol whose counts have this setting."""
        return COUNTED[f"{self}/{self.num_classes}"]

    def __str__(self) -> str:
        return f"{self.in_channels}x{self.image_size}x{self.image_size}"


@dataclass(frozen=True)
class Scope:
    """Runs that compare: one protocol, one device, one precision."""

    protocol: str
    device: str
    precision: str


class Evidence:
    """The records that may decide a claim: those that are `current`.

    Args:
        records: in any order.
        folder: results folder, for the predictions beside the records; None where there are none.
    """

    def __init__(self, records: Sequence[Record], folder: Path | None = None) -> None:
        self.records = tuple(current(records))
        self._folder = folder
        self._predictions: dict[str, Predictions | None] = {}

    @cached_property
    def _by_kind(self) -> dict[Kind, list[Record]]:
        found: defaultdict[Kind, list[Record]] = defaultdict(list)
        for record in self.records:
            found[record.kind].append(record)
        return found

    @cached_property
    def by_key(self) -> dict[str, Record]:
        return {record.key: record for record in self.records}

    def of_kind(self, kind: Kind) -> list[Record]:
        """In order of time."""
        return self._by_kind.get(kind, [])

    def predictions(self, record: Record) -> Predictions | None:
        """Of an accuracy run; None where the file that its record names is not there."""
        assert isinstance(record.result, Accuracy)
        if record.key not in self._predictions:
            digest = record.result.predictions_sha256
            self._predictions[record.key] = read_predictions(self._folder, record.result.predictions, digest)
        return self._predictions[record.key]

    def counts(self, arch: str, setting: Setting) -> Record | None:
        """The latest complexity of a network as it is built for `setting`."""
        found = [
            record
            for record in self.of_kind("complexity")
            if record.arch.name == arch
            and (record.arch.in_channels, record.arch.image_size, record.arch.num_classes)
            == (setting.in_channels, setting.image_size, setting.num_classes)
        ]
        return found[-1] if found else None

    def runs(self, kind: Kind, arch: str, scope: Scope) -> dict[int, Record]:
        """Records of one network in one scope, by seed; of several with one seed the latest."""
        return {
            record.seed: record
            for record in self.of_kind(kind)
            if record.arch.name == arch and record.seed is not None and scope_of(record) == scope
        }

    def beside(self, archs: Sequence[str], protocol: str, measure: str) -> tuple[str, str] | None:
        """Type of device and precision in which this was measured of one of `archs` under a protocol, or a family of
        protocols, so far; None where it never was, or in several ways."""
        found = {
            (record.device.type, record.precision)
            for record in self.records
            if record.kind == measure
            and record.arch.name in archs
            and protocol in (record.protocol.get("name"), record.protocol.get("family"))
            and record.device is not None
            and record.precision is not None
        }
        return next(iter(found)) if len(found) == 1 else None


def scope_of(record: Record) -> Scope:
    """Protocol, device and precision."""
    return Scope(
        str(record.protocol.get("name", "")), record.device.model if record.device else "", record.precision or ""
    )


def provisional(records: Sequence[Record]) -> bool:
    """Whether one was trained at a rate that was not searched for its network, or for none yet."""
    return any(
        record.protocol.get("standing") == "untuned"
        or (record.kind in TRAINED and taken_over(record.arch.name, record.protocol))
        for record in records
    )
