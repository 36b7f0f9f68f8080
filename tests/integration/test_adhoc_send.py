"""POST /cases/{case_id}/emails: what leaves, what is kept, what is refused; and never twice."""

from __future__ import annotations

import json
import re
import threading
from datetime import timedelta
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from email_channels.aws import clients
from email_channels.aws.configuration_rows import mailbox_row, receiving_row, routing_row
from email_channels.aws.outbound_store import OutboundStore
from email_channels.aws.work_rows import IdempotencyRow
from email_channels.case import CaseStatus
from email_channels.history import Direction, EntryKind
from email_channels.mailboxes import IdentifySender, Mailbox
from email_channels.own_marks import Mark, signed_mark
from email_channels.references import TagKeys, plus_address, subject_tag
from email_channels.routing import Routing, ServiceGroup
from email_channels.sending import NO_CONFIRMATION, PATIENCE, close_stuck_sends
from email_channels.times import from_text
from email_channels.validation import check

from tests.integration.aws_calls import AwsCalls
from tests.integration.conftest import TAG_KEYS, Aws
from tests.integration.emails import record_case
from tests.integration.sends import AGENT, Office, about, calls, office, open_office, tell
from tests.unit.test_delivery import event_document

__all__ = ["calls", "office"]

KEYS = TagKeys(TAG_KEYS["current"])  # type: ignore[arg-type]  # a str
EMAIL = {"to": ["Jo Doe <jo@elsewhere.example>"], "subject": "Your leave", "text": "Dear Jo,\n\nten days.\n"}


def message(office: Office, n: int = 0) -> EmailMessage:
    return message_from_string(office.sent()[n].raw_data, policy=default)


def wrong_fields(answer: Any) -> list[str]:
    assert answer.status == 422, answer
    assert answer.body["type"] == "/problems/invalid"
    return [row["field"] for row in answer.body["errors"]]


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
    subject = f"Your leave {subject_tag(case_id, KEYS)}"

    got = message(office)
    assert [str(got[name]) for name in ("From", "Reply-To", "To", "Cc", "Subject", "X-Email-Channels")] == [
        '"Acme, Service Centre" <service@acme.example>',
        "answers@acme.example",
        "Jo Doe <jo@elsewhere.example>",
        '"Webb, Marcus" <Marcus@acme.example>',
        subject,
        signed_mark(Mark.AD_HOC, case_id, KEYS),
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
    assert list(OutboundStore().waiting(email.at + timedelta(days=1))) == []


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
    assert message(office)["Subject"] == f"Leave {subject_tag(office.case.case_id, KEYS)}"


def test_an_answer_threads(office: Office) -> None:
    assert office.case.email is not None
    first = office.post({"to": ["jo@elsewhere.example"], "text": "ten", "in_reply_to": office.case.email.email_id})
    assert first.status == 202
    got = message(office)
    tag = subject_tag(office.case.case_id, KEYS)
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


# ---------------------------------------------------------------------------------------------- what SES says


def refuse(monkeypatch: pytest.MonkeyPatch, fault: Exception | None = None, **error: Any) -> None:
    """From now on SES fails so."""
    client = clients.ses()

    def send_email(**_: object) -> None:
        if fault is not None:
            raise fault
        raise client.exceptions.ClientError(
            {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}},  # type: ignore[typeddict-item]  # the rest is not read
            "SendEmail",
        )

    monkeypatch.setattr(client, "send_email", send_email)


def test_what_ses_refuses_is_shown_as_failed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, Code="MessageRejected", Message="Email address is not verified.")
    answer = office.post(EMAIL)
    assert answer.status == 202
    [recipient] = answer.body["recipients"]
    assert (recipient["state"], recipient["detail"]) == (
        "failed",
        "Amazon SES did not take the email: Email address is not verified.",
    )
    assert office.states() == [["failed"]]
    assert list(OutboundStore().waiting(office.history()[0].at + timedelta(days=1))) == []


