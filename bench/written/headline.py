"""The tables at the top of README: what is measured of the five networks, and what became of the claims."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import archs
from bench import numbers, store
from bench.claims.model import VERDICTS, Decision
from bench.claims.words import why
from bench.protocols import PROTOCOLS, TRAINED
from bench.records import Record, current
from bench.written.markdown import code, table

if TYPE_CHECKING:
    import pandas as pd

    from bench.report.frames import Frames

    Place = tuple[dict[str, Any], pd.DataFrame]
    """A scope and what the summary has of a quantity there."""


DATA = (1, 10)
"""Channels and classes of Fashion-MNIST."""
SOME_CLAIMS = ("D4-8", "D0-11", "D0-7", "D2-5", "D0-3", "D0-12", "D3-21", "D0-14", "D0-13", "D2-9")
"""Those that one meets most often, whatever their verdict."""


@dataclass(frozen=True)
class Quantity:
    """A row of the table: a number that each network has in one place."""

    name: str
    column: str
    """Of the report's exact summary."""
    write: Callable[[Any], str]
    """From a row of the summary."""
    frame: Literal["", "memory", "throughput"] = ""
    """That of its runs, of what is timed or weighed."""
    batch: str = ""
    """Column with the batch of these."""


def _rate(mode: str) -> Callable[[Any], str]:
    def write(row: Any) -> str:
        middle, low, high = (row[f"{mode}_{name}"] for name in ("images_per_second", "low", "high"))
        return numbers.rates(middle, low, high)

    return write


COUNTS = (
    Quantity("Parameters", "parameters", lambda row: numbers.count(row["parameters"])),
    Quantity("Multiply-accumulates (MACs)", "macs", lambda row: numbers.count(row["macs"])),
)
MEASURED = (
    Quantity(
        "Peak memory of a training step",
        "training_peak_bytes",
        lambda row: numbers.sizes(*(row[f"training_peak_{part}"] for part in ("bytes", "low", "high"))),
        "memory",
        "memory_batch",
    ),
    Quantity("Training, images/s", "training_images_per_second", _rate("training"), "throughput", "training_batch"),
    Quantity("Inference, images/s", "inference_images_per_second", _rate("inference"), "throughput", "inference_batch"),
    Quantity(
        "Test accuracy",
        "test_accuracy",
        lambda row: numbers.estimate(row["test_accuracy"], row["accuracy_low"], row["accuracy_high"]),
    ),
)
TIMED = {one.name for one in PROTOCOLS.values() if not set(one.measures) & set(TRAINED)}
"""Protocols made for what is timed or weighed; those that train do so too, and stand in where these measured less."""
NOTHING = "Nothing has been measured yet."
FEWEST = 2
"""Networks that make a row: one alone compares with nothing."""


def numbers_table(results: Path) -> str:
    """The five networks side by side, one row a quantity and place; what has no record has no row."""
    records = comparable(store.load(results).records)
    if not records:
        return NOTHING
    from bench.report.frames import to_frames
    from bench.report.overview import summary
    from bench.report.tables import memory

    frames = to_frames(records, results)
    exact = summary(frames)
    titles = [archs.get_spec(name).title for name in archs.FIVE]
    told = [
        table(["", "where", *titles], list(_rows(exact, frames)), right=2),
        *_brackets(exact, memory(frames.memory)),
    ]
    return "\n\n".join([*told, *_restless(frames.throughput, records), *_undecided(frames.accuracy)])


def _undecided(runs: pd.DataFrame) -> Iterator[str]:
    from bench.report.frames import SCOPE
    from bench.report.tables import groups
    from bench.report.undecided import undecided_sentences

    for scope, part in groups(runs, list(SCOPE)):
        yield from (f"Under `{scope['protocol']}`, {sentence}" for sentence in undecided_sentences(part))


def _brackets(exact: pd.DataFrame, peaks: pd.DataFrame) -> Iterator[str]:
    """What stands in brackets, where something does."""
    from bench.report.layouts import spread_words

    told = ["95 % intervals of rates over fresh processes"] if exact["training_low"].notna().any() else []
    seeds = exact.loc[exact["accuracy_low"].notna(), "seeds"]
    if (seeds > 1).any():
        told.append("95 % intervals of accuracies over seeds")
    if (seeds == 1).any():
        told.append(
            "where one seed was trained, 95 % intervals over its test images, which tell nothing of other seeds"
        )
    repeated = sorted({int(processes) for processes in peaks["processes"]} - {1})
    told += [f"of memory, {' or '.join(map(spread_words, repeated))}"] if repeated else []
    if told:
        yield f"In brackets stand {'; '.join(told)}."


def _restless(timings: pd.DataFrame, records: Sequence[Record]) -> Iterator[str]:
    """Under which protocols networks were timed that were still getting faster, or of which that cannot be known."""
    from bench.report.tables import groups

    hasty = {record.key for record in records if _too_hasty(record.protocol)}
    for place, cases in groups(timings, ["protocol", "image_size"]):
        restless = cases[~cases["steady"].astype(bool)]
        unknown = int(restless["key"].isin(hasty).sum())
        which = f"of {len(cases)} timings of {place['protocol']}"
        if unknown:
            yield f"{unknown} {which} are not known to have settled: they had too few rounds of warm-up to tell."
        if known := len(restless) - unknown:
            yield f"{known} {which} were still getting faster when their warm-up ended."


def _too_hasty(protocol: Mapping[str, Any]) -> bool:
    """Whether its warm-up ends before there are rounds enough to say of a case that it has settled."""
    from bench.measure.steady import ROUNDS_TO_TELL

    return int(protocol.get("timing", {}).get("most_warmup_rounds", ROUNDS_TO_TELL)) < ROUNDS_TO_TELL


