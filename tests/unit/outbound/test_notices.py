"""The exact bytes of notifications and digests."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

import pytest
from email_channels.cases.channels import Channel
from email_channels.cases.history import Content
from email_channels.cases.reasons import ADVICE, Reason
from email_channels.cases.trace import RuleResult, RuleVerdict
from email_channels.cases.unprocessed import Unprocessed
from email_channels.mail.message import Address
from email_channels.mail.parsing import parse_message
from email_channels.outbound.automatic_recipients import can_receive_notices
from email_channels.outbound.console_links import ConsoleLinks
from email_channels.outbound.notices import digest, error_notification
from hypothesis import given, settings

from tests.support.blank_records import AT, email_of_jo
from tests.support.generated.notices import Hostile, check_notices, hostile_senders

FROM = Address("Email Channels", "cases@acme.example")
ADMINS = ["one@acme.example", "two@acme.example"]
MARK = "notification 7K3F92QDX0 abcdef"
LINKS = ConsoleLinks("https://api.example/")
LINK = "https://api.example/#/unprocessed/7K3F92QDX0"

EMAIL = email_of_jo(preview="Hello", raw_key="raw/case_creation/abc")
ITEM = Unprocessed(
    id="7K3F92QDX0",
    channel=Channel.CASE_CREATION,
    mailbox="payroll@acme.example",
    reason=Reason.SENDER_NOT_FOUND,
    received_at=AT,
    envelope_sender="jo@elsewhere.example",
    automatic=False,
    email=EMAIL,
)
ORIGINAL = b"From: jo@elsewhere.example\r\nSubject: =?utf-8?q?=C3=9Crlaub?=\r\n\r\nHello\r\n.\r\n--x\r\n"


def notification(item: Unprocessed = ITEM, original: bytes | None = ORIGINAL, link: str | None = LINK) -> bytes:
    return error_notification(
        item,
        from_=FROM,
        to=ADMINS,
        original=original,
        no_original="The original is too large.",
        link=link,
        purge_after=AT + timedelta(days=30),
        loop_mark=MARK,
    )


def parsed(message: bytes) -> EmailMessage:
    return message_from_bytes(message, policy=default)


def body_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    return str(body.get_content())


def headers_of(message: EmailMessage) -> dict[str, str]:
    """All header fields except those of MIME, as a mail program reads them. No field may occur twice."""
    fields = [(name, " ".join(str(value).split())) for name, value in message.items()]
    assert len(dict(fields)) == len(fields)
    return {name: value for name, value in fields if not name.startswith(("Content-", "MIME-"))}


def lines_of(message: EmailMessage) -> list[str]:
    return body_of(message).splitlines()


def test_whole_notification() -> None:
    message = parsed(notification())
    assert headers_of(message) == {
        "From": "Email Channels <cases@acme.example>",
        "To": "one@acme.example, two@acme.example",
        "Subject": "No case made (sender not found): Ürlaub",
        "References": "<notification.7K3F92QDX0.abcdef@acme.example>",
        "X-Email-Channels": MARK,
        "X-Auto-Response-Suppress": "All",
        "Auto-Submitted": "auto-generated",
    }
    advice = ADVICE[Reason.SENDER_NOT_FOUND]
    assert lines_of(message) == [
        "An email did not become a case.",
        "",
        f"Why: {advice.explanation} (sender_not_found)",
        f"What to do: {advice.what_to_do}",
        "",
        "From: Jo Döe <jo@elsewhere.example>",
        "To: payroll@acme.example",
        "Subject: Ürlaub",
        "Received: 23 November 2026, 10:00 UTC",
        "Channel: case creation",
        "Id: 7K3F92QDX0",
        "",
        f"Where to look: {LINK}",
        "The original is attached.",
        "It will be deleted after 23 December 2026 unless you put it on hold.",
    ]
    assert [part.get_content_type() for part in message.walk()][:3] == [
        "multipart/mixed",
        "text/plain",
        "message/rfc822",
    ]
    attached = message.get_payload(1)
    assert isinstance(attached, EmailMessage)
    assert {name: str(value) for name, value in attached.items()} == {
        "Content-Type": 'message/rfc822; name="original.eml"',
        "Content-Disposition": 'attachment; filename="original.eml"',
        "Content-Transfer-Encoding": "7bit",
    }


def test_whole_digest() -> None:
    items = [ITEM, replace(ITEM, id="7K3F92QDX1", reason=Reason.SPAM), replace(ITEM, id="7K3F92QDX2", mailbox=None)]
    message = parsed(
        digest(
            items, from_=FROM, to=ADMINS, link=LINKS.unprocessed, purge_after=AT + timedelta(days=30), loop_mark=MARK
        )
    )
    assert headers_of(message) == {
        "From": "Email Channels <cases@acme.example>",
        "To": "one@acme.example, two@acme.example",
        "Subject": "No case made of 3 emails",
        "References": "<notification.7K3F92QDX0.abcdef@acme.example>",
        "X-Email-Channels": MARK,
        "X-Auto-Response-Suppress": "All",
        "Auto-Submitted": "auto-generated",
    }
    assert message.get_content_type() == "text/plain"
    row = "23 November 2026, 10:00 UTC: Jo Döe <jo@elsewhere.example> to"
    assert lines_of(message) == [
        "3 emails did not become cases. There were too many to notify you about each of them separately.",
        "",
        f"2 x sender not found: {ADVICE[Reason.SENDER_NOT_FOUND].explanation}",
        f"What to do: {ADVICE[Reason.SENDER_NOT_FOUND].what_to_do}",
        f"- {row} payroll@acme.example: Ürlaub",
        "  https://api.example/#/unprocessed/7K3F92QDX0",
        f"- {row} (no mailbox): Ürlaub",
        "  https://api.example/#/unprocessed/7K3F92QDX2",
        "",
        f"1 x spam: {ADVICE[Reason.SPAM].explanation}",
        f"What to do: {ADVICE[Reason.SPAM].what_to_do}",
        f"- {row} payroll@acme.example: Ürlaub",
        "  https://api.example/#/unprocessed/7K3F92QDX1",
        "",
        "They will be deleted after 23 December 2026 unless you put them on hold.",
    ]


@given(hostile_senders())
@settings(max_examples=300)
def test_hostile_senders(hostile: Hostile) -> None:
    """Whatever stands in From, all notices can be written. `make fuzz` tries more."""
    check_notices(hostile)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\x0b", "\x0c", "\x85", "\u2028"])
def test_forged_lines(end: str) -> None:
    """An address cannot add a line to a notice, such as one that says what to do. Some servers pass bare returns on."""
    raw = f'From: "a{end}What to do: log in at https://evil.example"@elsewhere.example\r\n\r\nHello\r\n'
    sender = parse_message(raw.encode()).from_
    written = Address("", f'"a{end}What to do: log in at https://evil.example"@elsewhere.example')
    for address in (sender, written) if sender else (written,):
        email = replace(EMAIL, from_=address, to=(address,))
        item = replace(ITEM, email=email, mailbox=None)
        listed = replace(ITEM, email=email, mailbox=address.address)
        notices = (notification(item), digested([item, listed]))
        for body in map(body_of, map(parsed, notices)):
            lines = re.split("[\r\n\x0b\x0c\x85\u2028]", body)
            assert len([line for line in lines if line.startswith("What to do")]) == 1


def digested(items: list[Unprocessed]) -> bytes:
    return digest(items, from_=FROM, to=ADMINS, link=LINKS.unprocessed, purge_after=AT, loop_mark=MARK)


@pytest.mark.parametrize(
    "address",
    [
        '"',
        '"a b"@elsewhere.example',
        '"jo"@elsewhere.example',
        "jo doe@elsewhere.example",
        "jö@elsewhere.example",
        *(f"{letter}@elsewhere.example" for letter in "\u0130\u0131\u017f\u212a"),
        "jo",
        "@elsewhere.example",
        "jo@",
        "jo@elsewhere",
        "jo@[127.0.0.1]",
        "jo..doe@elsewhere.example",
        ".jo@elsewhere.example",
        "jo@elsewhere..example",
        "jo@-elsewhere.example",
        "jo@else_where.example",
        "a@b@elsewhere.example",
        "",
        f"{'x' * 65}@elsewhere.example",
        f"jo@{'x' * 64}.example",
        f"jo@{'.'.join(['x' * 60] * 5)}.example",
        "jo@elsewhere.example\r\nBcc: a@b.example",
    ],
)
def test_cannot_receive_notices(address: str) -> None:
    """SES refuses a whole email because of one such address."""
    assert not can_receive_notices(address)


@pytest.mark.parametrize("address", ["jo@elsewhere.example", "o'neil+a.b@mail.Elsewhere.example", "jo@bücher.example"])
def test_can_receive_notices(address: str) -> None:
    assert can_receive_notices(address)


@pytest.mark.parametrize(
    "original", [None, ORIGINAL, b"Subject: caf\xe9\r\n\r\n\xff\r\n", b"Subject: nul\r\n\r\n\0\r\n"]
)
def test_header_limits(original: bytes | None) -> None:
    """Whatever strangers wrote, the header is ASCII, and its lines end with CRLF and have at most 998 bytes."""
    long = "<" + "x" * 300 + "@elsewhere.example>"
    email = replace(EMAIL, subject=f"=?utf-8?q?x?= {long * 3} ü\n\u2028", from_=Address("=?x?= Ü" * 99, "a,b c@x"))
    raw = notification(replace(ITEM, email=email), original=original)
    head = raw.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert "=?utf-8?q?x?= <xxx" in parsed(raw)["Subject"]


def test_notification() -> None:
    """A notification has the reason, the advice, the sender, the time and the link."""
    message = parsed(notification())
    assert message["From"] == "Email Channels <cases@acme.example>"
    assert message["To"] == "one@acme.example, two@acme.example"
    assert message["Cc"] is None
    assert message["Subject"] == "No case made (sender not found): Ürlaub"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["X-Email-Channels"] == MARK
    body = body_of(message)
    for said in (
        ADVICE[Reason.SENDER_NOT_FOUND].explanation,
        ADVICE[Reason.SENDER_NOT_FOUND].what_to_do,
        "From: Jo Döe <jo@elsewhere.example>",
        "To: payroll@acme.example",
        "Subject: Ürlaub",
        "Received: 23 November 2026, 10:00 UTC",
        f"Where to look: {LINK}",
        "The original is attached.",
        "deleted after 23 December 2026",
    ):
        assert said in body


def test_attached_original() -> None:
    """The original is attached byte for byte."""
    raw = notification()
    assert raw.count(ORIGINAL) == 1
    (attached,) = [part for part in parsed(raw).walk() if part.get_content_type() == "message/rfc822"]
    assert attached.get_filename() == "original.eml"
    inner = cast("EmailMessage", attached.get_payload(0))
    assert inner["Subject"] == "Ürlaub"


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize(
    ("original", "encoding"), [(b"Subject: a\r\n\r\nb", "7bit"), (b"Subject: a\r\n\r\n\xfc", "8bit")]
)
def test_transfer_encoding_of_the_original(channel: Channel, original: bytes, encoding: str) -> None:
    """In both channels: 8-bit characters are declared, or they would be read as 7bit."""
    message = parsed(notification(replace(ITEM, channel=channel), original=original))
    (attached,) = [part for part in message.walk() if part.get_content_type() == "message/rfc822"]
    assert attached["Content-Transfer-Encoding"] == encoding


@pytest.mark.parametrize(
    "original",
    [
        b"Subject: long\r\n\r\n" + b"x" * 999 + b"\r\n",
        b"Subject: nul\r\n\r\n\0\r\n",
        b"Subject: bare carriage returns\r\n\r\nx\ry\r\n",
    ],
)
def test_original_as_file(original: bytes) -> None:
    """An original that an email cannot carry unchanged is attached as a file."""
    message = parsed(notification(original=original))
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "original.eml"
    assert attached.get_content() == original
    assert all(len(line) <= 998 for line in notification(original=original).split(b"\r\n"))


def test_bare_line_feeds() -> None:
    """Bare line feeds become line ends."""
    message = parsed(notification(original=b"Subject: unix\n\nHello\n"))
    (attached,) = [part for part in message.walk() if part.get_content_type() == "message/rfc822"]
    assert cast("EmailMessage", attached.get_payload(0))["Subject"] == "unix"


def test_no_console() -> None:
    """Without the console there is no link: the id says which email is meant."""
    assert "Where to look: unprocessed email 7K3F92QDX0" in lines_of(parsed(notification(link=None)))
    message = digest([ITEM], from_=FROM, to=ADMINS, link=ConsoleLinks(None).unprocessed, purge_after=AT, loop_mark=MARK)
    assert "  unprocessed email 7K3F92QDX0" in lines_of(parsed(message))
    assert b"http" not in message


def test_no_original() -> None:
    """The text says why the original is not attached."""
    assert "The original is too large." in lines_of(parsed(notification(original=None)))


def test_header_injection() -> None:
    """Hostile subjects and names cannot add headers."""
    email = replace(
        EMAIL,
        subject="x\r\nBcc: victim@acme.example\r\n\r\nbody" + "y" * 5000,
        from_=Address("a\nTo: b", "jo@x.example"),
    )
    message = parsed(notification(replace(ITEM, email=email)))
    assert message["Bcc"] is None
    assert message["To"] == "one@acme.example, two@acme.example"
    assert len(message["Subject"]) < 220
    surrogates = parsed(notification(replace(ITEM, email=replace(EMAIL, subject="bad \udcff byte"))))
    assert "bad" in surrogates["Subject"]


@pytest.mark.parametrize("reason", Reason)
def test_reasons(reason: Reason) -> None:
    """Every reason has an explanation and advice."""
    body = body_of(parsed(notification(replace(ITEM, reason=reason))))
    assert ADVICE[reason].explanation in body
    assert f"({reason.value})" in body


def test_named_employees() -> None:
    """If several employees have the sender's address, the notification names them: an admin must choose one."""
    two = [{"user_id": "1", "name": "Zoë Hartmann"}, {"user_id": "2", "name": "Jo\nHartmann"}]
    trace = (RuleResult("employee", RuleVerdict.STOP, "", {"by": "From address", "employees": two, "count": 3}),)
    email = replace(EMAIL, content=Content("Hello", None, trace=trace))
    item = replace(ITEM, reason=Reason.SENDER_MISMATCH, email=email)
    explanation = ADVICE[Reason.SENDER_MISMATCH].explanation
    assert lines_of(parsed(notification(item)))[2] == (
        f"Why: {explanation} They are: Zoë Hartmann (1), Jo Hartmann (2), and 1 more. (sender_mismatch)"
    )
    without_trace = notification(replace(item, email=EMAIL))
    assert lines_of(parsed(without_trace))[2] == f"Why: {explanation} (sender_mismatch)"


def test_digest() -> None:
    """A digest names every email."""
    items = [replace(ITEM, id=f"{n:010d}", reason=reason) for n, reason in enumerate([*Reason] * 5)]
    message = parsed(
        digest(
            items,
            from_=FROM,
            to=ADMINS,
            link=LINKS.unprocessed,
            purge_after=AT + timedelta(days=30),
            loop_mark="x",
        )
    )
    assert message["Subject"] == f"No case made of {len(items)} emails"
    body = body_of(message)
    assert all(item.id in body for item in items)
    assert f"5 x {Reason.SPAM.value}" in body
    with pytest.raises(ValueError, match="1 to 1000"):
        digest([], from_=FROM, to=ADMINS, link=LINKS.unprocessed, purge_after=AT, loop_mark="x")
