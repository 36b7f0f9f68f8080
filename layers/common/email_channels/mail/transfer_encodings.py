"""Decodes Content-Transfer-Encodings (RFC 2045, section 6). Broken data gives as many bytes as can be read."""

from __future__ import annotations

import binascii
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.comments import without_comments
from email_channels.mail.lenient_base64 import decode_base64
from email_channels.mail.uuencode import decode_uuencoded

_TOKEN: Final = expression(r"[a-z0-9][a-z0-9-]*")
_BASE64_IN_TWO_WORDS: Final = expression(r"\bbase[ _]64\b")
_NAMES: Final = {
    "base64": "base64",
    "base-64": "base64",
    "b64": "base64",
    "b": "base64",
    "q": "quoted-printable",
    "uuencode": "uuencode",
    "x-uuencode": "uuencode",
    "uue": "uuencode",
    "x-uue": "uuencode",
}
_SOFT_BREAK_WITH_SPACES: Final = expression(rb"=[ \t]{1,80}(?=\r?\n)")
_NOT_AN_ESCAPE: Final = expression(rb"=(?![0-9A-Fa-f]{2}|[ \t]{0,80}(?:\r?\n|$))")
# A pair at the end of a line may be an equals sign and a soft break. A row of three or more is a line that somebody
# drew.
_UNENCODED_EQUALS: Final = expression(rb"={3,}|=(?==)")

_TEXT_BELOW: Final = "text after base64"
_HEAD: Final = 2_000
_LONGEST_FOOTER: Final = 20_000
_BASE64_PIECES: Final = expression(rb"[A-Za-z0-9+/=\s]+")
_URL_SAFE: Final = expression(rb"[A-Za-z0-9_\s-]{4,}+={0,2}\s*+")
_PADDING: Final = expression(rb"=+\s*")
_NOT_BASE64: Final = expression(rb"[^A-Za-z0-9+/=\r\n]")
_NOT_BASE64_OR_SPACE: Final = expression(rb"[^A-Za-z0-9+/=\s]")
_BETWEEN_WORDS: Final = expression(rb"[^\s] [^\s]|[\x80-\xff]{8}")
_CONTROLS: Final = expression(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def encoding_name(value: str) -> str:
    """The encoding that a Content-Transfer-Encoding field names: base64, quoted-printable, uuencode, or "".

    "" stands for all others (7bit, 8bit, binary, unknown ones), which leave the bytes as they are. Comments and quotes
    are ignored.
    """
    match = _TOKEN.search(_BASE64_IN_TWO_WORDS.sub("base64", without_comments(value).lower()))
    name = match[0] if match else ""
    if name.startswith("quoted"):  # "quoted-printeable"
        return "quoted-printable"
    return _NAMES.get(name, "")


def decode_text_transfer(data: bytes, encoding: str) -> tuple[bytes, str | None]:
    """The result of `decode_transfer` for a text. An unencoded footer below the base64 is text too, so it is kept."""
    decoded, defect = decode_transfer(data, encoding)
    if defect == _TEXT_BELOW and b"\x00" not in decoded[:_HEAD]:
        _, footer = _split_footer(data)
        decoded = decoded.rstrip(b"\r\n") + b"\n\n" + footer.strip()
    return decoded, defect


def decode_transfer(data: bytes, encoding: str) -> tuple[bytes, str | None]:
    """The decoded bytes, and the defect that was found (or None). `encoding` is from `encoding_name`."""
    if encoding == "base64":
        return _decode_base64(data)
    if encoding == "quoted-printable":
        return _decode_quoted_printable(data)
    if encoding == "uuencode":
        decoded = decode_uuencoded(data)
        return (data, "uuencoded part without a begin line") if decoded is None else (decoded, None)
    return data, None


def _decode_quoted_printable(data: bytes) -> tuple[bytes, str | None]:
    is_broken = _NOT_AN_ESCAPE.search(data) is not None
    if b"= " in data or b"=\t" in data:
        data = _SOFT_BREAK_WITH_SPACES.sub(b"=", data)
    if b"==" in data:  # a program forgot to encode equals signs, and Python would read two of them as one
        data = _UNENCODED_EQUALS.sub(lambda match: b"=3D" * len(match[0]), data)
    return binascii.a2b_qp(data), "broken quoted-printable" if is_broken else None


def _decode_base64(data: bytes) -> tuple[bytes, str | None]:
    if _is_unencoded(data):
        return data, "text declared as base64"
    data, footer = _split_footer(data)
    if (b"-" in data or b"_" in data) and _URL_SAFE.fullmatch(data, 0, _HEAD) and b"+" not in data and b"/" not in data:
        data = data.replace(b"-", b"+").replace(b"_", b"/")
    try:
        decoded = binascii.a2b_base64(data)
    except binascii.Error:
        return decode_base64(data), "broken base64"
    if footer:
        return decoded, _TEXT_BELOW
    padding = data.find(b"=")
    if 0 <= padding < len(data) - 4 and (rest := data[padding:].lstrip(b"= \t\r\n")):
        # Python's decoder stops at the first padding.
        return _decode_behind_padding(data, rest, decoded)
    return decoded, None


def _decode_behind_padding(data: bytes, rest: bytes, decoded: bytes) -> tuple[bytes, str | None]:
    """The bytes and the defect of base64 that has `rest` after its first padding.

    Some programs encode a file in several pieces, each with its own padding.
    """
    is_short_text = len(rest) < 100 and len(b"".join(rest.split())) % 4
    if is_short_text or _BASE64_PIECES.fullmatch(rest) is None:
        return decoded, _TEXT_BELOW
    pieces = [decode_base64(piece) for piece in _PADDING.split(data) if piece.strip()]
    return b"".join(pieces), "base64 with padding inside"


def _split_footer(data: bytes) -> tuple[bytes, bytes]:
    """Base64, and the text that a list server or a virus scanner put below it without encoding it."""
    tail = data[-_HEAD:]
    if not _BETWEEN_WORDS.search(tail) and len(_NOT_BASE64.findall(tail)) < 20:
        return data, b""
    foreign = _NOT_BASE64_OR_SPACE.search(data, max(0, len(data) - _LONGEST_FOOTER))
    if foreign is None:
        return data, b""
    begin = data.rfind(b"\n", 0, foreign.start()) + 1
    blank = max(data.rfind(mark, max(0, begin - 500), begin) for mark in (b"\n\n", b"\n\r\n"))
    begin = blank + 1 if blank >= 0 else begin
    footer = data[begin:]
    if begin < 4 or len(_NOT_BASE64.findall(footer)) * 20 < len(footer) or not data[:begin].strip():
        return data, b""
    return data[:begin], footer


def _is_unencoded(data: bytes) -> bool:
    """Whether `data` begins with sentences. Base64 has no spaces between words, and no full stops."""
    head = data[:_HEAD]
    if len(_NOT_BASE64.findall(head)) * 10 <= len(head) or len(_BETWEEN_WORDS.findall(head)) < 3:
        return False
    # It may still be base64 with spaces inside or a footer below. Base64 decodes to text, but words decode to noise.
    encoded = b"".join(_split_footer(head)[0].split())
    if _NOT_BASE64.search(encoded) or len(encoded) < 8:
        return True
    decoded = decode_base64(encoded[: len(encoded) & ~3])
    if not decoded or _CONTROLS.search(decoded):
        return True
    try:
        decoded[: len(decoded) - 3].decode("utf-8")
    except UnicodeDecodeError as problem:
        return problem.start < len(decoded) - 6
    return False
