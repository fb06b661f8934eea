"""What the numbers say, as sentences made from them; every comparison stays inside one scope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

import archs
from bench import numbers
from bench.numbers import listing, missing
from bench.report import speeds, tables
from bench.report.engines import WHERE, gain_sentences, reversal_sentences
from bench.report.frames import NETWORK, SCOPE, Frames
from bench.report.lost_classes import lost_class_sentences
from bench.report.overview import plain
from bench.report.sections import scope_words
from bench.report.style import standing_mark
from bench.report.undecided import undecided_sentences
from bench.report.web.against import costs, speeds_told, why
from bench.report.web.experiment_findings import experiment_sentences

FEWEST_SEEDS = 3
"""Of each network, before it is told how far apart its runs lie."""


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

    `experiments` are their tables by name, and that of engines; what they tell comes after.
    """
    accuracy = tables.accuracy(frames.accuracy, frames.failures)
    rates = speeds.throughput(frames.throughput, frames.complexity)
    timed = plain(rates)
    found = list(_counted(summary))
    for scope, part in tables.groups(summary, SCOPE):
        runs = tables.same_scope(accuracy, scope)
        sentences = (
            *_best(part),
            *_spread(tables.same_scope(frames.accuracy, scope)),
            *undecided_sentences(tables.same_scope(frames.accuracy, scope)),
            *lost_class_sentences(tables.same_scope(frames.accuracy, scope)),
            *speeds_told(part, plain(tables.same_scope(frames.throughput, scope))),
            *why(part, tables.same_scope(timed, scope)),
            *_memories(part),
            *_outcomes(runs),
            *_missing(part),
        )
        if sentences:
            mark = standing_mark(tables.weakest(part["standing"]))
            found.append(Finding(scope_words(scope), "" if scope["protocol"] == "" else mark, sentences))
    if experiments:
        for scope, part in tables.groups(experiments["engines"], WHERE):
            told = *gain_sentences(part), *reversal_sentences(tables.rows_at(rates, scope, WHERE))
            found.append(Finding(scope_words(scope), standing_mark(tables.weakest(part["standing"])), told))
        for scope_name, standing, sentences in experiment_sentences(experiments):
            found.append(Finding(scope_name, standing_mark(standing), sentences))
    if len(frames.listings):
        found.append(Finding("The documents' own listings", "", tuple(_listings(frames))))
    return found


def _counted(summary: pd.DataFrame) -> Iterator[Finding]:
    """Exact counts, which no protocol changes: once for each image size, and for each kind of data that titles tell."""
    counted = summary.dropna(subset=["parameters", "macs"]).drop_duplicates(["arch", "image_size", "fingerprint"])
    names = {spec.name: spec.title for spec in archs.list_archs()}
    data = [
        str(title).removeprefix(names.get(arch, str(title))).strip(", ")
        for arch, title in zip(counted["arch"], counted["title"], strict=True)
    ]
    for (size, told), part in counted.groupby([counted["image_size"], pd.Series(data, counted.index, dtype=str)]):
        sentences = tuple(costs(part))
        if sentences:
            scope = " · ".join(filter(None, [f"{size} px", str(told), "exact counts"]))
            yield Finding(scope, "", sentences)


def _listings(frames: Frames) -> Iterator[str]:
    table, statements = frames.listings, frames.statements
    printed, running = (int((table[name] == "yes").sum()) for name in ("python_as_printed", "runs_as_stated"))
    yield (
        f"Of {len(table)} listings {printed} are Python as printed, and {running} run once they are restored and given "
        "the names that they lack."
    )
    stuck = table[table["smallest_size"].isna() & (table["runs_as_stated"] != "not tried")]
    if len(stuck):
        networks = "either " * (len(stuck) > 1) + " or ".join(map(str, stuck["title"]))
        tried = f"of 1 to {stuck['largest_size_tried'].min()} px, all of which were tried"
        yield f"No square image {tried}, goes through {networks}."
    differing = statements[statements["verdict"] == "differs"]
    by_document = [f"{len(part)} of document {document}" for document, part in differing.groupby("document")]
    yield (
        f"Of {len(statements)} statements that the documents make about their listings, "
        f"{len(differing)} do not match the code: {listing(by_document)}."
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
    # An interval that runs without success have torn open says nothing of who is as good.
    near = [str(row["title"]) for row in rest if row["accuracy_high"] >= first["accuracy_low"] and not row["stuck"]]
    apart = ", networks with runs that learnt nothing apart" if any(row["stuck"] for row in rest) else ""
    following = f"{rest[0]['title']} at {rest[0]['test_accuracy']:.3f}"
    if near:
        others = "that" if len(near) == 1 else "those"
        yield f"{text}, before {following}; its interval overlaps {others} of {listing(near)}{apart}."
    else:
        yield f"{text}, before {following}; its interval overlaps that of no other{apart}."
    if (ranked["seeds"] == 1).any():
        yield "An accuracy of one seed has an interval over test images alone: another seed may differ by more."


def _spread(runs: pd.DataFrame) -> Iterator[str]:
    """Of networks with as many seeds, whose runs lie farthest apart and whose closest: what one run is worth."""
    ends = runs.groupby([*NETWORK])["test_accuracy"].agg(["min", "max", "count"]).reset_index()
    most = ends["count"].max() if len(ends) else 0
    alike = ends[ends["count"] == most]
    if most < FEWEST_SEEDS or len(alike) < 2:
        return
    ordered = alike.assign(width=alike["max"] - alike["min"]).sort_values("width", kind="stable")
    closest, farthest = ordered.iloc[0], ordered.iloc[-1]
    yield (
        f"Over {most} seeds the runs of {farthest['title']} lie farthest apart, from {farthest['min']:.3f} to "
        f"{farthest['max']:.3f}, and those of {closest['title']} closest, from {closest['min']:.3f} to "
        f"{closest['max']:.3f}."
    )


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
