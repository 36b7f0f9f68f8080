"""Runs functions in worker processes: kept warm, killed when their time is over, replaced when they die."""

import json
import logging
import os
import queue
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.embedded_aws import CREDENTIALS
from local.judging.policies import permissions_of
from local.judging.worker_calls import JudgingSettings
from local.lambda_.deployed_function import DeployedFunction, FunctionFailed

ROOT = Path(__file__).resolve().parents[2]
"""The checkout, with the program of the workers in it."""

PROCESSES_PER_FUNCTION = 2
"""As many invocations of one function as run at once; further ones wait, where Lambda would start another."""

START_SECONDS = 60
"""For a worker to import its handler. Lambda gives 10, on a machine that does nothing else."""

RECORD_VARIABLE = "EMAIL_CHANNELS_CALLS"
"""Environment variable of the local stack, for tests: a folder in which the workers note which permissions were used,
and what AWS would refuse."""

LARGEST_PAYLOAD = 6 * 1024 * 1024
"""Bytes of a synchronous request or response: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

_log = logging.getLogger(__name__)


class WorkerPools:
    """The worker processes of all functions that were added, which get `endpoint_url` as their AWS."""

    def __init__(self, endpoint_url: str, region: str, root: Path = ROOT, *, strict: bool = False) -> None:
        """`root` is where `functions` and `layers` lie. `strict`: calls that AWS would refuse are refused."""
        self._endpoint_url = endpoint_url
        self._region = region
        self._root = root
        self._strict = strict
        self._pools: dict[str, _Pool] = {}

    def add(self, function: DeployedFunction) -> None:
        environment = _environment(function, self._endpoint_url, self._region, self._root)
        self._pools[function.name] = _Pool(function, environment, self._judging_settings(function).as_text())

    def _judging_settings(self, function: DeployedFunction) -> JudgingSettings:
        return JudgingSettings(
            function.name,
            self._region,
            function.arn.split(":")[4],
            None if function.role is None else permissions_of(function.role),
            function.bucket_keys,
            self._strict,
            os.environ.get(RECORD_VARIABLE),
        )

    def start(self) -> None:
        """Starts one worker of each function that has none yet, without waiting for them."""
        for pool in self._pools.values():
            pool.warm()

    def stop(self) -> None:
        for pool in self._pools.values():
            pool.stop()

    def invoke(self, name: str, event: object) -> Any:
        """What the function returned. From any thread; waits while all processes of the function are busy.

        Raises FunctionFailed if the handler raised, timed out or died, KeyError if there is no such function.
        """
        return self._pools[name].invoke(event)


class _Pool:
    """The processes of one function: the idle ones in a queue, as many permits as there may be processes."""

    def __init__(self, function: DeployedFunction, environment: Mapping[str, str], settings: str) -> None:
        self._function = function
        self._environment = environment
        self._judging_settings = settings
        self._permits = threading.BoundedSemaphore(PROCESSES_PER_FUNCTION)
        self._idle: queue.LifoQueue[_Process] = queue.LifoQueue()
        self._all: set[_Process] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def warm(self) -> None:
        if not self._all:
            self._idle.put(self._start())

    def invoke(self, event: object) -> Any:
        with self._permits:
            process = self._take()
            try:
                return process.invoke(event)
            finally:
                self._give_back(process)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            processes = list(self._all)
        for process in processes:
            process.end()

    def _take(self) -> "_Process":
        while True:
            try:
                process = self._idle.get_nowait()
            except queue.Empty:
                return self._start()
            if process.alive:
                return process
            self._forget(process)

    def _give_back(self, process: "_Process") -> None:
        if process.alive:
            self._idle.put(process)
        else:
            self._forget(process)

    def _start(self) -> "_Process":
        with self._lock:
            if self._stopped:
                raise FunctionFailed("Runtime.ExitError", f"{self._function.name}: the local stack is stopping")
            process = _Process(self._function, self._environment, self._judging_settings)
            self._all.add(process)
            return process

    def _forget(self, process: "_Process") -> None:
        process.end()
        with self._lock:
            self._all.discard(process)


class _Process:
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
            # Ctrl-C in the terminal is for the local stack, which ends its workers itself.
            start_new_session=True,
        )
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._read, name=f"worker-{function.name}", daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def invoke(self, event: object) -> Any:
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
        """Kills the process, if it still runs, and waits for its end."""
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
        """The next line from the process, None if none comes in time. Raises FunctionFailed if the process ended."""
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
        """Hands over each line, and at the end of the output an empty one."""
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


def _environment(function: DeployedFunction, endpoint_url: str, region: str, root: Path) -> dict[str, str]:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, and what leads to the embedded AWS.

    Nothing of the person's own environment goes in, so that a function cannot come to rely on it.
    """
    return {
        **function.environment,
        "_HANDLER": function.handler,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "AWS_LAMBDA_FUNCTION_NAME": function.arn.rpartition(":")[2],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
        "AWS_SESSION_TOKEN": CREDENTIALS["aws_session_token"],
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL": endpoint_url,
        "LAMBDA_TASK_ROOT": str(root),
        "LANG": "en_US.UTF-8",
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join(map(str, (root, root / "layers" / "common", ROOT))),
        "PYTHONUNBUFFERED": "1",
        "TZ": ":UTC",
    }
