"""One worker process of a function: starts it, gives it events, kills it when its time is over."""

import json
import logging
import queue
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any

from local.lambda_.deployed_function import DeployedFunction, FunctionFailed

START_SECONDS = 60
"""Seconds that a worker may take to import its handler. Lambda allows 10, but here, the processor has more to do."""

LARGEST_PAYLOAD = 6 * 1024 * 1024
"""Bytes of a synchronous request or response: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

_log = logging.getLogger(__name__)


class WorkerProcess:
    """The process of `local/lambda_/worker.py` for one function."""

    def __init__(self, function: DeployedFunction, environment: Mapping[str, str], settings: str) -> None:
        self._name = function.name
        self._arn = function.arn
        self._timeout = function.timeout
        self._ready = False
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "local.lambda_.worker", settings],
            cwd=environment["LAMBDA_TASK_ROOT"],
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Ctrl-C in the terminal must reach the local stack only: it ends its workers itself.
            start_new_session=True,
        )
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._read, name=f"worker-{function.name}", daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def invoke(self, event: object) -> Any:
        """Invokes the handler and returns its result. Raises FunctionFailed."""
        if not self._ready:
            self._await_ready()
        timeout = self._timeout
        request = json.dumps({"id": str(uuid.uuid4()), "arn": self._arn, "timeout": timeout, "event": event}).encode()
        if len(request) > LARGEST_PAYLOAD:
            raise FunctionFailed("RequestEntityTooLargeException", f"a request of {len(request)} bytes is too large")
        started = time.monotonic()
        try:
            assert self._popen.stdin is not None
            self._popen.stdin.write(request + b"\n")
            self._popen.stdin.flush()
        except OSError:
            raise self._died() from None
        line = self._answer(timeout)
        if line is None:
            self.end()
            _log.warning("%s: timed out after %s seconds", self._name, timeout)
            raise FunctionFailed("Sandbox.Timedout", f"Task timed out after {timeout:.2f} seconds")
        if len(line) > LARGEST_PAYLOAD:
            raise FunctionFailed(
                "Function.ResponseSizeTooLarge", f"Response payload size exceeded maximum allowed ({LARGEST_PAYLOAD})"
            )
        _log.debug("%s: answered after %d ms", self._name, (time.monotonic() - started) * 1000)
        return _result(line)

    def end(self) -> None:
        """Kills the process if it still runs, and waits for its end."""
        if self._popen.poll() is None:
            self._popen.kill()
        self._popen.wait()
        assert self._popen.stdin is not None
        try:
            self._popen.stdin.close()
        except OSError:
            _log.debug("%s: ended with a request half written", self._name)

    def _await_ready(self) -> None:
        line = self._answer(START_SECONDS)
        if line is None:
            self.end()
            raise FunctionFailed("Runtime.InitTimeout", f"not ready after {START_SECONDS} seconds")
        try:
            _result(line)
        except FunctionFailed:
            self.end()
            raise
        self._ready = True

    def _answer(self, timeout: float) -> bytes | None:
        """The next line of the process. None if none comes in time. Raises FunctionFailed if the process ended."""
        try:
            line = self._answers.get(timeout=timeout)
        except queue.Empty:
            return None
        if not line.endswith(b"\n"):
            raise self._died()
        return line

    def _died(self) -> FunctionFailed:
        self.end()
        status = self._popen.returncode
        return FunctionFailed("Runtime.ExitError", f"{self._name}: the worker ended with status {status}")

    def _read(self) -> None:
        """Reads all lines of the process. An empty one marks the end of its output."""
        assert self._popen.stdout is not None
        with self._popen.stdout as output:
            for line in output:
                self._answers.put(line)
        self._answers.put(b"")


def _result(line: bytes) -> Any:
    answer = json.loads(line)
    if "error" in answer:
        raise FunctionFailed(answer["error"]["type"], answer["error"]["message"])
    return answer.get("result")
