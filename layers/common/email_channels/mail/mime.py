"""A message's bytes -> the tree of its parts (RFC 2046), as offsets into the one buffer.

The standard library's parser turns every line of the message into a string first, and takes eight times the message's
size for it; nothing is copied here. Structures that are broken are read as mail programs show them: a multipart that
never ends, ends twice, never starts, or whose boundary is missing or misspelt in its header.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from email_channels.mail.headers import Fields, raw_text, read_fields
from email_channels.mail.limits import MAX_DEPTH, MAX_PARAMETERS, MAX_PARTS
from email_channels.mail.parameters import parse_parameters
from email_channels.mail.transfer_encodings import decode_text_transfer, decode_transfer, encoding_name

_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}$")
_MOST_ELSEWHERE: Final = 1_000
"""How often a boundary may stand in the middle of a line before its lines are passed over as wholes."""

_LONGEST_EMPTY_MULTIPART: Final = 2_000
"""Bytes of a multipart up to the boundary that it shares with the one around it: its headers, a preamble."""

_MOST_LONGER: Final = 3 * MAX_PARTS
"""Lines that begin with the boundary and go on: those of the multiparts inside; more are there to waste time."""

_FIRST_DELIMITER: Final = re.compile(
    rb"(?:\A|\n)--([^\r\n]{1,200}?)[ \t]{0,50}\r?\n"
    rb"(?:Content-[A-Za-z-]{1,40}|MIME-Version|X-[A-Za-z-]{1,40})[ \t]{0,10}:",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Part:
    """One entity: its fields, and where its body lies in `buffer`."""

    buffer: bytes = field(repr=False)
    fields: Fields
    start: int
    end: int
    content_type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    disposition_parameters: dict[str, str] = field(default_factory=dict)
    encoding: str = ""
    declared: bool = False
    children: list[Part] = field(default_factory=list)

    def field(self, name: str) -> bytes | None:
        """The first field of that (lower-case) name."""
        return next((value for key, value in self.fields if key.lower() == name), None)

    @property
    def is_multipart(self) -> bool:
        return bool(self.children)

    def wire(self) -> bytes:
        """The body as it stands in the message."""
        return self.buffer[self.start : self.end]

    def content(self) -> tuple[bytes, str | None]:
        """The body with its transfer encoding undone, and what was wrong with it."""
        return decode_transfer(self.wire(), self.encoding)

    def text_content(self) -> tuple[bytes, str | None]:
        """The same for a part that is text."""
        return decode_text_transfer(self.wire(), self.encoding)

    def walk(self) -> Iterator[Part]:
        """This part and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


class _Budget:
    """Parts that may still be made, what was found wrong so far, and the charset of the first text."""

    def __init__(self) -> None:
        self.parts = MAX_PARTS
        self.defects: list[str] = []
        self.charset: str | None = None


def read_tree(buffer: bytes) -> tuple[Part, list[str]]:
    """The root part of a message with everything below it, and its structural defects."""
    budget = _Budget()
    root = _read_part(buffer, 0, len(buffer), "text/plain", 0, budget)
    return root, budget.defects


def _read_part(buffer: bytes, start: int, end: int, default: str, depth: int, budget: _Budget) -> Part:
    budget.parts -= 1
    fields, body, defects = read_fields(buffer, start, end)
    budget.defects.extend(defects)
    part = Part(buffer, fields, body, end)
    _describe(part, default, budget)
    if part.content_type.startswith("multipart/"):
        if depth >= MAX_DEPTH:
            budget.defects.append("nested too deeply: the rest was not taken apart")
            part.content_type, part.encoding = "application/octet-stream", ""  # else it would be shown as text
        else:
            _take_apart(part, depth, budget)
    return part


def _describe(part: Part, default: str, budget: _Budget) -> None:
    """Read the Content-* fields. A type that is none is text (RFC 2045, section 5.2)."""
    part.content_type = default
    if (value := part.field("content-type")) is not None and value.strip():
        content_type, part.parameters = parse_parameters(_with_semicolon(value), budget.charset)
        if value.count(b";") > MAX_PARAMETERS:
            budget.defects.append("too many parameters in Content-Type: the rest was not read")
        part.declared = True
        content_type = content_type.split(",")[0].split(":")[0]
        content_type = {
            "text": "text/plain",
            "html": "text/html",
            "plain": "text/plain",
            "multipart": "multipart/mixed",
        }.get(content_type, content_type)
        if _TYPE.match(content_type):
            part.content_type = content_type
        else:
            part.declared = False
            budget.defects.append("invalid Content-Type")
            if "boundary" in part.parameters:
                part.content_type = "multipart/mixed"
    if budget.charset is None and part.content_type.startswith("text/"):
        budget.charset = part.parameters.get("charset")
    for key, value in part.fields:
        if key.lower() == "content-disposition" and not part.disposition_parameters:  # some write it twice
            part.disposition, part.disposition_parameters = parse_parameters(_with_semicolon(value), budget.charset)
            if "=" in part.disposition:  # `Content-Disposition: filename=a.pdf`
                _, again = parse_parameters(b"attachment;" + value)
                part.disposition, part.disposition_parameters = "attachment", again
    if (value := part.field("content-transfer-encoding")) is not None:
        part.encoding = encoding_name(raw_text(value))


