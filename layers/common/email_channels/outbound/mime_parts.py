"""The parts of an outgoing message: texts, files and whole emails (MIME, RFC 2045, 2046 and 2231).

A part is a list of byte strings, so that a large file is not copied when its part is put into a multipart. Lines end
with CRLF. Lines of encoded text have at most 76 characters.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Sequence
from email.quoprimime import body_encode
from urllib.parse import quote

from email_channels.cases.ascii_filenames import ascii_filename
from email_channels.expressions import expression
from email_channels.outbound.header_fields import check_no_controls
from email_channels.values import dataclass

# RFC 5322, section 2.1.1. SES refuses longer lines.
MAX_LINE_BYTES = 998

_BASE64_BYTES_PER_LINE = 57
_BASE64_CHUNK = _BASE64_BYTES_PER_LINE * 4096
# Of an encoded file name in one parameter, so that no line is longer than 76 characters.
_FILENAME_PIECE = 54
_MEDIA_TYPE = expression(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}")
_CONTENT_ID = expression(r"[A-Za-z0-9._-]{1,200}@[A-Za-z0-9.-]{1,255}")
_CHARSET = expression(r"""; *charset=['"]?([A-Za-z0-9._-]{1,40})['"]?(?:;|$)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file to attach, in base64. An email that an agent uploaded as a file is attached in this form, too."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class InlineImage:
    """An image that the HTML names as `cid:` with this content id."""

    filename: str
    content_type: str
    content: bytes
    content_id: str


@dataclass(frozen=True, slots=True)
class AttachedEmail:
    """An email to attach as message/rfc822. Its bytes stay as they are, except that bare line feeds become CRLF.

    An email that SMTP cannot carry unchanged (with NULs, bare CRs, lines over 998 bytes) is attached as a file.
    """

    filename: str
    content: bytes


def text_part(subtype: str, text: str) -> list[bytes]:
    """A text in quoted-printable, which keeps most text readable and every line short."""
    utf_8 = text.encode("utf-8", "replace").decode("latin-1")
    encoded = body_encode("\n".join(re.split("\r\n|\r|\n", utf_8)), eol="\r\n")
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    return [(head + encoded).encode("ascii")]


def attachment_part(attachment: AttachedFile | AttachedEmail) -> list[bytes]:
    """The part of an attachment. Raises ValueError for a control character in its file name."""
    if isinstance(attachment, AttachedFile):
        return _file_part(attachment)
    content = _with_crlf(attachment.content)
    if not _fits_8bit(content):
        return _file_part(AttachedFile(attachment.filename, "application/octet-stream", content))
    head = (
        f"Content-Type: message/rfc822{_name(attachment.filename)}\r\n"
        f"Content-Disposition: attachment{_filename(attachment.filename)}\r\n"
        f"Content-Transfer-Encoding: {'7bit' if content.isascii() else '8bit'}\r\n\r\n"
    )
    return [head.encode("ascii"), content]


def inline_part(image: InlineImage) -> list[bytes]:
    """The part of an image in the text (RFC 2392). Raises ValueError for a content id that a header cannot hold."""
    if not _CONTENT_ID.fullmatch(image.content_id):
        raise ValueError("a header cannot hold this content id")
    return _file_part(
        AttachedFile(image.filename, image.content_type, image.content),
        disposition="inline",
        more=f"Content-ID: <{image.content_id}>\r\n",
    )


def multipart(subtype: str, parts: Sequence[Sequence[bytes]], boundary: str = "") -> list[bytes]:
    """One multipart that contains the parts. `subtype` may have parameters.

    Its boundary is random, so that it occurs in none of them. A caller who gives the random part gets the same bytes
    each time.
    """
    # Base64 and quoted-printable never contain "=_", and an attached email cannot contain the random part.
    boundary = f"=_{boundary or secrets.token_hex(12)}"
    pieces = [f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode()]
    for part in parts:
        pieces += [f"--{boundary}\r\n".encode(), *part, b"\r\n"]
    return [*pieces, f"--{boundary}--\r\n".encode()]


def encoded_size(size: int) -> int:
    """The size in bytes that a file of `size` bytes has in the message, without the header of its part."""
    return -(-size // _BASE64_BYTES_PER_LINE) * 2 + -(-size // 3) * 4


def _file_part(file: AttachedFile, disposition: str = "attachment", more: str = "") -> list[bytes]:
    head = (
        f"Content-Type: {_media_type(file.content_type)}{_name(file.filename)}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f"{more}"
        f"Content-Disposition: {disposition}{_filename(file.filename)}\r\n\r\n"
    )
    starts = range(0, len(file.content), _BASE64_CHUNK)
    chunks = [base64.encodebytes(file.content[start : start + _BASE64_CHUNK]) for start in starts]
    return [head.encode("ascii"), *(chunk.replace(b"\n", b"\r\n") for chunk in chunks)]


def _media_type(declared: str) -> str:
    """The media type of a file. Of its parameters, only the charset is kept."""
    media_type = declared.partition(";")[0].strip().lower()
    # RFC 2046, section 5.2.1, forbids base64 for message types. As plain files they may have it, and arrive unchanged.
    if not _MEDIA_TYPE.fullmatch(media_type) or media_type.startswith(("message/", "multipart/")):
        return "application/octet-stream"
    charset = _CHARSET.search(declared) if media_type.startswith("text/") else None
    return f"{media_type}; charset={charset[1].lower()}" if charset else media_type


def _name(filename: str) -> str:
    """The parameter of Content-Type that holds a file name in ASCII. Outlook shows no other names."""
    check_no_controls(filename)
    return f';\r\n name="{ascii_filename(filename)}"'


def _filename(filename: str) -> str:
    """The parameters of Content-Disposition that hold a file name.

    A name that is not plain ASCII is there twice: encoded (RFC 2231, in pieces if it is long), and in ASCII for
    programs that know no encoded ones. Programs that know both take the encoded one; Python's takes the first one.
    """
    check_no_controls(filename)
    plain = ascii_filename(filename)
    if plain == filename:
        return f';\r\n filename="{plain}"'
    pieces = ["utf-8''"]
    for char in filename:
        encoded = quote(char.encode("utf-8", "replace"), safe="")
        if len(pieces[-1]) + len(encoded) > _FILENAME_PIECE:
            pieces.append("")
        pieces[-1] += encoded
    names = ["filename*"] if len(pieces) == 1 else [f"filename*{n}*" for n in range(len(pieces))]
    return "".join(
        f";\r\n {parameter}" for parameter in (*map("=".join, zip(names, pieces, strict=True)), f'filename="{plain}"')
    )


def _with_crlf(email: bytes) -> bytes:
    """The email with bare line feeds changed to CRLF, as mail servers change them."""
    if b"\n" not in email.replace(b"\r\n", b""):
        return email
    return email.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _fits_8bit(email: bytes) -> bool:
    """Whether the email can go as 7bit or 8bit (RFC 2045, section 2.8)."""
    if b"\0" in email:
        return False
    lines = email.split(b"\r\n")
    return all(len(line) <= MAX_LINE_BYTES and b"\r" not in line and b"\n" not in line for line in lines)
