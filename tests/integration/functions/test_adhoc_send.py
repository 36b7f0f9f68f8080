"""POST /cases/{case_id}/emails: the email is sent and stored exactly once."""

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
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import MAX_OWN_PARTICIPANTS, CaseRow, ParticipantsRow
from email_channels.aws.rows.outbound_rows import IdempotencyRow
from email_channels.aws.rows.table import Row
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.cases.case import CaseStatus, participant_keys
from email_channels.cases.history import Direction, EntryKind
from email_channels.cases.references import SigningKeys, case_reference, plus_address
from email_channels.times import from_text

from tests.support.in_process.ad_hoc_channel import AGENT, EMAIL, AdHocChannel, about, open_ad_hoc_channel, tell
from tests.support.in_process.aws import SIGNING_KEYS, Aws
from tests.support.in_process.aws_calls import AwsCalls
from tests.support.in_process.stored_emails import record_case
from tests.support.ses_event_documents import delivered_to

KEYS = SigningKeys(SIGNING_KEYS["current"])  # type: ignore[arg-type]  # a str


def message(ad_hoc: AdHocChannel, n: int = 0) -> EmailMessage:
    return message_from_string(ad_hoc.sent()[n].raw_data, policy=default)


# ------------------------------------------------------------------------------------------- the sent email


def test_send(ad_hoc: AdHocChannel, calls: AwsCalls) -> None:
    """The email is sent and stored."""
    answer = ad_hoc.post(
        {
            "to": ["Jo Doe <jo@elsewhere.example>"],
            "cc": [{"name": "Webb, Marcus", "address": "Marcus@Acme.example"}],
            "bcc": ["secret@acme.example"],
            "subject": "Your leave",
            "text": "Dear Jo,\n\nten days.\n",
            "html": "<p>Dear Jo,</p><script>alert(1)</script><p>ten days.</p>",
            "attachments": [ad_hoc.upload("days 2026.pdf", b"%PDF-1.7")],
        }
    )
    assert answer.status == 202
    check(answer.body, "EntryWhole")
    case_id, email_id = ad_hoc.case.case_id, answer.body["email_id"]
    subject = f"Your leave {case_reference(case_id, KEYS)}"

    got = message(ad_hoc)
    assert [str(got[name]) for name in ("From", "Reply-To", "To", "Cc", "Subject")] == [
        '"Acme, Service Centre" <service@acme.example>',
        "answers@acme.example",
        "Jo Doe <jo@elsewhere.example>",
        '"Webb, Marcus" <Marcus@acme.example>',
        subject,
    ]
    assert answer.body["reply_to"] == [{"name": "", "address": "answers@acme.example"}]
    (kept,) = ad_hoc.history()
    assert [(one.name, one.address) for one in kept.reply_to] == [("", "answers@acme.example")]
    assert not {"Bcc", "Auto-Submitted", "In-Reply-To", "References", "X-Email-Channels"} & set(got.keys())
    assert "secret@acme.example" not in ad_hoc.sent()[0].raw_data
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

    [email] = ad_hoc.history()
    ses_id = ad_hoc.sent()[0].id
    assert (email.email_id, email.direction, email.kind) == (email_id, Direction.OUTBOUND, EntryKind.NORMAL)
    assert email.message_id == f"{ses_id}@eu-central-1.amazonses.com"
    assert [(row.filename, row.size, row.inline, row.content_id) for row in email.attachments] == [
        ("days 2026.pdf", 8, False, None)
    ]
    assert answer.body["attachments"] == [
        {
            "n": 1,
            "filename": "days 2026.pdf",
            "content_type": "application/pdf",
            "size": 8,
            "inline": False,
            "content_id": None,
        }
    ]
    assert ad_hoc.mail.read(email.attachments[0].key) == b"%PDF-1.7"
    assert OutboundStore().sent_as(ses_id) == (case_id, email_id)
    assert list(OutboundStore().unconfirmed(email.at + timedelta(days=1))) == []


def test_activity_and_participants(ad_hoc: AdHocChannel) -> None:
    """Who is in To and Cc takes part. Nobody else in the case knows who got a Bcc."""
    ad_hoc.post(EMAIL | {"cc": ["Marcus@ACME.example"], "bcc": ["ann@elsewhere.example"]})
    case = ad_hoc.now()
    assert case.updated_at == max(ad_hoc.history()[0].at, ad_hoc.case.updated_at)
    assert case.participants == participant_keys({"jo@elsewhere.example", "marcus@acme.example"})
    assert case.version == ad_hoc.case.version


