"""Which device a run uses, and in which precision it is fast there."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal, cast

import torch

from bench.errors import UserError
from bench.machine import exact_processor_name, processor_name
from bench.numbers import several
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
    exact_model: str = ""
    """Where `model` is a name that machines of different speed share: one that they do not."""

    @property
    def device(self) -> torch.device:
        return torch.device(self.torch_name)

    @property
    def described(self) -> Device:
        """What training runs are grouped by: they come out alike on all that bears the name."""
        return Device(type=self.type, model=self.model)

    @property
    def timed(self) -> Device:
        """What timings and peaks of memory are grouped by."""
        return Device(type=self.type, model=self.exact_model or self.model)

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
        threads = several(torch.get_num_threads(), "thread")
        return Target("cpu", "cpu", f"{processor_name()}, {threads}", f"{exact_processor_name()}, {threads}")
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


def resolve_precision(requested: str, target: Target) -> Precision:
    """The precision to train and time in; "auto" is bf16 where the device has instructions for it, else fp32.

    What it is follows from the device alone: a unit's key depends on it, and would not be found again had it been
    chosen by how fast either was in some moment.

    Raises:
        UserError: the device has not got the one that is named.
    """
    if requested == "auto":
        return "bf16" if _has_fast_bf16(target) else "fp32"
    precision = cast(Precision, requested)
    if reason := unsupported(target, precision):
        raise UserError(f"precision {precision} is not for {target.model}: {reason}; use --precision auto")
    return precision


def unsupported(target: Target, precision: Precision) -> str | None:
    """Why `target` cannot train or be timed in `precision`; None where it can."""
    if precision == "fp32":
        return None
    if precision == "tf32":
        return None if _is_ampere(target) else "only NVIDIA GPUs since Ampere have it"
    if target.type == "cuda":
        return None if precision == "fp16" or _is_ampere(target) else "this GPU only emulates it"
    if target.type == "cpu" and precision == "bf16":
        return None if _has_onednn_bf16() else "this processor only emulates it"
    return "not used on this kind of device"


def _is_ampere(target: Target) -> bool:
    """Whether it is an NVIDIA GPU of that generation or a later one: those have both tf32 and bf16."""
    return target.type == "cuda" and torch.cuda.get_device_capability(target.device) >= (8, 0)


def _has_fast_bf16(target: Target) -> bool:
    """Of processors those of x86 with instructions for it; others with AVX-512 compute it by way of fp32."""
    if target.type == "cpu":
        can = torch.cpu.get_capabilities()
        return _has_onednn_bf16() and bool(can.get("amx_bf16") or can.get("avx512_bf16"))
    return _is_ampere(target)


def _has_onednn_bf16() -> bool:
    """Not every build of torch has oneDNN: that for Apple's processors lacks it, and the question with it."""
    name = "_is_mkldnn_bf16_supported"
    known = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, name)
    return known and bool(getattr(torch.ops.mkldnn, name)())


def use_device(target: Target) -> None:
    """Make `target` the GPU of this process: events, for one, are taken on the first GPU unless told otherwise."""
    if target.type == "cuda":
        torch.cuda.set_device(target.device)


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
