"""The limits on the body of a message. What exceeds them becomes an attachment."""

from __future__ import annotations

import hashlib

from email_channels.mail.limits import MAX_BODY_BYTES, MAX_UUENCODED
from email_channels.mail.parsing import parse_message

LINE = "Grüße \U0001f600 an alle.\n".encode()
LONG = LINE * (MAX_BODY_BYTES // len(LINE) + 1000)


def part(kind: str, body: bytes) -> bytes:
    return b"--b\nContent-Type: " + kind.encode() + b"; charset=utf-8\n\n" + body + b"\n"


def multipart(subtype: str, *parts: bytes) -> bytes:
    return b"Content-Type: multipart/" + subtype.encode() + b"; boundary=b\n\n" + b"".join(parts) + b"--b--\n"


def test_long_text() -> None:
    """A long text is cut after a complete line, and the whole text is attached."""
    message = parse_message(b"Content-Type: text/plain; charset=utf-8\n\n" + LONG)

    assert message.text is not None
    size = len(message.text.encode())
    assert MAX_BODY_BYTES - len(LINE) <= size <= MAX_BODY_BYTES
    assert message.text.encode() == LONG[:size]
    assert message.text.endswith("alle.\n")
    (whole,) = message.attachments
    assert (whole.filename, whole.content_type, whole.size) == ("body.txt", "text/plain", len(LONG))
    assert whole.sha256 == hashlib.sha256(LONG).hexdigest()
    assert any("body too long" in defect for defect in message.defects)


def test_long_line() -> None:
    """A text without line ends is cut between two characters."""
    message = parse_message(b"Content-Type: text/plain; charset=utf-8\n\n" + "ab\U0001f600".encode() * MAX_BODY_BYTES)

    assert message.text is not None
    assert "\ufffd" not in message.text
    assert len(message.text.encode()) > MAX_BODY_BYTES - 8


def test_long_html() -> None:
    """A long HTML body is cut, and the text is not."""
    html = b"<p>Hello</p>\n" * (MAX_BODY_BYTES // 13 + 10)
    message = parse_message(multipart("alternative", part("text/plain", b"Hello"), part("text/html", html)))

    assert message.text == "Hello"
    assert message.html is not None
    assert message.html.endswith(">")
    assert [file.filename for file in message.attachments] == ["body.html"]


def test_total() -> None:
    """One limit holds for all parts together."""
    third = LONG[: MAX_BODY_BYTES // 3 // len(LINE) * len(LINE)]
    message = parse_message(multipart("mixed", *(part("text/plain", third) for _ in range(6))))

    assert message.text is not None
    assert len(message.text.encode()) <= MAX_BODY_BYTES + 6
    names = [file.filename for file in message.attachments]
    assert names == ["body.txt", "body-2.txt", "body-3.txt"]


def test_long_inline_file() -> None:
    """A long text file that is sent inline is shown up to the limit, and attached once."""
    file = b"--b\nContent-Type: text/plain; charset=utf-8\nContent-Disposition: inline; filename=export.log\n\n" + LONG
    message = parse_message(multipart("mixed", part("text/plain", b"See the log."), file + b"\n"))

    assert message.text is not None
    assert message.text.startswith("See the log.\nGrüße")
    assert len(message.text.encode()) <= MAX_BODY_BYTES + 1
    assert [(one.filename, one.size) for one in message.attachments] == [("export.log", len(LONG))]


def test_binary_inline_file() -> None:
    """A file that only claims to be text is not shown."""
    file = b"--b\nContent-Type: text/plain\nContent-Disposition: inline; filename=a.bin\n\nPK\x03\x04\x00\x01\n"
    message = parse_message(multipart("mixed", part("text/plain", b"See the file."), file))

    assert message.text == "See the file."
    assert [one.filename for one in message.attachments] == ["a.bin"]


def test_uuencoded_files() -> None:
    """The number of uuencoded files that are unpacked is limited."""
    file = b"begin 644 a.txt\n#0V%T\n`\nend\n"
    message = parse_message(b"Subject: x\n\nSee\n" + file * (MAX_UUENCODED + 50))

    assert len(message.attachments) == MAX_UUENCODED
    assert message.text is not None
    assert message.text.startswith("See\nbegin 644")


def test_long_header_section() -> None:
    """A very long header section is not taken as the body."""
    message = parse_message(b"Subject: x\n" + b"X-Note: some words\n" * 200_000 + b"\nHello\n")

    assert message.text == "Hello\n"
