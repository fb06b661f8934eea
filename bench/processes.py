"""Processes: those that jobs run in, forked from a server that has torch loaded where that is safe."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from multiprocessing.context import BaseContext


def context() -> BaseContext:
    """How a job's process is made.  On macOS what has loaded Apple's libraries, as torch does, must not fork."""
    safe = sys.platform != "darwin" and "forkserver" in multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("forkserver" if safe else "spawn")


def start_server() -> None:
    """Begin to load torch in the server, and return at once: this process can load it at the same time."""
    if context().get_start_method() == "forkserver":
        from multiprocessing.forkserver import ensure_running

        multiprocessing.set_forkserver_preload(["bench.warm"])
        ensure_running()


def end_with_parent() -> None:
    """End this process at once when its parent is gone, however it went."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
