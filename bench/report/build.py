"""Records to the files of a report, in memory: paths relative to the report's folder, and bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from bench.claims.contradictions import resolve
from bench.claims.model import Decision
from bench.records import Record
from bench.report import audit_layouts, claim_layouts, confusions, engines, layouts, speed_layout, speeds, tables
from bench.report.confusion_layout import CONFUSIONS
from bench.report.engine_layout import ENGINES
from bench.report.experiment_layouts import experiment_tables_of
from bench.report.figures.drawings import LISTED, drawings, listing
from bench.report.figures.gallery import pictures
from bench.report.figures.svg import inline
from bench.report.frames import Frames, to_frames
from bench.report.overview import summary as exact_summary
from bench.report.sections import Layout, sections
from bench.report.sources import Sources
from bench.report.web import claims
from bench.report.web.ledger import ledger
from bench.report.web.page import Drawn, page
from bench.report.writers import csv_text, table_files

FINDINGS = "tables/findings.csv"
NO_QUOTES: Mapping[str, str] = MappingProxyType({})


def build(
    records: Sequence[Record],
    problems: Sequence[str],
    folder: Path | None = None,
    quotes: Mapping[str, str] = NO_QUOTES,
    out: Path | None = None,
) -> dict[str, bytes]:
    """All files of the report; writes nothing.

    Args:
        folder: where the predictions beside the records lie.
        quotes: passages of the documents by claim.
        out: where the files will lie: for links from the page to the records, and for figures of the last
            rendering there, which are kept where they would come out the same.
    """
    frames = to_frames(records, folder)
    summary, experiments = exact_summary(frames), experiment_tables_of(frames)
    confused = confusions.confusions(frames.accuracy, folder)
    decisions = claims.decided(records, folder)
    shown = claims.view(decisions, quotes)
    exact = _exact(frames, summary, confused, experiments, decisions)
    measured = {layout.name: exact[layout] for layout in (ENGINES, *experiments)}
    parts = {layout.name: sections(layout, table) for layout, table in exact.items()}
    files = {FINDINGS: csv_text(claims.findings_table(decisions)).encode()}
    files |= table_files(exact, parts, frames, Sources(records))

    shown_pictures = pictures(frames, summary, measured, confused, exact[claim_layouts.CLAIMS])
    made, drawn = drawings(shown_pictures, out), []
    for picture in shown_pictures:
        one = made[picture.name]
        files[f"plots/{picture.name}.svg"] = one.svg
        files[f"plots/{picture.name}.png"] = one.png
        files[f"plots/{picture.name}.csv"] = csv_text(picture.data).encode()
        drawn.append(
            Drawn(picture, inline(one.svg, picture.name, picture.heading.title, picture.description, picture.networks))
        )
    files[LISTED] = listing(made)
    told = ledger(records, folder, out)
    files["index.html"] = page(records, problems, frames, summary, measured, parts, drawn, shown, told).encode()
    return files


def only_tables(records: Sequence[Record], folder: Path | None = None) -> dict[str, bytes]:
    """The tables of the report and nothing else, the same bytes as `build` gives."""
    frames = to_frames(records, folder)
    decisions = claims.decided(records, folder)
    confused = confusions.confusions(frames.accuracy, folder)
    exact = _exact(frames, exact_summary(frames), confused, experiment_tables_of(frames), decisions)
    parts = {layout.name: sections(layout, table) for layout, table in exact.items()}
    findings = {FINDINGS: csv_text(claims.findings_table(decisions)).encode()}
    return findings | table_files(exact, parts, frames, Sources(records))


def _exact(
    frames: Frames,
    summary: pd.DataFrame,
    confused: pd.DataFrame,
    experiments: Mapping[Layout, pd.DataFrame],
    decisions: Sequence[Decision],
) -> dict[Layout, pd.DataFrame]:
    """Every table, in the order of the page; many are empty in most reports."""
    return {
        layouts.SUMMARY: summary,
        layouts.COMPLEXITY: tables.complexity(frames.complexity),
        speed_layout.THROUGHPUT: speeds.throughput(frames.throughput, frames.complexity),
        ENGINES: engines.gains(frames.throughput),
        layouts.MEMORY: tables.memory(frames.memory),
        layouts.ACCURACY: tables.accuracy(frames.accuracy, frames.failures),
        CONFUSIONS: confusions.most_confused(confused),
        **experiments,
        audit_layouts.LISTINGS: tables.listings(frames.listings),
        audit_layouts.STATEMENTS: tables.statements(frames.statements),
        layouts.FAILURES: tables.failures(frames.failures),
        claim_layouts.CLAIMS: claims.claims_table(decisions),
        claim_layouts.CONTRADICTIONS: claims.contradictions_table(resolve(decisions)),
    }
