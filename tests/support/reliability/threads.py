"""Runs several workers at once, one step at a time: a worker stops at each call to AWS until the test continues it.

So the test decides the order of events, although the workers are threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError
from email_channels.aws import retries

from tests.support.in_process.aws_calls import Call, intercept

# Calls that the simulation itself makes around the work.
_NOT_THEIRS = {"ReceiveMessage", "DeleteMessage"}


@dataclass(eq=False)
class Worker:
    """A thread that runs only during `step`. Its call number `fails_at` (from 0) cannot reach AWS.

    `speed` is a hint for the code that chooses the next worker.
    """

    name: str
    work: Callable[[], object]
    fails_at: int | None = None
    speed: float = 1.0
    at: str = "begins"
    done: bool = False
    error: BaseException | None = None
    _calls: int = 0
    _go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _stopped: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _thread: threading.Thread | None = None

    def step(self) -> None:
        """Runs until the next stop. If the work ends with an exception, raises it."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            self._thread.start()
        self._go.release()
        self._stopped.acquire()
        if self.done:
            self._thread.join()
        if self.error is not None:
            raise self.error

    def stop(self, at: str) -> None:
        """Called in the thread: waits for the next step."""
        self.at = at
        self._stopped.release()
        self._go.acquire()

    def call(self, name: str, make: Callable[[], Any]) -> Any:
        """Called in the thread: makes a call to AWS, with a stop before and after it."""
        number, self._calls = self._calls, self._calls + 1
        self.stop(f"before {name}")
        if number == self.fails_at:
            raise EndpointConnectionError(endpoint_url="https://aws.example")
        try:
            return make()
        finally:
            self.stop(f"after {name}")

    def _run(self) -> None:
        self._go.acquire()
        _current.worker = self
        try:
            self.work()
        except BaseException as error:  # noqa: BLE001 - `step` raises it again in the thread of the test
            self.error = error
        self.at, self.done = "ends", True
        self._stopped.release()


_current = threading.local()


@contextmanager
def workers_stop_at_calls() -> Iterator[None]:
    """Within the block, workers stop at their calls; all other calls are made at once."""

    def make(_: BaseClient, name: str, __: Any, call: Call) -> Any:
        worker: Worker | None = getattr(_current, "worker", None)
        if worker is None or name in _NOT_THEIRS:
            return call()
        return worker.call(name, call)

    def sleep(_: float) -> None:
        worker: Worker | None = getattr(_current, "worker", None)
        if worker is not None:
            worker.stop("pauses")

    with pytest.MonkeyPatch.context() as patched:
        intercept(patched, make)
        patched.setattr(retries, "time", SimpleNamespace(sleep=sleep))
        yield
