"""Tables as files: exact numbers as csv, printed ones as Markdown and LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from bench.report.sections import Section
from bench.report.style import standing_mark


def csv_text(table: pd.DataFrame) -> str:
    """The exact table: numbers as they are, an empty field where there is none."""
    return table.to_csv(index=False, lineterminator="\n")


def markdown_text(title: str, parts: Sequence[Section]) -> str:
    """All sections of a table under one title."""
    blocks = [f"# {_markdown(title)}"]
    for part in parts:
        printed = part.printed()
        printed = printed.map(_markdown).rename(columns=_markdown)
        align = ["right" if column.numeric else "left" for column in part.columns]
        table = printed.to_markdown(index=False, disable_numparse=True, colalign=align)
        blocks += [f"## {_markdown(part.heading)}"] if part.heading else []
        blocks += [table, *map(_markdown, (*_marks(part), *part.notes))]
    return "\n\n".join(blocks) + "\n"


def latex_text(title: str, parts: Sequence[Section]) -> str:
    """A booktabs table for each section; the document needs the package booktabs."""
    blocks = ["% Needs \\usepackage{booktabs}."]
    for part in parts:
        printed = part.printed().map(_plain)
        columns = "".join("r" if column.numeric else "l" for column in part.columns)
        caption = ". ".join(
            [
                title + f": {part.heading}" * bool(part.heading),
                *(text.rstrip(".") for text in (*_marks(part), *part.notes)),
            ]
        )
        style = printed.style.hide(axis="index").format(escape="latex").format_index(escape="latex", axis=1)
        text = style.to_latex(
            hrules=True,
            position="htbp",
            position_float="centering",
            column_format=columns,
            caption=f"{_latex(_plain(caption))}.",
            label=f"tab:{slug(f'{part.layout.name} {part.heading}')}",
        )
        blocks.append(_guard(text))
    return "\n".join(blocks)


def _marks(part: Section) -> list[str]:
    marks = sorted({standing_mark(str(row["standing"])) for row in part.rows} - {""})
    return [f"Not every number here may be cited: {', '.join(marks)}."] if marks else []


def slug(text: str) -> str:
    """Lower-case letters, digits and hyphens: what is safe in a file name and in a label on every system."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:80].rstrip("-") or "none"


def _markdown(text: str) -> str:
    """Nothing in a cell may end it, start a tag, or be taken for emphasis."""
    flat = " ".join(str(text).split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_|])", r"\\\1", flat).replace("](", "\\](")


def _plain(text: str) -> str:
    """Characters that LaTeX's default fonts lack, in ones that they have, on one line."""
    flat = " ".join(str(text).split())
    for odd, plain in {"−": "-", "·": ",", "µ": "u", " ,": ","}.items():
        flat = flat.replace(odd, plain)
    return flat


def _latex(text: str) -> str:
    special = {
        "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
        **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    }  # fmt: skip
    return "".join(special.get(sign, sign) for sign in text)


def _guard(text: str) -> str:
    """A row that begins with a bracket or a star would be read as an argument of the line break before it."""
    return re.sub(r"^([\[*])", r"{}\1", text, flags=re.MULTILINE)
