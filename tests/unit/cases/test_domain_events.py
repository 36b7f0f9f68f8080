"""The schemas of domain events say what the code can publish, and allow nothing personal."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest
from email_channels.cases.domain_events.event import SOURCE, DomainEvent, EventType, event_id
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.recipients import RecipientState
from jsonschema import Draft202012Validator

from tests.support.paths import ROOT
from tests.support.system.domain_events import problems, schemas

FIELDS = {
    "id",
    "at",
    "case_id",
    "email_id",
    "outcome",
    "reason",
    "state",
    "mailbox_id",
    "topic",
    "service_group",
}
"""What others rely on. Nothing of people is among it."""
PAGE = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")


def detail_of(type_: str) -> dict[str, Any]:
    properties: dict[str, Any] = schemas()[type_]["properties"]["detail"]
    return properties


def test_types() -> None:
    """Each type has a schema and a row of the page, and there are no others."""
    types = {type_.value for type_ in EventType}
    assert types == {
        *("case.created", "case.changed", "case.erased", "email.received", "email.sent"),
        *("email.state_changed", "email.unprocessed", "email.purged"),
    }
    assert set(schemas()) == types
    assert set(re.findall(r"^\| \[`([a-z_.]+)`\]\(events/\1\.json\)", PAGE, re.MULTILINE)) == types


def test_fields() -> None:
    assert {field.name for field in fields(DomainEvent)} - {"type"} == FIELDS
    event = DomainEvent(EventType.CASE_CREATED, "x", datetime(2026, 11, 23, tzinfo=UTC))
    assert set(event.detail()) == FIELDS


@pytest.mark.parametrize("type_", sorted(schemas()))
def test_schema(type_: str) -> None:
    """A schema is valid, and its example, too. It requires every field, and allows no other."""
    schema, detail = schemas()[type_], detail_of(type_)
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["detail-type"] == {"const": type_}
    assert schema["properties"]["source"] == {"const": SOURCE}
    assert set(detail["properties"]) == set(detail["required"]) == FIELDS
    assert detail["additionalProperties"] is False
    (example,) = schema["examples"]
    assert problems(example) == []
    for name in FIELDS - {"topic", "service_group"}:
        assert problems({**example, "detail": {**example["detail"], name: "jo@acme.example"}}), f"{name}: an address"
    assert problems({**example, "detail": {**example["detail"], "subject": "x"}})


def test_example_of_the_page() -> None:
    (example, _) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert problems(json.loads(example)) == []


def test_codes() -> None:
    """The schemas name all codes."""
    for type_ in ("email.unprocessed", "email.purged"):
        assert set(detail_of(type_)["properties"]["reason"]["enum"]) == set(Reason)
    changed = set(detail_of("email.state_changed")["properties"]["state"]["enum"])
    assert changed == set(RecipientState) - {RecipientState.QUEUED, RecipientState.SENT}
    received = set(detail_of("email.received")["properties"]["outcome"]["enum"])
    assert received == {Outcome.CASE, Outcome.ENTRY, Outcome.DELIVERY_REPORT}


def test_ids() -> None:
    """The same event has the same id; another write, type or state has another one."""
    first = event_id("a", EventType.EMAIL_STATE_CHANGED, "bounced")
    assert first == event_id("a", EventType.EMAIL_STATE_CHANGED, "bounced")
    others = [
        event_id("b", EventType.EMAIL_STATE_CHANGED, "bounced"),
        event_id("a", EventType.EMAIL_SENT, "bounced"),
        event_id("a", EventType.EMAIL_STATE_CHANGED, "delivered"),
        event_id("a", EventType.EMAIL_STATE_CHANGED, None),
    ]
    assert len({first, *others}) == 5
