"""Runs the probe in a process of its own, with a limit of time, and puts a twin's counts where nothing can run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from bench.audit.listings import Listing
from bench.audit.probe import LARGEST_SIZE, Request, encoded
from bench.errors import UserError
from bench.records import Observed

TIME_LIMIT = 300
"""Seconds that the listings of one document may take."""


def can_run(listing: Listing) -> bool:
    """Whether a library that the listing's framework needs is installed here."""
    return listing.framework == "PyTorch" or any(find_spec(name) for name in ("tensorflow", "keras"))


def run(requests: Sequence[Request]) -> list[Observed]:
    """Execute listings of one document, in order, in a process that sees an empty folder.

    Raises:
        UserError: they took too long, or the process ended.
    """
    if not requests:
        return []
    document = requests[0].document
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "KERAS_BACKEND": "torch",
        "CUDA_VISIBLE_DEVICES": "",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    with tempfile.TemporaryDirectory() as empty:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "bench.audit.probe"],
                input=encoded(requests),
                capture_output=True,
                text=True,
                timeout=TIME_LIMIT,
                cwd=empty,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UserError(f"the listings of document {document} did not end within {TIME_LIMIT} s") from None
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise UserError(f"the listings of document {document} could not be run: {last}")
    return [Observed.model_validate_json(line) for line in done.stdout.splitlines()]


def from_twin(listing: Listing) -> Observed:
    """What the registry's twin shows, where the listing's own framework is not installed."""
    import torch

    import archs
    from archs.costs import parameters
    from bench.measure.layers import trace

    assert listing.twin is not None
    channels, size, _ = listing.image
    with torch.device("meta"):
        model = archs.create(
            listing.twin, in_channels=channels, num_classes=listing.num_classes, image_size=size
        ).eval()
        seen = trace(model, torch.zeros(1, channels, size, size))
    return Observed(
        ran_with=f"not run: its PyTorch twin {listing.twin} stands in, since neither TensorFlow nor Keras is installed",
        executes=None,
        constructs=None,
        runs_as_stated=None,
        runs_at_28=None,
        smallest_size=None,
        largest_size_tried=LARGEST_SIZE,
        parameters=parameters(model),
        macs=sum(layer.macs for layer in seen.layers),
        layers=tuple(seen.layers),
        without_activation=tuple(seen.without_activation),
        transitions=tuple(seen.transitions),
    )
