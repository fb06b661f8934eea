"""Commands about what is there: the report, the data, the machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.arguments import AsJson, DataDir, Results, print_json, refuse_json, say, tell_problems
from bench.errors import UserError
from bench.interruption import STOPPED


def report(
    results: Results = Path("results"),
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where index.html, plots/ and tables/ go.")] = Path(
        "reports"
    ),
    documents: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Show the documents' own words beside the claims.")
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Hold the records against another results folder, in compare.html."),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Render again whenever records change, until Ctrl-C.")] = False,
) -> None:
    """Render the records as one page with tables and plots."""
    from bench.numbers import several
    from bench.reporting import Reporting

    quotes = {}
    if documents is not None:
        from bench.claims.ledger import claims
        from bench.claims.passages import passages

        quotes = passages(documents, claims())
    reporting = Reporting(results, out, compare, quotes)
    if watch:
        from bench import watch as watching

        watching.step_aside()
        watching.watch(reporting, say)
        return
    written = reporting.write()
    print(f"{several(written.records, 'record')}, rendered to {written.page}")
    if written.comparison:
        print(f"held against {compare} in {written.page.with_name('compare.html')}: {' '.join(written.comparison)}")
    tell_problems(written.problems)


def cite(
    table: Annotated[str | None, typer.Argument(help="A table, such as memory; all results without it.")] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Make the tables in results/tables anew from the records.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 if one of them is stale.")] = False,
    results: Results = Path("results"),
    as_json: AsJson = False,
) -> None:
    """Print how to cite a table, or all results.

    That is an identifier, a line in APA style and an entry for BibTeX.  The tables to cite lie in results/tables as
    csv, Markdown and LaTeX.
    """
    from bench import store
    from bench.citation import kept

    refuse_json(as_json, write=write, check=check)
    if write or check:
        if table is not None or (write and check):
            raise UserError("--write and --check take no table and not each other; give one of them alone")
        made = kept.make(results)
        if write:
            print(f"{len(made)} files written to {kept.write(results, made)}")
            return
        lines = kept.differences(results, made)
        for line in lines:
            print(line)
        again = f"`bench cite --write{store.option(results)}` makes them anew."
        print(again if lines else f"{len(made)} files are what the records give.")
        raise typer.Exit(1 if lines else 0)
    from bench.citation.cite import cite as cited
    from bench.citation.show import as_document, print_citation

    citation = cited(results, table)
    if kept.is_stale(results, citation.identifier):
        tables = results / kept.FOLDER
        again = f"bench cite --write{store.option(results)}"
        say(f"{tables} was made from other records than this identifier names; `{again}` makes it anew.")
    if as_json:
        print_json(as_document(citation))
        return
    print_citation(citation)


def verify(
    identity: Annotated[
        str, typer.Argument(metavar="ID", help="A record's key or its beginning, or a table that `bench cite` names.")
    ],
    network: Annotated[str | None, typer.Argument(help="Of a table: whose record.")] = None,
    results: Results = Path("results"),
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Measure one unit again and hold it against its record.

    Exits with 0 if it falls inside the interval of the records, and with 1 if not. Nothing is written.
    """
    from bench.verify.command import verify as verified
    from bench.verify.show import as_document, print_verified

    try:
        found = verified(identity, network, results, data_dir)
    except KeyboardInterrupt:
        say("Stopped; nothing was written.")
        raise typer.Exit(STOPPED) from None
    if as_json:
        print_json(as_document(found))
    else:
        print_verified(found)
    raise typer.Exit(0 if found.inside else 1)


def data(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Find Fashion-MNIST, or fetch it, and check its four files."""
    from bench.data import CLASSES, ensure

    location = ensure(data_dir, say=say)
    if as_json:
        print_json({"folder": str(location.folder), "origin": location.origin, "classes": list(CLASSES)})
        return
    print(f"Fashion-MNIST is in {location.folder} ({location.origin}); its four files have the right SHA-256.")


def doctor(results: Results = Path("results"), data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Say what a run would find on this machine."""
    from bench.doctor import examine

    findings = examine(results, data_dir)
    if as_json:
        from dataclasses import asdict

        print_json([asdict(finding) for finding in findings])
    else:
        from bench.terminal import print_findings

        print_findings(findings)
    raise typer.Exit(0 if all(finding.good for finding in findings) else 1)
