"""Whether a network that says 90 % is right nine times of ten."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def expected_calibration_error(probability: ArrayLike, correct: ArrayLike, bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over bins of equal width, weighted by their images; 0 to 1.

    Bins are open below and closed above; the first one holds 0 too.  The measure grows with the number of bins
    and with fewer images, so only equal numbers of both compare.

    Args:
        probability: of the predicted class, of shape (images,).
        correct: whether that class is the true one, of shape (images,), or how likely it is, where that is left to
            chance.

    Source: Naeini, Cooper, Hauskrecht, Obtaining well calibrated probabilities using Bayesian binning, AAAI 2015;
    Guo, Pleiss, Sun, Weinberger, On calibration of modern neural networks, ICML 2017, equation 3, with 15 bins.

    Raises:
        ValueError: no image, shapes that differ, a probability or an outcome outside [0, 1], or no bin.
    """
    import numpy as np

    confidence, outcome = np.asarray(probability, dtype=float), np.asarray(correct, dtype=float)
    if bins < 1:
        raise ValueError(f"calibration needs at least one bin, not {bins}")
    if confidence.ndim != 1 or confidence.shape != outcome.shape or not confidence.size:
        raise ValueError(f"calibration needs two values an image, not shapes {confidence.shape} and {outcome.shape}")
    if not ((confidence >= 0) & (confidence <= 1)).all():
        raise ValueError("probabilities lie between 0 and 1")
    if not ((outcome >= 0) & (outcome <= 1)).all():
        raise ValueError("an image is classified correctly or not, or with a probability between 0 and 1")
    index = np.maximum(np.ceil(confidence * bins).astype(int) - 1, 0)
    gaps = np.bincount(index, weights=outcome - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / confidence.size)
