"""Processes: those that jobs run in, forked from a server that has torch loaded where that is safe."""

from __future__ import annotations

import multiprocessing
import os
import signal
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


def start_quiet_server() -> None:
    """Start the server, deaf to Ctrl-C from its first line on, as are the processes forked from it; it loads nothing.

    Ctrl-C reaches every process of a terminal, and is for this one to heed.
    """
    if context().get_start_method() != "forkserver" or threading.current_thread() is not threading.main_thread():
        return
    from multiprocessing.forkserver import ensure_running

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        ensure_running()
    finally:
        signal.signal(signal.SIGINT, before)


def serve_quietly() -> None:
    """In a process that works for another: leave Ctrl-C to that one, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()


def end_with_parent() -> None:
    """End this process at once when its parent is gone, however it went."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
