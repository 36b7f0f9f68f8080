"""A try says what would become of an email; sent over SMTP, exactly that becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import httpx
import pytest

from tests.support.system.casework import open_case, write_email
from tests.support.system.http_api import answer, problem, wrong_fields
from tests.support.system.mail import as_sent, bounce_of, email, message_id, stranger, unique, unique_id, word
from tests.support.system.system_client import ANSWERS, BENEFITS, FORMS, PAYROLL, REPLY_TO, SystemClient

RFC822 = {"Content-Type": "message/rfc822"}
PAYROLL_MAILBOX, BENEFITS_MAILBOX = "payroll@acme.example", "benefits@acme.example"


@dataclass
class Attempt:
    """An email that is tried and then sent: to which mailbox and receiving address, with which verdicts of SES."""

    message: EmailMessage | bytes
    outcome: str
    reason: str | None = None
    mailbox: str = PAYROLL_MAILBOX
    to: str = PAYROLL
    verdicts: dict[str, str] = field(default_factory=dict)
    envelope_sender: str | None = None
    case_id: str | None = None

    @property
    def raw(self) -> bytes:
        return as_sent(self.message)

    @property
    def as_received(self) -> bytes:
        """The email with the header that makes the local SES give these verdicts, and that it removes."""
        verdicts = " ".join(f"{name}={value}" for name, value in self.verdicts.items())
        return (f"X-Local-Verdicts: {verdicts}\r\n".encode() if verdicts else b"") + self.raw


def upload(system: SystemClient, raw: bytes) -> str:
    wanted = {"filename": "a.eml", "content_type": "message/rfc822", "size": len(raw), "purpose": "try"}
    link = system.admin.post("/attachments", wanted)
    sent = httpx.request(link["method"], link["url"], content=raw, headers=link["headers"], trust_env=False)
    assert sent.status_code == 200, sent.text
    return str(link["upload_id"])


def tried(system: SystemClient, attempt: Attempt) -> Any:
    if attempt.verdicts:
        question = {"mailbox": attempt.mailbox, "assume": {"verdicts": attempt.verdicts}}
        return system.admin.post("/try", {"upload_id": upload(system, attempt.raw), **question})
    return answer(system.admin.call("POST", f"/try?mailbox={attempt.mailbox}", attempt.raw, RFC822))


def in_two_channels(trace: list[Any]) -> list[Any]:
    """A trace without what only a try says: which verdicts are assumed."""
    return [
        {**row, "evidence": {name: value for name, value in row["evidence"].items() if name != "assumed"}}
        for row in trace
    ]


def manual(system: SystemClient) -> Attempt:
    return Attempt(email(system.employ().mailbox, unique("By From")), "case")


def by_body(system: SystemClient) -> Attempt:
    owner, about = system.employ(), system.employ()
    text = f"[{owner.user_id}]\n[payroll]\n[Yes]\n[{about.user_id}]\nI have moved house.\n"
    message = email(FORMS, unique("Form"), text, To=BENEFITS_MAILBOX, Auto_Submitted="auto-generated")
    return Attempt(message, "case", mailbox=BENEFITS_MAILBOX, to=BENEFITS)


def by_body_with_defaults(system: SystemClient) -> Attempt:
    text = f"[{system.employ().user_id}]\n[Gardening]\n[Perhaps]\n[{unique_id()}]\nI have moved house.\n"
    message = email(FORMS, unique("Form"), text, To=BENEFITS_MAILBOX)
    return Attempt(message, "case", mailbox=BENEFITS_MAILBOX, to=BENEFITS)


def of_an_unknown_user_id(_: SystemClient) -> Attempt:
    message = email(FORMS, unique("Form"), f"[{unique_id()}]\n\n\n\nHello.\n", To=BENEFITS_MAILBOX)
    return Attempt(message, "unprocessed", "employee_not_found", mailbox=BENEFITS_MAILBOX, to=BENEFITS)


def not_trusted(system: SystemClient) -> Attempt:
    text = f"[{system.employ().user_id}]\n[Payroll]\n[Yes]\n\nHello.\n"
    message = email(stranger(), unique("Form"), text, To=BENEFITS_MAILBOX)
    return Attempt(message, "unprocessed", "sender_not_trusted", mailbox=BENEFITS_MAILBOX, to=BENEFITS)


def of_a_stranger(_: SystemClient) -> Attempt:
    return Attempt(email(stranger(), unique("Who am I")), "unprocessed", "sender_not_found")


def of_two_employees(system: SystemClient) -> Attempt:
    one, other = system.employ(), system.employ()
    body = {"name": other.name, "emails": [one.address], "population": None, "blocked": False}
    system.admin.put(f"/employees/{other.user_id}", body)
    return Attempt(email(one.mailbox, unique("Which one")), "unprocessed", "sender_mismatch")


def of_a_blocked_employee(system: SystemClient) -> Attempt:
    return Attempt(email(system.employ(blocked=True).mailbox, unique("Blocked")), "unprocessed", "sender_blocked")


def spoofed(system: SystemClient) -> Attempt:
    verdicts = {"spf": "FAIL", "dkim": "FAIL", "dmarc": "FAIL"}
    return Attempt(email(system.employ().mailbox, unique("Urgent")), "case", verdicts=verdicts)


def with_spf_broken_by_the_redirect(system: SystemClient) -> Attempt:
    return Attempt(email(system.employ().mailbox, unique("Redirected")), "case", verdicts={"spf": "FAIL"})


def spam(system: SystemClient) -> Attempt:
    message = email(system.employ().mailbox, unique("Cheap"))
    return Attempt(message, "unprocessed", "spam", verdicts={"spam": "FAIL"})


def a_virus(system: SystemClient) -> Attempt:
    message = email(system.employ().mailbox, unique("Open me"))
    return Attempt(message, "unprocessed", "virus", verdicts={"virus": "FAIL"})


def an_automatic_reply(system: SystemClient) -> Attempt:
    message = email(system.employ().mailbox, unique("Out of office"), Auto_Submitted="auto-replied")
    return Attempt(message, "unprocessed", "automatic_reply")


def a_bounce(_: SystemClient) -> Attempt:
    returned = email("service@acme-cases.example", unique("Not ours"))
    raw = bounce_of(returned, "somebody@elsewhere.example").replace(
        b"Undelivered Mail Returned to Sender", unique("Undelivered Mail Returned to Sender").encode()
    )
    raw = b"Return-Path: <>\r\n" + raw
    return Attempt(raw, "unprocessed", "bounce_unmatched", mailbox=REPLY_TO, to=ANSWERS, envelope_sender="")


def a_reply(system: SystemClient) -> Attempt:
    jo = system.employ()
    case = open_case(system, jo)
    letter = write_email(system, case, [jo.mailbox])
    message = email(jo.mailbox, unique("Re: again"), To=REPLY_TO, In_Reply_To=message_id(letter.message))
    return Attempt(message, "entry", mailbox=REPLY_TO, to=ANSWERS, case_id=case["case_id"])


def a_reply_to_nothing(system: SystemClient) -> Attempt:
    message = email(system.employ().mailbox, unique("Something else"), To=REPLY_TO)
    return Attempt(message, "unprocessed", "case_reference_missing", mailbox=REPLY_TO, to=ANSWERS)


def without_from(_: SystemClient) -> Attempt:
    message = email("x@acme.example", unique("Nobody"))
    del message["From"]
    return Attempt(message, "unprocessed", "malformed", envelope_sender="x@acme.example")


ATTEMPTS = (
    manual,
    by_body,
    by_body_with_defaults,
    of_an_unknown_user_id,
    not_trusted,
    of_a_stranger,
    of_two_employees,
    of_a_blocked_employee,
    spoofed,
    with_spf_broken_by_the_redirect,
    spam,
    a_virus,
    an_automatic_reply,
    a_bounce,
    a_reply,
    a_reply_to_nothing,
    without_from,
)


def subject_of(attempt: Attempt) -> str:
    (line,) = (row for row in attempt.raw.decode().split("\r\n\r\n")[0].split("\r\n") if row.startswith("Subject: "))
    return line.removeprefix("Subject: ")


def came_to_be(system: SystemClient, attempt: Attempt) -> tuple[Any, list[Any]]:
    """The case that an email made or joined (None if it did neither), and its trace."""
    if attempt.outcome == "unprocessed":
        item = system.unprocessed_with(subject_of(attempt))
        assert item["reason"] == attempt.reason
        return None, item["trace"]
    case_id = attempt.case_id or system.case_with(subject_of(attempt))["case_id"]
    newest = system.history(case_id)[0]
    assert newest["subject"] == subject_of(attempt)
    return system.admin.get(f"/cases/{case_id}"), system.entry(case_id, newest["email_id"])["trace"]


@pytest.mark.parametrize("make", ATTEMPTS, ids=lambda make: make.__name__)
def test_prediction(acme: SystemClient, make: Callable[[SystemClient], Attempt]) -> None:
    attempt = make(acme)
    said = tried(acme, attempt)
    assert (said["outcome"], said["reason"]) == (attempt.outcome, attempt.reason)
    assert said["explanation"]

    acme.send(attempt.as_received, attempt.to, attempt.envelope_sender)

    case, trace = came_to_be(acme, attempt)
    assert in_two_channels(said["trace"]) == trace
    assert (said["case"] is None) == (case is None)
    if case is not None:
        new = {"created_at", "updated_at", "last_inbound_at"}
        if attempt.outcome == "entry":
            new |= {"unread", "waiting_on", "warnings"}  # the case is shown as it is before the reply
        assert {**said["case"], **{name: case[name] for name in new}} == case


def test_duplicate(acme: SystemClient) -> None:
    """What has arrived before would be a duplicate; nothing comes of another copy."""
    attempt = manual(acme)
    acme.send(attempt.raw, attempt.to)
    case = acme.case_with(subject_of(attempt))
    said = tried(acme, attempt)
    assert (said["outcome"], said["reason"], said["case"]) == ("duplicate", None, case)
    acme.send(attempt.raw, attempt.to)
    assert acme.case_with(subject_of(attempt)) == case


def test_values(acme: SystemClient) -> None:
    """Each of the four lines is shown: whether it would be taken, and why."""
    attempt = by_body_with_defaults(acme)
    lines = tried(acme, attempt)["values"]
    assert [(row["line"], row["text"][0], row["taken"]) for row in lines] == [
        (1, "[", True),
        (2, "[", False),
        (3, "[", False),
        (4, "[", False),
    ]
    assert lines[1]["why"] == "The topic is not configured, so the mailbox's default topic applies."


def test_envelope(acme: SystemClient) -> None:
    """The way of an email is explained in plain words."""
    envelope = tried(acme, with_spf_broken_by_the_redirect(acme))["envelope"]
    assert envelope.pop("diagnosis") == (
        "To is payroll@acme.example, arrived as payroll@in.acme-cases.example. DKIM survived the redirect. "
        "SPF was broken by it. SES has not given these verdicts, they are assumed: dkim, dmarc, spam, spf, virus."
    )
    assert envelope == {
        "to": PAYROLL_MAILBOX,
        "arrived_as": PAYROLL,
        "spf": "FAIL",
        "dkim": "PASS",
        "dmarc": "PASS",
        "aligned": True,
    }


def test_what_would_repair_it(acme: SystemClient) -> None:
    """An admin tries a change before they make it, on an email that made no case; a stored email needs no verdicts."""
    attempt = of_two_employees(acme)
    acme.send(attempt.raw, attempt.to)
    item = acme.unprocessed_with(subject_of(attempt))
    said = acme.admin.post("/try", {"unprocessed_id": item["id"]})
    assert (said["outcome"], said["reason"], said["trace"]) == ("unprocessed", "sender_mismatch", item["trace"])
    assert "assumed" not in said["envelope"]["diagnosis"]

    owner = acme.employ()
    mapping = {"id": word(), "mailbox": PAYROLL_MAILBOX, "from": item["from"]["address"], "user_id": owner.user_id}
    said = acme.admin.post("/try", {"unprocessed_id": item["id"], "assume": {"user_mapping": mapping}})
    assert (said["outcome"], said["case"]["employee"]["user_id"]) == ("case", owner.user_id)
    assert said["case"]["case_id"] == item["id"]
    assert acme.admin.call("GET", f"/user-mappings/{mapping['id']}").status_code == 404
    assert {**acme.unprocessed_with(subject_of(attempt)), "original": item["original"]} == item


def test_email_of_a_case(acme: SystemClient) -> None:
    """An email that made a case is tried again, for a mailbox that does not exist yet."""
    attempt = manual(acme)
    acme.send(attempt.raw, attempt.to)
    case = acme.case_with(subject_of(attempt))
    (entry,) = acme.history(case["case_id"])
    named = {"email": {"case_id": case["case_id"], "email_id": entry["email_id"]}}
    said = acme.admin.post("/try", named)
    assert (said["outcome"], said["case"]["case_id"]) == ("case", case["case_id"])

    new = {"address": "new@acme.example", "receiving_address": "new@in.acme-cases.example", "default_show": True}
    assume = {"mailbox": {**new, "default_topic": "Payroll"}}
    assert wrong_fields(acme.admin.call("POST", "/try", {**named, "mailbox": "new@acme.example"})) == {"mailbox"}
    said = acme.admin.post("/try", {**named, "mailbox": "new@acme.example", "assume": assume})
    shown = {name: said["case"][name] for name in ("mailbox", "topic", "show_to_employee")}
    assert shown == {"mailbox": "new@acme.example", "topic": "Payroll", "show_to_employee": True}
    assert said["envelope"]["arrived_as"] == "new@in.acme-cases.example"


def test_too_large_for_a_body(acme: SystemClient) -> None:
    """Above 4.5 MB, the answer says what to do; the upload is then tried."""
    attempt = manual(acme)
    assert isinstance(attempt.message, EmailMessage)
    attempt.message.add_attachment(b"x" * 3_330_000, maintype="application", subtype="pdf", filename="long.pdf")
    refused = problem(acme.admin.call("POST", "/try", attempt.raw, RFC822), 413)
    assert "upload_id" in refused["detail"]
    said = acme.admin.post("/try", {"upload_id": upload(acme, attempt.raw)})
    assert (said["outcome"], said["case"]["subject"]) == ("case", subject_of(attempt))
