"""Reads the fields of a header section, and the text of a field. Tells where a message's headers end.

It follows RFC 5322, section 2.2 (fields and folding), and accepts the many ways in which real mail breaks it. Nothing
here raises.
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.charsets import codec_name, decode
from email_channels.mail.charsets.utf8 import EAST_ASIAN, FIRST_OF_THREE_BYTES
from email_channels.mail.encoded_words import decode_words, without_controls
from email_channels.mail.limits import MAX_HEADER_BYTES, MAX_HEADER_FIELDS, MAX_HEADER_VALUE

Fields = list[tuple[str, bytes]]
"""The fields in order: the name as written, and the bytes of the unfolded value without white space around it."""

_FIELD: Final = expression(rb"([!-9;-~]{1,200})[ \t]{0,40}:(.*)", re.DOTALL)
# White space of any kind, also undecoded (UTF-8, Latin-1, Shift JIS), above a field or the line of a mailbox file.
_ABOVE_HEADERS: Final = expression(
    rb"(?:[\r\n\t\x0b\x0c \xa0]|\xc2\xa0|\xe2\x80[\x80-\x8b]|\xe3\x80\x80|\xef\xbb\xbf|\x81\x40){0,20000}+"
    rb"(?=[A-Za-z][A-Za-z0-9_.-]{1,60}[ \t]{0,40}:|>?From )"
)
# Fields that only occur in headers. If one follows a malformed line, the section did not end at that line.
_SURELY_HEADER: Final = expression(
    rb"(?:from|to|cc|subject|date|message-id|mime-version|content-type|content-transfer-encoding|received|reply-to"
    rb"|return-path|dkim-signature|x-[a-z0-9-]{2,60}):",
    re.IGNORECASE,
)
_UTF16_BYTE_ORDER_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
# Such fields that people do not quote in the text of an email.
_NEVER_QUOTED: Final = expression(
    rb"(?:message-id|mime-version|content-type|content-transfer-encoding|received|return-path|dkim-signature"
    rb"|authentication-results|arc-[a-z-]{4,30}|references|in-reply-to|x-[a-z0-9-]{2,60}):",
    re.IGNORECASE,
)
# A continuation line of a list of addresses or ids, of a signature, of parameters; a comment; a tag of HTML. Sentences
# hardly ever look so.
_LIKE_A_CONTINUATION: Final = expression(
    rb"[(<]|[^\r\n]{0,998}(?:[,;][ \t]{0,9}\r?$|<[^<>@\s]{1,250}@[^<>@\s]{1,250}>)"
    rb"|[A-Za-z0-9+/=]{30,998}\r?$|[a-z]{1,12}=\S",
    re.MULTILINE,
)
_NAMELESS: Final = "header line without a name"
_PARAMETER: Final = expression(rb"[A-Za-z][A-Za-z0-9*-]{0,30}[ \t]{0,9}=[ \t]{0,9}\S")
_ADDRESS: Final = expression(rb"[^@]{0,300}@[^@]{1,255}$")
_WITH_ADDRESSES: Final = ("to", "cc", "reply-to")
_OF_ADDRESSES: Final = (*_WITH_ADDRESSES, "from", "sender", "bcc", "return-path")
_FRAMES: Final = (b"*", b"=", b"#", b"_", b"~", b"-")
"""Characters with which programs frame a line: `*** scanned ***`."""
_HTML_OF_PHP: Final = expression(rb"<(?:br|b|p|hr|font|html|!doctype)\b", re.IGNORECASE)
"""The beginning of a warning that PHP printed into the headers."""

_BOUNDARY: Final = expression(rb"boundary[ \t]{0,9}=[ \t]{0,9}(?:\"([^\"]{1,200})|([^\s;\"]{1,200}))", re.IGNORECASE)
_FIELD_OF_PART: Final = expression(rb"(?:Content-[A-Za-z-]{1,40}|MIME-Version)[ \t]{0,10}:", re.IGNORECASE)
_LONGEST_BOUNDARY: Final = 500
_MAX_LINES_TO_BOUNDARY: Final = 8
_LINES_LOOKED_AHEAD: Final = 5
_LINES_LOOKED_FAR_AHEAD: Final = 100
_LONGEST_LINE_AHEAD: Final = 4_096


def made_readable(raw: bytes) -> bytes:
    """A message without a byte-order mark and white space above its headers. Its first field begins at offset 0.

    If lines end with carriage returns only, as on old Macintoshes, these become line feeds. A message that an editor
    stored as UTF-16 becomes UTF-8.
    """
    if raw.startswith(_UTF16_BYTE_ORDER_MARKS):
        raw = raw.decode("utf-16", "replace").encode("utf-8", "replace")
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    return raw[start_of_headers(raw) :]


def start_of_headers(buffer: bytes) -> int:
    """The offset of the first header field of a message, below white space that programs export above it.

    It is 0 if something else is there.
    """
    above = _ABOVE_HEADERS.match(buffer)
    return above.end() if above else 0


def read_fields(buffer: bytes, start: int, end: int) -> tuple[Fields, int, list[str]]:
    """The fields of the section that begins at `start`, the offset of the body, and the defects.

    A line that is not a field ends the section, because the blank line is missing. But if a field that only occurs in
    headers follows, the line is a continuation line that is missing its indentation, and belongs to the field above. A
    boundary line always ends the section of a multipart. A line that begins with `From ` at the top comes from a
    mailbox file (mbox), and is skipped.
    """
    section = _Section(buffer, min(end, start + MAX_HEADER_BYTES))
    position = start
    while position < section.stop:
        newline = buffer.find(b"\n", position, end)
        following = end if newline < 0 else newline + 1
        line = buffer[position : min(following, position + MAX_HEADER_VALUE + 400)].rstrip(b"\r\n")
        body = section.read_line(line, position, following)
        if body is not None:
            return section.fields, body, section.defects
        position = following
    section.finish_field()
    if position < end:
        section.defects.append("header section too long: the rest was not read")
        position = _after_blank_line(buffer, position, end)
    return section.fields, position, section.defects


def _after_blank_line(buffer: bytes, position: int, end: int) -> int:
    ends = [found + len(blank) for blank in (b"\n\r\n", b"\n\n") if (found := buffer.find(blank, position, end)) >= 0]
    return min(ends, default=end)


class _Section:
    """A header section while it is read: the fields so far, and the lines of the current field, which may continue."""

    def __init__(self, buffer: bytes, stop: int) -> None:
        self.buffer = buffer
        self.stop = stop
        self.fields: Fields = []
        self.defects: list[str] = []
        self.name = ""
        self.lines: list[bytes] = []
        self.content_type = b""
        """The beginning of the last Content-Type."""
        self.known_header = 0
        """The offset of a field that was found by looking ahead. No line before it ends the section."""

    def read_line(self, line: bytes, start: int, following: int) -> int | None:
        """Read the line at `start`. Returns the offset of the body if the section ends here, otherwise None."""
        if not line:
            if not self.fields and not self.name and _FIELD_OF_PART.match(self.buffer, following, self.stop):
                self.defects.append("blank line above the headers of a part")
                return None
            self.finish_field()
            return following
        if line[0] in b" \t":
            return self.read_continuation(line, following)
        if start < self.known_header and b":" not in line:
            self.add_nameless(line)
            return None
        if start >= self.known_header and line.startswith(b"--") and self.is_boundary_line(line, following):
            return self.end_without_blank_line(start)
        awaits_parameter = bool(self.name) and self.lines[-1][-1:] == b";" and _PARAMETER.match(line) is not None
        if not awaits_parameter and (match := _FIELD.match(line)) is not None:
            self.finish_field()
            self.name, self.lines = match[1].decode("ascii"), [match[2].strip()]
            return None
        if line.startswith(b">From ") or (line.startswith(b"From ") and not self.fields and not self.name):
            return None
        if awaits_parameter or self.header_follows(start, following) or self.awaits_address(line):
            self.add_nameless(line)
            return None
        return self.end_without_blank_line(start)

    def add_nameless(self, line: bytes) -> None:
        """Add a continuation line that is missing its indentation."""
        if self.defects[-1:] != [_NAMELESS]:
            self.defects.append(_NAMELESS)
        if self.name and not _HTML_OF_PHP.match(line) and not self.is_junk(line.strip()):
            self.lines.append(line.strip())

    def is_junk(self, line: bytes) -> bool:
        """Whether a program wrote `line` between the fields: it is framed, or stands below a complete address."""
        if line[:1] in _FRAMES and line[:3] == line[-3:] == line[:1] * 3:
            return True
        above = self.lines[-1]
        is_complete = self.name.lower() in _OF_ADDRESSES and b"@" in above and above[-1:] != b","
        return is_complete and not any(mark in line for mark in b"@<") and line[:1] not in (b"(", b",")

    def end_without_blank_line(self, start: int) -> int:
        self.finish_field()
        self.defects.append("no blank line between headers and body")
        return start

    def read_continuation(self, line: bytes, following: int) -> int | None:
        """Read a line that begins with white space. Returns the same as `read_line`."""
        if not self.name:
            self.defects.append("header section begins with a folded line")
            return None if line.strip() or _SURELY_HEADER.match(self.buffer, following, self.stop) else following
        if line.strip() or _section_continues(self.buffer, following, self.stop):
            self.lines.append(line.strip())
            return None
        self.finish_field()
        self.defects.append("header section ends with a line of spaces")
        return following

    def finish_field(self) -> None:
        """Add the current field, whose last line was read."""
        if not self.name:
            return
        if len(self.fields) >= MAX_HEADER_FIELDS:
            self.defects.append("too many header fields: the rest was not read")
        else:
            value = b" ".join(filter(None, self.lines)) if len(self.lines) > 1 else self.lines[0]
            if len(value) > MAX_HEADER_VALUE:
                self.defects.append(f"header field {self.name[:60]} cut")
                value = value[:MAX_HEADER_VALUE]
            self.fields.append((self.name, value))
            if self.name.lower() == "content-type":
                self.content_type = value[: _LONGEST_BOUNDARY * _MAX_LINES_TO_BOUNDARY]
        self.name = ""

    def awaits_address(self, line: bytes) -> bool:
        """Whether the current field has addresses and ends with a comma, and `line` is an address."""
        is_open = self.name.lower() in _WITH_ADDRESSES and self.lines[-1][-1:] == b","
        return is_open and _ADDRESS.match(line) is not None

    def header_follows(self, start: int, following: int) -> bool:
        """Whether the line at `start`, which is not a field, is not the end: whether a field that only occurs in
        headers follows, before a blank line or a boundary line.

        Far below, it must be a field that people do not quote, or all lines above it must look like continuations.
        """
        if start < self.known_header:
            return True
        buffer, position = self.buffer, following
        are_continuations = _LIKE_A_CONTINUATION.match(buffer, start) is not None
        for number in range(_LINES_LOOKED_FAR_AHEAD):
            if position >= self.stop or buffer[position : position + 1] in (b"\r", b"\n"):
                return False
            is_near = number < _LINES_LOOKED_AHEAD or are_continuations
            if (_SURELY_HEADER if is_near else _NEVER_QUOTED).match(buffer, position):
                self.known_header = position
                return True
            newline = buffer.find(b"\n", position, min(self.stop, position + _LONGEST_LINE_AHEAD))
            if newline < 0:
                return False
            if buffer.startswith(b"--", position) and self.is_boundary_line(buffer[position:newline], newline + 1):
                return False
            are_continuations = are_continuations and _LIKE_A_CONTINUATION.match(buffer, position) is not None
            position = newline + 1
        return False

    def is_boundary_line(self, line: bytes, following: int) -> bool:
        """Whether a line that begins with two hyphens is a delimiter of this multipart, so that its headers end above.

        The boundary is the declared one, or any other one above a field of a part.
        """
        value = self.content_type
        if self.name.lower() == "content-type":
            value = b" ".join(line[:_LONGEST_BOUNDARY] for line in self.lines[:_MAX_LINES_TO_BOUNDARY])
        if b"multipart/" not in value.lower():
            return False
        boundary = _BOUNDARY.search(value)
        if boundary is not None and line.rstrip() in (dashed := b"--" + (boundary[1] or boundary[2]), dashed + b"--"):
            return True
        return _FIELD_OF_PART.match(self.buffer, following, self.stop) is not None


def _section_continues(buffer: bytes, position: int, stop: int) -> bool:
    """Whether the header section continues after a line of spaces."""
    head = buffer[position : min(stop, position + 300)]
    return head[:1] in (b" ", b"\t", b"\r", b"\n") or _FIELD.match(head.split(b"\n", 1)[0]) is not None


def raw_text(value: bytes, hint: str | None = None) -> str:
    """The characters of a field's bytes. Encoded words are not decoded.

    The bytes are read as UTF-8 (RFC 6532), otherwise in the most likely other charset. `hint` is the charset of the
    rest of the message.
    """
    if value.isascii() and b"\x1b" not in value:
        text = value.decode("ascii")
    elif _is_damaged_utf8(value, hint):
        text = value.decode("utf-8", "replace")
    else:
        text = decode(value, None, hint)[0]
    return without_controls(text)


def _is_damaged_utf8(value: bytes, hint: str | None) -> bool:
    """Whether a field was UTF-8 before a program cut or folded it inside a character."""
    whole = value.decode("utf-8", "ignore")
    if hint and codec_name(hint) in EAST_ASIAN and max(whole, default="") < FIRST_OF_THREE_BYTES:
        return False  # pairs of bytes that look like UTF-8 by chance
    good = sum(1 for char in whole if char > "\x7f")
    lost = len(value) - len(whole.encode())
    return 0 < lost <= 3 and good >= 3


def decoded_text(value: bytes, hint: str | None = None) -> str:
    """An unstructured field's value (RFC 5322, section 3.6.5) as people read it."""
    return decode_words(raw_text(value, hint)).strip()
