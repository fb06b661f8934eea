"""The tables of a comparison: exact ones for files, and how each is printed."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from bench.report.compare.facts import Fact
from bench.report.compare.measured import Measured
from bench.report.compare.verdicts import Compared
from bench.report.compare.words import effect_words, p_words, scope_heading, value_words
from bench.report.layouts import NETWORK_COLUMN, STANDING_COLUMN
from bench.report.sections import Column, Layout, Section, number, section, words
from bench.report.tables import weakest

_COLUMNS = [
    *("kind", "what", "arch", "title", "image_size", "standing"),
    *("protocol_this", "device_this", "precision_this", "protocol_other", "device_other", "precision_other"),
    *("this", "this_low", "this_high", "this_n", "other", "other_low", "other_high", "other_n"),
    *("form", "effect", "low", "high", "p_value", "p_adjusted", "method", "verdict", "note", "keys_this", "keys_other"),
    *("scope", "this_words", "other_words", "effect_words"),
]
PRINTED = ["scope", "this_words", "other_words", "effect_words"]
"""Columns that are words made from the others, left out of the files."""
ALONE_COLUMNS = ["side", "kind", "image_size", "protocol", "device", "precision", "networks", "numbers"]
FACT_COLUMNS = ["about", "fact", "this", "other", "differs"]


def compared_table(compared: Sequence[Compared]) -> pd.DataFrame:
    """One row a number that both folders have; `effect` is this less the other, or this over the other."""
    return pd.DataFrame([_row(one) for one in compared], columns=_COLUMNS)


def _row(one: Compared) -> dict[str, object]:
    this, other = one.pair.this, one.pair.other
    row: dict[str, object] = {
        "kind": this.kind,
        "what": this.case.what,
        "arch": this.subject.arch,
        "title": this.title,
        "image_size": this.subject.image_size,
        "standing": weakest([this.standing, other.standing]),
        "form": one.form,
        "effect": one.effect,
        "low": one.low,
        "high": one.high,
        "p_value": one.p_value,
        "p_adjusted": one.adjusted,
        "method": one.method,
        "verdict": one.verdict,
        "note": one.why,
        "scope": scope_heading(one),
        "effect_words": effect_words(one),
    }
    for side, mine, estimate in (("this", this, one.this), ("other", other, one.other)):
        row |= {f"{name}_{side}": value for name, value in mine.scope._asdict().items()}
        row |= {side: estimate.value, f"{side}_low": estimate.low, f"{side}_high": estimate.high, f"{side}_n": mine.n}
        row |= {f"keys_{side}": " ".join(sorted(mine.keys)), f"{side}_words": value_words(mine, estimate)}
    return row


def printed(table: pd.DataFrame, names: tuple[str, str]) -> list[Section]:
    """The rows by kind and scope, in their order; `names` are those of this folder and of the other."""
    layouts = {kind: _layout(str(kind), names) for kind in dict.fromkeys(table["kind"])}
    parts = table.groupby(["kind", "scope"], sort=False)
    return [section(layouts[kind], {"kind": kind, "heading": scope}, rows) for (kind, scope), rows in parts]


def section_heading(part: Section) -> str:
    return f"{str(part.scope['kind']).capitalize()} · {part.scope['heading']}"


def beyond(table: pd.DataFrame, names: tuple[str, str]) -> Section | None:
    """What differs for sure, in one table; None where nothing does."""
    rows = table[table["verdict"].isin(["beyond noise", "different"])]
    where = [words("Measurement", "kind"), words("Under", "scope")]
    layout = Layout("compare-beyond", "Beyond noise", (), lambda table: [*_layout("", names).columns(rows), *where])
    return section(layout, {}, rows) if len(rows) else None


def _layout(kind: str, names: tuple[str, str]) -> Layout:
    this, other = names

    def columns(table: pd.DataFrame) -> list[Column]:
        form = set(table["form"])
        head = "Difference" if form == {"difference"} else "Ratio" if form == {"ratio"} else "Difference or ratio"
        shown = [
            NETWORK_COLUMN,
            words("Number", "what"),
            words("Verdict", "verdict"),
            Column(head, lambda row: row["effect_words"], "effect"),
            Column(this, lambda row: row["this_words"], "this"),
            Column(other, lambda row: row["other_words"], "other"),
        ]
        if table["p_adjusted"].notna().any():
            shown.append(number("p (Holm)", "p_adjusted", p_words))
        if not _told_below(table):
            shown.append(words("Note", "note"))
        return [*shown, STANDING_COLUMN]

    return Layout("compare", kind.capitalize(), (), columns, _notes)


def _told_below(table: pd.DataFrame) -> bool:
    """Whether one note goes for all rows of each verdict, so that no row needs to tell its own."""
    return bool((table.groupby("verdict")["note"].nunique() <= 1).all())


def _notes(table: pd.DataFrame) -> list[str]:
    if not _told_below(table):
        return []
    told = table[table["note"] != ""].drop_duplicates(["verdict", "note"])
    return [f"{str(row['verdict']).capitalize()}: {row['note']}." for row in told.to_dict("records")]


def alone_table(this: Sequence[Measured], other: Sequence[Measured], names: tuple[str, str]) -> pd.DataFrame:
    """What only one of both has: a row a folder, kind, image size and scope."""
    rows: dict[tuple[object, ...], dict[str, object]] = {}
    titles: dict[tuple[object, ...], dict[str, None]] = {}
    for name, side in zip(names, (this, other), strict=True):
        for one in side:
            place: tuple[object, ...] = (name, one.kind, one.subject.image_size, one.scope)
            about = {"side": name, "kind": one.kind, "image_size": one.subject.image_size, **one.scope._asdict()}
            row = rows.setdefault(place, {**about, "numbers": 0})
            row["numbers"] = int(str(row["numbers"])) + 1
            titles.setdefault(place, {})[one.title] = None
    for place, row in rows.items():
        row["networks"] = "; ".join(titles[place])
    return pd.DataFrame(list(rows.values()), columns=ALONE_COLUMNS)


def facts_table(about: str, facts: Sequence[Fact]) -> pd.DataFrame:
    """All facts, also those that do not differ."""
    rows = [
        {"about": about, "fact": one.name, "this": "; ".join(one.this), "other": "; ".join(one.other)}
        | {"differs": one.differs}
        for one in facts
    ]
    return pd.DataFrame(rows, columns=FACT_COLUMNS)
