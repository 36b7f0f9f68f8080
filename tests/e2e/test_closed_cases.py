"""An answer to a closed case."""

from typing import Any

import pytest

from tests.support.system.casework import open_case, write_email
from tests.support.system.mail import email, message_id, stranger, unique, word
from tests.support.system.system_client import ANSWERS, PAYROLL, Sent, SystemClient


def closed(system: SystemClient) -> tuple[Any, Sent, str]:
    """A closed case, an email that an agent sent from it afterwards, and the employee's From line."""
    robin = system.employ()
    case = open_case(system, robin)
    changed = system.agent.change(case["case_id"], status="closed")
    assert changed["status"] == "closed"
    return case, write_email(system, case, [robin.address]), robin.mailbox


def test_send(acme: SystemClient) -> None:
    """After an agent's email a closed case stays closed."""
    case, _, _ = closed(acme)

    assert acme.agent.get(f"/cases/{case['case_id']}")["status"] == "closed"
    assert len(acme.history(case["case_id"])) == 2


@pytest.mark.parametrize("recipient", [ANSWERS, PAYROLL])
def test_answer(acme: SystemClient, recipient: str) -> None:
    """A closed case accepts an answer, which reopens it."""
    case, letter, who = closed(acme)
    subject = unique("Still a question")

    acme.send(email(who, subject, In_Reply_To=message_id(letter.message)), to=recipient)

    assert acme.history(case["case_id"])[0]["subject"] == subject
    assert acme.agent.get(f"/cases/{case['case_id']}")["status"] == "open"


def test_answer_that_reopens_nothing(ad_hoc_only: SystemClient) -> None:
    """With ReopenOnReply=false, the case stays closed. Agents see nevertheless that there is an answer."""
    robin, subject = ad_hoc_only.employ(), unique("Still a question")
    wanted = {"user_id": robin.user_id, "subject": unique("By phone"), "issue": "A call"}
    case = ad_hoc_only.agent.post("/cases", wanted)
    letter = write_email(ad_hoc_only, case, [robin.address])
    ad_hoc_only.agent.change(case["case_id"], status="closed")

    ad_hoc_only.send(email(robin.mailbox, subject, In_Reply_To=message_id(letter.message)), to=ANSWERS)

    assert ad_hoc_only.history(case["case_id"])[0]["subject"] == subject
    now = ad_hoc_only.agent.get(f"/cases/{case['case_id']}")
    assert (now["status"], now["unread"], now["waiting_on"]) == ("closed", True, "agent")


def test_refused_answer(strict: SystemClient) -> None:
    """A closed case refuses an answer if the parameter says so."""
    case, letter, who = closed(strict)
    by_reference, by_number, by_stranger = unique("Still a question"), unique(case["number"]), unique(letter.subject)
    before = strict.history(case["case_id"])

    strict.send(email(who, by_reference, In_Reply_To=message_id(letter.message)), to=ANSWERS)
    strict.send(email(who, by_number), to=ANSWERS)
    strict.send(email(stranger(), by_stranger), to=ANSWERS)

    for subject in (by_reference, by_number, by_stranger):
        item = strict.unprocessed_with(subject)
        assert (item["reason"], item["channel"]) == ("case_closed", "ad_hoc")
        assert item["notified_at"] is not None
    assert strict.history(case["case_id"]) == before


def test_reopened_case(strict: SystemClient) -> None:
    """A reopened case accepts answers again."""
    case, letter, who = closed(strict)
    strict.agent.change(case["case_id"], status="open")
    subject = unique("Again open")

    strict.send(email(who, subject, f"Text {word()}\n", In_Reply_To=message_id(letter.message)), to=ANSWERS)

    assert strict.history(case["case_id"])[0]["subject"] == subject
