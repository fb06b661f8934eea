"""Tables with exact numbers, as pure functions from a tidy frame.

`bench.report.overview` joins them, `bench.report.layouts` says how each is printed for people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bench.numbers import listing, missing
from bench.report.frames import NETWORK, SCOPE
from bench.stats import mean_interval, median_spread, proportion_interval, within_shares

PLACE = [*NETWORK, "protocol", "device", "precision"]
"""Identifies what was measured and where."""
STANDINGS = ("unknown", "quick look", "untuned", "citable")
T_INTERVAL, WILSON_INTERVAL = "t over seeds", "Wilson over test images"


def weakest(standings: pd.Series[str] | list[str]) -> str:
    """A row rests on all its records, so that it stands as the weakest of them."""
    return min(standings, key=lambda one: STANDINGS.index(one) if one in STANDINGS else -1)


def groups(frame: pd.DataFrame, by: list[str]) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Groups in the order in which they first appear, each with the values that identify it."""
    if frame.empty:
        return
    if not by:
        yield {}, frame
        return
    for values, part in frame.groupby(by, sort=False, dropna=False):
        yield dict(zip(by, values, strict=True)), part


def complexity(frame: pd.DataFrame) -> pd.DataFrame:
    """Exact counts for one image, forward pass: one row a network and image size.

    The counts depend on neither device nor protocol, so that the same ones found again are one row;
    counts that differ for the same network stay apart, to be seen.
    """
    columns = [*NETWORK, "parameters", "macs", "flops", "moved_elements", "other_operations", "uncounted"]
    return frame[columns].drop_duplicates().reset_index(drop=True).assign(standing="exact count")


def memory(frame: pd.DataFrame) -> pd.DataFrame:
    """Bytes: one row a network, place and batch.

    A peak is the median of the processes, `low` and `high` the interval of `bench.stats.median_spread` about it,
    which for up to five processes is their range.
    """
    by = [*PLACE, "batch", "method"]
    counted = ["parameter_bytes", "saved_for_backward_bytes"]
    columns = [*counted, *(f"{mode}_peak_{part}" for mode in ("training", "inference") for part in _PEAK)]
    rows = []
    for place, part in groups(frame, by):
        row = place | {"standing": weakest(part["standing"]), "processes": len(part)}
        row |= {name: part[name].max() for name in counted}
        rows.append(row | _peak("training", part) | _peak("inference", part))
    return pd.DataFrame(rows, columns=[*by, "standing", "processes", *columns]).astype(dict.fromkeys(columns, "Int64"))


_PEAK = ("bytes", "low", "high")


def _peak(mode: str, processes: pd.DataFrame) -> dict[str, int]:
    known = processes[f"{mode}_peak_bytes"].dropna()
    if known.empty:
        return {}
    spread = median_spread(list(known))
    values = (spread.median, spread.low, spread.high)
    return {f"{mode}_peak_{part}": round(value) for part, value in zip(_PEAK, values, strict=True)}


def accuracy(runs: pd.DataFrame, failures: pd.DataFrame) -> pd.DataFrame:
    """Test accuracy: one row a network and place, over all runs that ended, the stuck ones among them.

    Several seeds give Student's t interval of their mean.  One seed gives Wilson's interval over the
    test images, which says nothing about other seeds; `interval` names which it is.  `lowest` and `highest`
    are the accuracies of single runs.  Runs without a result are counted in `failed`.  `rank` and `last_rank`
    are those of `shared_ranks` in the scope; one seed has none, since its interval tells nothing of others.
    `undecided` are test images, of all runs, whose classes all had the same score, so that the first in
    order was taken; `accuracy_by_lot` is the mean accuracy with a class by lot for these.  `lossy_runs` are
    runs that learnt and never gave some class as an answer, `lost_classes` the most that one of them lost.
    """
    lost = unresolved(failures, "accuracy")
    both = pd.concat([runs[PLACE], lost[PLACE]]).drop_duplicates()
    rows = []
    for place in both.to_dict("records"):
        done, gone = rows_at(runs, place, PLACE), rows_at(lost, place, PLACE)
        row = {str(name): value for name, value in place.items()} | {
            "standing": weakest([*done["standing"], *gone["standing"]]),
            "seeds": len(done),
            "failed": len(gone),
            "failure": ", ".join(sorted(set(gone["reason"]))),
        }
        rows.append(row | (_accuracy_of(done) if len(done) else {}))
    measured = ["test_accuracy", "low", "high", "interval", "lowest", "highest", "test_images"]
    measured += ["trained_on", "images_seen"]
    counts = ["trained", "stuck_at_chance", "diverged"]
    columns = [*PLACE, "standing", "seeds", *measured, *counts, "failed", "failure"]
    answers = ["undecided", "accuracy_by_lot", "lossy_runs", "lost_classes"]
    ran = ["peak_learning_rate", "training_seconds", "resumed", "pooled", "side_by_side"]
    table = pd.DataFrame(rows, columns=[*columns, *answers, *ran])
    ranks = shared_ranks(table[table["interval"] == T_INTERVAL], SCOPE, table.index)
    whole = [*counts, "test_images", "images_seen", "undecided", "lossy_runs", "lost_classes"]
    whole += ["resumed", "side_by_side"]
    return table.astype(dict.fromkeys(whole, "Int64")).join(ranks)


