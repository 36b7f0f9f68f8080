"""Agents notice what happens in a case: it is unread, waits on them, is open again, and its group is alerted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.system.casework import open_case, write_email
from tests.support.system.http_api import problem, wrong_fields
from tests.support.system.mail import email, message_id, stranger, unique, unique_id
from tests.support.system.system_client import ANSWERS, PAYROLL, Person, Sent, SystemClient

GROUP = "agents@acme.example"
BOUNCES = "bounce@simulator.amazonses.com"


@pytest.fixture
def robin(acme: SystemClient) -> Person:
    return acme.employ()


@pytest.fixture
def letter(acme: SystemClient, robin: Person) -> tuple[Any, Sent]:
    """A case that is read, and an agent's email from it to the employee."""
    case = open_case(acme, robin)
    read(acme, case)
    return case, write_email(acme, case, [robin.address])


def shown(system: SystemClient, case: Any) -> Any:
    return system.agent.get(f"/cases/{case['case_id']}")


def state(system: SystemClient, case: Any) -> tuple[Any, ...]:
    now = shown(system, case)
    return now["status"], now["unread"], now["waiting_on"], now["warnings"]


def read(system: SystemClient, case: Any, up_to: str | None = None) -> None:
    body = {"up_to": up_to} if up_to else {}
    response = system.agent.call("POST", f"/cases/{case['case_id']}/read", body)
    assert (response.status_code, response.content) == (204, b"")


def reply(letter: Sent, who: str, **headers: str) -> Any:
    return email(who, f"Re: {letter.subject}", In_Reply_To=message_id(letter.message), **headers)


def alerts(sent: list[Sent], about: str = "") -> list[Sent]:
    return [one for one in sent if one.to == [GROUP] and about in one.subject]


def test_new_case(acme: SystemClient, robin: Person) -> None:
    """A new case is unread and waits on the agent, until somebody reads it; reading is for all agents."""
    case = open_case(acme, robin)
    assert state(acme, case) == ("open", True, "agent", [])
    assert case["last_inbound_at"] == case["created_at"]

    read(acme, case)

    assert (shown(acme, case)["unread"], acme.admin.get(f"/cases/{case['case_id']}")["unread"]) == (False, False)


def test_agent_answers(acme: SystemClient, letter: tuple[Any, Sent]) -> None:
    """An agent's email lets the case wait on the employee; closing on nobody; reopening on the agent."""
    case, _ = letter
    now = shown(acme, case)
    assert (state(acme, case), now["last_outbound_at"] is not None) == (("open", False, "employee", []), True)
    assert acme.agent.change(case["case_id"], status="closed")["waiting_on"] == "nobody"
    assert acme.agent.change(case["case_id"], status="open")["waiting_on"] == "agent"


def test_reply(acme: SystemClient, robin: Person, letter: tuple[Any, Sent]) -> None:
    """A reply makes its case unread, lets it wait on the agent, reopens it, and alerts the group once."""
    case, sent = letter
    etag = acme.agent.call("GET", f"/cases/{case['case_id']}").headers["etag"]
    acme.agent.change(case["case_id"], status="closed")

    with acme.sending() as emails:
        acme.send(reply(sent, robin.mailbox), to=ANSWERS)

    (alert,) = alerts(emails)
    newest = acme.history(case["case_id"])[0]
    assert alert.subject.startswith(f"New reply in case {case['number']}: ")
    assert f"/#/cases/{case['case_id']}/emails/{newest['email_id']}" in alert.text
    assert robin.address in alert.text
    assert state(acme, case) == ("open", True, "agent", [])
    assert shown(acme, case)["last_inbound_at"] == newest["at"]
    stale = acme.agent.call("PATCH", f"/cases/{case['case_id']}", {"status": "closed"}, {"If-Match": etag})
    assert problem(stale, 412)


def test_many_replies(acme: SystemClient, robin: Person, letter: tuple[Any, Sent]) -> None:
    """Forty replies alert once."""
    case, sent = letter
    with acme.sending() as emails:
        for _ in range(40):
            acme.send(reply(sent, robin.mailbox), to=ANSWERS, settle=False)
    assert len(alerts(emails)) == 1
    assert len(acme.history(case["case_id"])) == 42
    assert state(acme, case) == ("open", True, "agent", [])
    read(acme, case)
    assert shown(acme, case)["unread"] is False


def test_out_of_office(acme: SystemClient, robin: Person, letter: tuple[Any, Sent]) -> None:
    """An automatic reply changes nothing, and alerts nobody."""
    case, sent = letter
    acme.agent.change(case["case_id"], status="closed")
    before = shown(acme, case)
    with acme.sending() as emails:
        acme.send(reply(sent, robin.mailbox, Auto_Submitted="auto-replied"), to=ANSWERS)
    assert acme.history(case["case_id"])[0]["kind"] == "automatic_reply"
    assert (shown(acme, case), emails) == (before, [])


def test_read_up_to(acme: SystemClient, robin: Person, letter: tuple[Any, Sent]) -> None:
    """Emails after the one that was read stay unread, also when the case is closed."""
    case, sent = letter
    for _ in range(2):
        acme.send(reply(sent, robin.mailbox), to=ANSWERS)
    newer, older = [one["email_id"] for one in acme.history(case["case_id"])[:2]]

    read(acme, case, up_to=older)
    acme.agent.change(case["case_id"], status="closed")
    assert state(acme, case) == ("closed", True, "nobody", [])

    read(acme, case, up_to=newer)
    assert state(acme, case) == ("closed", False, "nobody", [])


