"""One rendering of a results folder, beside another one where that was asked for: load, build, write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import UserError

if TYPE_CHECKING:
    from bench import store

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Written:
    """What a rendering left."""

    page: Path
    records: int
    problems: tuple[str, ...]
    """A line for each file that is no record, of either folder."""
    comparison: tuple[str, ...]
    """What came out of the comparison, in sentences; empty where there was none."""


@dataclass(frozen=True)
class Reporting:
    """Where the records are and where the report goes."""

    results: Path
    out: Path
    compare: Path | None = None
    """Another results folder, to be laid beside the first."""
    quotes: Mapping[str, str] = field(default_factory=dict)
    """Passages of the documents by claim."""

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that the report is made from."""
        return (self.results,) if self.compare is None else (self.results, self.compare)

    def write(self, finish: Callable[[Files], Files] = lambda files: files) -> Written:
        """Render everything; files that would not change are left as they are.

        Args:
            finish: what is to be written, from what was made.

        Raises:
            UserError: there is no record in a folder, or one cannot be read or written.
        """
        from bench import report, store

        loaded = store.load(self.results)
        if not loaded.records:
            raise UserError(
                "; ".join(loaded.problems)
                or f"no records in {self.results}; measure some with `bench run`, or name a folder with --results"
            )
        more, sentences, problems = self._comparison(loaded)
        page = report.render(
            loaded.records,
            loaded.problems,
            self.out,
            self.results,
            self.quotes,
            finish=lambda files: finish({**files, **more}),
        )
        return Written(page, len(loaded.records), (*loaded.problems, *problems), sentences)

    def _comparison(self, loaded: store.Loaded) -> tuple[Files, tuple[str, ...], tuple[str, ...]]:
        if self.compare is None:
            return {}, (), ()
        from bench import store
        from bench.report.compare.page import Side, compare_files

        if not self.compare.is_dir():
            raise UserError(f"--compare {self.compare} is no folder; name one that holds the records of another run")
        other = store.load(self.compare)
        if not other.records:
            unread = f" ({len(other.problems)} files could not be read)" if other.problems else ""
            raise UserError(
                f"no records in {self.compare}{unread}; --compare takes a results folder, in which there is a folder "
                "'records'"
            )
        files, sentences = compare_files(
            Side(self.results, loaded.records, loaded.problems), Side(self.compare, other.records, other.problems)
        )
        return files, tuple(sentences), tuple(other.problems)