def _with_semicolon(value: bytes) -> bytes:
    """`text/plain charset=utf-8` -> `text/plain; charset=utf-8`."""
    head, semicolon, rest = value.partition(b";")
    if b"=" in head and b'"' not in head.split(b"=", 1)[0]:
        first, _, second = head.strip().partition(b" ")
        if second and b"=" not in first:
            return first + b"; " + second.strip() + semicolon + rest
    return value


def _take_apart(part: Part, depth: int, budget: _Budget) -> None:
    buffer, start, end = part.buffer, part.start, part.end
    boundary = part.parameters.get("boundary", "").rstrip()
    wire = boundary.encode("utf-8", "replace")
    delimiters = list(_delimiters(buffer, start, end, wire, budget.parts)) if wire else []
    if not delimiters and len(wire) > 2 and wire[:1] == wire[-1:] == b"'":
        delimiters = list(_delimiters(buffer, start, end, wire[1:-1], budget.parts))
    if not any(not closing for _, _, closing in delimiters):
        found = _FIRST_DELIMITER.search(buffer, max(0, start - 1), min(end, start + 65_536))
        if found is not None and found[1] != wire:
            budget.defects.append("boundary not as declared")
            delimiters = list(_delimiters(buffer, start, end, found[1], budget.parts))
    if not delimiters:
        budget.defects.append("multipart without parts" if boundary else "multipart without boundary")
        if part.encoding:
            _take_apart_decoded(part, depth, budget)
        return
    if all(closing for _, _, closing in delimiters):
        part.end = delimiters[0][0]  # it ends where it should begin
    default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
    open_at: int | None = None
    closed = False
    last_close = max((number for number, (_, _, closing) in enumerate(delimiters) if closing), default=0)
    shared = False
    for number, (line_start, line_end, closing) in enumerate(delimiters):
        if open_at is not None and not shared:
            shared = number < last_close and _shares_boundary(buffer, open_at, line_start, wire)
        if shared and open_at is not None:
            if not closing:
                continue
            part.children.append(_read_part(buffer, open_at, line_end, default, depth + 1, budget))
            budget.defects.append("a multipart inside another has the same boundary")
            open_at, shared = None, False
            continue
        if open_at is not None:
            part.children.append(_read_part(buffer, open_at, max(open_at, line_start), default, depth + 1, budget))
        open_at = None if closing else line_end
        if budget.parts <= 1 and not closing:
            budget.defects.append("too many parts: the rest was not taken apart")
            part.children.append(Part(buffer, [], line_end, end, "application/octet-stream", declared=True))
            return
        if closing and part.children:
            closed = True
            break
    if open_at is not None:
        if not closed:
            budget.defects.append("multipart without end")
        if buffer[open_at:end].strip() or not part.children:
            part.children.append(_read_part(buffer, open_at, end, default, depth + 1, budget))


def _shares_boundary(buffer: bytes, start: int, end: int, boundary: bytes) -> bool:
    """Whether the part that begins at `start` is a multipart whose own boundary is that of the one around it."""
    if end - start > _LONGEST_EMPTY_MULTIPART or buffer.find(boundary, start, end) < 0:
        return False
    fields, _, _ = read_fields(buffer, start, end)
    value = next((value for name, value in fields if name.lower() == "content-type"), b"")
    content_type, given = parse_parameters(_with_semicolon(value)) if value else ("", {})
    return (
        content_type.startswith("multipart/")
        and given.get("boundary", "").rstrip().encode("utf-8", "replace") == boundary
    )


def _take_apart_decoded(part: Part, depth: int, budget: _Budget) -> None:
    """A multipart that is itself encoded, which RFC 2045, section 6.4, forbids."""
    data, _ = part.content()
    if data == part.wire() or len(data) > len(part.buffer):
        return
    inner = Part(data, part.fields, 0, len(data), part.content_type, part.parameters, declared=True)
    _take_apart(inner, depth + 1, budget)
    part.children = inner.children


def _delimiters(buffer: bytes, start: int, end: int, boundary: bytes, most: int) -> Iterator[tuple[int, int, bool]]:
    """Each delimiter line: where the part before it ends, where the part after it begins, whether it closes.

    The line end before a delimiter belongs to it (RFC 2046, section 5.1.1).
    """
    mark = b"--" + boundary
    position = start
    count = elsewhere = longer = 0
    while count <= most + 1:
        found = buffer.find(mark, position, end)
        if found < 0:
            return
        position = found + len(mark)
        if found != start and buffer[found - 1] not in b"\r\n":
            elsewhere += 1
            if elsewhere > _MOST_ELSEWHERE and (position := buffer.find(b"\n", position, end)) < 0:
                return
            continue
        newline = buffer.find(b"\n", position, end)
        line_end = end if newline < 0 else newline + 1
        rest = buffer[position : min(line_end, position + 200)]
        closing = rest.startswith(b"--")
        if (rest[2:] if closing else rest).strip():  # another boundary that begins like this one
            longer += 1
            if longer > _MOST_LONGER:
                return
            continue
        before = found
        if before > start and buffer[before - 1 : before] == b"\n":
            before -= 1
        if before > start and buffer[before - 1 : before] == b"\r":
            before -= 1
        count += 1
        yield before, line_end, closing
        position = line_end
