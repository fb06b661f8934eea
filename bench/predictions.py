"""What a run took each test image for, read back from the file beside its record."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Predictions:
    """Of one run's test images, one entry an image."""

    label: NDArray[np.int64]
    predicted: NDArray[np.int64]
    """The class of the highest score, the first in order where several have it."""
    probability: NDArray[np.floating[Any]]
    """Of the predicted class, to the three digits of half precision."""

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether the predicted class is the true one."""
        found: NDArray[np.bool_] = self.predicted == self.label
        return found

    def undecided(self, num_classes: int) -> NDArray[np.bool_]:
        """Whether all classes are equally probable, so that the predicted one is but the first in order."""
        import numpy as np

        found: NDArray[np.bool_] = self.probability <= np.float16(1 / num_classes)
        return found

    def lost_classes(self, num_classes: int) -> int:
        """How many classes have test images and were never given as an answer; no answer is one that was undecided."""
        return len(set(self.label.tolist()) - set(self.predicted[~self.undecided(num_classes)].tolist()))

    def right_by_lot(self, num_classes: int) -> NDArray[np.float64]:
        """How likely each is right where undecided images are given a class by lot: 0 or 1, or one in `num_classes`."""
        import numpy as np

        return np.where(self.undecided(num_classes), 1 / num_classes, self.right.astype(float))

    def accuracy_by_lot(self, num_classes: int) -> float:
        """Test accuracy to be expected where undecided images are given a class by lot."""
        return float(self.right_by_lot(num_classes).mean())


def read_predictions(results: Path | None, name: object, sha256: object) -> Predictions | None:
    """The predictions in the file that an accuracy record names.

    Args:
        results: the results folder.
        name: of the file, as the record has it.
        sha256: of the file's content, as the record has it.

    Returns:
        None where there is no such file, or it is not the one that was written with the record.
    """
    import numpy as np

    if results is None or not isinstance(name, str) or Path(name).name != name:
        return None
    try:
        content = (results / "records" / "accuracy" / name).read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            return None
        with np.load(io.BytesIO(content)) as arrays:
            label, predicted = (arrays[key].astype(np.int64) for key in ("label", "predicted"))
            probability = arrays["probability"]
    except (OSError, ValueError, KeyError):
        return None
    if not label.shape == predicted.shape == probability.shape:
        return None
    return Predictions(label, predicted, probability)