def test_what_ses_may_have_taken_stays_queued_and_is_closed_in_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, ReadTimeoutError(endpoint_url="https://email.example"))
    answer = office.post(EMAIL)
    assert answer.status == 202
    assert [row["state"] for row in answer.body["recipients"]] == ["queued"]
    [email] = office.history()
    store = OutboundStore()
    assert close_stuck_sends(store, email.at + PATIENCE) == 0
    assert office.states() == [["queued"]]
    assert close_stuck_sends(store, email.at + PATIENCE + timedelta(seconds=1)) == 1
    [row] = office.history()[0].recipients
    assert (row.state.value, row.detail) == ("failed", NO_CONFIRMATION)
    assert close_stuck_sends(store, email.at + timedelta(days=1)) == 0
    # It had left after all.
    tags = {"record": office.case.case_id, "email": email.email_id}
    tell(about(event_document("ses_delivery"), "0107-late", tags))
    assert office.states() == [["delivered"]]
    assert store.sent_as("0107-late") == (office.case.case_id, email.email_id)


def test_an_event_that_is_quicker_than_our_own_note(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    client = clients.ses()
    send_email = client.send_email

    def quick(**parameters: Any) -> Any:
        answer = send_email(**parameters)
        tags = {tag["Name"]: tag["Value"] for tag in parameters["EmailTags"]}
        tell(about(event_document("ses_delivery"), answer["MessageId"], tags))
        return answer

    monkeypatch.setattr(client, "send_email", quick)
    answer = office.post(EMAIL)
    assert [row["state"] for row in answer.body["recipients"]] == ["delivered"]
    assert office.states() == [["delivered"]]


def test_a_table_that_fails_after_ses_took_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The email is gone; telling the agent that it failed would make them send it again."""

    def fail(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(OutboundStore, "change", fail)
    answer = office.post(EMAIL)
    assert answer.status == 202
    assert [row["state"] for row in answer.body["recipients"]] == ["queued"]
    monkeypatch.undo()


# ------------------------------------------------------------------------------------------------ what is refused


def test_our_own_addresses_get_no_email(office: Office) -> None:
    leave = Mailbox("leave@acme.example", "leave@in.example", identify_sender=IdentifySender.FROM_ADDRESS)
    mailbox_row(leave).save()
    receiving_row(leave).save()
    answer = office.post(
        EMAIL
        | {
            "to": ["jo@elsewhere.example", "Payroll@ACME.example", "payroll+x@acme.example"],
            "cc": ["answers@in.example", "leave@acme.example", "leave@in.example", "service@acme.example"],
            "bcc": ["anybody@answers.example", "cases@acme.example", "answers+7k3f92qdx0-h4q9w2@acme.example"],
        }
    )
    assert wrong_fields(answer) == [
        *(f"bcc.{n}" for n in range(3)),
        *(f"cc.{n}" for n in range(4)),
        *("to.1", "to.2"),
    ]
    assert (office.sent(), office.history()) == ([], [])


def test_every_wrong_field_is_named_at_once(office: Office) -> None:
    answer = office.post(
        {
            "to": ["payroll@acme.example", "nonsense"],
            "subject": "a\nb",
            "text": " ",
            "attachments": ["UPNONE"],
            "in_reply_to": "06H0KDP46ABCDEFGHJK",
            "template": "welcome",
            "attachements": [],
        }
    )
    assert wrong_fields(answer) == [
        *("attachements", "attachments.0", "in_reply_to", "subject", "template", "text", "to.0", "to.1"),
    ]
    assert (office.sent(), office.history()) == ([], [])


def test_a_key_is_required(office: Office) -> None:
    for key in (None, "", "  ", "x" * 256, "a\x00b"):
        assert wrong_fields(office.post(EMAIL, key)) == ["Idempotency-Key"]
    assert office.sent() == []


def test_what_is_no_json(office: Office) -> None:
    for body in (b"", b"{", b"\xff", b'{"to": NaN}', b"[" * 100_000):
        answer = office.post(body)
        assert (answer.status, answer.body["type"]) == (400, "/problems/bad_request")


def test_what_is_no_object(office: Office) -> None:
    bodies: tuple[object, ...] = ([], "text", 7, None)
    for body in bodies:
        assert wrong_fields(office.post(body)) == ["body"]


def test_attachments_are_what_was_announced(office: Office) -> None:
    right = office.upload("a.pdf", b"12345")
    other_size = office.upload("b.pdf", b"12345", size=6)
    other_agent = office.upload("c.pdf", b"12345", uploaded_by="u2")
    program = office.upload("setup.EXE. ", b"MZ")
    over = office.upload("d.pdf", b"x", expires_at=from_text("2020-01-01T00:00:00Z"))
    missing = office.upload("e.pdf", b"1")
    clients.s3().delete_object(Bucket="email-channels-test", Key=f"uploads/{missing}")
    answer = office.post(EMAIL | {"attachments": [right, right, other_size, other_agent, program, over, missing]})
    assert wrong_fields(answer) == [f"attachments.{n}" for n in range(2, 7)]
    assert [row["message"] for row in answer.body["errors"]] == [
        "has 5 bytes, but 6 were announced",
        "there is no such upload; uploads are kept for a day",
        "Amazon SES sends no files of the type .exe",
        "there is no such upload; uploads are kept for a day",
        "was announced but not uploaded, or its day is over",
    ]


def test_attachments_too_large_together(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(office.mail), "size", lambda _self, _key: 15_000_000)
    uploads = [office.upload(f"{n}.bin", b"x", size=15_000_000) for n in range(2)]
    answer = office.post(EMAIL | {"attachments": uploads})
    assert wrong_fields(answer) == ["attachments"]
    monkeypatch.undo()


def test_who_may_send(office: Office) -> None:
    routing_row(Routing(service_groups={"open": ServiceGroup("open", "Open", None, secured=False)})).save()
    other = record_case(office.mail, 2, service_group="other")
    everybody = record_case(office.mail, 3, service_group="open")

    def status(groups: str, case_id: str) -> int:
        return office.post(EMAIL, claims=AGENT | {"cognito:groups": groups}, case_id=case_id).status

    mine = office.case.case_id
    spelled = f"{mine[:4]}-{mine[4:8]}-{mine[8:]}".lower()
    assert [status("[agent group.default]", case_id) for case_id in (spelled, other.case_id, everybody.case_id)] == [
        202,
        404,
        202,
    ]
    assert [status(groups, mine) for groups in ("[agent]", "[admin]", "[]", "")] == [404, 202, 403, 403]
    assert [status("[admin]", case_id) for case_id in ("0000000000", "nonsense", "")] == [404, 404, 404]


def test_nothing_is_told_of_other_cases(office: Office) -> None:
    other = record_case(office.mail, 2, service_group="other")
    assert office.post({"to": []}, None, case_id=other.case_id).status == 404


def test_the_channel_can_be_off(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    off = {"AD_HOC_ENABLED": "false", "AD_HOC_RECIPIENTS": "", "AD_HOC_FROM_ADDRESS": "", "AD_HOC_REPLY_TO": ""}
    with open_office(aws, monkeypatch, **off, AD_HOC_FROM_NAME="") as office:
        answer = office.post(EMAIL)
        assert (answer.status, answer.body["type"]) == (409, "/problems/channel_disabled")
        assert office.post(EMAIL, claims=AGENT | {"cognito:groups": "[]"}).status == 403


def test_a_fault_of_ours_gives_nothing_away(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr(OutboundStore, "create", fail)
    answer = office.post(EMAIL)
    assert (answer.status, answer.body["request_id"]) == (500, "r1")
    assert "secret words" not in json.dumps(answer.body)


def test_logs_hold_no_personal_data(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse(monkeypatch, Code="MessageRejected", Message="jo@elsewhere.example is not verified.")
    office.post(EMAIL)
    office.post(EMAIL | {"to": ["x"]}, "key-2")
    out = capsys.readouterr()
    assert not re.search("jo@|Doe|leave|ten days", out.out + out.err, re.IGNORECASE)
