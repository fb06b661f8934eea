"""The tables that a run ends with."""

from __future__ import annotations

import re
from pathlib import Path

import factories
import pytest

from bench.closing import print_outcome
from bench.protocols import get_protocol
from bench.records import Record
from bench.runner import Outcome


def closing(capsys: pytest.CaptureFixture[str], records: list[Record], *protocols: str) -> str:
    outcome = Outcome(found=records)
    print_outcome(outcome, protocols=[get_protocol(name) for name in protocols], results=Path("results"))
    return capsys.readouterr().out


def test_a_table_has_the_networks_of_its_images_and_classes(capsys: pytest.CaptureFixture[str]) -> None:
    thousand = factories.subject("alexnet", 224, title="AlexNet, 1,000 classes", in_channels=3, num_classes=1000)
    records = [
        factories.complexity("lenet", image_size=28),
        factories.complexity("nin", image_size=224),
        factories.complexity(thousand, image_size=224),
    ]
    out = closing(capsys, records, "timing28", "timing224", "timing1000")
    parts = out.split("timing")[1:]
    assert [part.split(" (")[0] for part in parts] == [
        *("28, 28 px, 10 classes", "224, 224 px, 10 classes", "1000, 224 px, 1,000 classes")
    ]
    names = ("LeNet", "NiN", "AlexNet, 1,000 classes")
    assert [[name for name in names if name in part] for part in parts] == [[name] for name in names]


@pytest.mark.parametrize("width", [80, 40])
def test_the_summary_is_whole_in_a_narrow_terminal(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    records = [factories.complexity("nin"), factories.throughput("nin"), factories.accuracy("nin")]
    out = closing(capsys, records, "quick")
    assert "NiN" in out
    assert "1.98 M" in out
    assert re.search(r"0\.\d{3}\s+\[0\.\d{3} to 0\.\d{3}\]", out)
