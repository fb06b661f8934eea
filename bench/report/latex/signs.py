"""Text for LaTeX: every sign that pdfLaTeX takes for a command, or whose font it lacks, in its own words."""

from __future__ import annotations

import unicodedata


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
