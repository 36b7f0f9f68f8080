"""Agents put right what landed in the wrong case: they move, split and merge, and correct the employee.

Replies to each of the emails involved then reach the case where these belong.
"""

from typing import Any

import pytest

from tests.support.system.casework import TAG, open_case, write_email
from tests.support.system.http_api import problem
from tests.support.system.mail import email, message_id, unique
from tests.support.system.system_client import ANSWERS, Person, Sent, SystemClient


def reply_to(acme: SystemClient, sender: Person | str, subject: str, ids: list[str], **headers: str) -> str:
    """A reply arrives at the ad hoc mailbox. Returns its Message-ID."""
    from_ = sender if isinstance(sender, str) else sender.mailbox
    references = {"In_Reply_To": ids[-1], "References": " ".join(ids)} if ids else {}
    message = email(from_, subject, "And this?\n", **references, **headers)
    acme.send(message, to=ANSWERS)
    return str(message["Message-ID"])


def subjects(acme: SystemClient, case: Any) -> list[str]:
    return [str(one["subject"]) for one in acme.history(case["case_id"])]


def header_of(acme: SystemClient, case: Any, email_id: str, name: str) -> str:
    return str(dict(acme.entry(case["case_id"], email_id)["headers"])[name])


def entry_with(acme: SystemClient, case: Any, subject: str) -> str:
    return next(str(one["email_id"]) for one in acme.history(case["case_id"]) if one["subject"] == subject)


def tag_of(sent: Sent) -> str:
    found = TAG.search(sent.subject)
    assert found is not None
    return found[0]


@pytest.fixture
def zoe(acme: SystemClient) -> Person:
    return acme.employ("Zoe")


def test_merge(acme: SystemClient, zoe: Person) -> None:
    """Two emails about one matter made two cases. After the merge there is one history, and replies come to it."""
    case, target = open_case(acme, zoe), open_case(acme, zoe)
    from_case, from_target = write_email(acme, case, [zoe.mailbox]), write_email(acme, target, [zoe.mailbox])
    first = header_of(acme, case, acme.history(case["case_id"])[-1]["email_id"], "Message-ID")
    before = {one["email_id"] for of in (case, target) for one in acme.history(of["case_id"])}

    path = f"/cases/{case['case_id']}/merge"
    with acme.sending() as sent:
        merged = acme.agent.post(path, {"into": target["number"]})

    assert sent == [], "a merge alerts nobody"
    assert merged["case_id"] == target["case_id"]
    assert {one["email_id"] for one in acme.history(target["case_id"])} == before
    assert acme.history(case["case_id"]) == []
    closed = acme.agent.get(f"/cases/{case['case_id']}")
    assert (closed["status"], closed["merged_into"]) == ("closed", target["case_id"])
    assert acme.agent.post(path, {"into": target["case_id"]})["case_id"] == target["case_id"]
    wanted = [unique(word) for word in ("by id", "by tag", "by number", "by received id", "to the target")]
    reply_to(acme, "jo@elsewhere.example", wanted[0], [message_id(from_case.message)])
    reply_to(acme, "jo@elsewhere.example", f"{tag_of(from_case)} {wanted[1]}", [])
    reply_to(acme, zoe, f"{case['number']} {wanted[2]}", [])
    reply_to(acme, zoe, wanted[3], [first])
    reply_to(acme, zoe, wanted[4], [message_id(from_target.message)])
    newest = subjects(acme, target)[:5]
    assert [one in text for one, text in zip(reversed(wanted), newest, strict=True)] == [True] * 5
    assert acme.history(case["case_id"]) == []
    # The merged case takes nothing more.
    letter = {"to": [zoe.address], "subject": "x", "text": "x"}
    refused = acme.agent.call("POST", f"/cases/{case['case_id']}/emails", letter, {"Idempotency-Key": "merged"})
    assert problem(refused, 409)["merged_into"] == target["case_id"]
    reopened = acme.agent.call("PATCH", f"/cases/{case['case_id']}", {"status": "open"}, {"If-Match": "*"})
    assert problem(reopened, 409)["merged_into"] == target["case_id"]


