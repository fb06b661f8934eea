"""Two factors crossed, with repetitions: whether one's effect turns on the other."""

from __future__ import annotations

from collections.abc import Sequence

from bench.stats.tested import Tested


def interaction(tables: Sequence[Sequence[Sequence[float]]], confidence: float = 0.95) -> Tested:
    """Mean square of the interaction of rows and columns over that of the repetitions within it.

    `tables` holds one table `(rows, columns)` a repetition.  Repetitions are blocks: what one has of its own in every
    cell, in a row or in a column, is taken out, so that what is left of it is how its interaction differs from the
    others'.  With fixed rows and columns the ratio's expectation is 1 where there is no interaction; its interval is
    that of the ratio of the two expected mean squares, from the F distribution, with rows and columns as random
    effects.

    Cells of one table are neither independent nor equally variable, which makes the usual degrees of freedom too many.
    Box's lower bound of them is right whatever their covariance is: 1 and one less than the repetitions.

    Sources: Montgomery, Design and Analysis of Experiments, the two-factor factorial design in blocks and the random
    effects model; Box, Some theorems on quadratic forms applied in the study of analysis of variance problems II,
    Annals of Mathematical Statistics 25 (1954).

    Returns:
        The ratio, its interval, the p-value of a ratio of 1 (two-sided), and the repetitions.

    Raises:
        ValueError: fewer than two repetitions, rows or columns, tables of different shape, or repetitions whose
            interactions are all the same.
    """
    import numpy as np
    from scipy.stats import f

    values = np.array(tables, dtype=float)
    if values.ndim != 3 or min(values.shape) < 2:
        raise ValueError("an interaction takes two or more tables of at least two rows and two columns")
    repetitions, rows, columns = values.shape
    # In each table only what neither its rows nor its columns explain.
    own = values - values.mean(axis=2, keepdims=True) - values.mean(axis=1, keepdims=True)
    own += values.mean(axis=(1, 2), keepdims=True)
    common = own.mean(axis=0)
    freedom = (rows - 1) * (columns - 1)
    left = freedom * (repetitions - 1)
    within = ((own - common) ** 2).sum() / left
    if within <= 1e-12 * max(1.0, float((values**2).mean())):
        raise ValueError("repetitions that do not differ cannot say how much repetitions differ")
    ratio = float(repetitions * (common**2).sum() / freedom / within)
    least = f(1, repetitions - 1)
    low, high = (ratio / float(least.ppf(share)) for share in ((1 + confidence) / 2, (1 - confidence) / 2))
    p = 2 * min(float(least.sf(ratio)), float(least.cdf(ratio)))
    method = "F of the interaction, repetitions as blocks, Box's lower bound of the degrees of freedom"
    return Tested(ratio, low, high, p, repetitions, method, confidence)
