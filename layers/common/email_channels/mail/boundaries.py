"""The delimiter lines of a multipart (RFC 2046, section 5.1.1), as offsets into the message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from email_channels.expressions import expression
from email_channels.mail.limits import MAX_PARTS

_MAX_IN_MID_LINE: Final = 1_000
"""How often a boundary may occur in the middle of a line. After that, the rest of each such line is skipped."""

_MAX_LONGER_LINES: Final = 3 * MAX_PARTS
"""The most longer lines that begin with the boundary. Boundaries of inner multiparts may begin so. After this many such
lines the search stops, because it would only waste time."""

_LONGEST_BOUNDARY: Final = 200
_SEARCHED_FOR_BOUNDARY: Final = 65_536
# A line of two hyphens and a boundary, followed by a header field of a part.
_DELIMITER_AND_FIELD: Final = expression(
    rb"(?:\A|\n)--([^\r\n]{1,200}?)[ \t]{0,50}\r?\n"
    rb"(?:Content-[A-Za-z-]{1,40}|MIME-Version|X-[A-Za-z-]{1,40})[ \t]{0,10}:",
    re.IGNORECASE,
)


class Delimiter(NamedTuple):
    """A delimiter line between two parts. A closing one (`--boundary--`) ends the multipart."""

    part_end: int
    """The end of the part above. The line end above the delimiter belongs to the delimiter."""
    part_start: int
    """The start of the part below."""
    is_closing: bool


def find_delimiters(buffer: bytes, start: int, end: int, boundary: bytes, most: int) -> Iterator[Delimiter]:
    """The delimiter lines with `boundary` between the offsets, in order, at most `most + 2` of them."""
    dashed = b"--" + boundary
    position = start
    found = in_mid_line = longer = 0
    while found <= most + 1:
        at = buffer.find(dashed, position, end)
        if at < 0:
            return
        position = at + len(dashed)
        if at != start and buffer[at - 1] not in b"\r\n":
            in_mid_line += 1
            if in_mid_line > _MAX_IN_MID_LINE and (position := buffer.find(b"\n", position, end)) < 0:
                return
            continue
        newline = buffer.find(b"\n", position, end)
        line_end = end if newline < 0 else newline + 1
        rest = buffer[position : min(line_end, position + _LONGEST_BOUNDARY)]
        is_closing = rest.startswith(b"--")
        if (rest[2:] if is_closing else rest).strip():  # another boundary that begins with this one
            longer += 1
            if longer > _MAX_LONGER_LINES:
                return
            continue
        found += 1
        yield Delimiter(_before_line_end(buffer, start, at), line_end, is_closing)
        position = line_end


def _before_line_end(buffer: bytes, start: int, at: int) -> int:
    """The offset of the line end above a delimiter at `at`, or `at` itself if there is none after `start`."""
    if at > start and buffer[at - 1 : at] == b"\n":
        at -= 1
    if at > start and buffer[at - 1 : at] == b"\r":
        at -= 1
    return at


def find_undeclared_boundary(buffer: bytes, start: int, end: int) -> bytes | None:
    """The probable boundary of a multipart whose header has no boundary or a wrong one; None if there is none."""
    found = _DELIMITER_AND_FIELD.search(buffer, max(0, start - 1), min(end, start + _SEARCHED_FOR_BOUNDARY))
    return found[1] if found is not None else None
