"""Processes: those that jobs run in, forked from a server that has torch loaded where the system can; how one ends."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import BaseContext
from types import FrameType


def context() -> BaseContext:
    """How a job's process is made."""
    methods = multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")


def start_server() -> None:
    """Begin to load torch in the server, and return at once: this process can load it at the same time."""
    if context().get_start_method() == "forkserver":
        from multiprocessing.forkserver import ensure_running

        multiprocessing.set_forkserver_preload(["bench.warm"])
        ensure_running()


@contextmanager
def terminable() -> Iterator[None]:
    """Treat a polite request to end, as a cluster's scheduler makes it, like Ctrl-C."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
