"""Finds and decodes the files that old programs put into a text with uuencode (POSIX, uuencode)."""

from __future__ import annotations

import binascii
import re
from typing import Final, NamedTuple

from email_channels.expressions import expression
from email_channels.mail.limits import MAX_UUENCODED

_BEGIN: Final = expression(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255}?)[ \t]{0,20}\r?$", re.MULTILINE)
_LENGTH: Final = expression(rb"[ -`]")
_EMPTY_LINES: Final = (b"`", b" ")
_LONGEST_LINE: Final = 200


class UuencodedFile(NamedTuple):
    """A file in a text: the offsets of its lines, its name as written (Latin-1), its content."""

    start: int
    end: int
    name: str
    content: bytes


def find_uuencoded(data: bytes) -> list[UuencodedFile]:
    """The files that are uuencoded in a text, at most `MAX_UUENCODED`.

    A file counts only if it is complete, down to its `end` line. So a text that says "begin 644 something" stays text.
    """
    found: list[UuencodedFile] = []
    position = 0
    while len(found) < MAX_UUENCODED and (begin := _BEGIN.search(data, position)) is not None:
        content, end, is_complete = _read_lines(data, begin.end())
        if is_complete and content:
            found.append(UuencodedFile(begin.start(), end, begin[1].decode("latin-1"), content))
            position = end
        else:
            position = begin.end()
    return found


def decode_uuencoded(data: bytes) -> bytes | None:
    """The content of the first file in `data`, even if it is incomplete; None if there is no begin line."""
    begin = _BEGIN.search(data)
    return _read_lines(data, begin.end())[0] if begin is not None else None


def _read_lines(data: bytes, position: int) -> tuple[bytes, int, bool]:
    """The file whose lines begin after `position`, the offset after its `end` line, and whether that line exists."""
    content = bytearray()  # a list of lines would need three times its memory
    newline = data.find(b"\n", position)
    while newline >= 0:
        start = newline + 1
        newline = data.find(b"\n", start)
        stop = len(data) if newline < 0 else newline
        line = data[start : min(stop, start + _LONGEST_LINE)].rstrip(b"\r")
        if line.strip() == b"end":
            return bytes(content), stop, True
        if not line or line in _EMPTY_LINES:
            continue
        piece = _decode_line(line)
        if piece is None:
            break
        content += piece
    return bytes(content), len(data), False


def _decode_line(line: bytes) -> bytes | None:
    """The bytes of one line; None if it is not uuencoded."""
    if _LENGTH.match(line) is None:
        return None
    # Outlook pads lines. So the second attempt decodes only as many characters as the line declares, as Python's uu
    # module did.
    characters = (((line[0] - 32) & 63) * 4 + 5) // 3
    for attempt in (line, line[:characters]):
        try:
            return binascii.a2b_uu(attempt)
        except binascii.Error:
            continue
    return None
