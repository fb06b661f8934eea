"""Lines of many networks, in as many figures as keep them apart: one network of each family, then family by family.

The networks of a family differ in a thing or two, so that these are the lines that one wants to lay beside each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

import archs
from bench.report.writers import slug

MOST_LINES = 8
"""Networks in one figure of lines; of more, the heads of the families have one, and each family that has relatives."""


class Kin(NamedTuple):
    """Networks that are drawn together."""

    suffix: str
    """After the figure's name; nothing where they are all there is, or the heads of the families."""
    title: str
    """After the figure's title: ": NiN and relatives"."""
    note: str
    archs: frozenset[str]

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of `table` of these networks."""
        return table[table["arch"].isin(self.archs)]


def kin(table: pd.DataFrame) -> Iterator[Kin]:
    """Which networks of `table` go into which figure, each network into at least one.

    Args:
        table: columns arch, title and family.
    """
    networks = table[["arch", "title", "family"]].drop_duplicates()
    if len(networks) <= MOST_LINES:
        yield Kin("", "", "", frozenset(networks["arch"]))
        return
    families = {str(name): _head_first(own) for name, own in networks.groupby("family", sort=False)}
    heads = frozenset(own["arch"].iloc[0] for own in families.values())
    yield Kin("", "", "One network of each family; relatives have a figure of their own", heads)
    for family, own in families.items():
        if len(own) > 1:
            head = own["title"].iloc[0]
            yield Kin(f"-{slug(family)}", f": {head} and relatives", "", frozenset(own["arch"]))


def _head_first(own: pd.DataFrame) -> pd.DataFrame:
    return own.sort_values("arch", key=lambda names: ~names.isin(archs.FIVE), kind="stable")
