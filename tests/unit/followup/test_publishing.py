"""Events of a batch of the table's stream: which are published, and which records the stream repeats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.table import READABLE_SCHEMAS
from email_channels.cases.domain_events.event import DomainEvent
from email_channels.followup.publishing import Publisher


class Bus:
    """Takes the first `most` events that it gets."""

    def __init__(self, most: int = 100) -> None:
        self.put: list[tuple[str, str | None]] = []
        self._most = most

    def __call__(self, events: Sequence[DomainEvent]) -> int:
        taken = events[: self._most]
        self.put += [(event.type.value, event.email_id) for event in taken]
        return len(taken)


def no_cases(_: Sequence[str]) -> Mapping[str, CaseRow]:
    return {}


def publish(bus: Bus, *records: Mapping[str, Any]) -> str | None:
    return Publisher(bus, no_cases).publish(records)


def record(name: str, kind: str = "unprocessed", schema: int = 1, **attributes: str) -> dict[str, Any]:
    """A new item of this kind. Its sequence number is its name."""
    keys = {"pk": {"S": f"CASE#{name}"}, "sk": {"S": "CASE"}}
    image = {**keys, "kind": {"S": kind}, "schema": {"N": f"{schema}"}}
    image |= {attribute: {"S": value} for attribute, value in attributes.items()}
    change = {"Keys": keys, "NewImage": image, "SequenceNumber": name, "ApproximateCreationDateTime": 1}
    return {"eventID": f"event {name}", "dynamodb": change}


def test_all_records() -> None:
    bus = Bus()
    assert publish(bus, record("one"), record("template", "template"), record("two")) is None
    assert bus.put == [("email.unprocessed", "one"), ("email.unprocessed", "two")]


def test_record_that_fails() -> None:
    """Events before the bad record are published. The stream repeats this record and all after it, in order."""
    bus, bad = Bus(), record("bad", schema=max(READABLE_SCHEMAS) + 1)
    assert publish(bus, record("one"), bad, record("two")) == "bad"
    assert publish(bus, bad, record("two")) == "bad"
    assert publish(bus, record("one"), {"eventID": "x", "dynamodb": {"SequenceNumber": "worse"}}) == "worse"
    assert [email_id for _, email_id in bus.put] == ["one", "one"]


def test_bus_that_takes_some() -> None:
    """The stream repeats the batch from the first record whose event was not published."""
    case = record("case", "case", email_id="first")
    assert publish(Bus(1), record("one"), record("two"), record("three")) == "two"
    assert publish(Bus(2), record("one"), case, record("two")) == "case"
    assert publish(Bus(3), record("one"), case, record("two")) == "two"
    assert publish(Bus(0), record("one")) == "one"


def test_bad_record_and_a_bus_that_takes_some() -> None:
    """The earlier of the two is named."""
    assert publish(Bus(1), record("one"), record("two"), record("bad", schema=99)) == "two"
