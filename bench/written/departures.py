"""Where the five networks are not as they were published."""

from __future__ import annotations

from pathlib import Path

import archs
from bench.written.markdown import table


def departures_table(results: Path) -> str:
    """A row a network: which of the forms in circulation it is, and what differs from the publication."""
    specs = [archs.get_spec(name) for name in archs.FIVE]
    return table(["network", "form", "departs"], [[one.title, one.source, "; ".join(one.departures)] for one in specs])
