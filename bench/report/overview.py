"""The table of everything: one row a network, image size, protocol, device and precision."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bench.report import speeds, tables
from bench.report.experiment_frames import EXPERIMENTS
from bench.report.frames import NETWORK, SCOPE, Frames
from bench.report.identity import network_rank
from bench.report.style import Look, looks
from bench.report.tables import PLACE, rows_at

PEAK = ("training_peak_bytes", "training_peak_low", "training_peak_high")
_MEASURED = [
    *("parameters", "macs", "flops"),
    *("training_images_per_second", "training_low", "training_high", "training_batch"),
    *("inference_images_per_second", "inference_low", "inference_high", "inference_batch"),
    *("latency_seconds", "latency_low", "latency_high", "latency_utilisation", "group", *PEAK, "memory_batch"),
    *("test_accuracy", "accuracy_low", "accuracy_high", "interval", "seeds", "lowest", "highest", "trained_on"),
    *("images_seen", "stuck", "lossy_runs", "undecided", "accuracy_by_lot"),
]
STATES = ["complexity", "throughput", "memory", "accuracy"]
COLUMNS = [*PLACE, "standing", *_MEASURED, *STATES]


def summary(frames: Frames) -> pd.DataFrame:
    """Exact numbers, ready to be printed or drawn.

    Rates are those of `speeds.throughput` at the largest batch that every network of the scope was timed at; latency
    is what a step of one image takes, averaged in the same way.  The columns of `STATES` say "measured", "not
    measured" or why it failed.  Counts depend on no device: networks that were only counted have rows with an empty
    protocol and device.
    """
    timed = plain(fairest(speeds.throughput(frames.throughput, frames.complexity)))
    memory = tables.memory(frames.memory)
    accuracy = tables.accuracy(frames.accuracy, frames.failures)
    counts = tables.complexity(frames.complexity)
    rows = []
    for place in _places(frames):
        row = place | dict.fromkeys(STATES, "not measured")
        row |= _counts(counts, place) | _speed(timed, place) | _memory(memory, place) | _accuracy(accuracy, place)
        for kind in STATES:
            row[kind] = _state(frames.failures, kind, place, row[kind])
        row["standing"] = _standing(frames, place)
        rows.append(row)
    rows.sort(key=lambda row: ([str(row[name]) for name in SCOPE], network_rank(row["arch"], row["family"])))
    whole = ["parameters", "macs", "flops", "training_batch", "inference_batch", *PEAK, "memory_batch"]
    whole += ["seeds", "images_seen", "stuck", "lossy_runs", "undecided"]
    return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(whole, "Int64"))


def networks(frames: Frames, summary: pd.DataFrame) -> pd.DataFrame:
    """Name, title and family of every network that a figure or a table may show, as the project lists them."""
    parts = [summary, *(getattr(frames, name) for name in EXPERIMENTS)]
    shown = pd.concat([part[["arch", "title", "family"]].astype(str) for part in parts]).drop_duplicates()
    order = sorted(shown.itertuples(index=False), key=lambda row: network_rank(row.arch, row.family))
    return pd.DataFrame(order, columns=shown.columns)


def network_looks(frames: Frames, summary: pd.DataFrame) -> dict[str, Look]:
    """The look of each of the `networks`, the same in all figures; those of one scope and kind are drawn together."""
    names = networks(frames, summary)
    measured = [summary[summary["protocol"] != ""], *(getattr(frames, name) for name in EXPERIMENTS)]
    beside = [frozenset(part["arch"]) for table in measured for _, part in tables.groups(table, SCOPE)]
    return looks(zip(names["arch"], names["family"], strict=True), beside)


def fairest(table: pd.DataFrame) -> pd.DataFrame:
    """One timing for each network, mode and batch: from the group in which most networks were timed together."""
    if table.empty:
        return table
    sizes = table.groupby([*SCOPE, "group"])["arch"].transform("nunique")
    best = table.assign(_size=sizes).sort_values(["_size", "group"], ascending=[False, True], kind="stable")
    best = best.drop_duplicates([*PLACE, "engine", "mode", "requested_batch"]).drop(columns="_size")
    return best.sort_index()


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """The cases that PyTorch ran as it is, which every network has."""
    return table[table["engine"] == "eager"]


def common_batch(timed: pd.DataFrame, mode: str) -> int | None:
    """The largest batch that every network in `timed` was run at as requested; None where there is none."""
    cases = timed[(timed["mode"] == mode) & (timed["batch"] == timed["requested_batch"])]
    sets = [set(part["batch"]) for _, part in tables.groups(cases, NETWORK)]
    if not sets or len(sets) < len(timed[NETWORK].drop_duplicates()):
        return None
    return max(set.intersection(*sets), default=None)


def _places(frames: Frames) -> list[dict[str, Any]]:
    failures = frames.failures[~frames.failures["kind"].isin(EXPERIMENTS)]
    parts = [frames.memory, frames.throughput, frames.accuracy, failures.query("kind != 'complexity'")]
    located = pd.concat([part[PLACE] for part in parts]).drop_duplicates()
    counted = pd.concat([frames.complexity[NETWORK], failures[NETWORK]]).drop_duplicates()
    places = [{str(k): v for k, v in row.items()} for row in located.to_dict("records")]
    seen = {(row["arch"], row["fingerprint"], row["image_size"]) for row in places}
    for row in counted.to_dict("records"):
        if (row["arch"], row["fingerprint"], row["image_size"]) not in seen:
            places.append({str(k): v for k, v in row.items()} | {"protocol": "", "device": "", "precision": ""})
    return places


def _counts(table: pd.DataFrame, place: dict[str, Any]) -> dict[str, Any]:
    here = rows_at(table, place, ["arch", "fingerprint", "image_size"])
    if here.empty:
        return {}
    return {name: here.iloc[0][name] for name in ("parameters", "macs", "flops")} | {"complexity": "measured"}


def _speed(timed: pd.DataFrame, place: dict[str, Any]) -> dict[str, Any]:
    own = rows_at(timed, place, PLACE)
    if own.empty:
        return {}
    peers = tables.same_scope(timed, place)
    row: dict[str, Any] = {"throughput": "measured", "group": own.iloc[0]["group"]}
    for mode in ("training", "inference"):
        batch = common_batch(peers, mode)
        case = own[(own["mode"] == mode) & (own["batch"] == batch) & (own["requested_batch"] == batch)]
        if batch is None or case.empty:
            continue
        names = {"images_per_second": "images_per_second", "low": "low", "high": "high", "batch": "batch"}
        row |= {f"{mode}_{name}": case.iloc[0][source] for name, source in names.items()}
    single = own[(own["mode"] == "inference") & (own["batch"] == 1)]
    if not single.empty:
        alone = single.iloc[0]
        row |= {"latency_low": 1 / alone["high"], "latency_seconds": alone["step_seconds"]}
        row |= {"latency_high": 1 / alone["low"], "latency_utilisation": alone["utilisation"]}
    return row


def _memory(table: pd.DataFrame, place: dict[str, Any]) -> dict[str, Any]:
    here = rows_at(table, place, PLACE)
    if here.empty:
        return {}
    peak = here.sort_values("batch").iloc[-1]
    return {
        "memory": "measured",
        **{name: peak[name] for name in PEAK},
        "memory_batch": peak["batch"],
    }


def _accuracy(table: pd.DataFrame, place: dict[str, Any]) -> dict[str, Any]:
    here = rows_at(table, place, PLACE)
    if here.empty or here.iloc[0]["seeds"] == 0:
        return {}
    row = here.iloc[0]
    return {
        "accuracy": "measured",
        "test_accuracy": row["test_accuracy"],
        "accuracy_low": row["low"],
        "accuracy_high": row["high"],
        "interval": row["interval"],
        **{name: row[name] for name in ("seeds", "lowest", "highest", "trained_on", "images_seen")},
        "stuck": row["stuck_at_chance"] + row["diverged"],
        "lossy_runs": row["lossy_runs"],
        "undecided": row["undecided"],
        "accuracy_by_lot": row["accuracy_by_lot"],
    }


def _state(failures: pd.DataFrame, kind: str, place: dict[str, Any], state: str) -> str:
    by = ["arch", "fingerprint", "image_size"] if kind == "complexity" else PLACE
    lost = failures[(failures["kind"] == kind) & (failures["later"] == "")]
    reasons = sorted(set(rows_at(lost, place, by)["reason"]))
    if not reasons:
        return state
    failed = f"failed: {', '.join(reasons)}"
    return f"measured, but a unit {failed}" if state == "measured" else failed


def _standing(frames: Frames, place: dict[str, Any]) -> str:
    if place["protocol"] == "":
        return "exact count"
    parts = (frames.memory, frames.throughput, frames.accuracy, frames.failures)
    return tables.weakest([one for part in parts for one in rows_at(part, place, PLACE)["standing"]])
