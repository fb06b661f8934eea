"""Which parts there are, where in a text they stand, and how a text gets them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.errors import UserError
from bench.written import (
    commands,
    departures,
    documents,
    headline,
    predicates,
    protocols,
    schema,
    search,
    slow_start,
    undecided,
)

Writer = Callable[[Path], str]
"""From the results folder to Markdown; most need no records."""

WRITERS: Mapping[str, Writer] = {
    "lacking": headline.lacking_sentence,
    "numbers": headline.numbers_table,
    "verdicts": headline.verdicts_table,
    "tests": headline.tests_sentence,
    "some claims": headline.claims_table,
    "documents": lambda results: documents.documents_table(),
    "departures": departures.departures_table,
    "standings": protocols.standings_list,
    "standard protocols": protocols.standard_table,
    "published protocols": protocols.published_table,
    "timing protocols": protocols.timing_table,
    "experiments": protocols.experiments_table,
    "learning rates": protocols.rates_table,
    "search": search.search_table,
    "slow start": slow_start.slow_start_table,
    "undecided": undecided.undecided_sentence,
    "predicates": predicates.predicates_table,
    "schema": schema.sections,
    "commands": commands.sections,
}
_PART = re.compile(r"(?P<begin><!-- begin (?P<name>[a-z ]+): .*? -->\n).*?(?P<end><!-- end (?P=name) -->)", re.DOTALL)
_COMMENT = re.compile(r"<!-- (?:begin|end) [^>]*-->")


def pages(root: Path) -> list[Path]:
    """README and docs of the checkout at `root`.

    Raises:
        UserError: it is no checkout.
    """
    found = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    if not found[0].exists() or len(found) == 1:
        raise UserError(f"{root} holds no README.md and docs/: these parts are written in a checkout of the project")
    return found


def filled(text: str, results: Path, writers: Mapping[str, Writer] = WRITERS) -> str:
    """`text` with each of its parts as it has to be; all else stays.

    Raises:
        UserError: a comment opens a part that nobody writes or that does not end.
    """

    def written(found: re.Match[str]) -> str:
        name = found["name"]
        if name not in writers:
            raise UserError(f"no part is called {name!r}; there are: {', '.join(writers)}")
        return f"{found['begin']}\n{writers[name](results).strip()}\n\n{found['end']}"

    outside = _PART.sub("", text)
    if stray := _COMMENT.search(outside):
        raise UserError(f"{stray[0]} has no other end; a part stands between 'begin NAME: ...' and 'end NAME'")
    return _PART.sub(written, text)


def stale(root: Path) -> dict[Path, str]:
    """Pages of which a part is no longer current, each with the text that it should have."""
    texts = {page: page.read_text(encoding="utf-8") for page in pages(root)}
    current = {page: filled(text, root / "results") for page, text in texts.items()}
    return {page: current[page] for page, text in texts.items() if text != current[page]}