def test_many_participants(ad_hoc: AdHocChannel) -> None:
    """Recipients for whom the item of the case has no room take part, too; again changes nothing."""
    people = [f"friend{n}@elsewhere.example" for n in range(50)]
    for key in ("key-1", "key-2"):
        assert ad_hoc.post(EMAIL | {"to": people}, key).status == 202
        rows = list(Row.query(keys.record(ad_hoc.case.case_id)[0]))
        case, others = (
            [frozenset(row.participants or ()) for row in rows if isinstance(row, kind)]
            for kind in (CaseRow, ParticipantsRow)
        )
        assert participant_keys(people) <= frozenset().union(*case, *others)
        assert len(case[0]) == MAX_OWN_PARTICIPANTS
        assert sum(map(len, others)) == len(people) + len(ad_hoc.case.participants) - MAX_OWN_PARTICIPANTS


def test_html_without_text(ad_hoc: AdHocChannel) -> None:
    """HTML without text gets a text."""
    answer = ad_hoc.post({"to": ["jo@elsewhere.example"], "html": "<p>ten <b>days</b></p>"})
    assert answer.status == 202
    assert (answer.body["text"], answer.body["html"]) == ("ten days\n", "<p>ten <b>days</b></p>")


def test_default_subject(ad_hoc: AdHocChannel) -> None:
    """Without a subject, the email gets that of the case."""
    ad_hoc.post({"to": ["jo@elsewhere.example"], "text": "x", "subject": "  "})
    assert message(ad_hoc)["Subject"] == f"Leave {case_reference(ad_hoc.case.case_id, KEYS)}"


def test_answer(ad_hoc: AdHocChannel) -> None:
    """An answer belongs to the thread of the email that it answers."""
    assert ad_hoc.case.email is not None
    first = ad_hoc.post({"to": ["jo@elsewhere.example"], "text": "ten", "in_reply_to": ad_hoc.case.email.email_id})
    assert first.status == 202
    got = message(ad_hoc)
    tag = case_reference(ad_hoc.case.case_id, KEYS)
    assert [str(got[name]) for name in ("Subject", "In-Reply-To", "References")] == [
        f"Re: Leave {tag}",
        "<1@elsewhere.example>",
        "<1@elsewhere.example>",
    ]
    ad_hoc.post(
        {"to": ["jo@elsewhere.example"], "text": "sorry, nine", "in_reply_to": first.body["email_id"].lower()}, "key-2"
    )
    ours = f"<{ad_hoc.sent()[0].id}@eu-central-1.amazonses.com>"
    got = message(ad_hoc, 1)
    assert [" ".join(str(got[name]).split()) for name in ("Subject", "In-Reply-To", "References")] == [
        f"Re: Leave {tag}",
        ours,
        f"<1@elsewhere.example> {ours}",
    ]
    assert ad_hoc.entry(ad_hoc.history()[0].email_id).email.in_reply_to == first.body["email_id"]


def test_thread(ad_hoc: AdHocChannel) -> None:
    """Without in_reply_to, an email continues the thread of the same people, whoever wrote last."""
    assert ad_hoc.case.email is not None
    first = ad_hoc.post(EMAIL | {"cc": ["zoe@acme.example"]}, "a").body
    second = ad_hoc.post(EMAIL, "b").body
    third = ad_hoc.post(EMAIL | {"bcc": ["zoe@acme.example"]}, "c").body
    fourth = ad_hoc.post(EMAIL | {"to": ["zoe@acme.example"], "cc": ["JO@elsewhere.example"]}, "d").body
    ids = [f"<{one.id}@eu-central-1.amazonses.com>" for one in ad_hoc.sent()]
    got = [message(ad_hoc, n) for n in range(4)]
    assert [one["In-Reply-To"] for one in got] == [None, "<1@elsewhere.example>", ids[1], ids[0]]
    assert str(got[2]["References"]).split() == ["<1@elsewhere.example>", ids[1]]
    assert [one["in_reply_to"] for one in (first, second, third, fourth)] == [
        None,
        ad_hoc.case.email.email_id,
        second["email_id"],
        first["email_id"],
    ]


