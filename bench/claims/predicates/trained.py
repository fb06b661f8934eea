"""The predicates of claims that need training or timing, by the name that the ledger uses."""

from __future__ import annotations

from typing import get_args

from bench.claims.model import Predicate
from bench.claims.predicates import (
    accuracy,
    branches,
    convergence,
    gradients,
    localisation,
    overfitting,
    predictions,
    robustness,
    speed,
    starts,
)

_FILES = (
    accuracy,
    branches,
    convergence,
    gradients,
    localisation,
    overfitting,
    predictions,
    robustness,
    speed,
    starts,
)
TRAINED: dict[str, type[Predicate]] = {
    get_args(predicate.model_fields["test"].annotation)[0]: predicate
    for file in _FILES
    for predicate in file.PREDICATES
}