def test_split(acme: SystemClient, zoe: Person) -> None:
    """A reply about another matter becomes a case. Both conversations go on, each in its own case."""
    case = open_case(acme, zoe)
    question = write_email(acme, case, [zoe.mailbox])
    other = unique("My badge")
    own_id = reply_to(acme, zoe, f"{other} {tag_of(question)}", [message_id(question.message)])
    entry = acme.history(case["case_id"])[0]

    path = f"/cases/{case['case_id']}/emails/{entry['email_id']}/split"
    with acme.sending() as sent:
        made = acme.agent.post(path, {"subject": other, "topic": "General"})

    assert sent == [], "a split alerts nobody"
    assert (made["subject"], made["issue"]) == (other, "And this?")
    assert made["employee"]["user_id"] == zoe.user_id
    assert (made["unread"], made["waiting_on"]) == (True, "agent")
    assert [one["email_id"] for one in acme.history(made["case_id"])] == [entry["email_id"]]
    assert entry["email_id"] not in {one["email_id"] for one in acme.history(case["case_id"])}
    # An answer from the new case, and the reply to it.
    answer = write_email(acme, made, [zoe.mailbox], in_reply_to=entry["email_id"])
    again, more, back = unique("answered"), unique("more"), unique("back")
    ids = [message_id(question.message), own_id, message_id(answer.message)]
    reply_to(acme, zoe, f"{again} {tag_of(answer)}", ids)
    # She writes below her own email. Its older references still name the old case.
    reply_to(acme, zoe, f"{more} {tag_of(question)}", ids[:2])
    reply_to(acme, zoe, back, ids[:1])
    assert [again in text or more in text for text in subjects(acme, made)[:2]] == [True, True]
    assert back in subjects(acme, case)
    assert len(acme.history(made["case_id"])) == 4


def test_move(acme: SystemClient, zoe: Person) -> None:
    """An agent's email and its answer move to another case; both lead there."""
    case, target = open_case(acme, zoe), open_case(acme, zoe)
    letter = write_email(acme, case, [zoe.mailbox])
    answered = unique("Answer")
    own_id = reply_to(acme, zoe, answered, [message_id(letter.message)])
    for one in acme.history(case["case_id"])[:2]:
        acme.agent.post(f"/cases/{case['case_id']}/emails/{one['email_id']}/move", {"case_id": target["case_id"]})
    acme.settle()
    first, second = unique("first"), unique("second")
    reply_to(acme, zoe, f"{first} {tag_of(letter)}", [message_id(letter.message)])
    reply_to(acme, zoe, f"{second} {tag_of(letter)}", [own_id])
    newest = subjects(acme, target)[:2]
    assert [second in newest[0], first in newest[1]] == [True, True]
    assert len(acme.history(case["case_id"])) == 1
    assert acme.agent.get(f"/cases/{target['case_id']}")["unread"] is True


def test_employee(acme: SystemClient, zoe: Person) -> None:
    """A case was made for the wrong employee. After the correction, the right one takes part by its number alone."""
    right = acme.employ("Ann")
    case = acme.agent.post("/cases", {"user_id": zoe.user_id, "subject": unique("By phone"), "issue": "A call"})
    changed = acme.admin.change(case["case_id"], employee=right.user_id)
    assert changed["employee"]["user_id"] == right.user_id
    subject = unique(f"Case {case['number']}")
    reply_to(acme, right, subject, [])
    assert subjects(acme, case) == [subject]
    assert case["case_id"] in {one["case_id"] for one in acme.newest(f"/cases?employee={right.user_id}")}
    wrong = unique(f"Case {case['number']}")
    reply_to(acme, zoe, wrong, [])
    assert acme.unprocessed_with(wrong)["reason"] == "case_reference_unverified"
