"""What `bench claims` prints: all claims as a table with a tally, or one claim's whole story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from bench.claims.contradictions import Resolution
from bench.claims.model import VERDICTS, Claim, Decision, Finding
from bench.claims.words import COMBINED, count_words, decision_words, effect_words, more_words, tally_words
from bench.terminal import new_console, new_table, print_line, print_table

COLOURS = {
    "supported": "green",
    "refuted": "red",
    "mixed": "magenta",
    "inconclusive": "yellow",
    "not measured": "dim",
    "not testable": "dim",
}
NARROW = 100
"""Columns; where nobody looks at a terminal, sentences are folded here."""


def print_claims(decisions: Sequence[Decision], resolutions: Sequence[Resolution], quotes: Mapping[str, str]) -> None:
    """Document by document, a row a claim; then the tally and the contradictions."""
    for document, group in groupby(decisions, key=lambda one: one.claim.document):
        own = list(group)
        table = new_table("claim", right=["line"], title=f"Document {document}")
        table.add_column("says", min_width=24)
        table.add_column("verdict", no_wrap=True)
        table.add_column("effect", min_width=16)
        for decision in own:
            quote = f"\n[dim]{escape(quotes[decision.claim.id])}[/dim]" if decision.claim.id in quotes else ""
            table.add_row(
                decision.claim.id,
                str(decision.claim.line),
                escape(decision.claim.says) + quote,
                _coloured(decision),
                escape(decision_words(decision)),
            )
        print_table(table)
        print_line(f"Document {document}: {tally_words(own)}")
        print_line("")
    if not decisions:
        print_line("No claim is among these.")
    if len(decisions) > 1:
        print_line(f"All {len(decisions)} claims: {tally_words(decisions)}")
    if resolutions:
        print_line("")
        print_contradictions(resolutions)


def print_contradictions(resolutions: Sequence[Resolution]) -> None:
    """A row a pair of claims that cannot both be right."""
    table = new_table("Contradiction", folded_to=16)
    table.add_column("claims")
    table.add_column("against")
    table.add_column("outcome", min_width=24)
    for one in resolutions:
        pair = one.contradiction
        table.add_row(pair.topic, " ".join(pair.one.claims), " ".join(pair.other.claims), escape(one.says))
    print_table(table)


def print_story(decision: Decision, resolutions: Sequence[Resolution], quote: str | None, *, option: str = "") -> None:
    """Everything about one claim: what is said and where, how it was tested, every number, the verdict and why.

    Args:
        option: what command lines in it end with, as `bench.store.option` has it.
    """
    claim, console = decision.claim, new_console()
    console.print(f"[bold]{claim.id}[/bold]  document {claim.document}, line {claim.line}, on {claim.topic}")
    console.print(escape(claim.says))
    if quote:
        _paragraph("as printed", quote)
    print_line("")
    console.print(f"verdict       {_coloured(decision)}  {escape(count_words(decision.findings))}")
    if decision.caveat:
        _paragraph("because", decision.caveat)
    _paragraph("what counts", claim.margin)
    for word, text in (("control", claim.control), ("revised", claim.revised), ("combined", _combined(claim))):
        if text:
            _paragraph(word, text)
    for finding in decision.ranked:
        if not finding.needs:
            print_line("")
            _print_finding(finding, option)
    for need, abouts in decision.lacking:
        print_line("")
        console.print(f"[{COLOURS['not measured']}]not measured[/]")
        for about in abouts:
            _paragraph("", about)
        print_line(f"  measure it  {need.command}{option}")
    for one in resolutions:
        pair = one.contradiction
        if claim.id in (*pair.one.claims, *pair.other.claims):
            print_line("")
            told = f"{pair.topic}: {' '.join(pair.one.claims)} against {' '.join(pair.other.claims)}. {one.says}"
            _paragraph("contradicts", told)


def _combined(claim: Claim) -> str:
    if len(claim.parts) == 1 and claim.combine == "every":
        return ""
    return COMBINED[claim.combine]


def _print_finding(finding: Finding, option: str) -> None:
    new_console().print(f"{escape(finding.about)}: [{COLOURS[finding.verdict]}]{finding.verdict}[/]")
    _paragraph("", finding.says)
    if finding.effect is not None:
        _paragraph("effect", effect_words(finding))
    if finding.p_value is not None:
        _paragraph(
            "p", f"{finding.p_value:.3g} if the effect were at the margin" + (f", n = {finding.n}" * bool(finding.n))
        )
    if finding.more is not None:
        _paragraph("more seeds", more_words(finding))
        for need in finding.more.needs:
            print_line(f"  measure it  {need.command}{option}")
    if finding.provisional:
        _paragraph(
            "note",
            "provisional: a learning rate was searched for another network, or settings lack",
        )
    if finding.records:
        _paragraph("records", ", ".join(finding.records))
    for source in finding.sources:
        place = f", {source.place}" if source.place else ""
        _paragraph("source", f"{source.authors}: {source.title} ({source.year}), {source.identifier}{place}")


def _paragraph(word: str, text: str) -> None:
    """A word in the margin, and beside it the text folded."""
    console = new_console()
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=12)
    table.add_column()
    table.add_row(word, escape(text))
    width = min(console.width, NARROW) if console.is_terminal else NARROW
    console.print(Padding(table, (0, 0, 0, 2)), width=width)


def _coloured(decision: Decision) -> str:
    mark = "*" if decision.provisional else ""
    return f"[{COLOURS[decision.verdict]}]{decision.verdict}{mark}[/]"


__all__ = ["COLOURS", "VERDICTS", "print_claims", "print_contradictions", "print_story"]
