"""Unpacks winmail.dat: files and text in the Transport-Neutral Encapsulation Format, TNEF ([MS-OXTNEF]).

Outlook wraps a whole message in TNEF if it believes that the recipient uses Outlook. Only what a person would see is
read: attachments with their names and types, and the plain, HTML or rich text body. A damaged file is read up to the
damage. Nothing here raises.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from dataclasses import field
from typing import Final

from email_channels.mail.charsets import decode
from email_channels.mail.containers.rtf import read_rtf
from email_channels.mail.containers.rtf_compression import decompress_rtf
from email_channels.mail.limits import MAX_TNEF_ATTACHMENTS
from email_channels.values import dataclass

_SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_HEADER_SIZE: Final = 6  # the signature and a key
_ATTRIBUTE_HEADER: Final = struct.Struct("<BII")  # level, attribute, length
# Attributes ([MS-OXTNEF], section 2.1.3.2).
_CODE_PAGE: Final = 0x00069007
_MESSAGE_CLASS: Final = 0x00078008
_BODY: Final = 0x0002800C
_MESSAGE_PROPERTIES: Final = 0x00069003
_NEW_ATTACHMENT: Final = 0x00069002
_ATTACHMENT_TITLE: Final = 0x00018010
_ATTACHMENT_DATA: Final = 0x0006800F
_ATTACHMENT_PROPERTIES: Final = 0x00069005
# Properties ([MS-OXPROPS]).
_PLAIN_BODY: Final = 0x1000
_RICH_TEXT_BODY: Final = 0x1009
_HTML_BODY: Final = 0x1013
_DATA: Final = 0x3701
_FILENAME: Final = 0x3704
_LONG_FILENAME: Final = 0x3707
_DISPLAY_NAME: Final = 0x3001
_MIME_TYPE: Final = 0x370E
_CONTENT_ID: Final = 0x3712
# Sizes of the property types of fixed length ([MS-OXCDATA], section 2.11.1), padded to four bytes.
_FIXED_SIZES: Final = {
    0x0002: 4, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x000B: 4,
    0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8,
    0x0048: 16,
}  # fmt: skip
_TEXT: Final = 0x001E
_UNICODE: Final = 0x001F
_OBJECT: Final = 0x000D
_BINARY: Final = 0x0102
_MANY_VALUES: Final = 0x1000
"""This bit of a property type means that a list of values follows."""

_FIRST_NAMED: Final = 0x8000
"""Properties with this id or a higher one have a name."""

_MAX_PROPERTIES: Final = 5_000
_MAX_ATTRIBUTES_BEFORE_CLASS: Final = 50
_LONGEST_CLASS: Final = 255

_Properties = dict[int, str | bytes]


@dataclass(slots=True)
class TnefFile:
    """One attachment in a winmail.dat."""

    name: str = ""
    content_type: str = "application/octet-stream"
    content_id: str | None = None
    content: bytes = b""


@dataclass(slots=True)
class TnefContents:
    """The contents of a winmail.dat. A body is None if there is none. `is_cut` is true if there are too many files."""

    text: str | None = None
    html: str | None = None
    files: list[TnefFile] = field(default_factory=list)
    is_damaged: bool = False
    is_cut: bool = False


def is_tnef(data: bytes) -> bool:
    """Whether `data` begins with the signature of TNEF. The name winmail.dat proves nothing."""
    return data.startswith(_SIGNATURE)


def message_class(data: bytes) -> str:
    """The class of the message in a TNEF stream, such as `IPM.Note`; "" if it has none before its attachments."""
    if not is_tnef(data):
        return ""
    position = _HEADER_SIZE
    for _ in range(_MAX_ATTRIBUTES_BEFORE_CLASS):
        if position + _ATTRIBUTE_HEADER.size > len(data):
            break
        _, attribute, length = _ATTRIBUTE_HEADER.unpack_from(data, position)
        start = position + _ATTRIBUTE_HEADER.size
        if attribute == _MESSAGE_CLASS:
            return data[start : start + min(length, _LONGEST_CLASS)].split(b"\x00")[0].decode("ascii", "replace")
        if attribute == _NEW_ATTACHMENT:
            break
        position = start + length + 2
    return ""


def unpack_tnef(data: bytes) -> TnefContents:
    """The contents of a TNEF stream; empty if `data` is not one."""
    found = TnefContents()
    if not is_tnef(data):
        return found
    charset = "cp1252"
    position = _HEADER_SIZE
    while position + _ATTRIBUTE_HEADER.size <= len(data):
        _, attribute, length = _ATTRIBUTE_HEADER.unpack_from(data, position)
        start = position + _ATTRIBUTE_HEADER.size
        end = start + length
        if end > len(data):
            found.is_damaged = True
            break
        value = memoryview(data)[start:end]
        position = end + 2  # a checksum, which many programs get wrong
        if attribute == _CODE_PAGE and length >= 4:
            charset = f"cp{struct.unpack_from('<I', value)[0]}"
        elif attribute == _NEW_ATTACHMENT and len(found.files) >= MAX_TNEF_ATTACHMENTS:
            found.is_cut = True
            break
        else:
            _read_attribute(attribute, value, charset, found)
    found.is_damaged = found.is_damaged or position == _HEADER_SIZE
    return found


def _read_attribute(attribute: int, value: memoryview, charset: str, found: TnefContents) -> None:
    if attribute == _BODY:
        found.text = _string(value, charset)
    elif attribute == _MESSAGE_PROPERTIES:
        _read_bodies(_read_properties(value, charset), charset, found)
    elif attribute == _NEW_ATTACHMENT:
        found.files.append(TnefFile())
    elif found.files:
        _read_file(attribute, value, charset, found.files[-1])


def _read_bodies(properties: _Properties, charset: str, found: TnefContents) -> None:
    plain, html = properties.get(_PLAIN_BODY), properties.get(_HTML_BODY)
    if isinstance(plain, str) and plain.strip():
        found.text = plain
    if html:
        found.html = html if isinstance(html, str) else decode(html.rstrip(b"\x00"), charset)[0]
    elif isinstance(rich := properties.get(_RICH_TEXT_BODY), bytes):
        text, html_inside = read_rtf(decompress_rtf(rich))
        found.html = html_inside or found.html
        if not (found.text or "").strip():
            found.text = text


def _read_file(attribute: int, value: memoryview, charset: str, file: TnefFile) -> None:
    """Read an attribute of the last file that has begun."""
    if attribute == _ATTACHMENT_TITLE:
        file.name = file.name or _string(value, charset)
    elif attribute == _ATTACHMENT_DATA:
        file.content = bytes(value)
    elif attribute == _ATTACHMENT_PROPERTIES:
        _describe_file(_read_properties(value, charset), file)


def _describe_file(properties: _Properties, file: TnefFile) -> None:
    for key in (_LONG_FILENAME, _FILENAME, _DISPLAY_NAME):
        if isinstance(name := properties.get(key), str) and name:
            file.name = name
            break
    if isinstance(content_type := properties.get(_MIME_TYPE), str) and "/" in content_type:
        file.content_type = content_type.lower()
    if isinstance(content_id := properties.get(_CONTENT_ID), str):
        file.content_id = content_id.strip("<>") or None
    if isinstance(content := properties.get(_DATA), bytes) and not file.content:
        # The 16 bytes before an embedded message are the identifier of its interface.
        file.content = content[16:] if content[16:20] == _SIGNATURE else content


def _read_properties(value: memoryview, charset: str) -> _Properties:
    """Texts and binaries of a list of MAPI properties ([MS-OXTNEF], section 2.1.3.4), by property id."""
    reader = _PropertyReader(value, charset)
    with suppress(struct.error):  # the list ends too early: the properties before its end count
        reader.read()
    return reader.found


class _PropertyReader:
    """Reads a list of properties once. Raises struct.error if the list ends too early."""

    def __init__(self, value: memoryview, charset: str) -> None:
        self.value = value
        self.charset = charset
        self.position = 0
        self.found: _Properties = {}

    def read(self) -> None:
        for _ in range(min(self.number(), _MAX_PROPERTIES)):
            kind, identifier = struct.unpack_from("<HH", self.value, self.position)
            self.position += 4
            if identifier >= _FIRST_NAMED:
                self.skip_name()
            self.read_property(kind, identifier)

    def number(self) -> int:
        """The next four bytes."""
        number: int = struct.unpack_from("<I", self.value, self.position)[0]
        self.position += 4
        return number

    def skip_name(self) -> None:
        """Skip the name of a named property: its set (16 bytes), its kind, and a number or a text."""
        self.position += 16
        is_text = self.number() != 0
        length = self.number()  # or the number that is the name
        if is_text:
            self.position += _padded(length)

    def read_property(self, kind: int, identifier: int) -> None:
        base, has_many_values = kind & ~_MANY_VALUES, bool(kind & _MANY_VALUES)
        if (size := _FIXED_SIZES.get(base)) is not None:
            count = self.number() if has_many_values else 1
            self.position += size * count
            return
        for _ in range(min(self.number(), _MAX_PROPERTIES)):
            length = self.number()
            end = self.position + length
            if end > len(self.value):
                raise struct.error("a property reaches beyond its list")
            self.add_value(base, identifier, self.value[self.position : end])
            self.position += _padded(length)

    def add_value(self, base: int, identifier: int, content: memoryview) -> None:
        """Add a property's value. If there are several values, the first counts."""
        if base == _UNICODE:
            self.found.setdefault(identifier, bytes(content).decode("utf-16-le", "replace").split("\x00")[0])
        elif base == _TEXT:
            self.found.setdefault(identifier, _string(content, self.charset))
        elif base in (_BINARY, _OBJECT):
            self.found.setdefault(identifier, bytes(content))


def _padded(length: int) -> int:
    """`length` rounded up to four bytes."""
    return (length + 3) & ~3


def _string(value: memoryview, charset: str) -> str:
    """The text up to the first NUL."""
    return decode(bytes(value).split(b"\x00", 1)[0], charset)[0]
