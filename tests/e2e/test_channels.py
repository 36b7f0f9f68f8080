"""Each channel works with the other off."""

import secrets

import pytest

from tests.support.system.casework import write_email
from tests.support.system.http_api import problem
from tests.support.system.mail import email, message_id, unique
from tests.support.system.system_client import ANSWERS, PAYROLL, SystemClient


def refused(system: SystemClient, recipient: str) -> bool:
    with system.connect() as client:
        client.mail("jo@acme.example")
        status, text = client.rcpt(recipient)
        return (status, text[:5]) == (550, b"5.1.1")


def test_case_creation_only(case_creation_only: SystemClient) -> None:
    system = case_creation_only
    robin = system.employ()
    subject = unique("Only cases")
    with system.sending() as sent:
        system.send(email(robin.mailbox, subject))

    case = system.case_with(subject)
    assert [entry["kind"] for entry in system.history(case["case_id"])] == ["acknowledgement", "normal"]
    (acknowledgement,) = sent
    assert acknowledgement.everybody == [robin.address]
    assert case["number"] in acknowledgement.subject + acknowledgement.text
    assert acknowledgement.message["Reply-To"] is None


def test_ad_hoc_recipient(case_creation_only: SystemClient) -> None:
    """Without ad hoc, its recipients are refused."""
    assert refused(case_creation_only, ANSWERS)
    assert not refused(case_creation_only, PAYROLL)


def test_ad_hoc_routes(case_creation_only: SystemClient) -> None:
    """Without ad hoc, its routes answer that the channel is off."""
    system = case_creation_only
    robin = system.employ()
    subject = unique("Write to me")
    system.send(email(robin.mailbox, subject))
    case = system.case_with(subject)
    body = {"to": [robin.address], "subject": "Hello", "text": "Hello.\n"}
    headers = {"Idempotency-Key": secrets.token_hex(8)}
    upload = {"filename": "a.txt", "content_type": "text/plain", "size": 1}

    for response in (
        system.agent.call("POST", f"/cases/{case['case_id']}/emails", body, headers),
        system.agent.call("POST", "/attachments", upload),
    ):
        assert "channel_disabled" in problem(response, 409)["type"]


def test_ad_hoc_only(ad_hoc_only: SystemClient) -> None:
    system = ad_hoc_only
    robin = system.employ()
    case = system.agent.post(
        "/cases", {"user_id": robin.user_id, "subject": unique("By hand"), "issue": "They called.\n"}
    )
    letter = write_email(system, case, [robin.mailbox])
    system.send(email(robin.mailbox, unique("Re"), In_Reply_To=message_id(letter.message)), to=ANSWERS)

    answer, outgoing = system.history(case["case_id"])
    assert answer["matched_by"] == {"how": "sent_message_id", "certainty": "reference"}
    assert [each["state"] for each in outgoing["recipients"]] == ["delivered"]


def test_case_creation_recipient(ad_hoc_only: SystemClient) -> None:
    """Without case creation, its recipients are refused."""
    assert refused(ad_hoc_only, PAYROLL)
    assert not refused(ad_hoc_only, ANSWERS)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/mailboxes"),
        ("GET", "/mailboxes/payroll@acme.example"),
        ("PUT", "/mailboxes/new@acme.example"),
        ("DELETE", "/mailboxes/new@acme.example"),
        ("GET", "/user-mappings"),
        ("GET", "/user-mappings/1"),
        ("PUT", "/user-mappings/1"),
        ("DELETE", "/user-mappings/1"),
    ],
)
def test_case_creation_routes(ad_hoc_only: SystemClient, method: str, path: str) -> None:
    """Without case creation, its routes answer that the channel is off."""
    mailbox = {"receiving_address": "new@in.acme-cases.example"}
    mapping = {"mailbox": "payroll@acme.example", "from": None, "user_id": "1"}
    body = None if method != "PUT" else mailbox if "mailboxes" in path else mapping

    assert "channel_disabled" in problem(ad_hoc_only.admin.call(method, path, body), 409)["type"]
