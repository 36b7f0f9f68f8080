"""From SMTP to the event bus: what other systems hear, at `GET /local/events`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.system.casework import key
from tests.support.system.domain_events import problems
from tests.support.system.mail import email, stranger, unique
from tests.support.system.system_client import SystemClient, system


def events(client: SystemClient, **wanted: str) -> list[dict[str, Any]]:
    """The events whose details have these values, oldest first. All events fit their schemas."""
    client.settle()
    items: list[dict[str, Any]] = client.anonymous.get("/local/events")["items"]
    for item in items:
        assert problems(item) == []
        assert item["time"] == item["detail"]["at"].replace(".000Z", "Z")
    ids = [item["detail"]["id"] for item in items]
    assert len(ids) == len(set(ids)), "each event once, as long as nothing fails"
    return [item for item in items if wanted.items() <= item["detail"].items()]


def types(items: list[dict[str, Any]]) -> list[str]:
    return [item["detail-type"] for item in items]


def test_life_of_a_case(acme: SystemClient) -> None:
    """An email becomes a case, an agent answers, the answer is delivered, the employee replies, the case is closed."""
    person, subject = acme.employ(), unique("Payslip")
    acme.send(email(person.mailbox, subject, "It is wrong."))
    case = acme.case_with(subject)
    first = events(acme, case_id=case["case_id"])
    assert types(first) == ["case.created", "email.received"]
    mailboxes = {one["address"]: one["mailbox_id"] for one in acme.admin.get("/mailboxes")["items"]}
    assert first[1]["detail"] | {"id": "", "at": ""} == {
        "id": "",
        "at": "",
        "case_id": case["case_id"],
        "email_id": acme.history(case["case_id"])[0]["email_id"],
        "outcome": "case",
        "reason": None,
        "state": None,
        "mailbox_id": mailboxes["payroll@acme.example"],
        "topic": case["topic"],
        "service_group": "default",
    }
    assert first[1]["source"] == "email-channels"

    body = {"to": [person.address], "subject": "Your payslip", "text": "When was that?"}
    with acme.sending() as sent:
        acme.agent.post(f"/cases/{case['case_id']}/emails", body, headers={"Idempotency-Key": key()})
    then = events(acme, case_id=case["case_id"])[2:]
    assert sorted(types(then)) == ["case.changed", "email.sent", "email.state_changed"]
    assert [item["detail"]["state"] for item in then if item["detail-type"] == "email.state_changed"] == ["delivered"]

    acme.send(email(person.mailbox, f"Re: {sent[0].subject}", "In May."))
    replied = events(acme, case_id=case["case_id"])[5:]
    assert types(replied) == ["email.received", "case.changed"]
    assert replied[0]["detail"]["outcome"] == "entry"

    acme.agent.call("PATCH", f"/cases/{case['case_id']}", {"status": "closed"}, headers={"If-Match": "*"})
    assert types(events(acme, case_id=case["case_id"])[7:]) == ["case.changed"]
    told = json.dumps(acme.anonymous.get("/local/events"))
    for text in (subject, person.user_id, person.address, person.name, "In May"):
        assert text not in told


def test_email_without_case(acme: SystemClient) -> None:
    """An unprocessed email is told with its reason; after it was discarded, so is that."""
    subject = unique("Hello")
    acme.send(email(stranger(), subject))
    item = acme.unprocessed_with(subject)
    (event,) = events(acme, email_id=item["id"])
    assert (event["detail-type"], event["detail"]["reason"]) == ("email.unprocessed", "sender_not_found")
    acme.admin.call("DELETE", f"/unprocessed/{item['id']}")
    assert types(events(acme, email_id=item["id"])) == ["email.unprocessed", "email.purged"]


@pytest.mark.parametrize(("bus", "told"), [("hr-events", ["case.created", "email.received"]), ("", [])])
def test_other_bus(bus: str, told: list[str]) -> None:
    """A bus of another name exists on one machine, too. Without a name, nothing is told."""
    with system(EventBusName=bus) as client:
        person, subject = client.employ(), unique("Payslip")
        client.send(email(person.mailbox, subject))
        assert types(events(client, case_id=client.case_with(subject)["case_id"])) == told
        assert client.admin.get("/settings")["EventBusName"] == (bus or None)
