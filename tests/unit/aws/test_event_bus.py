"""Events on the bus: calls of at most ten and 256 KB, in order, and what happens when EventBridge takes only some."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from botocore.exceptions import ConnectTimeoutError
from email_channels.aws import event_bus
from email_channels.aws.event_bus import ATTEMPTS, EventBus
from email_channels.cases.domain_events.event import DomainEvent, EventType

from local.judging.service_limits import violations

AT = datetime(2026, 11, 23, 18, 43, 36, tzinfo=UTC)
Answer = Callable[[str], str | None]


class NoBus(Exception):
    """EventBridge knows no bus of this name."""


class Client:
    """A client of EventBridge. `answer` gets the id of an event, and returns the code of its failure, or None."""

    class exceptions:  # noqa: N801 - botocore's name
        ResourceNotFoundException = NoBus

    def __init__(self, answer: Answer = lambda _: None, *, exists: bool = True) -> None:
        self._answer = answer
        self._exists = exists
        self.calls: list[list[str]] = []
        self.described = 0

    def describe_event_bus(self, Name: str) -> dict[str, str]:  # noqa: N803 - botocore's name
        self.described += 1
        if not self._exists:
            raise NoBus
        return {"Name": Name}

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - botocore's name
        assert violations("events", "PutEvents", {"Entries": Entries}) == []
        ids = [json.loads(entry["Detail"])["id"] for entry in Entries]
        self.calls.append(ids)
        codes = [self._answer(id_) for id_ in ids]
        results = [{"ErrorCode": code, "ErrorMessage": "x"} if code else {"EventId": "1"} for code in codes]
        return {"FailedEntryCount": sum(code is not None for code in codes), "Entries": results}


def bus(client: Client) -> EventBus:
    return EventBus(cast("Any", client), "hr")


def events(count: int, **more: str) -> list[DomainEvent]:
    return [DomainEvent(EventType.CASE_CREATED, f"e{n}", AT, **cast("Any", more)) for n in range(count)]


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    made: list[int] = []
    monkeypatch.setattr(event_bus, "pause", made.append)
    return made


def test_calls() -> None:
    """Ten events a call, in order. The bus is looked for once."""
    client = Client()
    ours = bus(client)
    assert ours.put(events(23)) == 23
    assert client.calls == [[f"e{n}" for n in range(at, min(at + 10, 23))] for at in (0, 10, 20)]
    assert ours.put(events(1)) == 1
    assert client.described == 1


def test_nothing_to_put() -> None:
    client = Client()
    assert bus(client).put([]) == 0
    assert (client.calls, client.described) == ([], 0)


def test_large_events() -> None:
    """A call has at most 256 KB, counted in bytes."""
    client = Client()
    assert bus(client).put(events(4, topic="ü" * 50_000)) == 4
    assert client.calls == [["e0", "e1"], ["e2", "e3"]]


def test_entry() -> None:
    client = Client()
    put: list[dict[str, Any]] = []
    client.put_events = lambda Entries: put.extend(Entries) or {"Entries": [{"EventId": "1"}]}  # type: ignore[method-assign,func-returns-value]  # noqa: N803
    bus(client).put(events(1, topic="Löhne"))
    (entry,) = put
    assert {**entry, "Detail": json.loads(entry["Detail"])} == {
        "EventBusName": "hr",
        "Source": "email-channels",
        "DetailType": "case.created",
        "Time": AT,
        "Detail": {"id": "e0", "at": "2026-11-23T18:43:36.000Z", "topic": "Löhne"}
        | dict.fromkeys(("case_id", "email_id", "outcome", "reason", "state", "mailbox_id", "service_group")),
    }


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure"])
def test_throttled(code: str, pauses: list[int]) -> None:
    """Events that EventBridge did not take now are put again, without those that it took."""
    failures = {"e1": 2, "e3": 1}

    def answer(id_: str) -> str | None:
        failures[id_] = failures.get(id_, 0) - 1
        return code if failures[id_] >= 0 else None

    client = Client(answer)
    assert bus(client).put(events(12)) == 12
    assert client.calls[:3] == [[f"e{n}" for n in range(10)], ["e1", "e3"], ["e1"]]
    assert (client.calls[3], pauses) == (["e10", "e11"], [1, 2])


def test_throttled_for_long(caplog: pytest.LogCaptureFixture) -> None:
    """What comes before the first event that EventBridge never takes is done; nothing is put after its call."""
    client = Client(lambda id_: "ThrottlingException" if id_ in {"e12", "e14"} else None)
    assert bus(client).put(events(25)) == 12
    assert client.calls[1:] == [[f"e{n}" for n in range(10, 20)], *[["e12", "e14"]] * (ATTEMPTS - 1)]
    assert "domain events failed" in caplog.text


def test_refused() -> None:
    """What a repeat does not change is not repeated at once."""
    client = Client(lambda id_: "NotAuthorizedForSourceException" if id_ == "e0" else None)
    assert bus(client).put(events(3)) == 0
    assert len(client.calls) == 1


def test_missing_bus(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is put on a bus that does not exist, and it is looked for again."""
    client = Client(exists=False)
    ours = bus(client)
    assert (ours.put(events(1)), ours.put(events(1))) == (0, 0)
    assert (client.calls, client.described) == ([], 2)
    assert "domain events failed" in caplog.text


def test_no_answer() -> None:
    """After a call that failed as one, the events of earlier calls are done."""

    def answer(id_: str) -> str | None:
        if id_ == "e10":
            raise ConnectTimeoutError(endpoint_url="https://events.example")
        return None

    assert bus(Client(answer)).put(events(12)) == 10
