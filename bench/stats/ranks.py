"""Several networks in several settings: whether their order is the same more often than chance would have it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Ranking:
    """Mean ranks over blocks."""

    mean_ranks: tuple[float, ...]
    """Of each treatment; 1 is the largest value of a block, ties share their ranks."""
    statistic: float
    """Friedman's, compared with the chi-square distribution."""
    p_value: float
    """Of "all orders are equally likely in every block"."""
    blocks: int


def friedman(blocks: Sequence[Sequence[float]]) -> Ranking:
    """Friedman's test: whether the treatments' ranks differ.

    The chi-square distribution is an approximation that errs to the careful side with few blocks.

    Args:
        blocks: of shape (blocks, treatments): each a data set or setting, with one value for each network,
            larger being better.

    Source: Friedman, The use of ranks to avoid the assumption of normality, JASA 32(200), 1937; for comparing
    classifiers Demšar, Journal of Machine Learning Research 7, 2006.

    Raises:
        ValueError: fewer than two blocks or three treatments, blocks of different length, a value that is not
            finite, or values that are all alike within every block.
    """
    if len(blocks) < 2 or len(blocks[0]) < 3:
        raise ValueError("ranks are compared over at least two blocks of at least three values")
    if len({len(block) for block in blocks}) > 1:
        raise ValueError("every block needs a value for every treatment")
    if not all(math.isfinite(value) for block in blocks for value in block):
        raise ValueError("ranks need finite values")
    if all(min(block) == max(block) for block in blocks):
        raise ValueError("values that are all alike have no ranks")
    from scipy.stats import friedmanchisquare, rankdata

    ranks = [rankdata([-value for value in block]) for block in blocks]
    found = friedmanchisquare(*zip(*blocks, strict=True))
    means = tuple(float(sum(column)) / len(blocks) for column in zip(*ranks, strict=True))
    return Ranking(means, float(found.statistic), float(found.pvalue), len(blocks))
