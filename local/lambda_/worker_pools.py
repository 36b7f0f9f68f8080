"""Runs each function in worker processes of its own, as Lambda runs it in execution environments.

A worker is kept warm for the next event, killed when the function's timeout is over, and replaced when it dies.
"""

import os
import queue
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.judging.policies import permissions_of
from local.judging.worker_calls import JudgingSettings
from local.lambda_.deployed_function import DeployedFunction, FunctionFailed
from local.lambda_.environment import ROOT, environment_of
from local.lambda_.worker_process import WorkerProcess

PROCESSES_PER_FUNCTION = 2
"""The number of invocations of one function that can run at once. More invocations wait. Lambda would start more."""

RECORD_VARIABLE = "EMAIL_CHANNELS_CALLS"
"""For tests: an environment variable of the local stack. It names a folder in which the workers record the permissions
that were used and the calls that AWS would refuse."""

UNJUDGED_VARIABLE = "EMAIL_CHANNELS_UNJUDGED"
"""For measurements: an environment variable of the local stack. If it is set, the workers judge no calls, so that their
CPU is that of the functions."""


class WorkerPools:
    """The worker processes of all added functions. Their AWS is at `endpoint_url`."""

    def __init__(self, endpoint_url: str, region: str, root: Path = ROOT, *, strict: bool = False) -> None:
        """`root` is where `functions` and `layers` are. With `strict`, calls that AWS would refuse are refused."""
        self._endpoint_url = endpoint_url
        self._region = region
        self._root = root
        self._strict = strict
        self._pools: dict[str, _Pool] = {}

    def add(self, function: DeployedFunction) -> None:
        environment = environment_of(function, self._endpoint_url, self._region, self._root)
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
            judged=UNJUDGED_VARIABLE not in os.environ,
        )

    def start(self) -> None:
        """Starts a worker for each function that has none yet. Does not wait until they are ready."""
        for pool in self._pools.values():
            pool.warm()

    def stop(self) -> None:
        for pool in self._pools.values():
            pool.stop()

    def invoke(self, name: str, event: object) -> Any:
        """Invokes the function and returns its result. Thread-safe. Waits while all processes of the function are busy.

        Raises FunctionFailed if the handler raised, timed out or died. Raises KeyError if there is no such function.
        """
        return self._pools[name].invoke(event)


class _Pool:
    """The processes of one function. Idle ones are in a queue; a semaphore limits how many are busy."""

    def __init__(self, function: DeployedFunction, environment: Mapping[str, str], settings: str) -> None:
        self._function = function
        self._environment = environment
        self._judging_settings = settings
        self._permits = threading.BoundedSemaphore(PROCESSES_PER_FUNCTION)
        self._idle: queue.LifoQueue[WorkerProcess] = queue.LifoQueue()
        self._all: set[WorkerProcess] = set()
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

    def _take(self) -> WorkerProcess:
        while True:
            try:
                process = self._idle.get_nowait()
            except queue.Empty:
                return self._start()
            if process.alive:
                return process
            self._forget(process)

    def _give_back(self, process: WorkerProcess) -> None:
        if process.alive:
            self._idle.put(process)
        else:
            self._forget(process)

    def _start(self) -> WorkerProcess:
        with self._lock:
            if self._stopped:
                raise FunctionFailed("Runtime.ExitError", f"{self._function.name}: the local stack is stopping")
            process = WorkerProcess(self._function, self._environment, self._judging_settings)
            self._all.add(process)
            return process

    def _forget(self, process: WorkerProcess) -> None:
        process.end()
        with self._lock:
            self._all.discard(process)
