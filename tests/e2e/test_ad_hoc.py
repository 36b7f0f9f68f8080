"""Agents write from a case: what is sent, that it is sent once, and its delivery states."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from typing import Any

import pytest

from tests.support.system.casework import TAG, key, open_case, upload_file, write_email
from tests.support.system.http_api import problem, wrong_fields
from tests.support.system.mail import email, message_id, unique, word
from tests.support.system.system_client import REPLY_TO, SERVICE, Person, SystemClient


def test_send(acme: SystemClient, jo: Person) -> None:
    """An email with an attachment is sent once."""
    message_of_jo = email(
        jo.mailbox, unique("Where is my payslip"), "It is missing.\n", References="<first@acme.example>"
    )
    acme.send(message_of_jo)
    case = acme.case_with(str(message_of_jo["Subject"]))
    (question,) = acme.history(case["case_id"])
    payslip = b"%PDF-1.4\r\n" + secrets.token_bytes(2000)
    subject, copied, hidden = unique("Your payslip"), f"{word()}@elsewhere.example", f"{word()}@elsewhere.example"
    body = {
        "to": [jo.mailbox],
        "cc": [copied],
        "bcc": [hidden],
        "subject": subject,
        "text": "Here it is. Grüße\n",
        "html": "<p>Here it <b>is</b>. Grüße</p>",
        "attachments": [upload_file(acme, "Lohn März.pdf", "application/pdf", payslip)],
        "in_reply_to": question["email_id"],
    }
    once = key()
    with acme.sending() as sent:
        entry = acme.agent.write(case["case_id"], body, once)
        again = acme.agent.write(case["case_id"], body, once)

    assert again["email_id"] == entry["email_id"]
    (outgoing,) = sent
    message = outgoing.message
    assert (outgoing.to, outgoing.cc, outgoing.bcc) == ([jo.address], [copied], [hidden])
    assert message["From"].addresses[0].display_name == "Acme Service Centre"
    assert message["From"].addresses[0].addr_spec == SERVICE
    tag = TAG.search(outgoing.subject)
    assert tag is not None
    assert tag[1] == case["case_id"]
    assert subject in outgoing.subject
    reply_to = message["Reply-To"].addresses[0].addr_spec
    local, _, domain = REPLY_TO.partition("@")
    assert reply_to == f"{local}+{case['case_id'].lower()}-{tag[2]}@{domain}"
    assert str(message["In-Reply-To"]).strip() == message_id(message_of_jo)
    assert str(message["References"]).split() == ["<first@acme.example>", message_id(message_of_jo)]
    assert hidden.encode() not in outgoing.raw
    assert message["Bcc"] is None
    assert outgoing.text.strip() == "Here it is. Grüße"
    (html,) = [part for part in message.walk() if part.get_content_type() == "text/html"]
    assert isinstance(html, EmailMessage)
    assert "Here it <b>is</b>." in str(html.get_content())
    (attachment,) = message.iter_attachments()
    assert isinstance(attachment, EmailMessage)
    assert (attachment.get_filename(), attachment.get_content_type()) == ("Lohn März.pdf", "application/pdf")
    assert attachment.get_content() == payslip

    newest, oldest = acme.history(case["case_id"])
    assert oldest == question
    assert newest["email_id"] == entry["email_id"]
    assert (newest["direction"], newest["kind"], newest["matched_by"]) == ("outbound", "normal", None)
    assert newest["from"] == {"name": "Acme Service Centre", "address": SERVICE}
    assert newest["to"] == [{"name": jo.name, "address": jo.address}]
    assert newest["bcc"] == [{"name": "", "address": hidden}]
    assert [(each["filename"], each["size"]) for each in newest["attachments"]] == [("Lohn März.pdf", len(payslip))]
    assert [(each["address"], each["name"], each["role"], each["state"]) for each in newest["recipients"]] == [
        (jo.address, jo.name, "to", "delivered"),
        (copied, "", "cc", "delivered"),
        (hidden, "", "bcc", "delivered"),
    ]
    whole = acme.entry(case["case_id"], entry["email_id"])
    assert whole["in_reply_to"] == question["email_id"]
    assert whole["text"].strip() == "Here it is. Grüße"
    path = f"/cases/{case['case_id']}/emails/{entry['email_id']}/attachments/1"
    assert acme.download(acme.agent.get(path)) == payslip

    other = {**body, "text": "Something else"}
    response = acme.agent.call("POST", f"/cases/{case['case_id']}/emails", other, {"Idempotency-Key": once})
    problem(response, 409)
    assert len(acme.history(case["case_id"])) == 2


def test_concurrent_requests(acme: SystemClient, case: Any, jo: Person) -> None:
    """One key used at the same time sends once."""
    body = {"to": [jo.address], "subject": unique("Twice"), "text": "Once.\n"}
    once, agent = key(), acme.agent
    path = f"/cases/{case['case_id']}/emails"
    with acme.sending() as sent, ThreadPoolExecutor(5) as threads:
        responses = list(threads.map(lambda _: agent.call("POST", path, body, {"Idempotency-Key": once}), range(5)))

    assert len(sent) == 1
    assert {response.status_code for response in responses} == {202}
    assert len({response.json()["email_id"] for response in responses}) == 1


def test_key_of_another_case(acme: SystemClient, jo: Person, case: Any) -> None:
    """A key belongs to a case."""
    other = open_case(acme, jo)
    once = key()
    body = {"to": [jo.address], "subject": unique("Each"), "text": "To each.\n"}
    with acme.sending() as sent:
        acme.agent.write(case["case_id"], body, once)
        acme.agent.write(other["case_id"], body, once)

    assert {TAG.findall(each.subject)[0][0] for each in sent} == {case["case_id"], other["case_id"]}


STATES = {
    "bounce@simulator.amazonses.com": "bounced",
    "complaint@simulator.amazonses.com": "complained",
    "suppressionlist@simulator.amazonses.com": "suppressed",
    "success@simulator.amazonses.com": "delivered",
}


@pytest.mark.parametrize("disturbed", [False, True], ids=["in order", "doubled and reversed"])
def test_delivery_states(acme: SystemClient, jo: Person, disturbed: bool) -> None:
    """Every recipient has a delivery state."""
    case = open_case(acme, jo)
    body = {
        "to": [address for address in STATES if "bounce" not in address],
        "cc": ["bounce@simulator.amazonses.com"],
        "subject": unique("States"),
        "text": "Hello.\n",
    }
    if disturbed:
        with acme.disturbed_events():
            entry = acme.agent.write(case["case_id"], body, key())
            acme.settle()
    else:
        entry = acme.agent.write(case["case_id"], body, key())
        acme.settle()

    # On a busy machine, SES's events may be faster than the answer.
    assert all(each["state"] in {"queued", "sent", STATES[each["address"]]} for each in entry["recipients"])
    newest = acme.history(case["case_id"])[0]
    assert {each["address"]: each["state"] for each in newest["recipients"]} == STATES
    assert all(each["at"] for each in newest["recipients"])


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"to": []}, {"to"}),
        ({"to": ["no address"]}, {"to"}),
        ({"to": "jo@acme.example"}, {"to"}),
        ({"cc": ["jo@acme.example\r\nBcc: all@acme.example"]}, {"cc"}),
        ({"subject": "Hello\r\nBcc: all@acme.example"}, {"subject"}),
        ({"to": [f"jo{n}@acme.example" for n in range(51)]}, {"to"}),
        ({"to": [REPLY_TO]}, {"to"}),
        ({"bcc": [SERVICE]}, {"bcc"}),
        ({"attachments": ["no-such-upload"]}, {"attachments"}),
        ({"in_reply_to": "no-such-email"}, {"in_reply_to"}),
        ({"unknown": 1}, {"unknown"}),
        ({"to": [1], "subject": 2, "text": []}, {"to", "subject", "text"}),
    ],
    ids=lambda value: str(sorted(value))[:40],
)
def test_refused(acme: SystemClient, case: Any, wrong: dict[str, Any], fields: set[str]) -> None:
    body = {"to": ["jo@elsewhere.example"], "subject": "Hello", "text": "Hello.\n", **wrong}
    with acme.sending() as sent:
        response = acme.agent.call("POST", f"/cases/{case['case_id']}/emails", body, {"Idempotency-Key": key()})

    assert {field.partition(".")[0].partition("[")[0] for field in wrong_fields(response)} == fields
    assert sent == []


def test_key_is_required(acme: SystemClient, case: Any) -> None:
    response = acme.agent.call(
        "POST", f"/cases/{case['case_id']}/emails", {"to": ["jo@elsewhere.example"], "text": "x"}
    )

    assert wrong_fields(response) == {"Idempotency-Key"}


def test_header_injection(acme: SystemClient, case: Any) -> None:
    """A name that looks like an injection arrives as a name."""
    letter = write_email(
        acme, case, ['"Doe, Jo <x@evil.example>" <jo@elsewhere.example>'], subject=unique("Bcc: x@evil.example")
    )

    assert letter.everybody == ["jo@elsewhere.example"]
    assert letter.message["Bcc"] is None
    assert letter.message["To"].addresses[0].display_name == "Doe, Jo <x@evil.example>"