def shared_ranks(fair: pd.DataFrame, by: list[str], index: pd.Index[Any]) -> pd.DataFrame:
    """The places that each row of `fair` may have among those that agree in `by`; none for the rest of `index`.

    `rank` is the best, one more than the number of rows whose interval of `low` to `high` lies wholly above, and
    `last_rank` the worst, which leaves room for those alone that lie wholly below.  A wide interval has many.
    """
    ranks = pd.DataFrame(index=index, columns=["rank", "last_rank"]).astype("Int64")
    for _, part in groups(fair, by):
        ranks.loc[part.index, "rank"] = [1 + int((part["low"] > high).sum()) for high in part["high"]]
        ranks.loc[part.index, "last_rank"] = [len(part) - int((part["high"] < low).sum()) for low in part["low"]]
    return ranks


def overlap(one: Mapping[Any, Any], other: Mapping[Any, Any], low: str, high: str) -> bool:
    """Whether the intervals of two rows have anything in common; where a bound is unknown they have not."""
    known = not any(missing(row[bound]) for row in (one, other) for bound in (low, high))
    return known and bool(one[high] >= other[low] and other[high] >= one[low])


def overlap_words(count: int, names: str) -> str:
    """ "; the interval of NiN overlaps its own", said of `count` networks behind the first; nothing of none."""
    one = count == 1
    return f"; the interval{'' if one else 's'} of {names} overlap{'s' if one else ''} its own" if count else ""


def _accuracy_of(runs: pd.DataFrame) -> dict[str, Any]:
    scores, images = list(runs["test_accuracy"]), int(runs["test_images"].iloc[0])
    if len(scores) > 1:
        bounds, interval = within_shares(mean_interval(scores)), T_INTERVAL
    else:
        bounds, interval = proportion_interval(round(scores[0] * images), images), WILSON_INTERVAL
    outcomes = list(runs["outcome"])
    return {
        "test_accuracy": sum(scores) / len(scores),
        "low": bounds.low,
        "high": bounds.high,
        "interval": interval,
        "lowest": min(scores),
        "highest": max(scores),
        "test_images": images,
        "trained_on": str(runs["trained_on"].iloc[0]),
        "images_seen": runs["images_seen"].iloc[0],
        "trained": outcomes.count("trained"),
        "stuck_at_chance": outcomes.count("stuck at chance"),
        "diverged": outcomes.count("diverged"),
        **_answers_in(runs),
        "peak_learning_rate": "; ".join(f"{rate:g}" for rate in sorted(set(runs["peak_learning_rate"]))),
        "training_seconds": runs["training_seconds"].mean(),
        "resumed": int(runs["resumed"].sum()),
        "pooled": _pooled(runs),
        "side_by_side": int(runs["side_by_side"].max()),
    }


def _pooled(runs: pd.DataFrame) -> str | None:
    """ "AVX2 and AVX512" where runs were made with several sets of instructions."""
    found = sorted(set(runs["capability"]) - {""})
    return listing(found) if len(found) > 1 else None


def _answers_in(runs: pd.DataFrame) -> dict[str, Any]:
    """Over all runs; nothing where the predictions of one are not there."""
    if runs["undecided"].isna().any():
        return {}
    lost = runs[runs["outcome"] == "trained"]["lost_classes"].astype(int)
    return {
        "undecided": int(runs["undecided"].sum()),
        "accuracy_by_lot": float(runs["accuracy_by_lot"].mean()),
        "lossy_runs": int((lost > 0).sum()),
        "lost_classes": int(lost.max()) if len(lost) else 0,
    }


def listings(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a listing of a document, in the documents' order."""
    dropped = ["protocol", "device", "precision", "seed", "started"]
    return _in_order(frame.drop(columns=dropped), "first_line").astype(
        dict.fromkeys(["smallest_size", "parameters", "macs"], "Int64")
    )


def statements(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a statement of a document about its listing, in the documents' order."""
    columns = ["document", "line", "arch", "title", "family", "says", "verdict", "found", "standing", "key"]
    return _in_order(frame[columns], "line")


def _in_order(frame: pd.DataFrame, line: str) -> pd.DataFrame:
    return frame.sort_values(["document", line], kind="stable").reset_index(drop=True)


def failures(frame: pd.DataFrame) -> pd.DataFrame:
    """Units without a result: one row an attempt."""
    table = frame.drop(columns=["traceback"])
    return table.assign(message=[" ".join(str(message).split()) for message in table["message"]])


def unresolved(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Failed units of one kind, once each, of which no attempt has a result."""
    return frame[(frame["kind"] == kind) & (frame["later"] == "")].drop_duplicates("key", keep="last")


def rows_at(frame: pd.DataFrame, place: Mapping[Any, Any], by: Sequence[str]) -> pd.DataFrame:
    """Rows that have the values of `place` in the columns `by`.

    A frame is cut once and not column by column: reports ask this hundreds of times.
    """
    found = np.ones(len(frame), dtype=bool)
    for name in by:
        found &= frame[name].to_numpy(dtype=object) == place[name]
    return frame[found]


def same_scope(frame: pd.DataFrame, scope: Mapping[str, Any]) -> pd.DataFrame:
    """Rows in which numbers may be ranked against each other."""
    return rows_at(frame, scope, SCOPE)
