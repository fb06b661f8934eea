"""The processes that jobs run in: forked from a server that has torch loaded, where the system can, else spawned."""

from __future__ import annotations

import multiprocessing
from multiprocessing.context import BaseContext


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
