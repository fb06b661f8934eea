"""Which device a run uses, and in which precision it is fast there."""

from __future__ import annotations

import json
import os
import re
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import torch
from torch import nn

from bench.errors import UserError
from bench.machine import processor_name
from bench.records import Device

Precision = Literal["fp32", "tf32", "bf16", "fp16"]
DTYPES: dict[Precision, torch.dtype] = {
    "fp32": torch.float32,
    "tf32": torch.float32,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
}
"""What matrix products take; tf32 is fp32 whose products a GPU may round."""


@dataclass(frozen=True)
class Target:
    """A device that is there, as torch names it and as people do."""

    type: Literal["cpu", "cuda", "mps"]
    torch_name: str
    model: str

    @property
    def device(self) -> torch.device:
        return torch.device(self.torch_name)

    @property
    def described(self) -> Device:
        return Device(type=self.type, model=self.model)

    def synchronise(self) -> None:
        """Wait until the device has done what it was given."""
        if self.type == "cuda":
            torch.cuda.synchronize(self.device)
        elif self.type == "mps":
            torch.mps.synchronize()

    def empty_cache(self) -> None:
        """Give back the memory that PyTorch keeps of tensors that are gone."""
        if self.type == "cuda":
            torch.cuda.empty_cache()
        elif self.type == "mps":
            torch.mps.empty_cache()


def resolve(requested: str) -> Target:
    """The device called `requested`: auto, cpu, cuda, cuda:N or mps.

    Raises:
        UserError: it is not there, or no device is called so.
    """
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if requested == "auto":
        requested = "cuda" if cuda else "mps" if mps else "cpu"
    if requested == "cpu":
        return Target("cpu", "cpu", f"{processor_name()}, {torch.get_num_threads()} threads")
    if requested == "mps":
        if not mps:
            raise UserError("device mps is not available here (it needs a Mac with Metal); use --device cpu")
        return Target("mps", "mps", processor_name())
    match = re.fullmatch(r"cuda(?::(\d+))?", requested)
    if match is None:
        raise UserError(f"no device is called {requested!r}; there are: auto, cpu, cuda, cuda:N, mps")
    if not cuda:
        raise UserError("device cuda is not available: PyTorch sees no NVIDIA GPU here; use --device cpu")
    index, count = int(match[1] or 0), torch.cuda.device_count()
    if index >= count:
        raise UserError(f"device cuda:{index} is not there: PyTorch sees {count} GPU(s), cuda:0 to cuda:{count - 1}")
    return Target("cuda", f"cuda:{index}", torch.cuda.get_device_name(index))


def resolve_precision(requested: str, target: Target, cache: Path) -> Precision:
    """The precision to train and time in; "auto" is bf16 where it was found faster, else fp32."""
    if requested != "auto":
        return cast(Precision, requested)
    if target.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    if target.type == "mps" or not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return "fp32"
    return "bf16" if _remembered_speedup(target, cache) > 1.2 else "fp32"


def _remembered_speedup(target: Target, cache: Path) -> float:
    """Speed of bf16 over fp32 on this processor, measured once: a unit's key must not depend on noise."""
    memory = cache / "bf16.json"
    subject = f"{target.model}, torch {torch.__version__}"
    try:
        known = json.loads(memory.read_text())
    except (OSError, ValueError):
        known = {}
    if subject not in known:
        known[subject] = _step_seconds("fp32", target) / _step_seconds("bf16", target)
        try:
            cache.mkdir(parents=True, exist_ok=True)
            scratch = memory.with_suffix(f".{os.getpid()}")
            scratch.write_text(json.dumps(known, indent=1))
            scratch.replace(memory)
        except OSError:
            pass  # An unwritable cache costs the next run half a second, no more.
    return float(known[subject])


def _step_seconds(precision: Precision, target: Target) -> float:
    """Fastest of five forward and backward passes of a small convolution."""
    layer = nn.Conv2d(64, 64, 3, padding=1).to(memory_format=torch.channels_last)
    images = torch.randn(32, 64, 28, 28).contiguous(memory_format=torch.channels_last)
    seconds = []
    for _ in range(6):
        start = time.perf_counter()
        with autocast(target, precision):
            output = layer(images)
        output.float().sum().backward()
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])


def unsupported(target: Target, precision: Precision) -> str | None:
    """Why `target` cannot be timed in `precision`; None where it can."""
    if precision == "fp32":
        return None
    if precision == "tf32":
        capable = target.type == "cuda" and torch.cuda.get_device_capability(target.device) >= (8, 0)
        return None if capable else "only NVIDIA GPUs since Ampere have it"
    if target.type == "cuda":
        good = precision == "fp16" or torch.cuda.is_bf16_supported(including_emulation=False)
        return None if good else "this GPU only emulates it"
    if target.type == "cpu" and precision == "bf16":
        return None if torch.ops.mkldnn._is_mkldnn_bf16_supported() else "this processor only emulates it"
    return "not timed on this kind of device"


def use_precision(target: Target, precision: Precision) -> None:
    """Allow fp32 products to be rounded, or not: PyTorch allows it in convolutions unless told otherwise."""
    if target.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        torch.backends.cudnn.allow_tf32 = precision == "tf32"


def autocast(target: Target, precision: Precision) -> AbstractContextManager[object]:
    """Context in which the forward pass runs in `precision`."""
    if precision in ("fp32", "tf32"):
        return nullcontext()
    return torch.autocast(target.type, dtype=DTYPES[precision])
