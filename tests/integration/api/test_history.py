"""The Email History: its order and pages, complete entries, originals and attachments."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from email_channels.aws.mail_bucket import MailBucket, attachment_key
from email_channels.cases.history import Content, EntryKind
from email_channels.cases.matches import MatchedBy, MatchMethod, MatchStrength
from email_channels.cases.trace import RuleResult, RuleVerdict

from tests.support.in_process.api_client import Api
from tests.support.in_process.aws import Aws
from tests.support.in_process.histories import answer_to, outbound
from tests.support.in_process.stored_emails import RECEIVED, SENT, SES_BLOCK, record_case, record_unprocessed


def test_order(api: Api, mail: MailBucket) -> None:
    """The history is newest first."""
    case = record_case(mail, 1)
    emails = [answer_to(mail, case, n, RECEIVED + timedelta(minutes=n)) for n in range(2, 6)]
    sent = outbound(mail, case, RECEIVED + timedelta(minutes=3, seconds=1))
    assert case.email
    expected = [email.email_id for email in sorted([*emails, sent, case.email], key=lambda e: e.at, reverse=True)]
    url = f"/cases/{case.case_id}/emails"
    assert [entry["email_id"] for entry in api("agent", "GET", url).items] == expected
    for limit in (1, 2, 3, 5, 6):
        seen: list[str] = []
        page = api("agent", "GET", f"{url}?limit={limit}").json
        while True:
            assert len(page["items"]) <= limit
            seen += [entry["email_id"] for entry in page["items"]]
            if page["next_cursor"] is None:
                break
            page = api("agent", "GET", f"{url}?limit={limit}&cursor={page['next_cursor']}").json
        assert seen == expected


def test_older_email(api: Api, mail: MailBucket) -> None:
    """An email that is older than the case is below the first email of the case."""
    case = record_case(mail, 1)
    older = answer_to(mail, case, 2, RECEIVED - timedelta(days=1))
    assert case.email
    url = f"/cases/{case.case_id}/emails?limit=1"
    first = api("agent", "GET", url).json
    second = api("agent", "GET", f"{url}&cursor={first['next_cursor']}").json
    assert [entry["email_id"] for entry in first["items"]] == [case.email.email_id]
    assert [entry["email_id"] for entry in second["items"]] == [older.email_id]
    assert second["next_cursor"] is None


def test_items_and_entries(api: Api, mail: MailBucket) -> None:
    """An entry as an item of the history, and alone."""
    case = record_case(mail, 1)
    matched = MatchedBy(MatchMethod.CASE_REFERENCE, MatchStrength.SIGNED)
    trace = (RuleResult("mailbox", RuleVerdict.PASS, "d", {"mailbox": "m"}), RuleResult("case", RuleVerdict.STOP))
    content = Content(
        "New.\n\nOn Monday, you wrote:\n> old\n", "<p onclick=x>New</p>", (("Subject", "Re: Leave"),), trace
    )
    at = RECEIVED + timedelta(minutes=5)
    answer = answer_to(
        mail, case, 2, at, subject="Re: Leave", matched_by=matched, content=content, kind=EntryKind.AUTOMATIC_REPLY
    )
    sent = outbound(mail, case, at - timedelta(minutes=1))
    listed = api("agent", "GET", f"/cases/{case.case_id}/emails").items
    assert listed[0] == {
        "email_id": answer.email_id,
        "direction": "inbound",
        "kind": "automatic_reply",
        "from": {"name": "Jo Doe", "address": "jo@elsewhere.example"},
        "reply_to": [],
        "warnings": [],
        "to": [{"name": "", "address": "payroll@acme.example"}],
        "cc": [],
        "subject": "Re: Leave",
        "at": "2026-11-23T10:05:00.000Z",
        "preview": "How many days are left?",
        "attachments": [
            {
                "n": 1,
                "filename": "days.txt",
                "content_type": "text/plain",
                "size": 4,
                "inline": False,
                "content_id": None,
            }
        ],
        "matched_by": {"how": "subject_tag", "certainty": "signed"},
    }
    assert api("agent", "GET", f"/cases/{case.case_id}/emails/{answer.email_id.lower()}").json == listed[0] | {
        "text": "New.\n\nOn Monday, you wrote:\n> old\n",
        "visible": "New.",
        "quoted": "\n\nOn Monday, you wrote:\n> old\n",
        "html": "<p>New</p>",
        "headers": [["Subject", "Re: Leave"]],
        "trace": [
            {"rule": "mailbox", "verdict": "pass", "detail": "d", "evidence": {"mailbox": "m"}},
            {"rule": "case", "verdict": "stop", "detail": "", "evidence": {}},
        ],
        "in_reply_to": None,
    }
    assert listed[1]["bcc"] == [{"name": "", "address": "boss@acme.example"}]
    assert listed[1]["recipients"] == [
        {
            "address": "jo@elsewhere.example",
            "name": "Jo",
            "role": "to",
            "state": "delivered",
            "detail": "250 ok",
            "at": "2026-11-23T10:04:00.000Z",
        },
        {"address": "boss@acme.example", "name": "", "role": "bcc", "state": "queued", "detail": None, "at": None},
    ]
    assert case.email
    whole = api("agent", "GET", f"/cases/{case.case_id}/emails/{sent.email_id}").json
    assert (whole["direction"], whole["in_reply_to"]) == ("outbound", case.email.email_id)
    first = api("agent", "GET", f"/cases/{case.case_id}/emails/{case.email.email_id}").json
    assert (first["text"], first["headers"]) == ("How many days are left?\n", [["Subject", "Leave"]])


def test_long_entry(api: Api, mail: MailBucket) -> None:
    """A long entry is read from the bucket."""
    case = record_case(mail, 1)
    text = "".join(f"{number * 2654435761 % 4294967291:x} " for number in range(60_000))
    answer = answer_to(mail, case, 2, RECEIVED + timedelta(minutes=1), content=Content(text, None))
    whole = api("agent", "GET", f"/cases/{case.case_id}/emails/{answer.email_id}").json
    assert (whole["text"], whole["html"]) == (text, None)


def test_original(api: Api, mail: MailBucket, aws: Aws) -> None:
    """The original is returned byte for byte."""
    case = record_case(mail, 1)
    answer = answer_to(mail, case, 2, RECEIVED + timedelta(minutes=1))
    assert case.email
    for n, entry_id in ((1, case.email.email_id), (2, answer.email_id)):
        link = api("agent", "GET", f"/cases/{case.case_id}/emails/{entry_id}/original").json
        url = urlsplit(link["url"])
        assert mail.read(url.path.lstrip("/").removeprefix(f"{aws.bucket_name}/")) == SES_BLOCK + SENT % n
        name = f"{case.case_id}-{entry_id}.eml"
        assert parse_qs(url.query)["response-content-disposition"] == [
            f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}"
        ]
        assert parse_qs(url.query)["response-content-type"] == ["message/rfc822"]
        assert datetime.fromisoformat(link["expires_at"]).tzinfo is not None


def test_no_original(api: Api, mail: MailBucket, aws: Aws) -> None:
    """An outbound email has no original, and an original may be past its retention."""
    case = record_case(mail, 1)
    sent = outbound(mail, case, RECEIVED + timedelta(minutes=1))
    assert case.email
    assert case.email.raw_key
    boto3.client("s3").delete_object(Bucket=aws.bucket_name, Key=case.email.raw_key)
    for entry_id in (sent.email_id, case.email.email_id):
        answer = api("agent", "GET", f"/cases/{case.case_id}/emails/{entry_id}/original")
        assert (answer.status, answer.problem) == (404, "not_found")


def test_attachments(api: Api, mail: MailBucket, aws: Aws) -> None:
    case = record_case(mail, 1)
    assert case.email
    url = f"/cases/{case.case_id}/emails/{case.email.email_id}/attachments"
    link = urlsplit(api("agent", "GET", f"{url}/1").json["url"])
    assert link.path.lstrip("/").removeprefix(f"{aws.bucket_name}/") == attachment_key(case.case_id, 1)
    for n in ("0", "2", "01", "-1", "1.0", "x", "%31%00", "9" * 100):
        assert api("agent", "GET", f"{url}/{n}").status == 404


@pytest.mark.parametrize(
    ("name", "quoted", "encoded"),
    [
        ("days 2026.pdf", "days 2026.pdf", "days%202026.pdf"),
        ("Übersicht.pdf", "Ubersicht.pdf", "%C3%9Cbersicht.pdf"),
        # A quote would end the name, and what follows would be another parameter.
        ('a"; x="b.pdf', "a_; x=_b.pdf", "a%22%3B%20x%3D%22b.pdf"),
        ("a\\b.pdf", "a_b.pdf", "a%5Cb.pdf"),
    ],
)
def test_file_name_of_a_link(mail: MailBucket, name: str, quoted: str, encoded: str) -> None:
    url = urlsplit(mail.link("attachments/1", name, "application/pdf").url)
    assert parse_qs(url.query)["response-content-disposition"] == [
        f"attachment; filename=\"{quoted}\"; filename*=UTF-8''{encoded}"
    ]


def test_entry_of_another_case(api: Api, mail: MailBucket) -> None:
    """An entry is found only under its own case."""
    case, other = record_case(mail, 1), record_case(mail, 2)
    secret = record_case(mail, 3, service_group="secret")
    record_unprocessed(mail, 4)
    answer = answer_to(mail, other, 5, RECEIVED + timedelta(minutes=1))
    assert case.email
    assert secret.email
    for case_id, entry_id in (
        (case.case_id, answer.email_id),
        (case.case_id, secret.email.email_id),
        (secret.case_id, secret.email.email_id),
        (answer.email_id[-10:], answer.email_id),
        (case.case_id, "0" * 19),
        (case.case_id, "0" * 18 + "%2F"),
        (case.case_id, "EMAIL%23"),
        (case.case_id, "x" * 3000),
    ):
        for path in ("", "/original", "/attachments/1"):
            assert api("agent", "GET", f"/cases/{case_id}/emails/{entry_id}{path}").status == 404
