"""Asynchronous invocation of functions: retries, and the failure destination after the last one.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local.cloudformation.deployment import Deployment
from local.embedded_aws import EmbeddedAws
from local.events.failure_destinations import failure_queue, send_failure
from local.events.shortened_waits import shortened
from local.lambda_.deployed_function import DeployedFunction, FunctionFailed

_RETRY_WAITS = (60.0, 120.0)
"""Seconds before the first and the second retry in AWS. `local/events/shortened_waits.py` shortens them."""

_AT_ONCE = 4
_log = logging.getLogger(__name__)


class AsynchronousInvocations:
    """Invokes functions with events and does not wait for them. A failed one is retried, then reported.

    Raises UserError for a destination that the local stack does not support.
    """

    def __init__(self, deployment: Deployment, aws: EmbeddedAws, invoke: Callable[[str, object], Any]) -> None:
        self._aws = aws
        self._invoke = invoke
        self._retries: dict[str, int] = {}
        self._failure_queues: dict[str, str | None] = {}
        for config in deployment.of_type("AWS::Lambda::EventInvokeConfig"):
            name = deployment.function_of(config.properties["FunctionName"]).name
            self._retries[name] = int(config.properties.get("MaximumRetryAttempts", len(_RETRY_WAITS)))
            self._failure_queues[name] = failure_queue(deployment, config.properties)
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="asynchronous")
        self._pending = 0
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def submit(self, function: DeployedFunction, event: Mapping[str, Any]) -> None:
        """Starts an invocation. Events that come after `stop` are lost."""
        with self._lock:
            if self._stopping.is_set():
                _log.warning("%s: an event that came while the local stack was stopping is lost", function.name)
                return
            self._pending += 1
            self._pool.submit(self._run, function, event)

    def idle(self) -> bool:
        """Whether no invocation is under way, and none waits for a retry."""
        with self._lock:
            return self._pending == 0

    def stop(self, deadline: float) -> None:
        """Waits until `deadline` (monotonic clock) for invocations that are under way. They are not retried."""
        with self._lock:
            self._stopping.set()
        while not self.idle() and time.monotonic() < deadline:
            time.sleep(0.02)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, function: DeployedFunction, event: Mapping[str, Any]) -> None:
        try:
            self._attempt(function, event)
        except Exception:  # noqa: BLE001  (logged, and the thread goes on to the next event)
            _log.exception("%s: an asynchronous invocation is lost", function.name)
        finally:
            with self._lock:
                self._pending -= 1

    def _attempt(self, function: DeployedFunction, event: Mapping[str, Any]) -> None:
        retries = self._retries.get(function.name, len(_RETRY_WAITS))
        for attempt in range(1, retries + 2):
            try:
                self._invoke(function.name, event)
            except FunctionFailed as error:
                _log.warning("%s: asynchronous attempt %d failed: %s", function.name, attempt, error.error_type)
                if attempt <= retries:
                    if self._stopping.wait(shortened(_RETRY_WAITS[attempt - 1])):
                        return
                    continue
                queue_url = self._failure_queues.get(function.name)
                if queue_url is not None:
                    what = {
                        "requestPayload": event,
                        "responsePayload": {"errorMessage": error.message, "errorType": error.error_type},
                    }
                    send_failure(self._aws, queue_url, function, "RetriesExhausted", attempt, what)
            return
