"""Commands about what is there: the report, the data, the machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.arguments import AsJson, DataDir, Results, print_json, say, tell_problems
from bench.errors import UserError


def report(
    results: Results = Path("results"),
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where index.html, plots/ and tables/ go.")] = Path(
        "reports"
    ),
    documents: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Show the documents' own words beside the claims.")
    ] = None,
) -> None:
    """Render the records as one page with tables and plots."""
    from bench import report as rendering
    from bench import store

    loaded = store.load(results)
    if not loaded.records:
        raise UserError(
            "; ".join(loaded.problems)
            or f"no records in {results}; measure some with `bench run`, or name a folder with --results"
        )
    quotes = {}
    if documents is not None:
        from bench.claims.ledger import claims
        from bench.claims.passages import passages

        quotes = passages(documents, claims())
    page = rendering.render(loaded.records, loaded.problems, out, results, quotes)
    print(f"{len(loaded.records)} records, rendered to {page}")
    tell_problems(loaded.problems)


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
