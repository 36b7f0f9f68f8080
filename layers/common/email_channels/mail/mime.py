"""Reads the tree of a message's parts (RFC 2046), as offsets into the message's bytes.

Nothing is copied. The standard library's parser makes a string of every line first, and needs eight times the message's
size. Broken structures are read as mail programs show them: a multipart that never ends, ends twice, or never starts,
or whose boundary is missing or misspelt in its header.
"""

from __future__ import annotations

from dataclasses import field
from typing import Final

from email_channels.mail.boundaries import Delimiter, find_delimiters, find_undeclared_boundary
from email_channels.mail.charsets.hints import charset_of_fields, tells
from email_channels.mail.headers import Fields, read_fields
from email_channels.mail.limits import MAX_DEPTH, MAX_PARTS
from email_channels.mail.parameters import parse_parameters
from email_channels.mail.parts import Part
from email_channels.values import dataclass

_UNREADABLE: Final = "application/octet-stream"
_LONGEST_EMPTY_MULTIPART: Final = 2_000
"""The most bytes of an inner multipart before the boundary that it shares with the outer one: headers, a preamble."""


@dataclass(slots=True)
class _Progress:
    """State that all parts of a message share while they are read."""

    parts_left: int = MAX_PARTS
    defects: list[str] = field(default_factory=list)
    charset: str | None = None
    """The first telling charset of a text. Raw 8-bit fields of later parts are probably in it."""
    root_fields: Fields = field(default_factory=list)


def read_tree(buffer: bytes) -> tuple[Part, list[str]]:
    """The root part of a message with everything below it, and its structural defects."""
    progress = _Progress()
    root = _read_part(buffer, 0, len(buffer), "text/plain", 0, progress)
    return root, progress.defects


def _read_part(buffer: bytes, start: int, end: int, default_type: str, depth: int, progress: _Progress) -> Part:
    progress.parts_left -= 1
    fields, body, defects = read_fields(buffer, start, end)
    progress.defects.extend(defects)
    part = Part(buffer, fields, body, end)
    if depth == 0:
        progress.root_fields = fields
    hint = progress.charset
    if hint is None and not all(value.isascii() for _, value in fields):
        hint = charset_of_fields(progress.root_fields)
    progress.defects.extend(part.read_content_fields(default_type, hint))
    is_text = part.content_type.startswith("text/")
    if is_text and progress.charset is None and tells(charset := part.parameters.get("charset")):
        progress.charset = charset
    if part.content_type.startswith("multipart/"):
        if depth >= MAX_DEPTH:
            progress.defects.append("nested too deeply: the rest became one attachment")
            part.content_type, part.encoding = _UNREADABLE, ""  # as a multipart, it would be shown as text
        else:
            _read_multipart(part, depth, progress)
    return part


def _read_multipart(part: Part, depth: int, progress: _Progress) -> None:
    """Read the children of a multipart."""
    boundary = _boundary(part.parameters)
    delimiters = _find_delimiters(part, boundary, progress)
    if delimiters:
        if all(delimiter.is_closing for delimiter in delimiters):
            part.end = delimiters[0].part_end  # it ends before it has begun
        _MultipartReader(part, boundary, depth, progress).read(delimiters)
        return
    progress.defects.append("multipart without parts" if boundary else "multipart without boundary")
    if part.encoding:
        _read_encoded_multipart(part, depth, progress)


def _boundary(parameters: dict[str, str]) -> bytes:
    return parameters.get("boundary", "").rstrip().encode("utf-8", "replace")


def _find_delimiters(part: Part, boundary: bytes, progress: _Progress) -> list[Delimiter]:
    """The delimiters with the declared boundary, or otherwise with the boundary that the parts seem to have."""

    def find(wanted: bytes) -> list[Delimiter]:
        return list(find_delimiters(part.buffer, part.start, part.end, wanted, progress.parts_left))

    delimiters = find(boundary) if boundary else []
    if not delimiters and len(boundary) > 2 and boundary[:1] == boundary[-1:] == b"'":
        delimiters = find(boundary[1:-1])
    if all(delimiter.is_closing for delimiter in delimiters):
        undeclared = find_undeclared_boundary(part.buffer, part.start, part.end)
        if undeclared is not None and undeclared != boundary:
            progress.defects.append("boundary differs from the declared one")
            delimiters = find(undeclared)
    return delimiters


class _MultipartReader:
    """Reads the children of one multipart, from delimiter to delimiter."""

    def __init__(self, part: Part, boundary: bytes, depth: int, progress: _Progress) -> None:
        self.part = part
        self.boundary = boundary
        self.depth = depth
        self.progress = progress
        self.default_type = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        self.child_start: int | None = None
        """The start of the child whose end is not found yet."""
        self.is_in_same_boundary = False
        """Whether that child is a multipart with the boundary of this one, so that the next delimiters are its own."""

    def read(self, delimiters: list[Delimiter]) -> None:
        last_closing = max((number for number, one in enumerate(delimiters) if one.is_closing), default=0)
        for number, delimiter in enumerate(delimiters):
            if self.child_start is not None:
                if self.is_in_same_boundary or (
                    number < last_closing and self.shares_boundary(self.child_start, delimiter.part_end)
                ):
                    self.read_in_same_boundary(self.child_start, delimiter)
                    continue
                self.add_child(self.child_start, max(self.child_start, delimiter.part_end))
            if not delimiter.is_closing:
                self.child_start = delimiter.part_start
                if self.progress.parts_left <= 1:
                    self.add_rest(delimiter.part_start)
                    return
            elif self.part.children:
                return
        if self.child_start is not None:
            self.progress.defects.append("multipart without end")
            if self.part.buffer[self.child_start : self.part.end].strip() or not self.part.children:
                self.add_child(self.child_start, self.part.end)

    def read_in_same_boundary(self, start: int, delimiter: Delimiter) -> None:
        """Read a delimiter of an inner multipart with the same boundary. The closing delimiter ends the child."""
        self.is_in_same_boundary = not delimiter.is_closing
        if delimiter.is_closing:
            self.add_child(start, delimiter.part_start)
            self.progress.defects.append("a multipart inside another has the same boundary")

    def add_child(self, start: int, end: int) -> None:
        self.child_start = None
        child = _read_part(self.part.buffer, start, end, self.default_type, self.depth + 1, self.progress)
        self.part.children.append(child)

    def add_rest(self, start: int) -> None:
        """Add the rest of the multipart as one attachment."""
        self.progress.defects.append("too many parts: the rest became one attachment")
        self.part.children.append(Part(self.part.buffer, [], start, self.part.end, _UNREADABLE, declared=True))

    def shares_boundary(self, start: int, end: int) -> bool:
        """Whether the child that begins at `start` is a multipart with the boundary of this one."""
        buffer = self.part.buffer
        if end - start > _LONGEST_EMPTY_MULTIPART or buffer.find(self.boundary, start, end) < 0:
            return False
        fields, _, _ = read_fields(buffer, start, end)
        value = next((value for name, value in fields if name.lower() == "content-type"), b"")
        content_type, parameters = parse_parameters(value) if value else ("", {})
        return content_type.startswith("multipart/") and _boundary(parameters) == self.boundary


def _read_encoded_multipart(part: Part, depth: int, progress: _Progress) -> None:
    """Read a multipart that is itself encoded, which RFC 2045, section 6.4, forbids."""
    data, _ = part.decoded_body()
    if data == part.raw_body() or len(data) > len(part.buffer):
        return
    inner = Part(data, part.fields, 0, len(data), part.content_type, part.parameters, declared=True)
    _read_multipart(inner, depth + 1, progress)
    part.children = inner.children
