"""Tables as LaTeX.  What they need: booktabs, graphicx, and longtable with array for those that go over pages.

A table of up to `MOST_LINES` lines floats, and is shrunk where it is wider than the text.  A longer one that is mostly
words becomes a longtable, whose text columns share the width that numbers leave; a longer one of numbers is split into
floats.  Of a wide one the columns that say the same in every row go into the caption; where that is not enough,
intervals go below their numbers; and where that is not, the columns are split as well, the first one in every part.
"""

from __future__ import annotations

import math
import re
import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

MOST_LINES = 36
"""Of a float: what fits on a page below its caption."""
LONG_TEXT = 24
"""Characters from which a column of words is broken into lines."""
BROKEN_WIDTH = 28
"""Characters of such a column in a float."""
MOST_FIXED = 60
"""Characters that the other columns of a longtable may take for the rest to be readable."""
WIDE = 80
"""Characters that fit into a line of text."""
TOO_WIDE = 105
"""Characters from which intervals go below their numbers."""
UNREADABLE = 125
"""Characters from which shrinking leaves nothing to read."""
_INTERVAL = re.compile(r"([^\[]+) (\[[^\[\]]+\])")
PACKAGES = ("booktabs", "graphicx", "longtable", "array")


@dataclass(frozen=True)
class Column:
    """A printed column as LaTeX sets it; widths are in characters."""

    head: str
    numeric: bool
    cells: tuple[str, ...]

    @property
    def natural(self) -> int:
        """Width with every cell on one line, its head broken at its spaces."""
        return max(len(word) for word in (*self.cells, *self.head.split(), ""))

    @property
    def broken(self) -> bool:
        return not self.numeric and self.natural > LONG_TEXT

    @property
    def width(self) -> int:
        return BROKEN_WIDTH if self.broken else self.natural


def latex_table(columns: Sequence[Column], *, caption: str, label: str) -> str:
    """One table, as one environment or several.

    Args:
        columns: heads and cells as plain text of any characters.
        caption: plain text.
        label: of the table; its further parts get a number behind it.
    """
    if _wider(columns, WIDE):
        columns, constant = _folded(columns)
        caption = f"{caption} {'; '.join(constant)}." if constant else caption
    spans, fixed = _spans(columns), sum(one.width for one in columns if not one.broken)
    if len(spans) > 1 and fixed <= MOST_FIXED and any(one.broken for one in columns):
        return _long(columns, caption, label)
    parts = [_cut(group, start, end) for start, end in spans for group in _groups(columns)]
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


def escape(text: str) -> str:
    """Text on one line, with everything that pdfLaTeX takes for a command or does not know put in its own words.

    A letter of a script that the default fonts lack becomes its Latin base, or a question mark.
    """
    signs = "".join(_sign(sign) for sign in " ".join(str(text).split()))
    return signs.replace("--", "-{}-")  # two hyphens of a command line are no dash


_SIGNS = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''",
    "−": "$-$", "×": r"$\times$", "·": r"$\cdot$", "µ": r"$\mu$", "μ": r"$\mu$", "±": r"$\pm$", "≤": r"$\le$",
    "≥": r"$\ge$", "≈": r"$\approx$", "≠": r"$\ne$", "→": r"$\to$", "∞": r"$\infty$", "²": r"\textsuperscript{2}",
    "³": r"\textsuperscript{3}", "°": r"\textdegree{}", "\N{NO-BREAK SPACE}": "~", "\N{NARROW NO-BREAK SPACE}": r"\,",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}  # fmt: skip
_KNOWN = "–—‘’“”…†‡•§¶©®"


def _sign(sign: str) -> str:
    if sign in _SIGNS:
        return _SIGNS[sign]
    if sign.isascii() or sign in _KNOWN or "\N{LATIN CAPITAL LETTER A WITH GRAVE}" <= sign <= "ÿ":
        return sign
    base = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return "".join(_SIGNS.get(letter, letter) for letter in base) or "?"


def _wider(columns: Sequence[Column], limit: int) -> bool:
    return sum(one.width + 2 for one in columns) > limit


def _folded(columns: Sequence[Column]) -> tuple[list[Column], list[str]]:
    """The columns that differ between rows, and what the others say in all of them; the first stays."""
    same = [len(set(one.cells)) == 1 and len(one.cells) > 1 for one in columns]
    kept = [one for place, one in enumerate(columns) if place == 0 or not same[place]]
    return kept, [f"{one.head}: {one.cells[0]}" for one in columns[1:] if one not in kept]


def _rows(columns: Sequence[Column]) -> int:
    return len(columns[0].cells) if columns else 0


def _lines(columns: Sequence[Column], row: int, stacked: bool) -> int:
    broken = max(math.ceil(max(len(one.cells[row]), 1) / max(one.width, 1)) for one in columns)
    return max(broken, 1 + (stacked and any(_INTERVAL.fullmatch(one.cells[row]) for one in columns)))


def _spans(columns: Sequence[Column]) -> list[tuple[int, int]]:
    """Rows that go onto one page each."""
    spans, start, used, stacked = [], 0, 0, _wider(columns, TOO_WIDE)
    for row in range(_rows(columns)):
        lines = _lines(columns, row, stacked)
        if used and used + lines > MOST_LINES:
            spans.append((start, row))
            start, used = row, 0
        used += lines
    return [*spans, (start, _rows(columns))]


def _groups(columns: Sequence[Column]) -> list[list[Column]]:
    """Columns that go side by side, the first one in each group."""
    first, rest = columns[0], columns[1:]
    room = UNREADABLE - first.width - 2
    groups: list[list[Column]] = [[first]]
    used = 0
    for one in rest:
        width = _stacked_width(one) + 2
        if used and used + width > room:
            groups.append([first])
            used = 0
        groups[-1].append(one)
        used += width
    return groups


def _stacked_width(column: Column) -> int:
    matches = [_INTERVAL.fullmatch(cell) for cell in column.cells]
    if column.broken or not all(matches):
        return column.width
    return max(len(part) for match in matches if match for part in match.groups())


def _cut(columns: Sequence[Column], start: int, end: int) -> list[Column]:
    return [Column(one.head, one.numeric, one.cells[start:end]) for one in columns]


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
            *_body(columns, stacked=_wider(columns, TOO_WIDE)),
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
    match = _INTERVAL.fullmatch(text) if stacked else None
    if match is None:
        return escape(text)
    return rf"\begin{{tabular}}[c]{{@{{}}r@{{}}}}{escape(match[1])}\\{{}}{escape(match[2])}\end{{tabular}}"


def _guarded(row: str) -> str:
    """A row that begins with a bracket or a star would be read as an argument of the line break before it."""
    return f"{{}}{row}" if row.lstrip().startswith(("[", "*")) else row
