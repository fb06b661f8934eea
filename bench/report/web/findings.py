"""What the numbers say, as sentences made from them; every comparison stays inside one scope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from bench import numbers
from bench.numbers import listing, missing, times
from bench.report import speeds, tables
from bench.report.frames import SCOPE, Frames
from bench.report.overview import plain
from bench.report.sections import scope_words
from bench.report.style import standing_mark
from bench.report.web.experiment_findings import experiment_sentences

SUBJECT, REFERENCES = "nin", ("alexnet", "vgg16")
"""The network that the suite asks about, and those that it is held against."""
MOST_NETWORKS = 12
"""Networks of which the smallest is told beside the largest."""


@dataclass(frozen=True)
class Finding:
    """One scope and the sentences about it."""

    scope: str
    mark: str
    sentences: tuple[str, ...]


def findings(
    summary: pd.DataFrame, frames: Frames, experiments: Mapping[str, pd.DataFrame] | None = None
) -> list[Finding]:
    """Sentences for each scope that has something to tell, in the order of the summary.

    `experiments` are their tables by name; what they tell comes after.
    """
    accuracy = tables.accuracy(frames.accuracy, frames.failures)
    timed = plain(speeds.throughput(frames.throughput, frames.complexity))
    found = []
    for scope, part in tables.groups(summary, SCOPE):
        runs = tables.same_scope(accuracy, scope)
        sentences = (
            *_best(part),
            *_costs(part),
            *_speeds(part),
            *_why(part, tables.same_scope(timed, scope)),
            *_memories(part),
            *_outcomes(runs),
            *_missing(part),
        )
        if sentences:
            mark = standing_mark(tables.weakest(part["standing"]))
            found.append(Finding(scope_words(scope), "" if scope["protocol"] == "" else mark, sentences))
    for scope_name, standing, sentences in experiment_sentences(experiments) if experiments else ():
        found.append(Finding(scope_name, standing_mark(standing), sentences))
    if len(frames.listings):
        found.append(Finding("The documents' own listings", "", tuple(_listings(frames))))
    return found


def _listings(frames: Frames) -> Iterator[str]:
    table, statements = frames.listings, frames.statements
    printed, running = (int((table[name] == "yes").sum()) for name in ("python_as_printed", "runs_as_stated"))
    yield f"Of {len(table)} listings {printed} are Python as printed, and {running} run once they are restored."
    stuck = table[table["smallest_size"].isna() & (table["runs_as_stated"] != "not tried")]
    if len(stuck):
        yield f"No image of any size goes through {listing([str(title) for title in stuck['title']])}."
    differing = statements[statements["verdict"] == "differs"]
    by_document = [f"{len(part)} of document {document}" for document, part in differing.groupby("document")]
    yield (
        f"Of {len(statements)} things that the documents say of their listings, "
        f"the code differs from {len(differing)}: {listing(by_document)}."
    )


def _best(part: pd.DataFrame) -> Iterator[str]:
    ranked = part.dropna(subset=["test_accuracy"]).sort_values("test_accuracy", ascending=False, kind="stable")
    if ranked.empty:
        return
    rows = ranked.to_dict("records")
    first, rest = rows[0], rows[1:]
    told = numbers.estimate(first["test_accuracy"], first["accuracy_low"], first["accuracy_high"])
    if not rest:
        yield f"{first['title']} reached a test accuracy of {told}."
        return
    text = f"{first['title']} had the highest test accuracy, {told}"
    near = [str(row["title"]) for row in rest if row["accuracy_high"] >= first["accuracy_low"]]
    following = f"{rest[0]['title']} at {rest[0]['test_accuracy']:.3f}"
    if near:
        others = "that" if len(near) == 1 else "those"
        yield f"{text}, before {following}; its interval overlaps {others} of {listing(near)}, so the order is open."
    else:
        yield f"{text}, before {following}; its interval overlaps with no other."
    if (ranked["seeds"] == 1).any():
        yield "An accuracy of one seed has an interval over test images alone: another seed may differ by more."


def _subject(part: pd.DataFrame, value: str) -> tuple[dict[str, object], list[dict[str, object]]] | None:
    """The network asked about and its references; where it was not measured, the smallest against the largest."""
    known = part.dropna(subset=[value])
    rows = [{str(k): v for k, v in row.items()} for row in known.to_dict("records")]
    own = [row for row in rows if row["arch"] == SUBJECT]
    others = [row for name in REFERENCES for row in rows if row["arch"] == name]
    if len(own) == 1 and others:
        return own[0], others
    if len(rows) > MOST_NETWORKS:  # of so many the ends tell nothing
        return None
    ordered = sorted(rows, key=lambda row: float(str(row[value])))
    return (ordered[0], ordered[-1:]) if len(ordered) > 1 else None


def _costs(part: pd.DataFrame) -> Iterator[str]:
    for value, verb, name in (("parameters", "has", "parameters"), ("macs", "needs", "multiply-accumulates an image")):
        pair = _subject(part, value)
        if pair is None or not pair[0][value]:
            continue
        own, others = pair
        base = float(str(own[value]))
        told = [
            f"{other['title']} {times(float(str(other[value])) / base)} times as many "
            f"({numbers.count(float(str(other[value])))})"
            for other in others
        ]
        yield f"{own['title']} {verb} {numbers.count(base)} {name}; {listing(told)}."


def _speeds(part: pd.DataFrame) -> Iterator[str]:
    for mode, verb in (("training", "trains"), ("inference", "infers")):
        value = f"{mode}_images_per_second"
        pair = _subject(part, value)
        if pair is None:
            continue
        own, others = pair
        base = float(str(own[value]))
        told = [_relative(own, other, mode) for other in others]
        aside = any(other["group"] != own["group"] for other in others)
        reserve = "; not all were timed side by side" if aside else ""
        yield (
            f"At batch {own[f'{mode}_batch']}, {own['title']} {verb} at {numbers.rate(base)} images/s: "
            f"{listing(told)}{reserve}."
        )


def _why(part: pd.DataFrame, timed: pd.DataFrame) -> Iterator[str]:
    """Why fewer parameters are not as many times faster: the arithmetic, and how much of the device it gets."""
    pair = _subject(part.dropna(subset=["training_images_per_second", "macs"]), "parameters")
    if pair is None:
        return
    timed = timed[(timed["mode"] == "training")].dropna(subset=["utilisation"])
    own, other = pair[0], pair[1][-1]
    shares = []
    for row in (own, other):
        case = timed[(timed["arch"] == row["arch"]) & (timed["batch"] == row["training_batch"])]
        if len(case):
            shares.append(numbers.percent(float(case.iloc[0]["utilisation"])))

    def ratio(value: str) -> str:
        return times(float(str(other[value])) / float(str(own[value])))

    if len(shares) == 2 and own["macs"]:
        yield (
            f"Speed follows arithmetic and how well it fills the device, not parameters: against {own['title']}, "
            f"{other['title']} has {ratio('parameters')} times the parameters and {ratio('macs')} times the "
            f"multiply-accumulates; in training {own['title']} reaches {shares[0]} of the rate of the device's own "
            f"matrix product and {other['title']} {shares[1]}."
        )


def _relative(own: dict[str, object], other: dict[str, object], mode: str) -> str:
    def at(row: dict[str, object], bound: str) -> float:
        return float(str(row[f"{mode}_{bound}"]))

    if at(own, "low") <= at(other, "high") and at(other, "low") <= at(own, "high"):
        return f"no different from {other['title']} within the noise"
    return f"{times(at(own, 'images_per_second') / at(other, 'images_per_second'))} times the rate of {other['title']}"


def _memories(part: pd.DataFrame) -> Iterator[str]:
    known = part.dropna(subset=["training_peak_bytes"]).sort_values("training_peak_bytes", kind="stable")
    if len(known) < 2 or known["memory_batch"].nunique() > 1:
        return
    least, most = known.iloc[0], known.iloc[-1]
    high, low = numbers.size(most["training_peak_bytes"]), numbers.size(least["training_peak_bytes"])
    yield (
        f"A training step of {known['memory_batch'].iloc[0]} images peaks at {high} for {most['title']}, the most, "
        f"and {low} for {least['title']}, the least."
    )


def _outcomes(runs: pd.DataFrame) -> Iterator[str]:
    for row in runs.to_dict("records"):
        for column, words in (("stuck_at_chance", "stayed at chance"), ("diverged", "diverged")):
            if not missing(row[column]) and row[column] > 0:
                yield f"{row['title']} {words} in {row[column]} of {row['seeds']} training runs."


def _missing(part: pd.DataFrame) -> Iterator[str]:
    for kind in ("complexity", "throughput", "memory", "accuracy"):
        lost = [str(title) for title, state in zip(part["title"], part[kind], strict=True) if "failed" in state]
        if lost:
            yield f"Measuring {kind} failed for {listing(lost)}: see Failures."
