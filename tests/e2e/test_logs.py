"""The logs record what happens to emails, and hold no personal data."""

import secrets

import pytest

from tests.support.system.casework import open_case, write_email
from tests.support.system.mail import bounce_of, email, message_id, stranger, unique, word
from tests.support.system.system_client import ANSWERS, PAYROLL, SystemClient, leaks


@pytest.mark.parametrize("part", ["subject", "address", "name", "body"])
def test_leak_is_found(part: str) -> None:
    """The check would find a leak."""
    private = word()
    lines = {
        "subject": f"email about {private}",
        "address": f"from jo.{private.upper()}@acme.example",
        "name": f"from {private.capitalize()}",
        "body": f"raise ValueError('{private}')",
    }

    assert leaks(f"first\n{lines[part]}\nlast") == [lines[part]]


def test_no_personal_data(acme: SystemClient) -> None:
    """Many kinds of emails and requests, also wrong ones. Every other test is checked at its end, too."""
    before = len(acme.log())
    robin = acme.employ()
    body = unique("The text of the email")
    case = open_case(acme, robin)
    letter = write_email(acme, case, [robin.mailbox], text=body)
    acme.send(email(robin.mailbox, unique("Answer"), body, In_Reply_To=message_id(letter.message)), to=ANSWERS)
    acme.send(bounce_of(letter.message, robin.address), to=ANSWERS, envelope_sender="")
    acme.send(email(stranger(), unique("Stranger"), body))
    acme.send(email(stranger(), unique(case["number"]), body), to=ANSWERS)
    acme.send(email(robin.mailbox, unique("Virus"), body, X_Local_Verdicts="virus=FAIL"))
    acme.send(f"From: {robin.mailbox}\r\nContent-Type: {word()}/x; charset={word()}\r\n\r\n{body}\r\n".encode())
    for method, path, sent in (
        ("POST", "/cases", {"user_id": robin.user_id, "subject": body, "issue": body, "topic": word()}),
        ("GET", f"/cases?employee={robin.address}&q={word()}", None),
        ("GET", f"/employees/{robin.user_id}", None),
        ("PUT", f"/employees/{robin.user_id}", {"name": body, "emails": [word()]}),
        ("PUT", f"/mailboxes/{word()}@acme.example", {"receiving_address": word()}),
        ("GET", f"/mailboxes/{word()}@acme.example", None),
        ("GET", f"/unprocessed?from={robin.address}", None),
        ("POST", f"/cases/{case['case_id']}/emails", {"to": [word()], "subject": body, "text": body}),
    ):
        acme.admin.call(method, path, sent, {"Idempotency-Key": secrets.token_hex(8)})
    acme.settle()

    log = acme.log()[before:]
    assert leaks(log) == []
    assert '"message":"outcome recorded"' in log


def test_lasting_failures(acme: SystemClient) -> None:
    """An object that is deleted before it is read, and one that is not an email."""
    before = len(acme.log())
    acme.client("sqs").send_message(QueueUrl=acme.aws["queue_url"], MessageBody=f"no event of S3: {word()}")
    acme.send(b"\x00" + unique("No email").encode() + b"\r\n", to=PAYROLL, envelope_sender=f"{word()}@acme.example")

    assert leaks(acme.log()[before:]) == []
