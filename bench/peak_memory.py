"""Peak memory, as each kind of device can tell it."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import torch

from bench.device import Target

_CLEAR_REFERENCES = Path("/proc/self/clear_refs")


def reset_peak(target: Target) -> None:
    """Forget earlier peaks of this process."""
    if target.type == "cuda":
        torch.cuda.reset_peak_memory_stats(target.device)
    elif target.type == "cpu" and _CLEAR_REFERENCES.exists():
        with suppress(OSError):
            _CLEAR_REFERENCES.write_text("5")  # Linux: VmHWM starts again from what is resident now


def peak_bytes(target: Target) -> int | None:
    """Largest amount of memory in use since the last `reset_peak`; None where the system does not say.

    CUDA: what PyTorch's allocator handed out.  CPU on Linux: the process's resident set.
    """
    if target.type == "cuda":
        return torch.cuda.max_memory_allocated(target.device)
    if target.type == "cpu" and sys.platform == "linux":
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None
