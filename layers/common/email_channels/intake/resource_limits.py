"""Limits on the time and the memory that a block of code may take in this process."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

# If a library swallows the first Stalled and continues, another one is raised after this many seconds.
_AGAIN_SECONDS = 1.0


class Stalled(BaseException):
    """A time limit is over.

    It does not derive from Exception, so that code with `except Exception` does not swallow it and continue.
    """


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises Stalled within the block if it takes longer than `seconds`.

    The limit stops Python code, regular expressions and waits for the network. It cannot stop a C library that does not
    return; only the timeout of the function ends that. Limits can be nested: after an inner limit, the rest of the
    outer one applies again. Outside the main thread, or on a system without timers, there is no limit.
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
def memory_limit(megabytes: int) -> Iterator[None]:
    """Raises MemoryError within the block if this process would take more than `megabytes` of data.

    Without this limit, Lambda kills a function that takes too much. With 0, or on a system other than Linux, there is
    no limit.
    """
    if not megabytes or sys.platform != "linux":
        yield
        return
    import resource  # does not exist on every platform

    former, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = megabytes << 20
    bounds = [bound for bound in (limit, former, hard) if bound != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(bounds), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (former, hard))


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stalled
