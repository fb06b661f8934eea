"""How the audit of the documents is printed: a table of listings, and one of what the prose says of them."""

from __future__ import annotations

import pandas as pd

from bench import numbers
from bench.report.layouts import NETWORK_COLUMN
from bench.report.sections import Column, Layout, Row, number, words


def _short(head: str, raw: str) -> Column:
    """An outcome without the error's message, which the exact table holds."""

    def text(row: Row) -> str:
        told = str(row[raw])
        if told in ("yes", "not tried"):
            return told
        place, error = told.split(": ", 1) if told.startswith("line ") else ("", told)
        return f"no{place and ', '}{place}: {error.split(':')[0]}"

    return Column(head, text, raw, False)


def _listing_columns(table: pd.DataFrame) -> list[Column]:
    def image(row: Row) -> str:
        size = f"{row['channels']}×{row['image_size']}×{row['image_size']}"
        return size if row["size_is_stated"] else f"{size} (not stated)"

    return [
        NETWORK_COLUMN,
        words("Document", "document"),
        Column("Lines", lambda row: f"{row['first_line']} to {row['last_line']}", "first_line", False),
        _short("Python as printed", "python_as_printed"),
        _short("Every statement runs", "executes"),
        _short("Network is built", "constructs"),
        Column("Image", image, "", False),
        _short("Image runs, once repaired", "runs_as_stated"),
        _short("28 pixels run", "runs_at_28"),
        number("Smallest size", "smallest_size", lambda pixels: f"{pixels} px"),
        number("Parameters", "parameters", lambda count: f"{count:,}"),
        number("MACs", "macs", numbers.count),
        words("Same layers", "twin"),
    ]


def _listing_notes(table: pd.DataFrame) -> list[str]:
    ran = sorted(set(table["ran_with"]))
    return [
        "Each listing was run in a process of its own, with its indentation restored and everything removed that is "
        "not code; the full text of errors is in the csv.",
        f"Run with {'; '.join(ran)}.",
        "Smallest size: of a square image that goes through; a dash where none does.",
        "Same layers: the network of this project that has them; where a listing cannot run, the one made by "
        "repairing or completing it.",
    ]


def _statement_columns(table: pd.DataFrame) -> list[Column]:
    verdicts = {"agrees": "agrees", "differs": "code differs", "not run": "not run"}
    return [
        NETWORK_COLUMN,
        words("Document", "document"),
        number("Line", "line", str),
        words("What the text says", "says"),
        Column("Verdict", lambda row: verdicts[row["verdict"]], "verdict", False),
        words("What its code does", "found"),
    ]


def _statement_notes(table: pd.DataFrame) -> list[str]:
    return ["What the text says is told in our words; what its code does was found by running it."]


LISTINGS = Layout("listings", "What the documents print", (), _listing_columns, _listing_notes)
STATEMENTS = Layout("statements", "Prose against code", (), _statement_columns, _statement_notes)