def lacking_sentence(results: Path) -> str:
    """What the first sentence of README promises and no record holds yet."""
    from bench.report.frames import to_frames
    from bench.report.lacking import lacking
    from bench.report.overview import summary

    records = comparable(store.load(results).records)
    if not records:
        return NOTHING
    lacks = lacking(summary(to_frames(records)))
    everything = "Each of these has been measured, at every image size."
    return f"Of the five, not measured yet: {lacks}." if lacks else everything


def comparable(records: Sequence[Record], *, every: bool = False) -> list[Record]:
    """Records of the five networks, or of `every` one, as Fashion-MNIST needs them."""
    return [
        record
        for record in current(records)
        if (every or record.arch.name in archs.FIVE) and (record.arch.in_channels, record.arch.num_classes) == DATA
    ]


def _rows(exact: pd.DataFrame, frames: Frames) -> Iterator[list[str]]:
    from bench.report.frames import SCOPE
    from bench.report.sections import scope_words
    from bench.report.style import standing_mark
    from bench.report.tables import groups, weakest

    by_size = sorted(groups(exact, ["image_size"]), key=lambda part: part[0]["image_size"])
    for quantity in COUNTS:
        for scope, part in by_size:
            yield from _row(quantity, part, scope_words(scope))
    by_scope = sorted(groups(exact, list(SCOPE)), key=lambda part: (part[0]["image_size"], *map(str, part[0].values())))
    for quantity in MEASURED:
        known = [(scope, part[part[quantity.column].notna()]) for scope, part in by_scope]
        for scope, part in _strongest(quantity, known, frames) if quantity.frame else known:
            mark = standing_mark(weakest(part["standing"])) if len(part) else ""
            yield from _row(quantity, part, scope_words(scope) + (f" (*{mark}*)" if mark else ""))


def _strongest(quantity: Quantity, known: Sequence[Place], frames: Frames) -> Iterator[Place]:
    """Of the places where a rate or a peak was measured, one for each image size and precision.

    First come those that may be cited, then those with most networks, of a protocol made for it, with most processes
    and at the largest batch; of such alike the one that was measured last.
    """
    from bench.report.tables import same_scope, weakest

    def strength(place: Place) -> tuple[Any, ...]:
        scope, part = place
        runs = same_scope(getattr(frames, quantity.frame), scope)
        citable, made_for_it = weakest(part["standing"]) == "citable", scope["protocol"] in TIMED
        batch = part[quantity.batch].max()
        return citable, len(part), made_for_it, runs["seed"].nunique(), batch, runs["started"].max()

    rivals: dict[tuple[Any, Any], list[Place]] = {}
    for scope, part in known:
        if len(part):
            rivals.setdefault((scope["image_size"], scope["precision"]), []).append((scope, part))
    return (max(places, key=strength) for places in rivals.values())


def _row(quantity: Quantity, part: pd.DataFrame, where: str) -> Iterator[list[str]]:
    known = part[part[quantity.column].notna()]
    cells = {str(row["arch"]): quantity.write(row) for row in known.to_dict("records")}
    if len(cells) < FEWEST:
        return
    batches = numbers.listing(sorted(set(known[quantity.batch]))) if quantity.batch else ""
    name = f"{quantity.name}, batch {batches}" if batches else quantity.name
    if quantity.column == "test_accuracy" and (trained := set(known["trained_on"]) - {""}):
        name += f" after {numbers.listing(sorted(trained))}"
    yield [name, where, *(cells.get(arch, numbers.MISSING) for arch in archs.FIVE)]


def verdicts_table(results: Path) -> str:
    """How many claims have each verdict."""
    found = [one.verdict for one in decided(results)]
    return table([*VERDICTS, "claims"], [[*(str(found.count(one)) for one in VERDICTS), str(len(found))]], right=0)


def tests_sentence(results: Path) -> str:
    """How many claims Holm's method weighs together, and how many of them their tests decide."""
    from bench.claims.decide import LEVEL, NO_TEST

    p_values = [(one.verdict, one.p_value) for one in decided(results) if one.p_value is not None]
    settled = [p_value for verdict, p_value in p_values if verdict in ("supported", "refuted", "mixed")]
    still_open, by_tests = len(p_values) - len(settled), sum(p_value > NO_TEST for p_value in settled)
    return (
        f"Holm's method weighs {len(p_values)} of these claims together, those in which something was tested, at "
        f"{100 * LEVEL:g} %: {still_open} of them are open, {by_tests} are decided by their tests, and "
        f"{len(settled) - by_tests} by what is exact or cited in them, whatever their tests say."
    )


def claims_table(results: Path) -> str:
    """Some claims, each with its verdict and the finding that it hangs on."""
    chosen = [one for one in decided(results) if one.claim.id in SOME_CLAIMS]
    chosen.sort(key=lambda one: SOME_CLAIMS.index(one.claim.id))
    rows = [
        [one.claim.id, one.claim.says, f"**{one.verdict}**" + (" \\*" if one.provisional else ""), _reason(one)]
        for one in chosen
    ]
    told = table(["", "claim", "verdict", "why"], rows)
    starred = any(one.provisional for one in chosen)
    return told + ("\n\n\\* provisional: see [how verdicts come about](docs/verdicts.md)." if starred else "")


def _reason(one: Decision) -> str:
    """Why, or how to measure what is not."""
    return (
        f"to measure it: {code(f'bench run --for-claim {one.claim.id}')}" if one.verdict == "not measured" else why(one)
    )


def decided(results: Path) -> tuple[Decision, ...]:
    """All claims held against the records in `results`."""
    from bench.claims.decide import decide
    from bench.claims.evidence import Evidence
    from bench.claims.ledger import claims

    return decide(claims(), Evidence(store.load(results).records, results))
