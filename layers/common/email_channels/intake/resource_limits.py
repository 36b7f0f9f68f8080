"""Bounds on the time and the memory that a piece of work may take in this process."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

# Should a library take the first Stalled for an error of its own and go on, there is another.
_AGAIN_SECONDS = 1.0


class Stalled(BaseException):
    """The time is over. No Exception: nothing that is stopped by it may go on as if a part of its work had failed."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises Stalled within the block once it has taken that long.

    It stops what runs in Python, regular expressions included, and waiting for the network; a C library that does not
    return is stopped by the function's own time-out. Limits nest: one that ends within another gives the rest of its
    time back. Elsewhere than in a main thread on a system with timers the block runs without a limit.
    https://docs.python.org/3/library/signal.html#signals-and-threads
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    begun = time.monotonic()
    former = signal.signal(signal.SIGALRM, _stop)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - begun), 0.001), interval)


@contextmanager
def memory_limit(share: float) -> Iterator[None]:
    """Makes the block raise MemoryError rather than let this process grow beyond that share of the function's memory.

    A function that takes more than it has is killed. AWS_LAMBDA_FUNCTION_MEMORY_SIZE says how much that is (MB); where
    it says nothing, or off Linux, there is no limit.
    """
    megabytes = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "0"))
    if not megabytes or sys.platform != "linux":
        yield
        return
    import resource  # not on every platform

    former, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = int(megabytes * share) << 20
    bounds = [bound for bound in (most, former, hard) if bound != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(bounds), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (former, hard))


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stalled
