"""The bytes of an agent's email, and what a mail program reads from them."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from typing import cast

import pytest
from email_channels.cases.outgoing import CONTROL
from email_channels.mail.message import Address
from email_channels.mail.parsing import parse_message
from email_channels.outbound.composing import OutgoingEmail, compose
from email_channels.outbound.header_fields import is_writable, thread_references
from email_channels.outbound.mime_parts import AttachedFile, encoded_size
from hypothesis import given, settings
from hypothesis import strategies as st

EMAIL = OutgoingEmail(
    from_=Address("Acme Service Centre", "service@acme.example"),
    reply_to="answers+7k3f92qdx0-h4q9w2@acme.example",
    to=(Address("Zoe Hartmann", "zoe@acme.example"), Address("", "payroll@elsewhere.example")),
    cc=(Address("Webb, Marcus", "marcus@acme.example"),),
    subject="Your payslip [#7K3F92QDX0-h4q9w2]",
    text="Dear Zoe,\n\nhere it is.\n",
    html=None,
    loop_mark="ad_hoc 7K3F92QDX0 abcdef",
)


def read(message: bytes) -> EmailMessage:
    return message_from_bytes(message, policy=default)


def test_plain_answer() -> None:
    """A plain answer, byte for byte."""
    answer = replace(EMAIL, in_reply_to="q1@mail.example", references=("q0@mail.example", "q1@mail.example"))
    assert compose(answer) == (
        b"From: Acme Service Centre <service@acme.example>\r\n"
        b"Reply-To: answers+7k3f92qdx0-h4q9w2@acme.example\r\n"
        b"To: Zoe Hartmann <zoe@acme.example>, payroll@elsewhere.example\r\n"
        b'Cc: "Webb, Marcus" <marcus@acme.example>\r\n'
        b"Subject: Your payslip [#7K3F92QDX0-h4q9w2]\r\n"
        b"In-Reply-To: <q1@mail.example>\r\n"
        b"References: <q0@mail.example> <q1@mail.example>\r\n"
        b"X-Email-Channels: ad_hoc 7K3F92QDX0 abcdef\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n"
        b"\r\n"
        b"Dear Zoe,\r\n"
        b"\r\n"
        b"here it is.\r\n"
    )


def test_text_html_and_files() -> None:
    files = (
        AttachedFile("payslip.pdf", "application/pdf", b"%PDF-1.7\r\n\x00\xff" * 1000),
        AttachedFile('Übersicht 2026 (neu); "endgültig".csv', "text/csv", "a;b\nü;ß\n".encode("latin-1")),
        AttachedFile("empty.txt", "text/plain", b""),
    )
    message = compose(replace(EMAIL, html="<p>Dear Zoë</p>", text="Dear Zoë\n", attachments=files))
    got = read(message)
    assert [part.get_content_type() for part in got.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
        "text/csv",
        "text/plain",
    ]
    bodies = [got.get_body([kind]) for kind in ("plain", "html")]
    assert [body.get_content() if body else None for body in bodies] == ["Dear Zoë\r\n", "<p>Dear Zoë</p>"]
    attached = list(got.iter_attachments())
    assert [part.get_filename() for part in attached] == [file.filename for file in files]
    assert [part.get_payload(decode=True) for part in attached] == [file.content for file in files]
    assert [part["Content-Disposition"].content_disposition for part in attached] == ["attachment"] * 3


def test_parsed_again() -> None:
    """Our own parser reads the email back."""
    files = (AttachedFile("Übersicht 2026.csv", "text/csv", b"a;b"),)
    message = compose(replace(EMAIL, html="<p>hi</p>", attachments=files, subject="Ürlaub für Zoë " * 8 + "!"))
    parsed = parse_message(message)
    assert (parsed.from_, parsed.to, parsed.cc) == (EMAIL.from_, EMAIL.to, EMAIL.cc)
    assert parsed.subject == "Ürlaub für Zoë " * 8 + "!"
    assert parsed.text is not None
    assert parsed.text.splitlines() == EMAIL.text.splitlines()
    assert [(row.filename, row.content) for row in parsed.attachments] == [("Übersicht 2026.csv", b"a;b")]


def test_line_length() -> None:
    """No line is longer than RFC 5322 and RFC 2047 allow."""
    to = tuple(Address("Doe, Jöhn " * 15, f"{'x' * 64}@{'a' * 60}.example{n}.example") for n in range(50))
    message = compose(
        replace(
            EMAIL,
            to=to,
            subject="é" * 500,
            text="x" * 5000 + "ü" * 5000,
            html="<b>" + "ü" * 5000,
            attachments=(AttachedFile("ü" * 120, "x/y", b"y" * 100),),
            in_reply_to="a" * 900,
            references=("b" * 900,),
        )
    )
    assert max(map(len, message.split(b"\r\n"))) <= 998
    assert message.isascii()
    assert b"\n" not in message.replace(b"\r\n", b"")
    # A line with encoded words has at most 76 characters (RFC 2047, section 2).
    head = message.partition(b"\r\nIn-Reply-To")[0]
    assert max(len(line) for line in head.split(b"\r\n") if b"=?" in line) <= 76 + len("Subject: ")
    assert [address.address for address in parse_message(message).to] == [address.address for address in to]


def test_names_with_commas() -> None:
    """Each name stays one recipient. Python's own generator unquotes such names when it folds them."""
    to = tuple(Address(f'Doe, John "{n}" \\ (x)', f"john{n}@acme.example") for n in range(20))
    assert parse_message(compose(replace(EMAIL, to=to))).to == to