@pytest.mark.parametrize("subject", ["Antwort: Urlaub", "回复：休假", "Re[2]: AW: Leave"])
def test_answer_prefix(ad_hoc: AdHocChannel, subject: str) -> None:
    """An answer to an answer gets no second prefix."""
    first = ad_hoc.post({"to": ["jo@elsewhere.example"], "text": "ten", "subject": subject})
    ad_hoc.post({"to": ["jo@elsewhere.example"], "text": "nine", "in_reply_to": first.body["email_id"]}, "key-2")
    assert message(ad_hoc)["Subject"] == f"{subject} {case_reference(ad_hoc.case.case_id, KEYS)}"


def test_header_injection(ad_hoc: AdHocChannel) -> None:
    """A subject from outside cannot add a header."""
    case = record_case(ad_hoc.mail, 2, subject="Leave\r\nBcc: x@y.example\x85 " + "x" * 2000)
    answer = ad_hoc.post({"to": ["jo@elsewhere.example"], "text": "x"}, case_id=case.case_id)
    assert answer.status == 202
    assert answer.body["subject"].startswith("Leave Bcc: x@y.example xxx")
    assert len(answer.body["subject"]) < 600
    assert "Bcc" not in message(ad_hoc)


def test_file_names(ad_hoc: AdHocChannel) -> None:
    """Folders and control characters are removed from file names."""
    uploads = [ad_hoc.upload(name, b"x") for name in ("../../etc/passwd", "a\x85b.txt", "/")]
    answer = ad_hoc.post(EMAIL | {"attachments": uploads})
    names = ["passwd", "a b.txt", "attachment"]
    assert [row["filename"] for row in answer.body["attachments"]] == names
    assert [part.get_filename() for part in message(ad_hoc).iter_attachments()] == names


