"""A comparison in words: names of the two folders, its first sentences, numbers with their intervals."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import numbers
from bench.report.compare.measured import Measured
from bench.report.compare.verdicts import ALPHA, Compared
from bench.stats import Estimate

MINUS = "\N{MINUS SIGN}"


def folder_names(this: Path, other: Path) -> tuple[str, str]:
    """The shortest ends of the two paths that tell them apart; a folder held against itself is called so."""
    one, two = this.resolve(), other.resolve()
    if one == two:
        return one.name, f"{one.name}, again"
    for parts in range(1, max(len(one.parts), len(two.parts)) + 1):
        names = str(Path(*one.parts[-parts:])), str(Path(*two.parts[-parts:]))
        if names[0] != names[1]:
            return names
    return str(one), str(two)


def headline(compared: Sequence[Compared], alone: int, shared: int) -> list[str]:
    """What came out, in sentences made from the numbers.

    Args:
        alone: numbers that only one of the folders has.
        shared: measurements that lie in both folders.
    """
    counts = Counter(one.verdict for one in compared)
    exact = [one for one in compared if one.method == "exact"]
    judged = [one for one in compared if one.p_value is not None]
    told: list[str] = []
    if not compared:
        return ["The two folders have no measurement in common."]
    if counts["same"] == len(compared):
        told.append(
            f"Nothing differs: {_all(len(compared), 'number')} that both folders hold {_are(len(compared))} equal."
        )
    else:
        if judged:
            told.append(_judged(counts["beyond noise"], len(judged)))
        if counts["not judged"]:
            told.append(_unjudged(counts["not judged"], any_judged=bool(judged)))
        if exact:
            told.append(_exact(counts["different"], len(exact)))
        told += _directions(compared)
    if shared:
        plural = "s lie" if shared != 1 else " lies"
        told.append(f"{shared:,} record{plural} in both folders: the same measurement twice tells nothing new.")
    if alone:
        told.append(f"{alone:,} number{'s are' if alone != 1 else ' is'} in only one of the two.")
    return told


def nothing_beyond(compared: Sequence[Compared]) -> str:
    """What to say where no difference is beyond noise: that none is, or that nobody could tell."""
    if any(one.verdict == "not judged" for one in compared):
        judged = sum(one.p_value is not None for one in compared)
        known = f"none of the {judged:,} that can be judged is beyond noise" if judged else "none can be judged"
        return f"Of the differences {known}, and no exact count differs."
    return "No difference is beyond noise, and no exact count differs."


def _directions(compared: Sequence[Compared]) -> Iterator[str]:
    """For each kind of measurement, what is beyond noise in it, which way and how far."""
    kinds = dict.fromkeys(one.pair.this.kind for one in compared if one.verdict == "beyond noise")
    for kind in kinds:
        found = [one for one in compared if one.pair.this.kind == kind and one.verdict == "beyond noise"]
        parts = []
        for way, side in (("higher", 1), ("lower", -1)):
            effects = sorted(_away(one) for one in found if (_away(one) > 0) == (side > 0))
            if effects:
                parts.append(f"{len(effects):,} {way} ({_range(effects, found[0].form)})")
        yield f"{kind.capitalize()}, beyond noise: {' and '.join(parts)}."


def _away(one: Compared) -> float:
    """From no difference at all, with its sign."""
    return one.effect if one.form == "difference" else one.effect - 1


def _range(effects: Sequence[float], form: str) -> str:
    ends = sorted({effects[0], effects[-1]}, key=abs)
    if form == "difference":
        return f"{' to '.join(map(points, ends))} points"
    return " to ".join(f"×{ratio(1 + end)}" for end in ends)


def _all(count: int, noun: str) -> str:
    return f"the one {noun}" if count == 1 else f"all {count:,} {noun}s"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _judged(beyond: int, judged: int) -> str:
    share = "None" if beyond == 0 else f"{beyond:,}"
    noun = "difference" if judged == 1 else "differences"
    verb = "is" if beyond < 2 else "are"
    return f"{share} of {judged:,} {noun} {verb} beyond noise, at {numbers.percent(ALPHA)} for all of them together."


def _unjudged(count: int, *, any_judged: bool) -> str:
    more = " more" if any_judged else ""
    noun = "difference" if count == 1 else "differences"
    return f"{count:,}{more} {noun} cannot be judged: measured too rarely to know the noise."


def _exact(different: int, exact: int) -> str:
    if different == 0:
        return f"{_all(exact, 'exact count').capitalize()} {_are(exact)} equal."
    return f"{different:,} of {exact:,} exact counts {_are(different)} not equal."


def scope_heading(one: Compared) -> str:
    """Image size and scope; both scopes where they are not the same."""
    this, other = one.pair.this.scope, one.pair.other.scope
    size = f"{one.pair.this.subject.image_size} px"
    if this == other:
        return f"{size} · {this}"
    same = [mine if mine == yours else "" for mine, yours in zip(this, other, strict=True)]
    unlike = [[part for part, common in zip(scope, same, strict=True) if part != common] for scope in (this, other)]
    held = " · ".join([size, *filter(None, same)])
    return f"{held} · {' · '.join(unlike[0]) or 'none'} against {' · '.join(unlike[1]) or 'none'}"


def value_words(one: Measured, estimate: Estimate) -> str:
    """The value in its unit with its own interval and how often it was measured."""
    low, high = estimate.low, estimate.high
    if one.nature == "share":
        text = numbers.estimate(estimate.value, low, high)
    elif one.nature == "rate":
        text = numbers.rate(estimate.value)
        text += "" if low is None or high is None else f" [{numbers.rate(low)} to {numbers.rate(high)}]"
    elif one.nature == "bytes":
        text = numbers.size(estimate.value) if low is None or high is None else numbers.sizes(estimate.value, low, high)
    else:
        text = numbers.exact(estimate.value)
    return text if one.nature == "count" else f"{text}, n = {one.n}"


def effect_words(one: Compared) -> str:
    """ "×1.52 [1.48 to 1.56]", "+1.20 points [0.40 to 2.00]", "equal"."""
    if one.verdict == "same":
        return "equal"
    write = points if one.form == "difference" else ratio
    text = f"{points(one.effect)} points" if one.form == "difference" else f"×{ratio(one.effect)}"
    return text if one.low is None or one.high is None else f"{text} [{write(one.low)} to {write(one.high)}]"


def points(difference: float) -> str:
    """A difference of shares in percentage points, with its sign: +1.20, −0.03."""
    text = f"{100 * difference:+.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", MINUS)


def ratio(value: float) -> str:
    """A ratio, with digits enough to tell it from 1: 41.3, 1.52, 0.998, 1.00002."""
    if not math.isfinite(value):
        return "∞"
    if value >= 10 or value == 0:
        return numbers.significant(value)
    away = abs(value - 1)
    return f"{value:.3f}" if away >= 0.0005 or away == 0 else f"{value:.1e}" if away < 1e-9 else _near_one(value)


def _near_one(value: float) -> str:
    return f"{value:.{1 - math.floor(math.log10(abs(value - 1)))}f}"


def p_words(p_value: float | None) -> str:
    """ "0.032", "< 0.001"; a dash where nothing was tested."""
    if p_value is None:
        return numbers.MISSING
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"
