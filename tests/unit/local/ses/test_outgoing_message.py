"""What SES changes in a message that it sends, and which messages it refuses."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from local.ses.errors import SesError
from local.ses.outgoing_message import MOST_BYTES, decoded, read_outgoing

AT = datetime(2026, 11, 23, 18, 57, 19, tzinfo=UTC)


def with_attachment(filename: str, content: bytes = b"x") -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = "service@acme-cases.example"
    message.set_content("See there.")
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename=filename)
    return message


def test_received_message() -> None:
    """The recipient gets the ids and dates of SES, and no Bcc field."""
    raw = (
        b"From: Acme <service@acme-cases.example>\n"
        b"To: jane.doe@acme.example\n"
        b"bcc: boss@acme.example,\n other@acme.example\n"
        b"Message-ID: <own@acme.example>\n"
        b"date: Mon, 01 Jan 2024 00:00:00 +0000\n"
        b"Subject: A subject\n  in two lines\n"
        b"References: <1@acme.example>\n"
        b"X-SES-CONFIGURATION-SET: mail\n"
        b"X-SES-MESSAGE-TAGS: kind=ad_hoc\n"
        b"\n"
        b"Hello\n.\n\xff\n"
    )
    lines = read_outgoing(raw).as_delivered("0102-id-000000", "eu-west-1", AT).split(b"\r\n")
    assert lines[0] == b"Return-Path: <0102-id-000000@eu-west-1.amazonses.com>"
    assert lines[1].startswith(b"DKIM-Signature: ")
    assert lines[6:13] == [
        b"From: Acme <service@acme-cases.example>",
        b"To: jane.doe@acme.example",
        b"Subject: A subject",
        b"  in two lines",
        b"References: <1@acme.example>",
        b"Message-ID: <0102-id-000000@eu-west-1.amazonses.com>",
        b"Date: Mon, 23 Nov 2026 18:57:19 +0000",
    ]
    assert [line.split(b":")[0] for line in lines[13:15]] == [b"Feedback-ID", b"X-SES-Outgoing"]
    assert lines[15:] == [b"", b"Hello", b".", b"\xff", b""]


def test_message_id_domain() -> None:
    """The first region of SES has its own domain in Message-IDs."""
    delivered = read_outgoing(b"From: a@b.example\r\n\r\n").as_delivered("0100-id-000000", "us-east-1", AT)
    assert b"\r\nMessage-ID: <0100-id-000000@email.amazonses.com>\r\n" in delivered


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "Missing required header 'From'."),
        (b"Subject: x\r\n\r\nFrom: a@b.example", "Missing required header 'From'."),
        (b"From: a@b.example\r\nno field\r\n\r\n", "Header has a line that is not a header field."),
        (b"From: a@b.example\r\nBad name: x\r\n\r\n", "Header has a line that is not a header field."),
        (b"From: a@b.example\r\nSubject: x\r\nSUBJECT: y\r\n\r\n", "Duplicate header 'subject'."),
        (
            "From: Jörg <a@b.example>\r\n\r\n".encode(),
            "Header fields must be 7-bit ASCII; encode others as RFC 2047 says.",
        ),
        (b"From: a@b.example\r\n\r\n" + b"x" * 999, "Message has a line longer than 998 characters."),
        (b"From: a@b.example\r\nSubject: " + b"x" * 999, "Message has a line longer than 998 characters."),
        (b"x" * (MOST_BYTES + 1), "Message length is more than 41943040 bytes long: '41943041'."),
    ],
)
def test_refused(raw: bytes, why: str) -> None:
    with pytest.raises(SesError) as refusal:
        read_outgoing(raw)
    assert (refusal.value.code, refusal.value.status, refusal.value.message) == ("BadRequestException", 400, why)


def test_longest_line() -> None:
    """Lines of 998 characters are accepted."""
    assert read_outgoing(b"From: a@b.example\r\n\r\n" + b"x" * 998 + b"\r\n").body == b"x" * 998 + b"\r\n"


@pytest.mark.parametrize("filename", ["setup.exe", "RUN.BAT", "a.tar.js", "größe.vbs", "x.exe "])
def test_refused_attachment(filename: str) -> None:
    with pytest.raises(SesError, match="Illegal filename"):
        read_outgoing(with_attachment(filename).as_bytes())


@pytest.mark.parametrize("filename", ["payslip.pdf", "exe", "exe.txt", "größe.docx"])
def test_accepted_attachment(filename: str) -> None:
    assert not read_outgoing(with_attachment(filename).as_bytes()).infected


def test_attached_message() -> None:
    """The attachments of an attached message are checked, too."""
    outer = EmailMessage(policy=SMTP)
    outer["From"] = "service@acme-cases.example"
    outer.set_content("The original is attached.")
    outer.add_attachment(with_attachment("setup.exe"))
    with pytest.raises(SesError, match=r"attachments of the type \.exe are not accepted"):
        read_outgoing(outer.as_bytes())


def test_virus() -> None:
    """The standard test virus is found."""
    signature = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    assert read_outgoing(with_attachment("payslip.pdf", signature).as_bytes()).infected


def test_decoded_fields() -> None:
    """Encoded words are decoded."""
    message = read_outgoing(
        b"From: Acme <service@acme-cases.example>\r\nSubject: =?utf-8?q?=C3=9Cber?=\r\n =?utf-8?q?stunden?=\r\n"
        b"To: Jane <jane.doe@acme.example>,\r\n boss@acme.example\r\nCc: undisclosed-recipients:;\r\n\r\n"
    )
    assert message.subject() == "Überstunden"
    assert message.addresses("To") == ["jane.doe@acme.example", "boss@acme.example"]
    assert message.addresses("Cc") == message.addresses("Bcc") == []
    assert message.value("Reply-To") == ""


@pytest.mark.parametrize("value", ["=?nonsense?q?x?=", "=?utf-8?b?a?=", "plain"])
def test_broken_encoded_word(value: str) -> None:
    """A broken encoded word stays unchanged."""
    assert decoded(value) == value
