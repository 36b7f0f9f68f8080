"""POST /cases/{case_id}/emails: what leaves, what is kept; and never twice."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from email_channels.api.validation import check
from email_channels.aws.rows.outbound_rows import IdempotencyRow
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.cases.case import CaseStatus
from email_channels.cases.history import Direction, EntryKind
from email_channels.cases.outgoing import OutgoingKind
from email_channels.cases.references import SigningKeys, case_reference, plus_address
from email_channels.outbound.loop_marks import signed_loop_mark
from email_channels.times import from_text

from tests.support.in_process.aws import TAG_KEYS, Aws
from tests.support.in_process.aws_calls import AwsCalls
from tests.support.in_process.office import EMAIL, Office, about, open_office, tell
from tests.support.in_process.stored_emails import record_case
from tests.support.ses_event_documents import event_document

KEYS = SigningKeys(TAG_KEYS["current"])  # type: ignore[arg-type]  # a str


def message(office: Office, n: int = 0) -> EmailMessage:
    return message_from_string(office.sent()[n].raw_data, policy=default)


# ------------------------------------------------------------------------------------------------- what leaves


def test_an_email_leaves_and_is_kept(office: Office, calls: AwsCalls) -> None:
    answer = office.post(
        {
            "to": ["Jo Doe <jo@elsewhere.example>"],
            "cc": [{"name": "Webb, Marcus", "address": "Marcus@Acme.example"}],
            "bcc": ["secret@acme.example"],
            "subject": "Your leave",
            "text": "Dear Jo,\n\nten days.\n",
            "html": "<p>Dear Jo,</p><script>alert(1)</script><p>ten days.</p>",
            "attachments": [office.upload("days 2026.pdf", b"%PDF-1.7")],
        }
    )
    assert answer.status == 202
    check(answer.body, "EntryWhole")
    case_id, email_id = office.case.case_id, answer.body["email_id"]
    subject = f"Your leave {case_reference(case_id, KEYS)}"

    got = message(office)
    assert [str(got[name]) for name in ("From", "Reply-To", "To", "Cc", "Subject", "X-Email-Channels")] == [
        '"Acme, Service Centre" <service@acme.example>',
        "answers@acme.example",
        "Jo Doe <jo@elsewhere.example>",
        '"Webb, Marcus" <Marcus@acme.example>',
        subject,
        signed_loop_mark(OutgoingKind.AD_HOC, case_id, KEYS),
    ]
    assert not {"Bcc", "Auto-Submitted", "In-Reply-To", "References"} & set(got.keys())
    assert "secret@acme.example" not in office.sent()[0].raw_data
    body, html = got.get_body(["plain"]), got.get_body(["html"])
    assert body is not None
    assert html is not None
    assert body.get_content().split() == ["Dear", "Jo,", "ten", "days."]
    assert html.get_content().strip() == "<p>Dear Jo,</p><p>ten days.</p>"
    [attached] = got.iter_attachments()
    assert (attached.get_filename(), attached.get_payload(decode=True)) == ("days 2026.pdf", b"%PDF-1.7")

    [call] = calls.parameters("SendEmail")
    assert call["FromEmailAddress"] == "service@acme.example"
    assert call["Destination"] == {
        "ToAddresses": ["jo@elsewhere.example", "Marcus@acme.example"],
        "BccAddresses": ["secret@acme.example"],
    }
    assert call["ConfigurationSetName"] == "the-set"
    assert {tag["Name"]: tag["Value"] for tag in call["EmailTags"]} == {
        "kind": "ad_hoc",
        "record": case_id,
        "email": email_id,
    }

    shown = {name: answer.body[name] for name in ("direction", "kind", "from", "subject", "preview", "matched_by")}
    assert shown == {
        "direction": "outbound",
        "kind": "normal",
        "from": {"name": "Acme, Service Centre", "address": "service@acme.example"},
        "subject": subject,
        "preview": "Dear Jo, ten days.",
        "matched_by": None,
    }
    rows = [(row["address"], row["name"], row["role"], row["state"]) for row in answer.body["recipients"]]
    assert rows == [
        ("jo@elsewhere.example", "Jo Doe", "to", "sent"),
        ("Marcus@acme.example", "Webb, Marcus", "cc", "sent"),
        ("secret@acme.example", "", "bcc", "sent"),
    ]
    assert answer.body["text"] == "Dear Jo,\n\nten days.\n"
    assert ["Reply-To", "answers@acme.example"] in answer.body["headers"]

    [email] = office.history()
    ses_id = office.sent()[0].id
    assert (email.email_id, email.direction, email.kind) == (email_id, Direction.OUTBOUND, EntryKind.NORMAL)
    assert email.message_id == f"{ses_id}@eu-central-1.amazonses.com"
    assert [(row.filename, row.size) for row in email.attachments] == [("days 2026.pdf", 8)]
    assert office.mail.read(email.attachments[0].key) == b"%PDF-1.7"
    assert OutboundStore().sent_as(ses_id) == (case_id, email_id)
    assert list(OutboundStore().unconfirmed(email.at + timedelta(days=1))) == []


def test_the_case_shows_activity_and_knows_its_participants(office: Office) -> None:
    office.post(EMAIL | {"cc": ["Marcus@ACME.example"]})
    case = office.now()
    assert case.updated_at == max(office.history()[0].at, office.case.updated_at)
    assert case.participants == {"jo@elsewhere.example", "marcus@acme.example"}
    assert case.version == office.case.version


def test_html_alone_gets_a_text(office: Office) -> None:
    answer = office.post({"to": ["jo@elsewhere.example"], "html": "<p>ten <b>days</b></p>"})
    assert answer.status == 202
    assert (answer.body["text"], answer.body["html"]) == ("ten days\n", "<p>ten <b>days</b></p>")


def test_a_missing_subject_is_that_of_the_case(office: Office) -> None:
    office.post({"to": ["jo@elsewhere.example"], "text": "x", "subject": "  "})
    assert message(office)["Subject"] == f"Leave {case_reference(office.case.case_id, KEYS)}"


def test_an_answer_threads(office: Office) -> None:
    assert office.case.email is not None
    first = office.post({"to": ["jo@elsewhere.example"], "text": "ten", "in_reply_to": office.case.email.email_id})
    assert first.status == 202
    got = message(office)
    tag = case_reference(office.case.case_id, KEYS)
    assert [str(got[name]) for name in ("Subject", "In-Reply-To", "References")] == [
        f"Re: Leave {tag}",
        "<1@elsewhere.example>",
        "<1@elsewhere.example>",
    ]
    office.post(
        {"to": ["jo@elsewhere.example"], "text": "sorry, nine", "in_reply_to": first.body["email_id"].lower()}, "key-2"
    )
    ours = f"<{office.sent()[0].id}@eu-central-1.amazonses.com>"
    got = message(office, 1)
    assert [" ".join(str(got[name]).split()) for name in ("Subject", "In-Reply-To", "References")] == [
        f"Re: Leave {tag}",
        ours,
        f"<1@elsewhere.example> {ours}",
    ]
    assert office.entry(office.history()[0].email_id).email.in_reply_to == first.body["email_id"]


@pytest.mark.parametrize("subject", ["Antwort: Urlaub", "回复：休假", "Re[2]: AW: Leave"])
def test_an_answer_gets_no_second_prefix(office: Office, subject: str) -> None:
    first = office.post({"to": ["jo@elsewhere.example"], "text": "ten", "subject": subject})
    office.post({"to": ["jo@elsewhere.example"], "text": "nine", "in_reply_to": first.body["email_id"]}, "key-2")
    assert message(office)["Subject"] == f"{subject} {case_reference(office.case.case_id, KEYS)}"


def test_a_subject_from_outside_brings_no_header(office: Office) -> None:
    case = record_case(office.mail, 2, subject="Leave\r\nBcc: x@y.example\x85 " + "x" * 2000)
    answer = office.post({"to": ["jo@elsewhere.example"], "text": "x"}, case_id=case.case_id)
    assert answer.status == 202
    assert answer.body["subject"].startswith("Leave Bcc: x@y.example xxx")
    assert len(answer.body["subject"]) < 600
    assert "Bcc" not in message(office)


def test_a_file_name_is_only_a_name(office: Office) -> None:
    uploads = [office.upload(name, b"x") for name in ("../../etc/passwd", "a\x85b.txt", "/")]
    answer = office.post(EMAIL | {"attachments": uploads})
    names = ["passwd", "a b.txt", "attachment"]
    assert [row["filename"] for row in answer.body["attachments"]] == names
    assert [part.get_filename() for part in message(office).iter_attachments()] == names


def test_plus_addressing(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_office(aws, monkeypatch, PLUS_ADDRESSING="true") as office:
        office.post(EMAIL)
        assert message(office)["Reply-To"] == plus_address("answers@acme.example", office.case.case_id, KEYS)


def test_a_closed_case_stays_closed(office: Office) -> None:
    case = record_case(office.mail, 2, status=CaseStatus.CLOSED)
    assert office.post(EMAIL, case_id=case.case_id).status == 202
    after, _ = office.cases.get(case.case_id)
    assert after is not None
    assert after.status is CaseStatus.CLOSED


def test_nobody_gets_it_twice(office: Office) -> None:
    answer = office.post(
        EMAIL | {"to": ["jo@elsewhere.example", "Jo <JO@elsewhere.example>"], "cc": ["jo@Elsewhere.Example"]}
    )
    assert [row["address"] for row in answer.body["recipients"]] == ["jo@elsewhere.example"]


def test_a_long_text_lies_in_the_bucket(office: Office) -> None:
    text = "".join(f"{n * 7919 % 1_000_003:x} " for n in range(120_000))
    answer = office.post(EMAIL | {"text": text})
    assert answer.status == 202
    content = office.entry(answer.body["email_id"]).email.content
    assert content is not None
    assert content.text == text


def test_a_large_attachment(office: Office) -> None:
    content = bytes(range(256)) * 40_000
    answer = office.post(EMAIL | {"attachments": [office.upload("big.bin", content)]})
    assert answer.status == 202
    [attached] = message(office).iter_attachments()
    assert attached.get_payload(decode=True) == content


# ---------------------------------------------------------------------------------------------- once, and again


def test_the_same_key_and_body_send_once(office: Office) -> None:
    first = office.post(EMAIL)
    document = about(
        event_document("ses_delivery"),
        office.sent()[0].id,
        {"record": office.case.case_id, "email": first.body["email_id"]},
    )
    tell(document)
    again = office.post(json.dumps(EMAIL, indent=3, sort_keys=True).encode())
    assert (first.status, again.status) == (202, 202)
    assert again.body["email_id"] == first.body["email_id"]
    assert [row["state"] for row in again.body["recipients"]] == ["delivered"]
    assert len(office.sent()) == len(office.history()) == 1


def test_the_same_key_with_another_body_is_a_conflict(office: Office) -> None:
    office.post(EMAIL)
    answer = office.post(EMAIL | {"text": "something else"})
    assert (answer.status, answer.body["type"]) == (409, "/problems/conflict")
    assert len(office.sent()) == 1


def test_another_key_or_case_is_another_email(office: Office) -> None:
    other = record_case(office.mail, 2)
    for key, case_id in (("a", None), ("b", None), ("a", other.case_id)):
        assert office.post(EMAIL, key, case_id=case_id).status == 202
    assert len(office.sent()) == 3


def test_a_key_is_kept_for_a_day(office: Office) -> None:
    first = office.post(EMAIL)
    [row] = IdempotencyRow.query(f"CASE#{office.case.case_id}", IdempotencyRow.sk.startswith("IDEMPOTENCY#"))
    assert abs(row.expires_at - (from_text(first.body["at"]) + timedelta(hours=24)).timestamp()) <= 1
    # DynamoDB deletes hours later what has expired.
    row.update(actions=[IdempotencyRow.expires_at.set(int(from_text(first.body["at"]).timestamp()) - 1)])
    second = office.post(EMAIL)
    assert second.status == 202
    assert second.body["email_id"] != first.body["email_id"]


@pytest.mark.usefixtures("calls")
def test_five_at_once_send_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """All have looked for the key before any of them writes."""
    barrier = threading.Barrier(5)
    create = OutboundStore.create

    def together(*arguments: Any) -> None:
        barrier.wait(30)
        create(*arguments)

    monkeypatch.setattr(OutboundStore, "create", together)
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(office.post(EMAIL))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status for answer in answers} == {202}
    assert len({answer.body["email_id"] for answer in answers}) == 1
    assert len(office.sent()) == len(office.history()) == 1


CALLS = [
    "BatchGetItem",  # the case, and who may see it
    "BatchGetItem",  # the key
    "BatchGetItem",  # mailboxes among the recipients
    "BatchGetItem",  # uploads
    "HeadObject",
    "GetSecretValue",
    "GetObject",
    "PutObject",
    "BatchGetItem",  # the case again, for its activity
    "TransactWriteItems",
    "SendEmail",
    "TransactWriteItems",
]


def test_the_calls_of_a_send(office: Office, calls: AwsCalls) -> None:
    body = EMAIL | {"attachments": [office.upload("days.pdf", b"%PDF-1.7")]}
    calls.begin()
    office.post(body)
    assert calls.names == CALLS
