"""Several workers at once, one step at a time: at each call to AWS a worker stops, and the test says who goes on.

So what happens is decided by the test alone, although the workers are threads.
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

# The simulation's own, around what the workers do.
_NOT_THEIRS = {"ReceiveMessage", "DeleteMessage"}


@dataclass(eq=False)
class Worker:
    """A thread that runs only during `step`. At its call number `fails_at` (from 0) AWS cannot be reached.

    `speed` is for whoever chooses among workers.
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
        """Runs until the next stop; raises what the work raised, if it ended so."""
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
        """Called in the thread: waits for its next step."""
        self.at = at
        self._stopped.release()
        self._go.acquire()

    def call(self, name: str, make: Callable[[], Any]) -> Any:
        """Called in the thread: a call to AWS, with a stop before and after it."""
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
        except BaseException as error:  # noqa: BLE001 - `step` raises it where the test sees it
            self.error = error
        self.at, self.done = "ends", True
        self._stopped.release()


_current = threading.local()


@contextmanager
def workers_stop_at_calls() -> Iterator[None]:
    """From here on, workers stop as described; everybody else's calls go through."""

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
