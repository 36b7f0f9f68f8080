"""AWS fails each call in each of its ways; `make faults` tries all, here are some of each use case that is vital, and
what a use case of its own does not show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.lambda_context import REQUEST_ID
from tests.support.originals import received
from tests.support.reliability.actions import (
    MONTH,
    case_of,
)
from tests.support.reliability.deliveries import notification
from tests.support.reliability.fault_runs import faulted
from tests.support.reliability.faults import FAULTS, LOST, UNAVAILABLE, Attempt, Fault, Injector, injected
from tests.support.reliability.index_lag import LINKED_BY_INDEX
from tests.support.reliability.mails import message
from tests.support.reliability.simulation import Simulation, open_simulation
from tests.support.reliability.starting_states import (
    a_case,
    a_directory,
    an_unprocessed,
)
from tests.support.reliability.use_cases import USE_CASES, UseCase

TRIED = [one for one in USE_CASES if one.vital or one.faulted]
TRIED_WITH_LAG = [one for one in TRIED if one.name not in LINKED_BY_INDEX]
SAMPLE = 4
SAMPLE_WITH_LAG = 2
NOT_DELETED = next(fault for fault in FAULTS if fault.name == "not deleted")
NOTHING_READ = next(fault for fault in FAULTS if fault.name == "nothing of the batch")


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[Simulation, bytes]]:
    with open_simulation() as simulation:
        yield simulation, simulation.save()


@pytest.fixture
def simulation(made: tuple[Simulation, bytes]) -> Simulation:
    made[0].restore(made[1])
    return made[0]


@pytest.mark.parametrize("use_case", TRIED, ids=lambda one: one.name)
def test_use_case(simulation: Simulation, use_case: UseCase) -> None:
    """Some faults at the calls of each vital use case."""
    with faulted(use_case, simulation) as trial:
        wrong = [one for case in trial.sample(SAMPLE, seed=1) for one in trial.wrong_after(case)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("use_case", TRIED_WITH_LAG, ids=lambda use_case: use_case.name)
def test_use_case_with_lagging_indexes(simulation: Simulation, use_case: UseCase) -> None:
    """Some other faults, while the indexes lag behind."""
    with faulted(use_case, simulation, lag=3) as trial:
        wrong = [one for case in trial.sample(SAMPLE_WITH_LAG, seed=2) for one in trial.wrong_after(case)]
    assert not wrong, "\n".join(wrong)


def _at(name: str, fault: Fault, attempts: int = 1) -> Callable[[int, int, str], Fault | None]:
    """At the first attempts of each call of that name."""
    return lambda _, attempt, called: fault if called == name and attempt < attempts else None


def _put(simulation: Simulation, plan: Callable[[int, int, str], Fault | None], *request: Any) -> tuple[int, Any]:
    with injected(Injector(plan)):
        answer = simulation.request(*request)
    return answer.status, answer.body


def test_unanswered_write(simulation: Simulation) -> None:
    """A case whose write got no answer is created once."""
    a_directory(simulation)
    new = {"user_id": "543457", "subject": "By phone", "issue": "Hello", "topic": "General", "show_to_employee": False}
    status, _ = _put(simulation, _at("dynamodb.PutItem", LOST), "agent", "POST", "/cases", new)
    assert status == 201
    assert [case["subject"] for case in simulation.get("/cases")["items"]] == ["By phone"]


def test_unanswered_change(simulation: Simulation) -> None:
    """A change that got no answer is not reported as another user's change."""
    a_case(simulation)
    path = f"/cases/{case_of(simulation)}"
    etag = {"if-match": "*"}
    status, body = _put(
        simulation, _at("dynamodb.UpdateItem", LOST), "agent", "PATCH", path, {"status": "closed"}, etag
    )
    assert (status, body["status"]) == (200, "closed")


def test_unanswered_upload(simulation: Simulation) -> None:
    """An upload that got no answer is announced."""
    file = {"filename": "hours.pdf", "content_type": "application/pdf", "size": 5}
    status, _ = _put(simulation, _at("dynamodb.PutItem", LOST), "agent", "POST", "/attachments", file)
    assert status == 201


@pytest.mark.parametrize("fault", [UNAVAILABLE, LOST, NOTHING_READ], ids=lambda one: one.name)
def test_api_without_aws(simulation: Simulation, fault: Fault) -> None:
    """The API says that AWS does not answer."""
    a_case(simulation)
    status, problem = _put(
        simulation, _at("dynamodb.BatchGetItem", fault, 100), "agent", "GET", f"/cases/{case_of(simulation)}"
    )
    assert (status, problem["type"], problem["request_id"]) == (503, "/problems/try_again", REQUEST_ID)


def test_rest_of_a_batch(simulation: Simulation) -> None:
    """The rest of a batch is processed."""
    a_directory(simulation)
    keys = [simulation.put_original(_original(n), "case_creation", notified=False) for n in (1, 2, 3)]
    records = [
        {
            "messageId": f"m{n}",
            "body": notification(simulation.aws.bucket_name, key),
            "attributes": {"ApproximateReceiveCount": "1"},
        }
        for n, key in enumerate(keys)
    ]
    gets: list[str] = []

    def second(_: int, attempt: int, name: str) -> Fault | None:
        if name == "s3.GetObject" and attempt == 0:
            gets.append(name)
        return UNAVAILABLE if len(gets) == 2 else None

    with injected(Injector(second)):
        answer = simulation.invoke("inbound", {"Records": records})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert len(simulation.get("/cases")["items"]) == 2


def test_object_that_stays(simulation: Simulation) -> None:
    """An object that S3 does not delete blocks no other purges."""
    an_unprocessed(simulation)
    simulation.arrive(message(300, sender="mallory@elsewhere.example"))
    simulation.settle()
    kept = {
        key for key in simulation.storage.objects() if key.startswith(f"attachments/{simulation.notes['unprocessed']}")
    }
    assert kept

    def strike(attempt: Attempt, answer: Callable[[], Any]) -> Any:
        return NOT_DELETED.strike(attempt, answer) if any(key.encode() in attempt.body for key in kept) else answer()

    simulation.tick(MONTH)
    injector = Injector(_at("s3.DeleteObjects", Fault("kept", strike), 100))
    with pytest.MonkeyPatch.context() as patched, injected(injector):
        patched.setattr("email_channels.aws.stores.purge_store.BATCH", 1)
        simulation.settle()
    assert [one["id"] for one in simulation.get("/unprocessed")["items"]] == [simulation.notes["unprocessed"]]
    assert [one.function for one in simulation.dead] == ["purge"]
    simulation.tick(24)
    simulation.settle()
    assert simulation.get("/unprocessed")["items"] == []
    assert not kept & simulation.storage.objects().keys()


def _original(n: int) -> bytes:
    return received(message(n), recipient="payroll@in.example")
