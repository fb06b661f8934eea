"""Commands about what is written of these networks: audits, proofs and claims."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.arguments import AsJson, Results, names, print_json, refuse_json, say, tell_problems
from bench.errors import UserError


def audit(
    document: Annotated[str | None, typer.Argument(metavar="[DOC]", help="One document, 000 to 004, in full.")] = None,
    documents: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder of the documents; without it, what was found before.")
    ] = None,
    results: Results = Path("results"),
    as_json: AsJson = False,
) -> None:
    """Run what the documents print and hold it against their prose."""
    from bench.audit.command import audits

    found = audits(document, documents, results, say=say)
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    from bench.audit.show import print_audits

    print_audits(found, in_full=document is not None)


def show_claims(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="One claim tells its whole story.")] = None,
    topic: Annotated[str | None, typer.Option(metavar="NAME", help="Only claims on this topic.")] = None,
    document: Annotated[str | None, typer.Option(metavar="DOC", help="Only this document, 000 to 004.")] = None,
    verdict: Annotated[str | None, typer.Option(metavar="WORD", help="Only claims that came out so.")] = None,
    documents: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Show the documents' own words, from this folder.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 if a verdict differs from the kept one.")] = False,
    save: Annotated[bool, typer.Option("--save", help="Keep the verdicts beside the records.")] = False,
    results: Results = Path("results"),
    as_json: AsJson = False,
) -> None:
    """Hold 116 written claims against the records."""
    from bench import store
    from bench.claims import command, committed
    from bench.claims.contradictions import resolve
    from bench.claims.decide import decide
    from bench.claims.evidence import Evidence
    from bench.claims.ledger import claims
    from bench.claims.model import VERDICTS

    refuse_json(as_json, check=check)
    if check and save:
        raise UserError("--check compares with the kept verdicts, and --save replaces them; give one of them alone")
    wanted = command.chosen(names(ids), topic, document)
    command.check_known("verdict", verdict, VERDICTS)
    loaded = store.load(store.existing(results))
    evidence = Evidence(loaded.records, results)
    everything = decide(claims(), evidence)
    decided = [one for one in everything if one.claim in wanted and verdict in (None, one.verdict)]
    quotes = {}
    if documents is not None:
        from bench.claims.passages import passages

        quotes = passages(documents, [one.claim for one in decided])
    if check:
        kept = committed.load(results)
        changed = committed.changes(kept, decided)
        for line in changed:
            print(line)
        print(f"{len(decided) - len(changed)} of {len(decided)} verdicts are as they were kept.")
        tell_problems(loaded.problems)
        raise typer.Exit(1 if changed else 0)
    if as_json:
        print_json(command.documents_of(decided, quotes, store.option(results)))
    else:
        from bench.claims import show

        resolutions = resolve(everything)
        if len(decided) == 1 and ids:
            (one,) = decided
            show.print_story(one, resolutions, quotes.get(one.claim.id), option=store.option(results))
        else:
            show.print_claims(decided, resolutions if len(decided) == len(everything) else (), quotes)
    if save:
        say(f"kept in {committed.save(results, everything)}")
    tell_problems(loaded.problems)


def prove(results: Results = Path("results"), as_json: AsJson = False) -> None:
    """Compute the identities that claims rest on.

    Each stands beside a case in which it does not hold.  The results are kept as records.
    """
    from bench.prove import print_proofs, prove

    found = prove(results)
    if as_json:
        print_json([one.proof.model_dump(mode="json") for one in found])
        return
    print_proofs(found)
