"""What jobs need and is slow to import, imported once in the process that they are forked from."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # fvcore decorates with torch.jit.script, which is deprecated
    import fvcore.nn  # noqa: F401
    import torch.utils.flop_counter  # noqa: F401
    import torchvision.datasets.mnist  # noqa: F401

import bench.worker  # noqa: F401
