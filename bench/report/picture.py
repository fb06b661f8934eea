"""A figure before it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from bench.report.canvas import Heading

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Picture:
    """What the page and the files need to know of a figure."""

    name: str
    """File name without suffix, and prefix of the ids in the page."""
    heading: Heading
    description: str
    """What a reader who does not see it needs to know."""
    data: pd.DataFrame
    draw: Callable[[], Figure]
    tall: bool = False
    """Two panels, one above the other: takes the height of two figures."""