def test_plus_addressing(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_ad_hoc_channel(aws, monkeypatch, PLUS_ADDRESSING="true") as ad_hoc:
        ad_hoc.post(EMAIL)
        assert message(ad_hoc)["Reply-To"] == plus_address("answers@acme.example", ad_hoc.case.case_id, KEYS)


def test_closed_case(ad_hoc: AdHocChannel) -> None:
    """A closed case stays closed."""
    case = record_case(ad_hoc.mail, 2, status=CaseStatus.CLOSED)
    assert ad_hoc.post(EMAIL, case_id=case.case_id).status == 202
    after, _ = ad_hoc.cases.get(case.case_id)
    assert after is not None
    assert after.status is CaseStatus.CLOSED


def test_repeated_recipient(ad_hoc: AdHocChannel) -> None:
    """A recipient who is named several times gets one copy."""
    answer = ad_hoc.post(
        EMAIL | {"to": ["jo@elsewhere.example", "Jo <JO@elsewhere.example>"], "cc": ["jo@Elsewhere.Example"]}
    )
    assert [row["address"] for row in answer.body["recipients"]] == ["jo@elsewhere.example"]


def test_long_text(ad_hoc: AdHocChannel) -> None:
    """A long text lies in the bucket."""
    text = "".join(f"{n * 7919 % 1_000_003:x} " for n in range(120_000))
    answer = ad_hoc.post(EMAIL | {"text": text})
    assert answer.status == 202
    content = ad_hoc.entry(answer.body["email_id"]).email.content
    assert content is not None
    assert content.text == text


def test_large_attachment(ad_hoc: AdHocChannel) -> None:
    content = bytes(range(256)) * 40_000
    answer = ad_hoc.post(EMAIL | {"attachments": [ad_hoc.upload("big.bin", content)]})
    assert answer.status == 202
    [attached] = message(ad_hoc).iter_attachments()
    assert attached.get_payload(decode=True) == content


# -------------------------------------------------------------------------------------------- repeated requests


def test_same_key_and_body(ad_hoc: AdHocChannel) -> None:
    """The same key and body are sent once."""
    first = ad_hoc.post(EMAIL)
    document = about(
        delivered_to("jo@elsewhere.example"),
        ad_hoc.sent()[0].id,
        {"record": ad_hoc.case.case_id, "email": first.body["email_id"]},
    )
    tell(document)
    again = ad_hoc.post(json.dumps(EMAIL, indent=3, sort_keys=True).encode())
    assert (first.status, again.status) == (202, 202)
    assert again.body["email_id"] == first.body["email_id"]
    assert [row["state"] for row in again.body["recipients"]] == ["delivered"]
    assert len(ad_hoc.sent()) == len(ad_hoc.history()) == 1


def test_same_key_other_body(ad_hoc: AdHocChannel) -> None:
    """The same key with another body is a conflict."""
    ad_hoc.post(EMAIL)
    answer = ad_hoc.post(EMAIL | {"text": "something else"})
    assert (answer.status, answer.body["type"]) == (409, "/problems/conflict")
    assert len(ad_hoc.sent()) == 1


def test_other_key_or_case(ad_hoc: AdHocChannel) -> None:
    """The same body with another key or case is another email."""
    other = record_case(ad_hoc.mail, 2)
    for key, case_id in (("a", None), ("b", None), ("a", other.case_id)):
        assert ad_hoc.post(EMAIL, key, case_id=case_id).status == 202
    assert len(ad_hoc.sent()) == 3


def test_key_of_another_agent(ad_hoc: AdHocChannel) -> None:
    """Two agents may use the same key: each sends an email of their own, with the same body and with another one."""
    colleague = AGENT | {"sub": "u2"}
    first = ad_hoc.post(EMAIL)
    second = ad_hoc.post(EMAIL, claims=colleague)
    assert second.status == 202
    assert (first.body["author"]["user"], second.body["author"]["user"]) == ("u1", "u2")
    assert ad_hoc.post(EMAIL, claims=colleague).body["email_id"] == second.body["email_id"]
    assert ad_hoc.post(EMAIL | {"text": "Other"}, claims=AGENT | {"sub": "u3"}).status == 202
    assert len(ad_hoc.sent()) == len(ad_hoc.history()) == 3
    assert len({email.raw_key for email in ad_hoc.history()}) == 3


def test_key_of_the_first_release(ad_hoc: AdHocChannel) -> None:
    """A request that is repeated after an update from the first release is not sent again."""
    first = ad_hoc.post(EMAIL)
    [row] = IdempotencyRow.query(f"CASE#{ad_hoc.case.case_id}", IdempotencyRow.sk.startswith("IDEMPOTENCY#"))
    row.delete()
    _, row.sk = keys.shared_idempotency(ad_hoc.case.case_id, "key-1")
    row.save()
    assert ad_hoc.post(EMAIL).body["email_id"] == first.body["email_id"]
    assert ad_hoc.post(EMAIL | {"text": "Other"}).status == 409
    assert len(ad_hoc.sent()) == 1


def test_key_expires(ad_hoc: AdHocChannel) -> None:
    """A key is kept for a day."""
    first = ad_hoc.post(EMAIL)
    [row] = IdempotencyRow.query(f"CASE#{ad_hoc.case.case_id}", IdempotencyRow.sk.startswith("IDEMPOTENCY#"))
    assert abs(row.expires_at - (from_text(first.body["at"]) + timedelta(hours=24)).timestamp()) <= 1
    # DynamoDB deletes expired items hours later.
    row.update(actions=[IdempotencyRow.expires_at.set(int(from_text(first.body["at"]).timestamp()) - 1)])
    second = ad_hoc.post(EMAIL)
    assert second.status == 202
    assert second.body["email_id"] != first.body["email_id"]


@pytest.mark.usefixtures("calls")
def test_concurrent_requests(ad_hoc: AdHocChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five requests at once send once, although each looks for the key before any of them writes."""
    barrier = threading.Barrier(5)
    create = OutboundStore.create

    def together(*arguments: Any) -> None:
        barrier.wait(30)
        create(*arguments)

    monkeypatch.setattr(OutboundStore, "create", together)
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(ad_hoc.post(EMAIL))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status for answer in answers} == {202}
    assert len({answer.body["email_id"] for answer in answers}) == 1
    assert len(ad_hoc.sent()) == len(ad_hoc.history()) == 1


CALLS = [
    "BatchGetItem",  # the case, and who may see it
    "BatchGetItem",  # the key
    "Query",  # the newest email of the same people
    "BatchGetItem",  # mailboxes among the recipients
    "BatchGetItem",  # uploads
    "HeadObject",
    "GetSecretValue",
    "GetObject",
    "PutObject",
    "PutObject",  # the original
    "BatchGetItem",  # the case again, for its activity
    "TransactWriteItems",
    "SendEmail",
    "TransactWriteItems",
]


def test_calls(ad_hoc: AdHocChannel, calls: AwsCalls) -> None:
    """The calls of a send, by an agent whom this process has met on this day."""
    body = EMAIL | {"attachments": [ad_hoc.upload("days.pdf", b"%PDF-1.7")]}
    assert ad_hoc.post({}).status == 422
    calls.begin()
    ad_hoc.post(body)
    assert calls.names == CALLS
