"""What `bench audit` prints: for each listing how far it runs, what it costs, its shapes, and prose beside code."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.markup import escape

from bench.audit.facts import counted
from bench.audit.listings import NOT_RUN
from bench.differences import steps
from bench.numbers import listing, shape
from bench.records import Attempt, Audit
from bench.terminal import LAYER_WIDTH, new_table, print_line, print_table


def print_audits(audits: Sequence[Audit], *, in_full: bool) -> None:
    """Listing by listing; `in_full` adds the table of every layer."""
    for document, group in groupby(audits, key=lambda audit: audit.document):
        print_line(f"Document {document}")
        for audit in group:
            print_line("")
            _print_audit(audit, in_full=in_full)
        if left_out := NOT_RUN.get(document):
            print_line("")
            told = listing([f"{first}-{last}" for first, last in left_out])
            print_line(f"Lines {told} fetch data, train or test; they were not run.")
        print_line("")
    print_line(summary(audits))


def summary(audits: Sequence[Audit]) -> str:
    """One line on all of them."""
    findings = [finding for audit in audits for finding in audit.findings]
    tally = {verdict: sum(one.verdict == verdict for one in findings) for verdict in ("agrees", "differs", "not run")}
    run = sum(_worked(audit.observed.runs_as_stated) for audit in audits)
    clean = sum(audit.as_it_stands.ok for audit in audits)
    skipped = f", {tally['not run']} could not be checked" if tally["not run"] else ""
    return (
        f"{len(audits)} listings: {clean} are Python as they stand, {run} run at the stated size once restored. "
        f"{len(findings)} statements of the prose: code agrees with {tally['agrees']}, "
        f"differs from {tally['differs']}{skipped}."
    )


def _worked(attempt: Attempt | None) -> bool:
    return attempt is not None and attempt.ok


def lines(audit: Audit) -> list[tuple[str, str]]:
    """How far the listing runs and what it costs, as pairs of a word and a sentence."""
    observed, image = audit.observed, shape(audit.stated_image)
    told = [
        ("ran with", observed.ran_with),
        ("as it stands", _said(audit.as_it_stands, "is Python")),
    ]
    if audit.restored:
        told.append(("restored", f"{audit.restored}; then it {_said(audit.parses, 'is Python')}"))
    if observed.executes is not None:
        told.append(("executes", _said(observed.executes, "every statement")))
    if observed.constructs is not None:
        told.append(("constructs", _said(observed.constructs, "the network is built")))
    if audit.supplied:
        told.append(("supplied", f"`{audit.supplied}`; with it the network is built"))
    if observed.runs_as_stated is not None:
        place = f" in {observed.failed_in}" if observed.failed_in else ""
        told.append((image, _said(observed.runs_as_stated, "runs", place)))
        if not audit.size_is_stated:
            told.append(("", "the document states no size of its own for it"))
    if observed.runs_at_28 is not None and audit.stated_image[1] != 28:
        told.append(("28 pixels", _said(observed.runs_at_28, "runs")))
    if observed.runs_as_stated is not None:
        none = f"none from 1 to {observed.largest_size_tried} runs"
        told.append(("smallest size", counted(observed.smallest_size, "pixel") if observed.smallest_size else none))
    if observed.parameters is not None:
        told.append(("parameters", _against(observed.parameters, audit.twin_parameters, audit)))
    if observed.macs is not None:
        told.append(("MACs", _against(observed.macs, audit.twin_macs, audit)))
    told += [("twin", f"{audit.twin}: {difference}") for difference in audit.twin_differs]
    if audit.stated_shapes:
        made = sum(stated.made for stated in audit.stated_shapes)
        told.append(("shapes", f"{made} of the {len(audit.stated_shapes)} that its comments state are made"))
        told += [
            ("", f"line {stated.line} states {shape(stated.before)} to {shape(stated.after)}, which is not made")
            for stated in audit.stated_shapes
            if not stated.made
        ]
    return told


def _print_audit(audit: Audit, *, in_full: bool) -> None:
    print_line(f"{audit.listing}, lines {audit.first_line}-{audit.last_line}")
    for word, sentence in lines(audit):
        print_line(f"  {word:16}{sentence}")
    if in_full:
        _print_layers(audit)
    marks = {"agrees": "  =", "differs": "  !", "not run": "  ?"}
    for finding in sorted(audit.findings, key=lambda one: (one.verdict != "differs", one.line)):
        print_line(f"{marks[finding.verdict]} line {finding.line}: {finding.says}")
        print_line(f"      {finding.found}")


def _print_layers(audit: Audit) -> None:
    stated = {one.after: one.line for one in audit.stated_shapes if one.made}
    table = new_table("layer", "type", right=("output", "parameters", "MACs"), folded_to=LAYER_WIDTH)
    if stated:
        table.add_column("stated", no_wrap=True)
    for step in steps(audit.observed.layers):
        layer = step.layer
        line = stated.get(layer.output_shape)
        table.add_row(
            escape(layer.name),
            escape(str(step)),
            shape(layer.output_shape),
            f"{layer.parameters:,}" if layer.parameters else "",
            f"{layer.macs:,}" if layer.macs else "",
            *([f"line {line}" if line else ""] if stated else []),
        )
    for layer in audit.observed.not_reached:
        if layer.parameters:
            table.add_row(escape(layer.name), escape(str(layer)), "not reached", f"{layer.parameters:,}", "")
    print_table(table)


def _said(attempt: Attempt, good: str, place: str = "") -> str:
    if attempt.ok:
        return good
    line = f", line {attempt.line}" if attempt.line else ""
    return f"fails{place}{line}: {attempt.error}"


def _against(own: int, twin: int | None, audit: Audit) -> str:
    if twin is None:
        return f"{own:,}"
    return f"{own:,}, as in {audit.twin}" if own == twin else f"{own:,}; {audit.twin} has {twin:,}"
