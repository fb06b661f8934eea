"""Two networks on the same test images: which of them classifies more of the images correctly.

These say how sure a difference between two trained networks is for other images like these; how it varies
from one training run to the next only several seeds can say.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bench.stats.intervals import check_confidence
from bench.stats.tested import Tested

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

_COUNTS_AT_ONCE = 2_000_000


def mcnemar(correct_a: ArrayLike, correct_b: ArrayLike, confidence: float = 0.95) -> Tested:
    """Accuracy of a minus that of b; exact two-sided p of "as many images are right in a alone as in b alone".

    The test is binomial among the images that one network has right and the other wrong, at any number of
    them.  The interval is Bonett and Price's adjusted Wald interval, cut at -1 and 1.

    Args:
        correct_a, correct_b: one truth value an image, of shape (images,), in the same order.

    Source: McNemar, Psychometrika 12(2), 1947; Bonett, Price, Journal of Educational and Behavioral Statistics
    37(4), 2012; both recommended by Fagerland, Lydersen, Laake, Statistics in Medicine 33(16), 2014.

    Raises:
        ValueError: no image, lengths that differ, values other than true and false, or a confidence outside (0, 1).
    """
    import numpy as np
    from scipy.special import ndtri
    from scipy.stats import binomtest

    a, b = _pair(correct_a, correct_b)
    check_confidence(confidence)
    if not np.isin(np.concatenate([a, b]), (0.0, 1.0)).all():
        raise ValueError("an image is classified correctly or not: values are true or false")
    n, only_a, only_b = len(a), int((a > b).sum()), int((b > a).sum())
    # One imagined image more of either kind: Laplace's estimates.
    share_a, share_b = (only_a + 1) / (n + 2), (only_b + 1) / (n + 2)
    centre = share_a - share_b
    half = float(ndtri((1 + confidence) / 2)) * math.sqrt((share_a + share_b - centre**2) / (n + 2))
    p = float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0
    return Tested(
        effect=(only_a - only_b) / n,
        low=max(-1.0, centre - half),
        high=min(1.0, centre + half),
        p_value=p,
        n=n,
        method="Bonett and Price's interval, exact McNemar test",
        confidence=confidence,
    )


def paired_bootstrap(
    a: ArrayLike, b: ArrayLike, confidence: float = 0.95, resamples: int = 9_999, seed: int = 0
) -> Tested:
    """Mean of a - b over images with the percentile interval of resampled images; p of "the mean is 0".

    For what `mcnemar` does not take: the share of seeds that have an image right, or losses.  Drawing images
    with replacement is drawing how often each distinct difference comes up, which a multinomial distribution
    gives at once; with ten thousand distinct ones it takes seconds.  p is twice the smaller share of resampled
    means on either side of 0, at least 2 / (`resamples` + 1).

    Args:
        a, b: one value an image, of shape (images,), in the same order.

    Source: Efron, Tibshirani, An Introduction to the Bootstrap, 1993, chapters 13 and 16.

    Raises:
        ValueError: no image, lengths that differ, a value that is not finite, or a confidence outside (0, 1).
    """
    import numpy as np

    one, other = _pair(a, b)
    check_confidence(confidence)
    n = len(one)
    values, counts = np.unique(one - other, return_counts=True)
    generator = np.random.default_rng(seed)
    batch = max(1, _COUNTS_AT_ONCE // len(values))
    means = np.concatenate(
        [
            generator.multinomial(n, counts / n, size=min(batch, resamples - start)) @ values / n
            for start in range(0, resamples, batch)
        ]
    )
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    beyond = min((means <= 0).sum(), (means >= 0).sum())
    return Tested(
        effect=float((one - other).mean()),
        low=float(low),
        high=float(high),
        p_value=float(min(1.0, 2 * (beyond + 1) / (resamples + 1))),
        n=n,
        method="percentile bootstrap over images",
        confidence=confidence,
    )


def _pair(a: ArrayLike, b: ArrayLike) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    import numpy as np

    one, other = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if one.ndim != 1 or one.shape != other.shape:
        raise ValueError(f"predictions are one value an image, as many of either, not {one.shape} and {other.shape}")
    if not one.size:
        raise ValueError("predictions of at least one image are needed")
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        raise ValueError("predictions need finite values")
    return one, other
