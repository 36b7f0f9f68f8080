"""Content-Transfer-Encoding undone (RFC 2045, section 6): as many bytes as can be had, whatever is broken."""

from __future__ import annotations

import binascii
import re
from typing import Final

from email_channels.headers import decode_base64

_TOKEN: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
_SOFT_BREAK_WITH_SPACES: Final = re.compile(rb"=[ \t]{1,80}(?=\r?\n)")
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/=\r\n]")
_BETWEEN_WORDS: Final = re.compile(rb"[^\s] [^\s]|[\x80-\xff]{8}")
_UU_BEGIN: Final = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255}?)[ \t]{0,20}\r?$", re.MULTILINE)
_UU_LENGTH_LINE: Final = re.compile(rb"[ -`]")


def encoding_name(value: str) -> str:
    """The encoding that a header means, without comments, quotes and what else stands there; "" for identity."""
    match = _TOKEN.search(value.lower())
    name = match[0] if match else ""
    name = {"8": "8bit", "7": "7bit", "quoted": "quoted-printable", "b": "base64", "q": "quoted-printable"}.get(
        name, name
    )
    if name in ("uuencode", "x-uuencode", "uue", "x-uue"):
        return "uuencode"
    return name if name in ("base64", "quoted-printable") else ""


def decode_transfer(data: bytes, encoding: str) -> tuple[bytes, str | None]:
    """The decoded bytes, and what was wrong. `encoding` is an `encoding_name`."""
    if encoding == "base64":
        return _base64(data)
    if encoding == "quoted-printable":
        if b"= " in data or b"=\t" in data:
            data = _SOFT_BREAK_WITH_SPACES.sub(b"=", data)
        return binascii.a2b_qp(data), None
    if encoding == "uuencode":
        begin = _UU_BEGIN.search(data)
        if begin is None:
            return data, "uuencoded part without a begin line"
        return uudecode(data, begin.end())[0], None
    return data, None


def _base64(data: bytes) -> tuple[bytes, str | None]:
    if _is_plain(data):
        return data, "text declared as base64"
    try:
        decoded = binascii.a2b_base64(data)
    except binascii.Error:
        return decode_base64(data), "broken base64"
    padding = data.find(b"=")
    if padding >= 0 and padding < len(data) - 4 and (rest := data[padding:].lstrip(b"= \t\r\n")):
        # Some programs encode a file in several goes, each padded: the decoder stops at the first padding.
        return _base64_pieces(data, rest, decoded)
    return decoded, None


def _is_plain(data: bytes) -> bool:
    """Whether the beginning is sentences rather than base64, which has no spaces between words and no full stops."""
    head = data[:2_000]
    return len(_NOT_BASE64.findall(head)) * 10 > len(head) and len(_BETWEEN_WORDS.findall(head)) >= 3


def _base64_pieces(data: bytes, rest: bytes, decoded: bytes) -> tuple[bytes, str | None]:
    if re.fullmatch(rb"[A-Za-z0-9+/=\s]+", rest) is None or (len(rest) < 100 and len(b"".join(rest.split())) % 4):
        return decoded, "text after base64"
    pieces = [decode_base64(piece) for piece in re.split(rb"=+\s*", data) if piece.strip()]
    return b"".join(pieces), "base64 with padding inside"


def find_uuencoded(data: bytes) -> list[tuple[int, int, str, bytes]]:
    """Files that are uuencoded in the middle of a text: start, end, name as written (Latin-1), content.

    Only what is complete, down to its `end` line, counts: a letter that says "begin 644 something" stays a letter.
    """
    found: list[tuple[int, int, str, bytes]] = []
    position = 0
    while (begin := _UU_BEGIN.search(data, position)) is not None:
        content, end, complete = uudecode(data, begin.end())
        if complete and content:
            found.append((begin.start(), end, begin[1].decode("latin-1"), content))
            position = end
        else:
            position = begin.end()
    return found


def uudecode(data: bytes, position: int) -> tuple[bytes, int, bool]:
    """The file whose lines begin after `position`, the offset behind its `end` line, and whether that was there."""
    pieces: list[bytes] = []
    newline = data.find(b"\n", position)
    while newline >= 0:
        start = newline + 1
        newline = data.find(b"\n", start)
        stop = len(data) if newline < 0 else newline
        line = data[start : min(stop, start + 200)].rstrip(b"\r")
        if line.strip() == b"end":
            return b"".join(pieces), stop, True
        if not line or line in (b"`", b" "):
            continue
        if _UU_LENGTH_LINE.match(line) is None:
            break
        try:
            pieces.append(binascii.a2b_uu(line))
        except binascii.Error:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3  # Outlook pads lines; Python's own uu module does the same
            try:
                pieces.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                break
    return b"".join(pieces), len(data), False
