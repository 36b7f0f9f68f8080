"""An agent's email as the bytes that SES takes: RFC 5322, and MIME (RFC 2045 to 2047, 2231).

The encodings are those of the standard library; the header fields are put together here. Its generator unquotes display
names when it folds a long list of recipients, so that `"Doe, John"` becomes two of them (Python up to 3.12), and turns
ids longer than a line into encoded words, after which no mail program knows them.

Everything is 7bit, lines end with CRLF and have at most 76 characters, header fields at most 998.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.header import Header
from email.quoprimime import body_encode
from email.utils import encode_rfc2231, quote

from email_channels.mail.message import Address
from email_channels.outbound.loop_marks import LOOP_MARK_HEADER

CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff]")
"""What no header field holds: control characters, line ends of all kinds, halves of characters."""

MAX_REFERENCES = 20
"""Ids in References: mail programs thread by the first and the last ones."""

# RFC 5322, section 2.1.1: lines should have no more than 78 characters, and must have no more than 998.
_LINE = 78
# RFC 2047, section 2: at most 75, and 76 for the line, which begins with the field's name.
_ENCODED_WORD = 60
_BASE64_BYTES_PER_LINE = 57
_BASE64_CHUNK = _BASE64_BYTES_PER_LINE * 4096
_ATOM = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]+")
_MESSAGE_ID = re.compile(r"[!-;=?-~]{1,900}")
_PLAIN_FILENAME = re.compile(r"[A-Za-z0-9._-]{1,50}")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}")
_CHARSET = re.compile(r"""; *charset=['"]?([A-Za-z0-9._-]{1,40})['"]?(?:;|$)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file to attach."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OutgoingEmail:
    """What is to be written. Addresses are ASCII; message ids have no angle brackets.

    `in_reply_to` and `references` are ids as recipients know them. Who gets a blind copy is not part of the message.
    """

    from_: Address
    reply_to: str
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    text: str
    html: str | None
    loop_mark: str
    files: tuple[AttachedFile, ...] = ()
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()


def compose(email: OutgoingEmail) -> bytes:
    """The message, without Message-ID and Date, which SES sets.

    Raises ValueError for a line break, another control character or anything but ASCII where a header cannot hold it:
    whoever asks has checked the fields, and nothing that they overlooked may become a header of its own.
    """
    fields = [
        ("From", _addresses([email.from_])),
        ("Reply-To", _addresses([Address("", email.reply_to)])),
        ("To", _addresses(email.to)),
        ("Cc", _addresses(email.cc)),
        ("Subject", _unstructured(email.subject)),
        ("In-Reply-To", message_ids([email.in_reply_to or ""])),
        ("References", message_ids(email.references)),
        (LOOP_MARK_HEADER, _unstructured(email.loop_mark)),
        ("MIME-Version", ["1.0"]),
    ]
    head = "".join(_field(name, words) for name, words in fields if words)
    body = _body(email)
    return b"".join([head.encode("ascii"), *body])


def shown_headers(email: OutgoingEmail) -> tuple[tuple[str, str], ...]:
    """The header fields that people want to see, decoded."""
    fields = [
        ("From", _shown([email.from_])),
        ("Reply-To", email.reply_to),
        ("To", _shown(email.to)),
        ("Cc", _shown(email.cc)),
        ("Subject", email.subject),
        ("In-Reply-To", " ".join(message_ids([email.in_reply_to or ""]))),
        ("References", " ".join(message_ids(email.references))),
    ]
    return tuple((name, value) for name, value in fields if value)


def thread_references(thread: Iterable[str]) -> tuple[str, ...]:
    """References of an answer: those of the email that it answers, then that email's own id (RFC 5322, section 3.6.4);
    of a long thread the first and the last ones."""
    ids = [name for name in dict.fromkeys(thread) if _MESSAGE_ID.fullmatch(name)]
    if len(ids) > MAX_REFERENCES:
        ids = [ids[0], *ids[1 - MAX_REFERENCES :]]
    return tuple(ids)


def message_ids(ids: Iterable[str]) -> list[str]:
    """Ids in angle brackets. Those that no header can hold (senders write anything) are left out."""
    return [f"<{name}>" for name in ids if _MESSAGE_ID.fullmatch(name)]


def encoded_size(size: int) -> int:
    """How many bytes a file of `size` bytes takes in the message, without its headers."""
    return -(-size // _BASE64_BYTES_PER_LINE) * 2 + -(-size // 3) * 4


def _body(email: OutgoingEmail) -> list[bytes]:
    text = _text_part("plain", email.text)
    written = [text] if email.html is None else _multipart("alternative", [[text], [_text_part("html", email.html)]])
    if not email.files:
        return written
    return _multipart("mixed", [written, *(_file_part(file) for file in email.files)])


def _multipart(subtype: str, parts: Sequence[Sequence[bytes]]) -> list[bytes]:
    # "=_" stands in no base64 and in no quoted-printable text, so the boundary is in none of the parts.
    boundary = f"=_{secrets.token_hex(12)}"
    pieces = [f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode()]
    for part in parts:
        pieces += [f"--{boundary}\r\n".encode(), *part, b"\r\n"]
    return [*pieces, f"--{boundary}--\r\n".encode()]


def _text_part(subtype: str, text: str) -> bytes:
    """Text as quoted-printable: most of it stays readable, and no line gets too long."""
    utf_8 = text.encode("utf-8", "replace").decode("latin-1")
    encoded = body_encode("\n".join(re.split("\r\n|\r|\n", utf_8)), eol="\r\n")
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    return (head + encoded).encode("ascii")


def _file_part(file: AttachedFile) -> list[bytes]:
    head = (
        f"Content-Type: {_media_type(file.content_type)}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;\r\n {_filename(file.filename)}\r\n\r\n"
    )
    starts = range(0, len(file.content), _BASE64_CHUNK)
    chunks = [base64.encodebytes(file.content[start : start + _BASE64_CHUNK]) for start in starts]
    return [head.encode("ascii"), *(chunk.replace(b"\n", b"\r\n") for chunk in chunks)]


def _media_type(declared: str) -> str:
    """The type of a file, of its parameters the charset alone."""
    media_type = declared.partition(";")[0].strip().lower()
    # RFC 2046, section 5.2.1, forbids base64 for messages in messages; as mere files nobody touches them.
    if not _MEDIA_TYPE.fullmatch(media_type) or media_type.startswith(("message/", "multipart/")):
        return "application/octet-stream"
    charset = _CHARSET.search(declared) if media_type.startswith("text/") else None
    return f"{media_type}; charset={charset[1].lower()}" if charset else media_type


def _filename(name: str) -> str:
    """The parameter that names a file. Other than short plain ASCII goes as RFC 2231 says."""
    _check(name)
    if _PLAIN_FILENAME.fullmatch(name):
        return f'filename="{name}"'
    return f"filename*={encode_rfc2231(name, 'utf-8')}"


def _addresses(addresses: Sequence[Address]) -> list[str]:
    """The words of an address list, each with its comma."""
    words: list[str] = []
    for address in addresses:
        _check(address.address)
        if not address.address.isascii() or set(address.address) & set(' <>,;"()'):
            raise ValueError("an address that no header can hold")
        words += [*_phrase(address.name), f"<{address.address}>"] if address.name else [address.address]
        words[-1] += ","
    if words:
        words[-1] = words[-1].removesuffix(",")
    return words


def _phrase(name: str) -> list[str]:
    """A display name as the words of a phrase (RFC 5322, section 3.2.5; RFC 2047, section 5)."""
    _check(name)
    if not name.isascii() or "=?" in name or len(name) > _LINE:
        return _encoded_words(name)
    return [name] if _ATOM.fullmatch(name) and name == " ".join(name.split()) else [f'"{quote(name)}"']


def _unstructured(text: str) -> list[str]:
    """The words of a text field. What looks like an encoded word, or is too long to fold, is encoded too."""
    _check(text)
    words = text.split(" ")
    if not text.isascii() or "=?" in text or "" in words or any(len(word) > _LINE for word in words):
        return _encoded_words(text)
    return words


def _encoded_words(text: str) -> list[str]:
    return Header(text, "utf-8", maxlinelen=_ENCODED_WORD).encode(linesep="\n").split()


def _field(name: str, words: Sequence[str]) -> str:
    """One header field, folded between words."""
    lines = [f"{name}:"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > _LINE and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines) + "\r\n"


def _shown(addresses: Iterable[Address]) -> str:
    return ", ".join(f"{row.name} <{row.address}>" if row.name else row.address for row in addresses)


def _check(text: str) -> None:
    if CONTROL.search(text):
        raise ValueError("a line break or another control character in a header")
