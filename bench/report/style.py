"""How networks and figures look, the same everywhere in a report.

The colours keep a contrast of 3 to 1 against the page in light and in dark, and the five networks'
colours stay apart under protanopia, deuteranopia and tritanopia; the tests compute both.  A marker
shape says the same a second time.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import archs

INK = "#1f2328"
"""Text, axes and grid.  In the page every stroke and fill of this colour follows the theme."""
PAPER = "#fffffe"
"""Background.  In the page it follows the theme as well."""

COLOURS = (
    *("#a6960c", "#a64732", "#9a42aa", "#15a68e", "#1d51ff"),  # the five, in the order of archs.FIVE
    *("#7a7a7a", "#d9488f", "#4a8fc7", "#5f8a2e", "#8c6bd1", "#d0691e", "#8a6d3b"),
)
OTHERS = COLOURS[len(archs.FIVE) :]
MARKERS = ("D", "s", "^", "v", "o", "P", "X", "h", "p", "<", ">", "d")
DASHES: tuple[tuple[float, ...], ...] = ((), (5, 2), (1.5, 1.5), (6, 2, 1.5, 2))

CATEGORY_COLOURS = {
    "1×1 convolution": "#d9822b",
    "larger convolution": "#5b7083",
    "convolution": "#5b7083",
    "linear": "#9fb1c1",
    "batch norm": "#7d4f9e",
    "other": "#8a8a8a",
}

# The figures' text is measured in the font that comes with matplotlib, so that a layout is the same
# on every machine.  It is wide: a reader's own font takes less room, never more.
RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.labelsize": 10.5,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.8,
    "axes.facecolor": "none",
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": INK,
    "grid.alpha": 0.14,
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": PAPER,
    "figure.dpi": 72,  # one pixel is one point, so that text can be measured in points
    "svg.fonttype": "none",  # text stays text: it can be searched, read aloud and coloured
    "lines.solid_capstyle": "round",
    "lines.linewidth": 2.0,
}


@dataclass(frozen=True)
class Look:
    """How one network is drawn."""

    colour: str
    marker: str
    dashes: tuple[float, ...]


def looks(networks: Iterable[tuple[str, str]], beside: Iterable[Collection[str]] = ()) -> dict[str, Look]:
    """A look for each of the networks, given as pairs of name and family.

    The five have their own colours, which no other takes.  Any other begins at the place that a hash of its name
    points to and takes the next that is free: first the colours that no network has that it is drawn beside, then
    those that fewer of its family use, and of them the ones that fewer networks use.

    Args:
        beside: names of networks that are drawn in one figure; where one has more of them than there are colours,
            doubles in it weigh less than in a figure of few.
    """
    wanted, figures = set(networks), set(map(frozenset, beside))
    five = zip(archs.FIVE, COLOURS, MARKERS, strict=False)
    chosen = {name: Look(colour, marker, DASHES[0]) for name, colour, marker in five if name in dict(wanted)}
    used: Counter[str] = Counter()
    in_family: Counter[tuple[str, str]] = Counter()
    for name, family in sorted(wanted - {pair for pair in wanted if pair[0] in chosen}):
        start = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4])
        taken = {(look.colour, look.marker) for look in chosen.values()}
        doubles: defaultdict[str, Fraction] = defaultdict(Fraction)
        for figure in figures:
            for other in chosen.keys() & figure if name in figure else ():
                doubles[chosen[other].colour] += Fraction(1, len(figure))
        order = [OTHERS[(start + step) % len(OTHERS)] for step in range(len(OTHERS))]
        colour = min(order, key=lambda one: (doubles[one], in_family[family, one], used[one]))
        shapes = [MARKERS[(start + step) % len(MARKERS)] for step in range(len(MARKERS))]
        seen = {marker for _, marker in taken}
        marker = min(shapes, key=lambda shape: ((colour, shape) in taken, shape in seen))
        chosen[name] = Look(colour, marker, DASHES[1 + used[colour] % (len(DASHES) - 1)])
        used[colour] += 1
        in_family[family, colour] += 1
    return chosen


def standing_mark(standing: str) -> str:
    """What a figure or a row of this standing has to say; nothing where it is citable."""
    return "" if standing in ("citable", "exact count") else f"{standing}, not citable"
