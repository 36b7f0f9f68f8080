"""Runs a use case while AWS fails at one call, delivers again as AWS would, and checks the result."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest

from tests.support.reliability.api_requests import Answer
from tests.support.reliability.crashes import finish, prepared
from tests.support.reliability.faults import FAULTS, LOST, UNAVAILABLE, Fault, Injector, injected
from tests.support.reliability.index_lag import lagging_reads
from tests.support.reliability.invariants import end_of, violations
from tests.support.reliability.simulation import Simulation
from tests.support.reliability.use_cases import UseCase

TRY_AGAIN = "/problems/try_again"


class Lasting(Enum):
    """How long AWS keeps failing."""

    ONCE = "once"
    THE_CALL = "at each attempt of the call"
    THE_INVOCATION = "and at every call of the invocation"


@dataclass(frozen=True)
class Case:
    """One run: a fault at a call (from 0), and how long the fault lasts."""

    call: int
    name: str
    fault: Fault
    lasting: Lasting

    def __str__(self) -> str:
        return f"{self.fault.name} {self.lasting.value}, call {self.call} ({self.name})"


class FaultTrial:
    """One use case, set up once in a simulation. The reference is its result when AWS does not fail.

    The table's indexes are `lag` writes behind its items.
    """

    def __init__(self, simulation: Simulation, use_case: UseCase, lag: int = 0) -> None:
        self._simulation = simulation
        self._use_case = use_case
        self._lag = lag
        self._saved = simulation.save()
        injector = Injector()
        wrong = self._run(injector)
        self.reference = end_of(simulation)
        self.calls = injector.calls
        assert not wrong, f"{use_case.name} without any fault: {wrong}"
        assert self.calls, f"{use_case.name} makes no call in {use_case.function}"

    def sample(self, most: int | None, seed: int = 0) -> list[Case]:
        """All cases, or `most` of them, drawn by `seed`."""
        found = list(self.cases())
        return found if most is None or most >= len(found) else random.Random(seed).sample(found, most)

    def cases(self) -> Iterator[Case]:
        """Each fault at each call where it can happen, for one attempt or all; and AWS unreachable from each call
        on."""
        for number, name in enumerate(self.calls):
            for fault in FAULTS:
                if fault.fits(name):
                    yield Case(number, name, fault, Lasting.ONCE)
                    yield Case(number, name, fault, Lasting.THE_CALL)
            yield Case(number, name, UNAVAILABLE, Lasting.THE_INVOCATION)
            yield Case(number, name, LOST, Lasting.THE_INVOCATION)

    def wrong_after(self, case: Case) -> list[str]:
        """What is wrong at the end of the run with this fault."""
        invocations = [0]
        struck_in: list[int] = []
        answers: list[Answer] = []

        def plan(call: int, attempt: int, _: str) -> Fault | None:
            match case.lasting:
                case Lasting.ONCE:
                    strikes = call == case.call and attempt == 0
                case Lasting.THE_CALL:
                    strikes = call == case.call
                case Lasting.THE_INVOCATION:
                    strikes = call >= case.call and (not struck_in or struck_in[0] == invocations[0])
            if strikes:
                struck_in.append(invocations[0])
            return case.fault if strikes else None

        injector = Injector(plan)
        with self._noted(invocations, answers):
            wrong = self._run(injector)
        if not injector.struck:
            wrong.append("the call was not made")
        for answer in answers:
            # An answer without a body: the use case itself killed the process.
            if answer.status >= 500 and answer.body and (answer.status, answer.body["type"]) != (503, TRY_AGAIN):
                wrong.append(f"the API answered {answer}")
        # The SDK does not retry a send, so its state depends on whether SES accepted the email.
        same = case.lasting is Lasting.ONCE and not case.name.startswith("sesv2")
        if not wrong and same and (difference := end_of(self._simulation).difference(self.reference)):
            wrong.append(f"the end differs from the run without faults: {difference}")
        return [f"{self._use_case.name}, {case}: {one}" for one in wrong]

    def _run(self, injector: Injector) -> list[str]:
        simulation, use_case = self._simulation, self._use_case
        simulation.restore(self._saved)
        injector.watches = lambda: simulation.running == use_case.function
        with lagging_reads(simulation, self._lag), injected(injector):
            use_case.act(simulation)
            finish(simulation)
        return violations(simulation)

    @contextmanager
    def _noted(self, invocations: list[int], answers: list[Answer]) -> Iterator[None]:
        """Counts the function's invocations, and keeps the answers of the API."""
        invoke, request = Simulation.invoke, Simulation.request

        def counted(simulation: Simulation, function: Any, event: object) -> Any:
            if function == self._use_case.function:
                invocations[0] += 1
            return invoke(simulation, function, event)

        def kept(simulation: Simulation, *arguments: Any, **more: Any) -> Answer:
            answers.append(request(simulation, *arguments, **more))
            return answers[-1]

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Simulation, "invoke", counted)
            patched.setattr(Simulation, "request", kept)
            yield


@contextmanager
def faulted(use_case: UseCase, simulation: Simulation, lag: int = 0) -> Iterator[FaultTrial]:
    """The trial of a use case in a clean simulation, whose indexes are `lag` writes behind."""
    with prepared(use_case, simulation):
        yield FaultTrial(simulation, use_case, lag)
