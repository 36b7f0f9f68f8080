"""Trials in which a safeguard is needed. Each sets up a simulation, and returns the violations at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.client import BaseClient

from tests.support.in_process.aws_calls import Call, intercept
from tests.support.reliability import actions, starting_states
from tests.support.reliability.crashes import Kill, Killer, Trial, finish, prepared, watched
from tests.support.reliability.deliveries import Function
from tests.support.reliability.invariants import violations
from tests.support.reliability.mails import EVE
from tests.support.reliability.simulation import Simulation
from tests.support.reliability.use_cases import USE_CASES, UseCase


def of_use_case(name: str, *kills: tuple[str, str]) -> Callable[[Simulation], list[str]]:
    """A trial that runs a use case, and kills it at the first call of each name in `kills` (`before` or `after` it)."""
    use_case = next(one for one in USE_CASES if one.name == name)

    def trial(simulation: Simulation) -> list[str]:
        with prepared(use_case, simulation):
            saved = simulation.save()
            plan: list[Kill] = []
            for call, moment in kills:
                simulation.restore(saved)  # new processes, which make the same calls as those that will be killed
                plan.append((_number(simulation, use_case, call), moment))
            simulation.restore(saved)
            _run(simulation, use_case, plan)
            return violations(simulation)

    return trial


def same_end(name: str, *kills: tuple[str, str]) -> Callable[[Simulation], list[str]]:
    """As `of_use_case`. The end must also be that without a crash."""
    use_case = next(one for one in USE_CASES if one.name == name)

    def trial(simulation: Simulation) -> list[str]:
        with prepared(use_case, simulation):
            tried = Trial(simulation, use_case)
            return tried.wrong_after([(tried.calls.index(call), moment) for call, moment in kills])

    return trial


def _number(simulation: Simulation, use_case: UseCase, call: str) -> int:
    made = _run(simulation, use_case, [])
    return next(number for number, name in enumerate(made) if name == call)


def _run(simulation: Simulation, use_case: UseCase, plan: list[Kill]) -> list[str]:
    killer = Killer(plan)
    with watched(simulation, use_case, killer):
        use_case.act(simulation)
        finish(simulation)
    return killer.made


@contextmanager
def meanwhile(simulation: Simulation, function: Function, call: str, do: Callable[[], None]) -> Iterator[None]:
    """Does something else right before the function's next call of this name."""
    waiting = [do]

    def make(_: BaseClient, name: str, __: Any, make_call: Call) -> Any:
        if waiting and simulation.running == function and name == call:
            waiting.pop()()
        return make_call()

    with pytest.MonkeyPatch.context() as patched:
        intercept(patched, make)
        yield


def two_workers(simulation: Simulation) -> list[str]:
    """A worker finds the case closed. Before it records that, the case is opened, and another worker takes over."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ACCEPT_EMAILS_FOR_CLOSED_CASES", "false")
        simulation.forget()
        starting_states.a_closed_case(simulation)
        actions.answers(simulation)
        [first] = [one for one in simulation.pending() if one.function == "inbound"]
        case = actions.case_of(simulation)

        def other() -> None:
            path = f"/cases/{case}"
            assert simulation.request("agent", "PATCH", path, {"status": "open"}, {"if-match": "*"}).status == 200
            simulation.deliver(first, twice=True)

        with meanwhile(simulation, "inbound", "PutItem", other):
            simulation.deliver(first)
        finish(simulation)
        return violations(simulation)


def assigned_meanwhile(simulation: Simulation) -> list[str]:
    """An admin retries an email. Before its new outcome is written, another admin assigns it to a case."""
    starting_states.an_unprocessed(simulation)
    employee = {"name": "Eve", "emails": [EVE], "population": "UK"}
    assert simulation.request("admin", "PUT", "/employees/1", employee).status == 201
    path = f"/unprocessed/{simulation.notes['unprocessed']}"

    def assign() -> None:
        body = {"case_id": simulation.notes["case"]}
        assert simulation.request("admin", "POST", f"{path}/assign", body).status == 200

    with meanwhile(simulation, "agent_api", "TransactWriteItems", assign):
        assert simulation.request("admin", "POST", f"{path}/retry").status == 200
    finish(simulation)
    return violations(simulation)


def lost_job(simulation: Simulation) -> list[str]:
    """The message of a job is lost before anybody begins."""
    starting_states.an_email_to_retry()(simulation)
    answer = simulation.request("admin", "POST", "/unprocessed/retry", {"reason": "sender_not_found"})
    assert answer.status == 202
    simulation.lose("jobs")
    finish(simulation)
    return violations(simulation)


def held_meanwhile(simulation: Simulation) -> list[str]:
    """An admin puts an email on hold after the purge has read it, and before the purge marks it."""
    starting_states.an_unprocessed(simulation)
    unprocessed = simulation.notes["held"] = simulation.notes["unprocessed"]

    def hold() -> None:
        path = f"/unprocessed/{unprocessed}/hold"
        assert simulation.request("admin", "POST", path, {"why": "a claim"}).status == 200

    simulation.tick(actions.MONTH)
    with meanwhile(simulation, "purge", "TransactWriteItems", hold):
        simulation.settle()
    finish(simulation)
    return violations(simulation)


def lost_again(simulation: Simulation) -> list[str]:
    """An original is sent to `inbound` again, and that message is lost, too."""
    starting_states.a_lost_original(simulation)
    simulation.tick(1)
    for one in simulation.pending():
        simulation.deliver(one)
    simulation.lose("inbound")
    finish(simulation)
    return violations(simulation)


def assigned_and_not_notified(simulation: Simulation) -> list[str]:
    """An admin makes a case of an old email, and the batch of the stream with that change is given up."""
    starting_states.an_assigned_email_not_notified({"user_id": "543457"})(simulation)
    finish(simulation)
    return violations(simulation)


def purge_soon(simulation: Simulation) -> list[str]:
    """The purge runs an hour after the notification of an email."""
    starting_states.an_unprocessed(simulation)
    simulation.tick(8)
    simulation.settle()
    return violations(simulation)


def reversed_events(simulation: Simulation) -> list[str]:
    """The events of SES about an email arrive in reverse order."""
    starting_states.a_case(simulation)
    actions.send(simulation)
    actions.settle_except("delivery", simulation)
    for one in reversed(simulation.pending()):
        simulation.deliver(one)
    finish(simulation)
    return violations(simulation)
