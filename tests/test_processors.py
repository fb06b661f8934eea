"""Processors of different speed that bear one name: training runs pool, timings are kept apart."""

from __future__ import annotations

import factories

from bench.claims.evidence import scope_of
from bench.records import Device
from bench.report.build import build
from bench.report.frames import to_frames
from bench.report.overview import summary

SHARED = Device(type="cpu", model="Cloud CPU, 2 threads")
OLD = Device(type="cpu", model="Cloud CPU (family 25, model 1), 2 threads")
NEW = Device(type="cpu", model="Cloud CPU (family 26, model 2), 2 threads")


def test_an_accuracy_stands_beside_the_speed_of_the_same_device() -> None:
    frames = to_frames([factories.accuracy("nin", device=SHARED), factories.throughput("nin", device=NEW)])
    (row,) = summary(frames).to_dict("records")
    assert row["device"] == SHARED.model
    assert (row["throughput"], row["accuracy"]) == ("measured", "measured")


def test_timings_of_two_processors_are_two_rows_and_the_latest_have_the_accuracy() -> None:
    records = [
        factories.accuracy("nin", device=SHARED),
        factories.throughput("nin", device=OLD, started="2026-01-01T00:00:00Z"),
        factories.throughput("nin", device=NEW, started="2026-01-02T00:00:00Z"),
    ]
    rows = {row["device"]: row["accuracy"] for row in summary(to_frames(records)).to_dict("records")}
    assert rows == {SHARED.model: "measured", OLD.model: "not measured"}
    assert len({scope_of(record) for record in records[1:]}) == 2, "claims do not mix them either"


def test_a_timing_with_no_training_beside_it_says_its_processor_in_the_heading() -> None:
    files = build([factories.throughput("nin", device=NEW)], [])
    assert f"28 px · {NEW.model}" in files["tables/throughput.md"].decode()


def test_a_timing_under_the_shared_name_says_its_processor_below_the_table_and_among_the_machines() -> None:
    files = build([factories.throughput("nin", device=NEW), factories.accuracy("nin", device=SHARED)], [])
    told = files["tables/throughput.md"].decode()
    assert f"28 px · {SHARED.model}" in told
    assert f"Measured on {NEW.model}" in told
    assert "Measured on" not in files["tables/accuracy.md"].decode(), "its heading has the name already"
    assert NEW.model in files["index.html"].decode()
