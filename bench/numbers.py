"""Numbers as people read them."""

from __future__ import annotations

_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def scaled(value: float, unit: str = "") -> str:
    """Three significant digits with a decimal prefix: 33_637_066 is ``33.6 M``."""
    for factor, prefix in _PREFIXES:
        if abs(value) >= 0.9995 * factor:
            return f"{_three(value / factor)} {prefix}{unit}"
    return f"{_three(value)} {unit}".rstrip()


def _three(value: float) -> str:
    """Three significant digits, or all of a whole part that has more."""
    magnitude = abs(value)
    decimals = 0 if magnitude >= 99.95 or value == int(value) else 1 if magnitude >= 9.995 else 2
    return f"{value:.{decimals}f}"