def test_read_what_is_not_there(acme: SystemClient, letter: tuple[Any, Sent]) -> None:
    case, _ = letter
    path = f"/cases/{case['case_id']}/read"
    wrongs: list[object] = ["06H0", "0" * 19, "x" * 101, 7, [], ""]
    for wrong in wrongs:
        assert wrong_fields(acme.agent.call("POST", path, {"up_to": wrong})) == {"up_to"}
    assert wrong_fields(acme.agent.call("POST", path, {"to": "06H0"})) == {"to"}
    problem(acme.agent.call("POST", path, b"{"), 400)
    problem(acme.agent.call("POST", "/cases/0000000000/read", {}), 404)
    acme.agent.change(case["case_id"], service_group="other")
    problem(acme.agent.call("POST", path, {}), 404)


def test_forged_reply(acme: SystemClient, robin: Person, letter: tuple[Any, Sent]) -> None:
    """A forged reply is noticed as any other. It carries its warnings, and so does the case until it is read."""
    case, sent = letter
    with acme.sending() as emails:
        acme.send(reply(sent, robin.mailbox, X_Local_Verdicts="dkim=FAIL dmarc=FAIL spf=FAIL"), to=ANSWERS)
    assert acme.history(case["case_id"])[0]["warnings"] == ["authentication_failed"]
    assert state(acme, case) == ("open", True, "agent", ["authentication_failed"])
    assert len(alerts(emails)) == 1

    read(acme, case)

    assert state(acme, case) == ("open", False, "agent", [])
    assert acme.history(case["case_id"])[0]["warnings"] == ["authentication_failed"]


def test_assigned_virus(acme: SystemClient, robin: Person, letter: tuple[Any, Sent]) -> None:
    """A virus that an admin assigns is noticed, with its warning on entry and case."""
    case, _ = letter
    subject = unique("Virus")
    acme.send(email(robin.mailbox, subject, X_Local_Verdicts="virus=FAIL"), to=PAYROLL)
    acme.agent.change(case["case_id"], status="closed")
    item = acme.unprocessed_with(subject)

    with acme.sending() as emails:
        acme.admin.post(f"/unprocessed/{item['id']}/assign", {"case_id": case["case_id"]})

    entry = next(one for one in acme.history(case["case_id"]) if one["subject"] == subject)
    assert "virus" in entry["warnings"]
    assert state(acme, case) == ("open", True, "agent", entry["warnings"])
    assert len(alerts(emails)) == 1


def test_virus_that_makes_a_case(acme: SystemClient, robin: Person) -> None:
    subject = unique("Virus")
    acme.send(email(stranger(), subject, X_Local_Verdicts="virus=FAIL"), to=PAYROLL)
    item = acme.unprocessed_with(subject)
    made = acme.admin.post(f"/unprocessed/{item['id']}/assign", {"user_id": robin.user_id})
    assert state(acme, made) == ("open", True, "agent", ["virus"])


@pytest.mark.parametrize("recipient", [BOUNCES, "complaint@simulator.amazonses.com"])
def test_failed_delivery(acme: SystemClient, robin: Person, recipient: str) -> None:
    """An email that bounces is noticed like a reply, with a warning on entry and case."""
    case = open_case(acme, robin)
    read(acme, case)
    acme.agent.change(case["case_id"], status="closed")

    with acme.sending() as emails:
        write_email(acme, case, [recipient])

    entry = acme.history(case["case_id"])[0]
    (alert,) = alerts(emails)
    assert alert.subject.startswith(f"Email not delivered in case {case['number']}: ")
    assert recipient in alert.text
    assert entry["warnings"] == ["delivery_failed"]
    assert state(acme, case) == ("open", True, "agent", ["delivery_failed"])

    read(acme, case, up_to=entry["email_id"])
    acme.settle()
    assert state(acme, case) == ("open", False, "agent", [])


def test_made_by_a_person(acme: SystemClient, robin: Person) -> None:
    """A case that a person made alerts its group, and has nothing to read."""
    wanted = {"user_id": robin.user_id, "subject": unique("On the phone"), "issue": "They called."}
    with acme.sending() as emails:
        case = acme.agent.post("/cases", wanted)
    (alert,) = alerts(emails)
    assert (alert.subject, case["unread"]) == (f"New case {case['number']}: {wanted['subject']}", False)
    assert state(acme, case) == ("open", False, "agent", [])


def test_handover(acme: SystemClient, letter: tuple[Any, Sent]) -> None:
    """The group that gets a case is alerted, each time; other changes alert nobody."""
    case, _ = letter
    group = f"g{unique_id()}"
    acme.admin.put(f"/service-groups/{group}", {"name": "Tax", "address": f"{group}@acme.example", "secured": False})
    for _ in range(2):
        with acme.sending() as emails:
            acme.agent.change(case["case_id"], service_group=group)
        (alert,) = emails
        assert alert.to == [f"{group}@acme.example"]
        assert alert.subject.startswith(f"Case {case['number']} is yours now: ")
        assert "“Tax”" in alert.text
        with acme.sending() as emails:
            acme.agent.change(case["case_id"], service_group="default")
        assert len(alerts(emails)) == 1
    with acme.sending() as emails:
        acme.agent.change(case["case_id"], service_group="default", topic="Payroll")
    assert emails == []


def test_stuck_send_and_late_schedule(acme: SystemClient, letter: tuple[Any, Sent]) -> None:
    """A run of the schedule finds nothing to notice where nothing failed."""
    case, _ = letter
    before = shown(acme, case)
    fired = acme.fire("reconcile", datetime.now(UTC) + timedelta(minutes=20))
    assert fired["failures_noticed"] == 0
    assert shown(acme, case) == before
