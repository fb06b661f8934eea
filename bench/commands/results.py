"""Commands about what is there: the report, the data, the machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.arguments import AsJson, DataDir, Results, print_json, say, tell_problems


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
    print(f"{written.records} records, rendered to {written.page}")
    if written.comparison:
        print(f"held against {compare} in {written.page.with_name('compare.html')}: {written.comparison[0]}")
    tell_problems(written.problems)


def data(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Find Fashion-MNIST, or fetch it, and check its four files."""
    from bench.data import CLASSES, ensure

    location = ensure(data_dir, say=say)
    if as_json:
        print_json({"folder": str(location.folder), "origin": location.origin, "classes": list(CLASSES)})
        return
    print(f"Fashion-MNIST is in {location.folder} ({location.origin}); its four files have the right SHA-256.")


def doctor(results: Results = Path("results"), data_dir: DataDir = None) -> None:
    """Say what a run would find on this machine."""
    from bench.doctor import examine
    from bench.terminal import print_findings

    findings = examine(results, data_dir)
    print_findings(findings)
    raise typer.Exit(0 if all(finding.good for finding in findings) else 1)
