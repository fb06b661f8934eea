"""A request to end: Ctrl-C, or the polite one that a cluster's scheduler makes."""

from __future__ import annotations

import signal
from types import FrameType

STOPPED = 130
"""Exit code of a command that was told to end, as of one that Ctrl-C ends in a shell."""
PATIENCE = 0.02
"""Seconds between two looks whether a module is still being loaded."""


def heed_requests_to_end() -> None:
    """From now on a polite request to end (SIGTERM) is like Ctrl-C, and the first of either waits for modules to load.

    One that is interrupted in the midst may lose the exception, or abort the process: torch has been seen to do both.
    """
    waits = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal waits
        looks_again = number == getattr(signal, "SIGALRM", None)
        if looks_again and not waits:  # another request was faster
            return
        waits = (looks_again or not waits) and _has_timers() and _loads_a_module(frame)
        _look_again_in(PATIENCE if waits else 0)
        if not waits:
            raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:  # nohup and the like have it ignored
        signal.signal(signal.SIGINT, interrupt)
    if _has_timers():
        signal.signal(signal.SIGALRM, interrupt)


def _has_timers() -> bool:
    return hasattr(signal, "setitimer")


def _look_again_in(seconds: float) -> None:
    """So much later, or never for 0."""
    if _has_timers():
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _loads_a_module(frame: FrameType | None) -> bool:
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib."):
        frame = frame.f_back
    return frame is not None


def stems_from_one(error: BaseException | None) -> bool:
    """Whether `error` is a request to end, or came up while one was dealt with, as in a pool half way up."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


def let_the_exit_code_stand() -> None:
    """Keep a request to end that was dealt with, or came too late, from ending this process by a signal.

    CPython remembers one that came while a string was executed, as when a dataclass is made, until the next string is.
    """
    exec("")
    _look_again_in(0)
