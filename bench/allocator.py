"""Memory that each training step frees and takes again: kept by the process, so that nobody clears its pages anew.

Left to itself the C library gives large blocks back to the system as they are freed, and has them back as pages that
the system must fill with zeros: of a step of LeNet that was up to half.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache
from typing import Any

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""Of glibc's `malloc.h`."""
_NEVER = -1
_BLOCK = 2**27
"""Bytes; twice the most that glibc keeps of its own accord."""


class _Usage(ctypes.Structure):
    """`struct mallinfo2` of glibc 2.33 and later; the last field is what lies free at the end of the heap, in bytes."""

    _fields_ = [*((f"field{number}", ctypes.c_size_t) for number in range(9)), ("keepcost", ctypes.c_size_t)]


def keep_freed_memory() -> None:
    """Have this process keep what it frees for what it takes next, where the C library is glibc; else do nothing.

    The process grows to its peak, and beyond it by what does not fit into the gaps.  Whoever has set anything of the
    allocator in the environment is left with that.
    """
    library = _glibc()
    if library is not None and not _is_set():
        library.mallopt(_MMAP_MAX, 0)  # blocks of every size from the heap, none mapped by itself
        library.mallopt(_TRIM_THRESHOLD, _NEVER)


def keeps_freed_memory() -> bool | None:
    """Whether this process does so, told by what becomes of a large block, which is never written to; None where the
    C library does not say."""
    library = _glibc()
    if library is None or not hasattr(library, "mallinfo2"):
        return None
    block = library.malloc(_BLOCK)
    if not block:
        return None
    library.free(block)
    return int(library.mallinfo2().keepcost) >= _BLOCK


def _is_set() -> bool:
    return any(name.startswith("MALLOC_") for name in os.environ) or "malloc" in os.environ.get("GLIBC_TUNABLES", "")


@cache
def _glibc() -> Any:
    """The C library's allocator as this process sees it; None where it takes no settings."""
    try:
        library: Any = ctypes.CDLL(None)
        library.mallopt.argtypes, library.mallopt.restype = [ctypes.c_int, ctypes.c_int], ctypes.c_int
        library.malloc.argtypes, library.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
        library.free.argtypes, library.free.restype = [ctypes.c_void_p], None
    except (AttributeError, OSError, TypeError):
        return None
    if hasattr(library, "mallinfo2"):
        library.mallinfo2.argtypes, library.mallinfo2.restype = [], _Usage
    return library
