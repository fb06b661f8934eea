"""Tables as LaTeX.  What they need: booktabs, graphicx, and longtable with array for those that go over pages.

A table of up to `MOST_LINES` lines floats, and is shrunk where it is wider than the text.  A longer one that is mostly
words becomes a longtable, whose text columns share the width that numbers leave; a longer one of numbers is split into
floats.  Of a wide one the columns that say the same in every row go into the caption; where that is not enough,
intervals go below their numbers; and where that is not, the columns are split as well, the first one in every part.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from bench.report.latex.fit import INTERVAL, TOO_WIDE, WIDE, Column, cut, folded, groups, spans, wider
from bench.report.latex.signs import escape

MOST_FIXED = 60
"""Characters that the other columns of a longtable may take for the rest to be readable."""
PACKAGES = ("booktabs", "graphicx", "longtable", "array")


def latex_table(columns: Sequence[Column], *, caption: str, label: str) -> str:
    """One table, as one environment or several.

    Args:
        columns: heads and cells as plain text of any characters.
        caption: plain text.
        label: of the table; its further parts get a number behind it.
    """
    if wider(columns, WIDE):
        columns, constant = folded(columns)
        caption = f"{caption} {'; '.join(constant)}." if constant else caption
    pages, fixed = spans(columns, caption), sum(one.width for one in columns if not one.broken)
    if len(pages) > 1 and fixed <= MOST_FIXED and any(one.broken for one in columns):
        return _long(columns, caption, label)
    parts = [cut(group, start, end) for start, end in pages for group in groups(columns)]
    if len(parts) == 1:
        return _float(parts[0], caption, label)
    return "\n".join(
        _float(
            part,
            f"{caption} Part {number} of {len(parts)}." if number == 1 else _continued(caption, number, len(parts)),
            label if number == 1 else f"{label}-{number}",
        )
        for number, part in enumerate(parts, start=1)
    )


def _continued(caption: str, number: int, parts: int) -> str:
    return f"{caption.partition('. ')[0].rstrip('.')}, continued. Part {number} of {parts}."


def _float(columns: Sequence[Column], caption: str, label: str) -> str:
    spec = "".join(_alignment(one, f"{one.width / 2:g}em") for one in columns)
    return "\n".join(
        [
            r"\begin{table}[htbp]",
            r"\centering",
            rf"\caption{{{escape(caption)}}}",
            rf"\label{{tab:{label}}}",
            r"\small",
            # Shrunk where it is wider than the text, never stretched.
            r"\resizebox{\ifdim\width>\linewidth \linewidth\else \width\fi}{!}{%",
            rf"\begin{{tabular}}{{{spec}}}",
            r"\toprule",
            _heads(columns),
            r"\midrule",
            *_body(columns, stacked=wider(columns, TOO_WIDE)),
            r"\bottomrule",
            r"\end{tabular}}",
            r"\end{table}",
            "",
        ]
    )


def _long(columns: Sequence[Column], caption: str, label: str) -> str:
    fixed = sum(one.width for one in columns if not one.broken)
    texts = sum(_weight(one) for one in columns if one.broken)
    rest = rf"\linewidth-{0.55 * fixed:g}em-{2 * len(columns)}\tabcolsep"

    def spec(one: Column) -> str:
        share = math.floor(100 * _weight(one) / texts)
        return _alignment(one, rf"\dimexpr({rest})*{share}/100\relax")

    heads = [r"\toprule", _heads(columns), r"\midrule"]
    return "\n".join(
        [
            r"\begingroup\footnotesize\setlength{\tabcolsep}{3pt}\setlength{\LTcapwidth}{\linewidth}",
            rf"\begin{{longtable}}{{{''.join(map(spec, columns))}}}",
            rf"\caption{{{escape(caption)}}}\label{{tab:{label}}}\\",
            *heads,
            r"\endfirsthead",
            rf"\multicolumn{{{len(columns)}}}{{l}}{{\emph{{continued}}}}\\",
            *heads,
            r"\endhead",
            r"\bottomrule",
            r"\endlastfoot",
            *_body(columns, stacked=False),
            r"\end{longtable}",
            r"\endgroup",
            "",
        ]
    )


def _weight(column: Column) -> float:
    """Of a column among those that share a width: one long text is to leave a short one room for its words."""
    longest = max(len(word) for cell in (*column.cells, column.head) for word in cell.split() or [""])
    return max(math.sqrt(column.natural), 0.7 * longest)


def _alignment(column: Column, width: str) -> str:
    if column.broken:
        return rf">{{\raggedright\arraybackslash}}p{{{width}}}"
    return "r" if column.numeric else "l"


def _heads(columns: Sequence[Column]) -> str:
    """A head is broken where it is wider than its column's cells; all stand on the rule below."""
    cells = []
    for one in columns:
        widest = max((len(cell) for cell in one.cells), default=0)
        lines = textwrap.wrap(one.head, max(widest, 9), break_long_words=False) or [""]
        inner = r"\\".join(_guarded(escape(line)) for line in lines)
        side = "r" if one.numeric else "l"
        cells.append(inner if len(lines) == 1 else rf"\begin{{tabular}}[b]{{@{{}}{side}@{{}}}}{inner}\end{{tabular}}")
    return " & ".join(cells) + r" \\"


def _body(columns: Sequence[Column], stacked: bool) -> list[str]:
    rows = zip(*(one.cells for one in columns), strict=True)
    return [_guarded(" & ".join(_cell(cell, stacked) for cell in row)) + r" \\" for row in rows]


def _cell(text: str, stacked: bool) -> str:
    """With its interval below it where the table is wide."""
    match = INTERVAL.fullmatch(text) if stacked else None
    if match is None:
        return escape(text)
    return rf"\begin{{tabular}}[c]{{@{{}}r@{{}}}}{escape(match[1])}\\{{}}{escape(match[2])}\end{{tabular}}"


def _guarded(row: str) -> str:
    """A row that begins with a bracket or a star would be read as an argument of the line break before it."""
    return f"{{}}{row}" if row.lstrip().startswith(("[", "*")) else row
