"""What makes two objects the same email."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta

import pytest
from email_channels.cases.identity import (
    email_id,
    identify,
    message_id_key,
    plain_line_ends,
    sent_message_id_key,
)
from email_channels.cases.references import read_case_id
from hypothesis import given, settings

from tests.support.generated.identities import check_identities, email_pairs

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


def test_stable() -> None:
    """The identity of an email is stored. A new version must give the same one, or duplicates become cases."""
    folded = EMAIL.replace(b"Leave", b"=?utf-8?q?Leave?=\n  and  more\n\tof it")
    assert identify(EMAIL, "payroll@in.example", KEY).key == (
        "a4104fad24a8ce16a9f5ff35e25151241cd63f6c1abd371a9f643ba29ad5e947"
    )
    assert identify(folded, "payroll@in.example", KEY).key == (
        "12195893ddf2e74093a0da5935cf967b280d81a45338c451cf0f5b0cf96a91c6"
    )


HEADERS, _, TEXT = EMAIL.partition(b"\n\n")


@pytest.mark.parametrize(
    "separator",
    [
        pytest.param(b"\n", id="no blank line"),
        pytest.param(b"\n \n", id="a line of spaces"),
        pytest.param(b"\n\t \r\n", id="a line of tabs"),
        pytest.param(b"\n\r\n", id="a bare line feed, then CRLF"),
        pytest.param(b"\r\n\n", id="CRLF, then a bare line feed"),
        pytest.param(b"\nnot a field\n", id="text instead of a field"),
    ],
)
def test_unusual_end_of_headers(separator: bytes) -> None:
    """The text counts from where the parser ends the headers, whether or not there is a blank line further down."""
    for end in (b"", b"\n\nThe second paragraph."):
        one, other = (HEADERS + separator + text + end for text in (TEXT, TEXT.replace(b"days", b"hours")))
        assert identify(one, "payroll@in.example", KEY).key != identify(other, "payroll@in.example", KEY).key


def test_carriage_returns_only() -> None:
    """Text with the line ends of old Macintoshes counts, too."""
    one, other = (EMAIL.replace(b"\n", b"\r").replace(b"days", word) for word in (b"days", b"hours"))
    assert identify(one, "payroll@in.example", KEY).key != identify(other, "payroll@in.example", KEY).key
    assert identify(one, "payroll@in.example", KEY) == identify(EMAIL, "payroll@in.example", KEY)


def test_carriage_return_in_text() -> None:
    """A carriage return that is not part of a line end is shown as one, so it counts; doubled line ends do not."""
    read = {end: identify(EMAIL.replace(b"days ", b"days" + end), "payroll@in.example", KEY) for end in _ENDS}
    assert read[b"\r"].key not in {read[end].key for end in (b"", b"\n")}
    assert read[b"\n"] == read[b"\r\n"] == read[b"\r\r\n"]


_ENDS = (b"", b"\r", b"\n", b"\r\n", b"\r\r\n")


def test_line_ends() -> None:
    """One or two carriage returns above each line feed are left out, and no other one: all short texts are tried."""
    for length in range(9):
        for characters in itertools.product((b"\r", b"\n", b"x"), repeat=length):
            text = b"".join(characters)
            assert plain_line_ends(text) == re.sub(rb"\r{1,2}\n", b"\n", text), text


def test_large_text() -> None:
    """Line ends do not count wherever they are in a large text, and every byte does."""
    for shift in range(3):
        large = EMAIL + b"x" * shift + b"\n" + b"0\n" * 700_000
        one = identify(large, "payroll@in.example", KEY)
        assert identify(large.replace(b"\n", b"\r\n"), "payroll@in.example", KEY) == one
        changed = large[:-100_000] + b"_" + large[1 - 100_000 :]
        assert identify(changed, "payroll@in.example", KEY).key != one.key


def test_8_bit_headers() -> None:
    """Raw 8-bit characters in headers count."""
    one, other = (EMAIL.replace(b"Leave", word) for word in (b"\xe4", b"\xf6"))
    assert identify(one, "payroll@in.example", KEY).key != identify(other, "payroll@in.example", KEY).key


def test_repeated_fields() -> None:
    """A second From, Date or Subject counts."""
    for field in (b"From: x@evil.example", b"Date: Tue, 24 Nov 2026 10:00:00 +0000", b"Subject: Pay"):
        twice = EMAIL.replace(b"To: ", field + b"\nTo: ")
        assert identify(twice, "payroll@in.example", KEY).key != identify(EMAIL, "payroll@in.example", KEY).key
    in_text, in_headers = EMAIL + b"more", EMAIL.replace(b"\n\n", b"\nSubject: more\n\n")
    assert identify(in_text, "payroll@in.example", KEY).key != identify(in_headers, "payroll@in.example", KEY).key
    bare = b"Message-ID: <1@a>\nSubject: Leave\nSubject:%b\n%b"
    one, other = bare % (b" a", b"\nb"), bare % (b"", b"\nsubject:a\nb")
    assert identify(one, "payroll@in.example", KEY).key != identify(other, "payroll@in.example", KEY).key
    folded, repeated = EMAIL.replace(b"Leave", b"Leave\n of"), EMAIL.replace(b"Leave", b"Leave\nSubject: of")
    assert identify(folded, "payroll@in.example", KEY).key != identify(repeated, "payroll@in.example", KEY).key


def test_message_id_as_parsed() -> None:
    """The thread key is that of the id by which a reply names the email."""
    for written in (b"<1@acme.example> (a comment)", b"\n <1@acme.example>", b"1@acme.example", b"<1@acme .example>"):
        read = identify(EMAIL.replace(b"<1@acme.example>", written), "payroll@in.example", KEY)
        assert read.thread_key == message_id_key("1@acme.example"), written


@settings(max_examples=500)
@given(email_pairs())
def test_generated_pairs(pair: tuple[bytes, bytes]) -> None:
    """Emails that show something else are never counted as the same, wherever their headers end."""
    check_identities(pair)


def test_without_message_id() -> None:
    """Without Message-ID the content decides; without Date, too, every object is an email of its own."""
    without_id = EMAIL.replace(b"Message-ID: <1@acme.example>\n", b"")
    assert identify(without_id, "a@in.example", "raw/x/1") == identify(without_id, "a@in.example", "raw/x/2")
    without_date = EMAIL.replace(b"Date: Mon, 23 Nov 2026 10:00:00 +0000\n", b"")
    assert identify(without_date, "a@in.example", "raw/x/1") == identify(without_date, "a@in.example", "raw/x/2")
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
