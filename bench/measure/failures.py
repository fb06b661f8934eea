"""Why something was not measured, as text: an exception holds every tensor of the frames that it passed through."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

import archs
from bench.errors import UserError
from bench.records import Failure

_SIGNS = (
    "out of memory",  # the CUDA driver, Metal
    "can't allocate memory",  # PyTorch on a CPU
    "not enough memory",  # the same on Windows
    "alloc_failed",  # cuBLAS and cuDNN
    "allocation_failed",  # cuDNN since 9
    "unable to find an engine",  # a convolution whose every algorithm wanted more memory than was left
    "bad_alloc",  # C++
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, on the device or in the machine; not every library has a type of error for that."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in _SIGNS)
    )


def attempt(do: Callable[[], object]) -> Failure | None:
    """Why `do` failed; None where it did not."""
    try:
        do()
    except Exception as error:  # a user's own network may raise anything
        return failure_of(error)
    return None


@contextmanager
def blamed_on(name: str, doing: str) -> Iterator[None]:
    """What a foreign network raises while it is `doing` something, as one line; the suite's own keep a traceback.

    Raises:
        UserError: the network called `name` is a plug-in or torchvision's, and raised.
    """
    try:
        yield
    except (UserError, OSError):
        raise
    except Exception as error:
        if archs.get_spec(name).kind not in ("plug-in", "torchvision"):
            raise
        raise UserError(f"{name} fails {doing}: {type(error).__name__}: {failure_of(error).message}") from error


def failure_of(error: BaseException) -> Failure:
    """What a record keeps of `error`: its first line, and the next where that only announces it."""
    first, *rest = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return Failure(
        reason="out of memory" if is_out_of_memory(error) else "error",
        message=f"{first} {rest[0]}" if first.endswith(":") and rest else first,
        traceback="\n".join(
            f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}"  # a record names no folder of its machine
            for frame in traceback.extract_tb(error.__traceback__)
        ),
    )
