"""Runs the functions of a simulation in a process of their own, as Lambda does, and measures that process.

AWS (moto) stays in the process of the simulation. However much it holds, it then takes nothing from the functions: no
memory, and no place in the processor's caches while they compute. Both processes talk over a pipe, one at a time.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, Final

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from email_channels.aws import clients
from moto.core.botocore_stubber import BotocoreStubber

from bench.standard_mix import text_and_html
from tests.support.lambda_context import lambda_context
from tests.support.reliability.processes import handler
from tests.support.reliability.simulation import Simulation

_MAIL: Final = text_and_html(random.Random(2026))
_FLOOR_CALLS: Final = 4


@dataclass(frozen=True)
class Spent:
    """What invocations took: CPU seconds, and calls of Python's and C's functions if they were counted."""

    seconds: float = 0.0
    calls: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.seconds + other.seconds, self.calls + other.calls)


class FunctionsProcess:
    """A copy of this process, from the time at which it is made. `close` ends it.

    `spent` adds up what the invocations took since it was last set. While `counting` is true, calls are counted, which
    makes them slower.
    """

    def __init__(self, simulation: Simulation) -> None:
        self.spent = Spent()
        self.counting = False
        self._simulation = simulation
        self._aws = BotocoreStubber()
        self._pipe, there = multiprocessing.Pipe()
        self._pid = os.fork()
        if not self._pid:
            try:
                self._pipe.close()
                _Functions(there, simulation).serve()
            finally:
                os._exit(0)
        there.close()

    def forget(self) -> None:
        """New processes of the functions, with the variables of this process."""
        self._pipe.send(("forget", dict(os.environ)))

    def handler(self, function: str) -> Callable[[object, object], Any]:
        """The handler of a function, which runs there."""
        return lambda event, _: self._invoke(function, event)

    def _invoke(self, function: str, event: object) -> Any:
        result, spent = self._answering(function, "invoke", function, event, self._simulation.now, self.counting)
        self.spent += spent
        return result

    def floor(self) -> float:
        """The CPU seconds of a fixed piece of work there, which asks the same AWS with bare botocore.

        It tells how fast the machine is at the moment for a process that waits for another one again and again.
        """
        seconds: float = self._answering("the floor", "floor")
        return seconds

    def _answering(self, what: str, *asked: object) -> Any:
        """What the other process answers. Until then, its requests to AWS are answered here."""
        self._pipe.send(asked)
        while True:
            match self._pipe.recv():
                case ("aws", method, url, headers, body):
                    request = AWSPreparedRequest(method, url, HTTPHeaders.from_pairs(headers), body, False)
                    answer = self._aws.process_request(request)
                    assert answer is not None, url
                    status, answered, content = answer
                    self._pipe.send((status, dict(answered), content))
                case ("done", result):
                    return result
                case ("failed", error):
                    raise RuntimeError(f"{what}: {error}")

    def close(self) -> None:
        self._pipe.close()
        os.waitpid(self._pid, 0)


class _Functions:
    """The other side. `_asking` are the CPU seconds of asking AWS, which are not those of the functions.

    Python's garbage collector runs after a number of new objects: in most invocations and not in all. It takes a tenth
    of their time, so here it runs at the end of each, for the objects of this invocation.
    """

    def __init__(self, pipe: Connection, simulation: Simulation) -> None:
        self._pipe = pipe
        self._simulation = simulation
        self._lock = threading.Lock()  # functions make some calls in several threads
        self._asking = 0.0
        self._calls = 0
        self._ours = threading.local()

    def serve(self) -> None:
        """Until the other process closes the pipe."""
        setattr(BotocoreStubber, "process_request", lambda _, request: self._ask(request))  # noqa: B010
        gc.collect()
        gc.freeze()
        gc.disable()
        while True:
            try:
                asked = self._pipe.recv()
            except EOFError:
                return
            match asked:
                case ("forget", variables):
                    os.environ.clear()
                    os.environ.update(variables)
                    self._simulation.forget()
                case ("floor",):
                    self._answer(self._floor)
                case ("invoke", function, event, now, counting):
                    self._simulation.now = now
                    self._answer(partial(self._invoke, function, event, counting))

    def _answer(self, work: Callable[[], Any]) -> None:
        try:
            self._pipe.send(("done", work()))
        except Exception as error:  # noqa: BLE001 - the other process raises it
            self._pipe.send(("failed", repr(error)))

    def _invoke(self, function: Any, event: Any, counting: bool) -> tuple[Any, Spent]:
        call, context = handler(function), lambda_context(900_000)
        self._asking = self._calls = 0
        if counting:
            threading.setprofile(self._count)
            sys.setprofile(self._count)
        begun = time.process_time()
        try:
            result = call(event, context)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
        gc.collect(0)
        return result, Spent(time.process_time() - begun - self._asking, self._calls)

    def _floor(self) -> float:
        client, key = clients.dynamodb(), {"pk": {"S": "FLOOR"}, "sk": {"S": "FLOOR"}}
        self._asking, begun = 0.0, time.process_time()
        for _ in range(_FLOOR_CALLS):
            client.get_item(TableName=os.environ["TABLE_NAME"], Key=key)
            message_from_bytes(_MAIL, policy=policy.default).get_body()
        gc.collect(0)
        return time.process_time() - begun - self._asking

    def _ask(self, request: AWSPreparedRequest) -> Any:
        begun, self._ours.asking = time.thread_time(), True
        body = request.body if isinstance(request.body, str | bytes | bytearray | None) else request.body.read()
        with self._lock:
            self._pipe.send(("aws", request.method, request.url, list(request.headers.items()), body))
            answer = self._pipe.recv()
            self._asking += time.thread_time() - begun
        self._ours.asking = False
        return answer

    def _count(self, _frame: Any, event: str, _argument: Any) -> None:
        if event in {"call", "c_call"} and not getattr(self._ours, "asking", False):
            self._calls += 1
