"""Each limit on structure and headers: its value, what is kept beyond it, and the defect that reports it."""

from __future__ import annotations

import hashlib

from email_channels.mail import limits
from email_channels.mail.parsing import parse_message

FROM = "From: kim@acme.example\n"


def test_header_bytes() -> None:
    line = "X-Filler: " + "x" * 90_000 + "\n"
    raw = FROM + line * (limits.MAX_HEADER_BYTES // len(line) + 2) + "Subject: Too far down\n\nHello\n"

    message = parse_message(raw.encode())

    assert "header section too long: the rest was not read" in message.defects
    assert (message.subject, message.text) == ("", "Hello\n")
    assert message.from_ is not None


def test_header_fields() -> None:
    raw = FROM + "X: y\n" * limits.MAX_HEADER_FIELDS + "Subject: Too far down\n\nHello\n"

    message = parse_message(raw.encode())

    assert "too many header fields: the rest was not read" in message.defects
    assert len(message.headers) == limits.MAX_HEADER_FIELDS
    assert (message.subject, message.text) == ("", "Hello\n")


def test_header_value() -> None:
    long = "word " * (limits.MAX_HEADER_VALUE // 5)

    within = parse_message(f"{FROM}Subject: {long[:-10]}\n\nHello\n".encode())
    beyond = parse_message(f"{FROM}Subject: {long}\n {long}\n\nHello\n".encode())

    assert within.defects == ("no Date",)
    assert "header field Subject cut" in beyond.defects
    assert len(beyond.subject) <= limits.MAX_HEADER_VALUE
    assert beyond.text == "Hello\n"


def test_encoded_words() -> None:
    words = " x ".join(["=?utf-8?Q?=C3=BC?="] * (limits.MAX_ENCODED_WORDS + 3))

    message = parse_message(f"Subject: {words}\n\n".encode())

    assert message.subject.count("ü") == limits.MAX_ENCODED_WORDS
    assert message.subject.count("=?utf-8?Q?=C3=BC?=") == 3  # kept undecoded
    assert "too many encoded words in Subject: the rest was not decoded" in message.defects


def test_addresses() -> None:
    each = ", ".join(f"a{number}@x.example" for number in range(limits.MAX_ADDRESSES // 2 + 1))

    message = parse_message(f"{FROM}To: {each}\nTo: {each}\n\nHello\n".encode())

    assert len(message.to) == limits.MAX_ADDRESSES
    assert "too many addresses in To: the rest was not read" in message.defects


def test_message_ids() -> None:
    ids = [f"{number}@x.example" for number in range(limits.MAX_MESSAGE_IDS + 50)]
    references = " ".join(f"<{identifier}>" for identifier in ids)

    message = parse_message(f"{FROM}References: {references}\n\nHello\n".encode())

    assert message.references == (ids[0], *ids[-limits.MAX_MESSAGE_IDS + 1 :])
    assert "too many ids in References: some were not read" in message.defects


def test_parameters() -> None:
    many = "".join(f"; p{number}=x" for number in range(limits.MAX_PARAMETERS))

    message = parse_message(f"{FROM}Content-Type: text/html{many}; charset=koi8-r\n\n<p>Hello\n".encode())

    assert message.html == "<p>Hello\n"
    assert "too many parameters in Content-Type: the rest was not read" in message.defects


def nested(depth: int) -> bytes:
    opened = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth))
    return f"{FROM}{opened}\nHello\n".encode()


def test_depth() -> None:
    within, beyond = parse_message(nested(limits.MAX_DEPTH)), parse_message(nested(limits.MAX_DEPTH + 1))

    assert within.text == "Hello\n"
    assert "nested too deeply: the rest became one attachment" not in within.defects
    assert "nested too deeply: the rest became one attachment" in beyond.defects
    assert b"Hello" in beyond.attachments[-1].content


def test_parts() -> None:
    part = "--b\nContent-Type: image/png\n\nx\n"
    head = f"{FROM}Content-Type: multipart/mixed; boundary=b\n\n"

    message = parse_message((head + part * (limits.MAX_PARTS + 10) + "--b\n\nthe last\n--b--\n").encode())

    assert "too many parts: the rest became one attachment" in message.defects
    assert len(message.attachments) <= limits.MAX_PARTS
    assert b"the last" in message.attachments[-1].content


def test_filename() -> None:
    name = "ü" * 400 + ".pdf"

    message = parse_message(f'{FROM}Content-Type: application/pdf; name="{name}"\n\nx'.encode())

    (file,) = message.attachments
    assert len(file.filename.encode()) <= limits.MAX_FILENAME_BYTES
    assert file.filename.startswith("üüü")
    assert file.filename.endswith("ü.pdf")


def test_uuencoded_files() -> None:
    files = "begin 644 a.txt\n#86)C\n`\nend\n" * (limits.MAX_UUENCODED + 1)

    message = parse_message(f"{FROM}\nHello\n{files}".encode())

    assert len(message.attachments) == limits.MAX_UUENCODED
    assert "begin 644" in (message.text or "")
    assert "too many uuencoded files in a text: the rest stays in the text" in message.defects


def test_containers() -> None:
    part = "--b\nContent-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\neJ8+IgAA\n"
    parts = part * (limits.MAX_UNWRAPPED + 1)

    message = parse_message(f"{FROM}Content-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n".encode())

    assert len(message.attachments) == limits.MAX_UNWRAPPED + 1
    assert "too many containers: the rest was not unpacked" in message.defects


def test_defects() -> None:
    part = "".join(f"--b\nContent-Type: text/plain; charset=none-{number}\n\n\xfc\n" for number in range(200))

    message = parse_message(f"{FROM}Content-Type: multipart/mixed; boundary=b\n\n{part}--b--\n".encode("latin-1"))

    assert len(message.defects) == limits.MAX_DEFECTS


def test_default_filenames() -> None:
    """An attachment without a name gets the same name each time."""
    raw = (
        f"{FROM}Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n"
        "--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0K\n"
        "--b\nContent-Type: application/x-unknown\n\nx\n"
        "--b\nContent-Type: message/rfc822\n\nSubject: a/b: c\n\nInner\n--b--\n"
    ).encode()

    first, second = parse_message(raw).attachments, parse_message(raw).attachments

    assert [file.filename for file in first] == ["attachment-1.png", "attachment-2.bin", "a b c.eml"]
    assert first == second
    assert first[0].sha256 == hashlib.sha256(b"\x89PNG\r\n").hexdigest()
    assert first[0].size == 6
