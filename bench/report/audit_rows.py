"""One audited listing as a row."""

from __future__ import annotations

from typing import Any

from bench.records import Attempt, Audit


def audit_row(audit: Audit) -> dict[str, Any]:
    """How far the listing runs and what it costs; an attempt is "yes", "not tried" or its exact error."""
    observed = audit.observed
    return {
        "document": audit.document,
        "first_line": audit.first_line,
        "last_line": audit.last_line,
        "ran_with": observed.ran_with,
        "channels": audit.stated_image[0],
        "size_is_stated": audit.size_is_stated,
        "python_as_printed": outcome(audit.as_it_stands),
        "executes": outcome(observed.executes),
        "constructs": outcome(observed.constructs),
        "runs_as_stated": outcome(observed.runs_as_stated),
        "runs_at_28": outcome(observed.runs_at_28),
        "smallest_size": observed.smallest_size,
        "largest_size_tried": observed.largest_size_tried,
        "parameters": observed.parameters,
        "macs": observed.macs,
        "stated_shapes": len(audit.stated_shapes),
        "made_shapes": sum(shape.made for shape in audit.stated_shapes),
        "twin": audit.twin or "",
    }


def outcome(attempt: Attempt | None) -> str:
    """In a few words, with the line of the document that an error came from."""
    if attempt is None:
        return "not tried"
    if attempt.ok:
        return "yes"
    return f"line {attempt.line}: {attempt.error}" if attempt.line else str(attempt.error)
