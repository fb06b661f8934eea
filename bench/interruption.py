"""A request to end: Ctrl-C, or the polite one that a cluster's scheduler makes."""

from __future__ import annotations

import signal
from types import FrameType

STOPPED = 130
"""Exit code of a command that was told to end, as of one that Ctrl-C ends in a shell."""


def heed_termination() -> None:
    """From now on treat a polite request to end (SIGTERM) like Ctrl-C."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def stems_from_one(error: BaseException | None) -> bool:
    """Whether `error` is a request to end, or came up while one was dealt with, as in a pool half way up."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None
