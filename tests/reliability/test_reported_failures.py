"""What AWS refuses for good is reported: the source of the event is told, so that it delivers the event again.

The end state does not show whether that happens: `reconcile` repairs it a day later. So this looks at what the function
returns in the invocation in which the call was refused.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reliability.crashes import finish, prepared
from tests.support.reliability.deliveries import Failed
from tests.support.reliability.faults import REFUSED, Injector, injected
from tests.support.reliability.simulation import Simulation
from tests.support.reliability.use_cases import USE_CASES, UseCase

# Calls whose refusal need not be reported, by use case (the beginning of its name) and call, with the reason.
TOLERATED: dict[tuple[str, str], str] = {
    ("", "sesv2.SendEmail"): "a refusal of SES is an outcome: it is shown, logged, or sent without the original",
    ("intake: unprocessed, cannot", "s3.GetObject"): "on the fifth try, it is why the email is recorded as failed",
    ("intake: answer with attachments, whose", "s3.GetObject"): "the same",
    ("intake: answer with attachments, whose", "dynamodb.BatchGetItem"): "the same",
}

NAMES_REFUSED_EMAILS = ("jobs: emails are tried", "jobs: emails are retried")
"""Jobs that go on if a call for one email is refused. The admin finds the email in `rejected`."""


FIRST, LAST = 4, 2
"""How many calls of one name are refused in a use case."""


class _Seen(BaseException):
    """The invocation in which the call was refused is over. `failed` says whether it reported a failure."""

    def __init__(self, failed: bool) -> None:
        super().__init__(failed)
        self.failed = failed


@pytest.mark.parametrize("use_case", USE_CASES, ids=lambda one: one.name)
def test_refused_call(simulation: Simulation, use_case: UseCase) -> None:
    """A call that AWS refuses for good is reported to the source of the event."""
    with prepared(use_case, simulation):
        saved = simulation.save()
        simulation.restore(saved)  # a new process, which has read no key yet, as in each of the invocations below
        calls = _calls(simulation, use_case)
        unreported = []
        for number, name in _tried(calls):
            simulation.restore(saved)
            if not _is_reported(simulation, use_case, number):
                unreported.append((number, name))
    assert calls
    assert [one for one in unreported if not _is_tolerated(use_case, calls, *one)] == []


def _tried(calls: list[str]) -> list[tuple[int, str]]:
    """The calls that are refused, with their numbers: all of them, but of many with one name the first and the last.

    Those between are made in the same loops.
    """
    of_name: dict[str, list[int]] = {}
    for number, name in enumerate(calls):
        of_name.setdefault(name, []).append(number)
    few = {number for numbers in of_name.values() for number in (*numbers[:FIRST], *numbers[-LAST:])}
    return [(number, name) for number, name in enumerate(calls) if number in few]


def _is_tolerated(use_case: UseCase, calls: list[str], number: int, name: str) -> bool:
    # SES has taken an agent's email: the request is done, and SES's events tell what the entry does not say yet.
    if use_case.function == "adhoc_send" and "sesv2.SendEmail" in calls[:number]:
        return True
    return any(use_case.name.startswith(begin) and name.startswith(call) for begin, call in TOLERATED)


def _calls(simulation: Simulation, use_case: UseCase) -> list[str]:
    injector = Injector(watches=lambda: simulation.running == use_case.function)
    with injected(injector):
        use_case.act(simulation)
        finish(simulation)
    return injector.calls


def _is_reported(simulation: Simulation, use_case: UseCase, number: int) -> bool:
    """Refuses one call. Tells whether the invocation that made it reports a failure, or its job names the email."""
    injector = Injector(
        lambda call, _, __: REFUSED if call == number else None,
        watches=lambda: simulation.running == use_case.function,
    )
    invoke = Simulation.invoke

    def noted(simulation: Simulation, function: Any, event: Any) -> Any:
        before = injector.struck
        try:
            answer = invoke(simulation, function, event)
        except Failed:
            if injector.struck > before:
                raise _Seen(failed=True) from None
            raise
        if injector.struck > before:
            raise _Seen(_says_failed(event, answer))
        return answer

    with pytest.MonkeyPatch.context() as patched, injected(injector):
        patched.setattr(Simulation, "invoke", noted)
        try:
            use_case.act(simulation)
            finish(simulation)
        except _Seen as seen:
            failed = seen.failed
        else:
            raise AssertionError(f"call {number} was not made")
    return failed or (use_case.name in NAMES_REFUSED_EMAILS and _names_the_email(simulation))


def _names_the_email(simulation: Simulation) -> bool:
    (job,) = simulation.get("/jobs")["items"]
    rejected = simulation.get(f"/jobs/{job['job_id']}")["rejected"]
    return any(row["id"] == simulation.notes["unprocessed"] for row in rejected)


def _says_failed(event: Any, answer: Any) -> bool:
    """Whether an answer of a function (that did not raise) names its event as failed."""
    if not isinstance(answer, dict):
        return False
    if "statusCode" in answer:
        return bool(answer["statusCode"] >= 500)
    named = {failure["itemIdentifier"] for failure in answer.get("batchItemFailures", ())}
    known = {
        record["messageId"] if "messageId" in record else record["dynamodb"]["SequenceNumber"]
        for record in event.get("Records", ())
    }
    assert named <= known, "names what is not in the batch: Lambda would fail all of it"
    return bool(named)