def test_long_message_ids() -> None:
    """Ids of Exchange fill a line. Python's own generator encodes longer ones."""
    long = "AM6PR04MB47" + "0" * 60 + "@AM6PR04MB4721.eurprd04.prod.outlook.com"
    message = compose(replace(EMAIL, in_reply_to=long, references=("first@x.example", long)))
    assert f"In-Reply-To: <{long}>\r\n".encode() in message
    assert f"References: <first@x.example>\r\n <{long}>\r\n".encode() in message


def test_absent_fields() -> None:
    """An agent's email has no Bcc field, and no automatic marks."""
    names = [name.lower() for name in read(compose(EMAIL))]
    assert not {"bcc", "auto-submitted", "message-id", "date"} & set(names)


@pytest.mark.parametrize(
    "bad",
    [
        replace(EMAIL, subject="Hello\r\nBcc: all@acme.example"),
        replace(EMAIL, subject="Hello\nBcc: all@acme.example"),
        replace(EMAIL, subject="Hello\u2028there"),
        replace(EMAIL, to=(Address("Zoe\r\nBcc: x@y.example", "zoe@acme.example"),)),
        replace(EMAIL, to=(Address("", "zoe@acme.example\r\nBcc: x@y.example"),)),
        replace(EMAIL, to=(Address("", "zoe@acme.example, x@y.example"),)),
        replace(EMAIL, to=(Address("", "zoë@acme.example"),)),
        replace(EMAIL, reply_to="a@b.example\r\nX: y"),
        replace(EMAIL, from_=Address("Acme\x00", "service@acme.example")),
        replace(EMAIL, attachments=(AttachedFile('x"\r\nX-Evil: 1', "text/plain", b""),)),
    ],
)
def test_header_injection(bad: OutgoingEmail) -> None:
    """No field can add a header."""
    with pytest.raises(ValueError, match="header"):
        compose(bad)


def test_hostile_values() -> None:
    """A malformed media type or Message-ID is left out."""
    files = (
        AttachedFile("a.txt", "text/plain\r\nX-Evil: 1", b"x"),
        AttachedFile("forwarded.eml", "message/rfc822", b"Subject: x\r\n\r\ny"),
        AttachedFile("b.csv", 'Text/CSV; charset="ISO-8859-1"; x="\r\n"', b"x"),
    )
    got = read(
        compose(replace(EMAIL, attachments=files, in_reply_to="a b", references=("x>\r\nX-Evil: 1", "ok@x.example")))
    )
    assert "In-Reply-To" not in got
    assert got["References"] == "<ok@x.example>"
    assert "X-Evil" not in got
    assert [str(part["Content-Type"]) for part in got.iter_attachments()] == [
        'application/octet-stream; name="a.txt"',
        'application/octet-stream; name="forwarded.eml"',
        'text/csv; charset="iso-8859-1"; name="b.csv"',
    ]


_TEXT = st.text(st.characters(blacklist_categories=["Cs"]).filter(lambda char: not CONTROL.search(char)), max_size=200)


@settings(max_examples=50)
@given(subject=_TEXT, name=_TEXT, text=st.text(st.characters(blacklist_categories=["Cs"])))
def test_any_text(subject: str, name: str, text: str) -> None:
    """Every text is read back as it was written."""
    subject, name = " ".join(subject.split()), " ".join(name.split())
    message = compose(replace(EMAIL, subject=subject, to=(Address(name, "zoe@acme.example"),), text=text))
    head, _, body = message.partition(b"\r\n\r\n")
    assert max(map(len, head.split(b"\r\n"))) <= 998
    got = read(message)
    assert str(got["Subject"] or "") == subject
    # The older reader of Python, because the newer one puts blanks between the encoded words of a name.
    [(phrase, address)] = getaddresses([str(message_from_bytes(message)["To"])])
    assert (str(make_header(decode_header(phrase))), address) == (name, "zoe@acme.example")
    payload = cast("bytes", got.get_payload(decode=True))
    assert payload.decode().split("\r\n") == text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert all(len(line) <= 76 for line in body.split(b"\r\n"))


@pytest.mark.parametrize("size", [0, 1, 2, 56, 57, 58, 57 * 4096 - 1, 57 * 4096, 57 * 4096 + 1, 500_000])
def test_encoded_size(size: int) -> None:
    """The size is known before the email is written."""
    bare = len(compose(replace(EMAIL, attachments=(AttachedFile("a.bin", "application/x", b""),))))
    with_content = len(compose(replace(EMAIL, attachments=(AttachedFile("a.bin", "application/x", b"x" * size),))))
    assert with_content - bare == encoded_size(size)


def test_thread_references() -> None:
    """References keep the first id and the last ones."""
    before = [f"{n}@x.example" for n in range(50)]
    kept = thread_references([*before, "new@x.example"])
    assert kept == ("0@x.example", *(f"{n}@x.example" for n in range(32, 50)), "new@x.example")
    assert thread_references(("a@x", "bad id", "b@x", "a@x")) == ("a@x", "b@x")


@pytest.mark.parametrize(
    ("address", "writable"),
    [
        ("zoe@acme.example", True),
        ("zoe+x@acme.example", True),
        ('"zoe, hartmann"@acme.example', True),
        (r'"zoe \" hartmann"@acme.example', True),
        ("", False),
        ("zoë@acme.example", False),
        ("zoe hartmann@acme.example", False),
        ("zoe@acme.example, x@y.example", False),
        ('"zoe"@acme.example, x@y.example', False),
        ('"zoe" <x@y.example>', False),
        ("zoe@acme.example\r\nBcc: x@y.example", False),
        ('"zoe\r\nBcc: x"@y.example', False),
    ],
)
def test_is_writable(address: str, writable: bool) -> None:
    assert is_writable(address) is writable
    if writable:
        assert read(compose(replace(EMAIL, to=(Address("", address),))))["To"].addresses[0].addr_spec == address
