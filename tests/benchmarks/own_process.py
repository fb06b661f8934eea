"""Something to time in a process of its own, as those have it who do only that."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any


class OwnProcess:
    """Calls `make` with `arguments` in a fresh process, and what that returns whenever it is asked to.

    In between the process waits, and takes nothing of the machine.
    """

    def __init__(self, make: Callable[..., Callable[[], object]], *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(make, arguments, theirs))
        self._process.start()
        theirs.close()

    def seconds(self) -> float:
        """Of one call, now.

        Raises:
            EOFError: it failed, and the process has printed why.
        """
        self._pipe.send(True)
        return float(self._pipe.recv())

    def end(self) -> None:
        self._pipe.close()
        self._process.join()


def _serve(make: Callable[..., Callable[[], object]], arguments: tuple[Any, ...], pipe: Connection) -> None:
    multiprocessing.set_start_method(None, force=True)  # of loaders' workers: as users have it, and not as it was here
    do = make(*arguments)
    with suppress(EOFError):
        while pipe.recv():
            start = time.perf_counter()
            do()
            pipe.send(time.perf_counter() - start)
