"""Numbers for people: three digits where three are known, the unit beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence

MISSING = "–"
_PREFIXES = ("", "k", "M", "G", "T", "P")
_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
UNITS = {unit: 1024**step for step, unit in enumerate(_BINARY)}
"""Bytes in each."""


def missing(value: object) -> bool:
    """None, NaN and pandas' NA: there is no such number."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and math.isnan(value)


def significant(value: float, digits: int = 3) -> str:
    """`value` rounded to `digits` significant digits, written without an exponent: 1,240, 62.5, 0.0312."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    rounded = float(f"{value:.{digits - 1}e}")
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{decimals}f}"


def exact(value: float) -> str:
    """What was computed, not measured: 25,690,112 in full, 0.947 to three digits, rounding as a power of ten: 4e-16."""
    if float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.0e}" if abs(value) < 1e-6 else significant(value)


def count(value: float) -> str:
    """A count with its prefix: 431, 61.7 k, 33.6 M, 1.49 G."""
    if abs(value) < 1000:
        return f"{value:.0f}" if float(value).is_integer() else significant(value)
    return _scaled(value, 1000, _PREFIXES)


def size(value: float) -> str:
    """Bytes in binary units: 512 B, 1.50 KiB, 310 MiB."""
    return f"{value:.0f} B" if abs(value) < 1024 else _scaled(value, 1024, _BINARY)


def sizes(value: float, low: float, high: float) -> str:
    """With an interval in the same unit, where there is one: "236 MiB [224 to 259]"."""
    if low == high:
        return size(value)
    unit = 1024 ** _steps(value, 1024, _BINARY)
    return f"{size(value)} [{significant(low / unit)} to {significant(high / unit)}]"


def _scaled(value: float, base: int, units: tuple[str, ...]) -> str:
    step = _steps(value, base, units)
    return f"{significant(value / base**step)} {units[step]}"


def _steps(value: float, base: int, units: tuple[str, ...]) -> int:
    """How many units up a number is told in three digits."""
    step = 0
    while step < len(units) - 1 and abs(float(f"{value / base**step:.2e}")) >= 1000:
        step += 1
    return step


def rate(value: float) -> str:
    """Images a second: 62.5, 1,240, 124 k."""
    return significant(value) if value < 99_950 else count(value)


def rates(value: float, low: float, high: float) -> str:
    """With an interval in the same notation: "1,240 [1,200 to 1,280]"; a comma between the bounds would be read as one
    of a number's."""
    write = count if max(value, low, high) >= 99_950 else significant
    return f"{write(value)} [{write(low)} to {write(high)}]"


def percent(share: float) -> str:
    """A share: 0.4 %, 7 %, 63 %."""
    return f"{100 * share:.1f} %" if share < 0.0095 else f"{share:.0%}".replace("%", " %")


def energy(joules: float) -> str:
    """Energy: 3.20 mJ, 1.25 J."""
    return f"{significant(joules * 1000)} mJ" if joules < 1 else f"{significant(joules)} J"


def duration(seconds: float) -> str:
    """A length of time: 310 µs, 8.40 ms, 12.3 s, 4 min 10 s, 2 h 05 min."""
    if seconds < 0.9995e-3:
        return f"{significant(seconds * 1e6)} µs"
    if seconds < 0.9995:
        return f"{significant(seconds * 1e3)} ms"
    if seconds < 59.95:
        return f"{significant(seconds)} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(seconds / 60)
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{seconds / 86_400:.1f} days"


def durations(value: float, low: float, high: float) -> str:
    """With an interval in the same unit, below a minute: "462 µs [438 to 487]"."""
    if value >= 59.95:
        return f"{duration(value)} [{duration(low)} to {duration(high)}]"
    unit = 1e-6 if value < 0.9995e-3 else 1e-3 if value < 0.9995 else 1.0
    return f"{duration(value)} [{significant(low / unit)} to {significant(high / unit)}]"


def estimate(value: float, low: float | None, high: float | None, *, sided: bool = False) -> str:
    """A share with its interval: 0.853 [0.834 to 0.872]; a fourth digit where it is narrow; no zero has a sign.

    Args:
        sided: of a difference, with as many more digits as show on which side of zero its bounds lie, up to six.
    """
    if low is None or high is None or missing(low) or missing(high):
        return f"{value:z.3f}"
    decimals = 3 if (high - low) / 2 >= 0.0005 else 4
    while sided and decimals < 6 and any(bound and not round(bound, decimals) for bound in (low, high)):
        decimals += 1
    return f"{value:z.{decimals}f} [{low:z.{decimals}f} to {high:z.{decimals}f}]"


def times(ratio: float) -> str:
    """How many times as much: 41, 12.5, 4.8, 0.62; near one, where a digit less would hide a difference, 1.05."""
    if ratio >= 1.995:
        return f"{ratio:,.0f}" if ratio >= 19.95 else f"{ratio:.1f}"
    return f"{ratio:.2f}" if ratio >= 0.095 else significant(ratio, 2)


def shape(sides: Sequence[int]) -> str:
    """ "96 x 54 x 54"."""
    return " x ".join(map(str, sides))


def several(number: int, word: str) -> str:
    """ "1 unit", "1,240 units", "6 classes"."""
    return f"{number:,} {word}{'' if number == 1 else 'es' if word.endswith('s') else 's'}"


def listing(words: Sequence[object]) -> str:
    """Words as a sentence has them: "a", "a and b", "a, b and c"; "none" where there are none."""
    told = [str(word) for word in words] or ["none"]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
