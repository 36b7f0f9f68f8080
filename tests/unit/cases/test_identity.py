"""What makes two objects the same email."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from email_channels.cases.identity import email_id, identify, message_id_key, sent_message_id_key
from email_channels.cases.references import read_case_id

EMAIL = b"""\
From: Jo Doe <jo@acme.example>
To: payroll@acme.example
Date: Mon, 23 Nov 2026 10:00:00 +0000
Subject: Leave
Message-ID: <1@acme.example>

How many days are left?
"""
KEY = "raw/case_creation/abc"


def test_same_email() -> None:
    """The name of the object and the kind of line end do not matter."""
    one = identify(EMAIL, "payroll@in.example", KEY)
    assert identify(EMAIL, "Payroll@IN.example", "raw/case_creation/def") == one
    assert identify(EMAIL, "payroll+tag@in.example", KEY) == one
    assert identify(EMAIL.replace(b"\n", b"\r\n"), "payroll@in.example", KEY) == one
    relayed = b"Received: from a by b; Mon, 23 Nov 2026 10:00:01 +0000\n" + EMAIL
    assert identify(relayed, "payroll@in.example", KEY) == one


def test_another_mailbox() -> None:
    """The same content at another mailbox is another email."""
    one, two = identify(EMAIL, "payroll@in.example", KEY), identify(EMAIL, "benefits@in.example", KEY)
    assert one.key != two.key
    assert one.content == two.content
    assert one.thread_key == two.thread_key == message_id_key("1@acme.example")


def test_content_counts() -> None:
    """Each part of the content changes the digest."""
    one = identify(EMAIL, "payroll@in.example", KEY)
    for old, new in (
        (b"jo@acme", b"bo@acme"),
        (b"10:00:00", b"10:00:01"),
        (b"Leave", b"Pay"),
        (b"<1@", b"<2@"),
        (b"days", b"hours"),
    ):
        assert identify(EMAIL.replace(old, new), "payroll@in.example", KEY).key != one.key, new


def test_without_message_id() -> None:
    """Without Message-ID the content decides; without Date, too, every object is an email of its own."""
    without_id = EMAIL.replace(b"Message-ID: <1@acme.example>\n", b"")
    assert identify(without_id, "a@in.example", "raw/x/1") == identify(without_id, "a@in.example", "raw/x/2")
    bare = without_id.replace(b"Date: Mon, 23 Nov 2026 10:00:00 +0000\n", b"")
    assert identify(bare, "a@in.example", "raw/x/1") != identify(bare, "a@in.example", "raw/x/2")
    assert identify(bare, "a@in.example", "raw/x/1") == identify(bare, "a@in.example", "raw/x/1")


def test_any_input() -> None:
    """Every input has an identity."""
    for raw in (b"", b"\n\n", b"\0\xff\xfe", b"no header at all", b"Subject: =?x?=\r\n\r\n", b"From: \xe4\xf6\n\nbody"):
        identity = identify(raw, None, KEY)
        assert read_case_id(identity.record_id()) == identity.record_id()
        assert identity.record_id(1) != identity.record_id()


def test_sent_id() -> None:
    """Ids of sent emails are compared by their local part."""
    assert sent_message_id_key("0102@eu-west-1.amazonses.com") == sent_message_id_key("0102")
    assert sent_message_id_key("0102@eu-west-1.amazonses.com") == sent_message_id_key("0102@email.amazonses.com")


def test_email_ids_sort_by_time() -> None:
    now = datetime(2026, 11, 23, 10, tzinfo=UTC)
    times = [datetime(1970, 1, 1, tzinfo=UTC), now, now + timedelta(milliseconds=1), now + timedelta(days=9000)]
    ids = [email_id(at, "0000000000") for at in times]
    assert ids == sorted(ids)
    assert {len(one) for one in ids} == {19}
    assert email_id(datetime(1900, 1, 1, tzinfo=UTC), "0000000000") == ids[0]
