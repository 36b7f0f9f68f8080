"""The header of an attachment: file names that Outlook and other programs show, and the transfer encoding."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from email_channels.mail.message import Address
from email_channels.mail.parsing import parse_message
from email_channels.outbound.composing import OutgoingEmail, compose
from email_channels.outbound.mime_parts import AttachedEmail, AttachedFile, attachment_part
from hypothesis import given, settings
from hypothesis import strategies as st

FILE = AttachedFile("payslip.pdf", "application/pdf", b"%PDF")
MAIL = AttachedEmail("original.eml", b"Subject: Hello\r\n\r\nx\r\n")


def head(attachment: AttachedFile | AttachedEmail) -> str:
    return b"".join(attachment_part(attachment)).partition(b"\r\n\r\n")[0].decode("ascii")


def test_file() -> None:
    """Outlook shows names that are quoted, in both fields."""
    assert head(FILE) == (
        'Content-Type: application/pdf;\r\n name="payslip.pdf"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        'Content-Disposition: attachment;\r\n filename="payslip.pdf"'
    )
    assert head(MAIL) == (
        'Content-Type: message/rfc822;\r\n name="original.eml"\r\n'
        'Content-Disposition: attachment;\r\n filename="original.eml"\r\n'
        "Content-Transfer-Encoding: 7bit"
    )


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("days 2026 (new).pdf", ['filename="days 2026 (new).pdf"']),
        ("a;b, c=d's 100%.pdf", ['filename="a;b, c=d\'s 100%.pdf"']),
        ("x" * 200 + ".pdf", ['filename="' + "x" * 200 + '.pdf"']),
        ("Übersicht.csv", ["filename*=utf-8''%C3%9Cbersicht.csv", 'filename="Ubersicht.csv"']),
        ("a\u0301.csv", ["filename*=utf-8''a%CC%81.csv", 'filename="a.csv"']),
        ("給与.pdf", ["filename*=utf-8''%E7%B5%A6%E4%B8%8E.pdf", 'filename="__.pdf"']),
        # A quote would end the name, and a backslash is read in different ways.
        ('the "new".pdf', ["filename*=utf-8''the%20%22new%22.pdf", 'filename="the _new_.pdf"']),
        ("a\\b.pdf", ["filename*=utf-8''a%5Cb.pdf", 'filename="a_b.pdf"']),
        ('x"; name="y.exe', ["filename*=utf-8''x%22%3B%20name%3D%22y.exe", 'filename="x_; name=_y.exe"']),
        (
            "ü" * 20 + ".csv",
            [
                "filename*0*=utf-8''" + "%C3%BC" * 7,
                "filename*1*=" + "%C3%BC" * 9,
                "filename*2*=" + "%C3%BC" * 4 + ".csv",
                'filename="' + "u" * 20 + '.csv"',
            ],
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("attachment", [FILE, MAIL], ids=["file", "email"])
def test_names(attachment: AttachedFile | AttachedEmail, name: str, parameters: list[str]) -> None:
    named = type(attachment)(
        **{field: getattr(attachment, field) for field in attachment.__slots__} | {"filename": name}
    )
    fields = head(named).replace("\r\n ", " ").split("\r\n")
    [disposition] = [field for field in fields if field.startswith("Content-Disposition: ")]
    assert disposition == "; ".join(["Content-Disposition: attachment", *parameters])
    [content_type] = [field for field in fields if field.startswith("Content-Type: ")]
    assert content_type.endswith("; " + parameters[-1].replace("filename=", "name=", 1))
    assert [part.get_filename() for part in read(named).iter_attachments()] == [name]


@settings(max_examples=100)
@given(st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=255))
def test_any_name(name: str) -> None:
    """Every name is read back, and no line is longer than SES takes."""
    file = AttachedFile(f"a{name}b".encode()[:255].decode("utf-8", "ignore"), "x/y", b"")
    assert max(map(len, head(file).split("\r\n"))) <= 998
    assert [part.get_filename() for part in read(file).iter_attachments()] == [file.filename]


@pytest.mark.parametrize(
    ("original", "encoding"),
    [
        (b"Subject: a\r\n\r\nb\r\n", "7bit"),
        ("Subject: a\r\n\r\nü\r\n".encode(), "8bit"),
        (b"Subject: \xfc\r\n\r\nb\r\n", "8bit"),
        (b"Subject: a\r\n\r\n\x00\r\n", "base64"),
        (b"Subject: a\r\n\r\n" + b"x" * 999, "base64"),
    ],
)
def test_transfer_encoding(original: bytes, encoding: str) -> None:
    """Without it, an original with 8-bit characters would be read as 7bit, and broken on the way."""
    part = head(AttachedEmail("original.eml", original))
    assert [line for line in part.split("\r\n") if line.startswith("Content-Transfer-Encoding")] == [
        f"Content-Transfer-Encoding: {encoding}"
    ]
    [attached] = parse_message(message(AttachedEmail("original.eml", original))).attachments
    assert (attached.filename, attached.content) == ("original.eml", original)


def message(attachment: AttachedFile | AttachedEmail) -> bytes:
    address = Address("", "a@acme.example")
    return compose(OutgoingEmail(address, (address,), "Hello", "Hello", attachments=(attachment,)))


def read(attachment: AttachedFile | AttachedEmail) -> EmailMessage:
    got = message_from_bytes(message(attachment), policy=default)
    assert isinstance(got, EmailMessage)
    return got
