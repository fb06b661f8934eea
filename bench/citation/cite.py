"""How a table, or all results, are named in a paper: identifier, APA and BibTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archs.names import unknown
from bench import __version__
from bench.citation.kept import records_of
from bench.errors import UserError
from bench.machine import commit
from bench.records import Record
from bench.report.sources import EVERYTHING, PROJECT, TABLES, Sources
from bench.report.style import standing_mark

AUTHORS = "The ninbench developers"
TITLE = "ninbench: Citable comparison of LeNet, AlexNet, VGG-16, GoogLeNet and Network in Network"


@dataclass(frozen=True)
class Citation:
    """What is cited, and how."""

    table: str
    """ "results" for all records."""
    identifier: str
    records: int
    first: str
    """Day of the earliest record, ISO 8601."""
    last: str
    torch: tuple[str, ...]
    not_citable: tuple[str, ...]
    """Why some of the numbers may not be cited; empty where all may."""
    version: str
    commit: str | None
    """Of this project's code; None where it is no checkout."""
    changed: bool
    """Whether files differ from that commit."""

    @property
    def software(self) -> str:
        """ "Version 0.1.0, commit 0123abc": of the code that made the table."""
        told = f", commit {self.commit[:12]}{' with changes' * self.changed}" if self.commit else ""
        return f"Version {self.version}{told}"

    @property
    def apa(self) -> str:
        """In the style of the American Psychological Association; the year is that of the latest record."""
        head, what = f"{AUTHORS}. ({self.last[:4]}).", f"{TITLE} ({self.software}) [Computer software]."
        if self.table == EVERYTHING:
            return f"{head} {what} Results {self.identifier}.{self._reserve}"
        return f"{head} Table of {self.table} [Data set]. In {what} {self.identifier}.{self._reserve}"

    @property
    def bibtex(self) -> str:
        """An entry that any style of BibTeX knows."""
        title = "{" + TITLE + "}"
        fields = {
            "author": "{" + AUTHORS + "}",
            "title": title if self.table == EVERYTHING else f"Table of {self.table}, in {title}",
            "year": self.last[:4],
            "version": self.version,
            "note": f"{self.software}. Records of {self._days}, identifier {self.identifier}.{self._reserve}",
        }
        lines = [f"  {name:7} = {{{value}}}" for name, value in fields.items()]
        return f"@misc{{{self.identifier.replace(':', '-')},\n" + ",\n".join(lines) + "\n}"

    @property
    def _days(self) -> str:
        return self.first if self.first == self.last else f"{self.first} to {self.last}"

    @property
    def _reserve(self) -> str:
        return f" Not every number may be cited: {'; '.join(self.not_citable)}." if self.not_citable else ""


def cite(results: Path, name: str | None) -> Citation:
    """The citation of the table called `name`, which may be an identifier; of all results where there is no name.

    Raises:
        UserError: there are no records, no table is called so, or the identifier is that of other records.
    """
    sources = Sources(records_of(results))
    table, asked = find_table(name or EVERYTHING, sources)
    identifier = sources.identifier(table)
    if asked is not None and asked != identifier:
        raise UserError(f"{asked} is not of the records in {results}: theirs is {identifier}")
    records = sources.behind(table)
    head, changed = commit()
    days = sorted(record.started[:10] for record in records)
    return Citation(
        table=table,
        identifier=identifier,
        records=len(records),
        first=days[0],
        last=days[-1],
        torch=tuple(sorted({str(one.provenance["torch"]) for one in records if one.provenance.get("torch")})),
        not_citable=_not_citable(records),
        version=__version__,
        commit=head,
        changed=bool(changed),
    )


def find_table(name: str, sources: Sources) -> tuple[str, str | None]:
    """The name of a table that has records, and the whole identifier where `name` is one.

    Raises:
        UserError: there is no such table; the message holds the closest and all the names.
    """
    plain = name.removeprefix(f"{PROJECT}:")
    table, dash, digest = plain.rpartition("-")
    asked = f"{PROJECT}:{plain}" if dash and len(digest) == 12 else None
    if asked is None:
        table = plain
    there = [one for one in (EVERYTHING, *TABLES) if sources.behind(one)]
    if table in there:
        return table, asked
    why = "these records give no table of" if table in TABLES else "no table is called"
    raise UserError(unknown(why, table, there))


def _not_citable(records: Sequence[Record]) -> tuple[str, ...]:
    """Standings of measured records that may not be cited; counts and audits depend on no protocol."""
    measured = [record for record in records if record.kind not in ("complexity", "audit", "proof")]
    marks = {standing_mark(str(record.protocol.get("standing", "unknown"))) for record in measured}
    return tuple(sorted(mark.removesuffix(", not citable") for mark in marks - {""}))
