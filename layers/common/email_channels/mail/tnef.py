"""winmail.dat -> the files and the text in it: Transport-Neutral Encapsulation Format ([MS-OXTNEF]).

Outlook wraps a whole message in it where it takes the recipient for one of its own. Only what a person would see is
read: attachments with their names and types, the plain, HTML or rich text body. Damaged files give what comes before
the damage.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

from email_channels.mail.charsets import decode
from email_channels.mail.limits import MAX_TNEF_ATTACHMENTS
from email_channels.mail.rtf import decompressed, read_rtf

_SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_HEADER: Final = 6  # the signature and a key
# Attributes ([MS-OXTNEF], section 2.1.3.2).
_CODE_PAGE: Final = 0x00069007
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
_FIXED: Final = {0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 4}
_FIXED_LONG: Final = {0x0014: 8, 0x0040: 8, 0x0048: 16}
_TEXT: Final = 0x001E
_UNICODE: Final = 0x001F
_OBJECT: Final = 0x000D
_BINARY: Final = 0x0102
_MANY: Final = 0x1000
_MOST_PROPERTIES: Final = 5_000


@dataclass(slots=True)
class File:
    """One attachment inside."""

    name: str = ""
    content_type: str = "application/octet-stream"
    content_id: str | None = None
    content: bytes = b""


@dataclass(slots=True)
class Unpacked:
    """What was found; bodies are None where there are none."""

    text: str | None = None
    html: str | None = None
    files: list[File] = field(default_factory=list)
    damaged: bool = False
    cut: bool = False


def is_tnef(data: bytes) -> bool:
    """Whether `data` begins as TNEF does; the name winmail.dat proves nothing."""
    return data.startswith(_SIGNATURE)


def unpack(data: bytes) -> Unpacked:
    """The contents of a TNEF stream; empty where it is none."""
    found = Unpacked()
    if not is_tnef(data):
        return found
    charset = "cp1252"
    position = _HEADER
    while position + 9 <= len(data):
        _, attribute, length = struct.unpack_from("<BII", data, position)
        start = position + 9
        end = start + length
        if end > len(data):
            found.damaged = True
            break
        value = memoryview(data)[start:end]
        position = end + 2  # a checksum, which many programs get wrong
        if attribute == _CODE_PAGE and length >= 4:
            charset = f"cp{struct.unpack_from('<I', value)[0]}"
        elif attribute == _BODY:
            found.text = _string(value, charset)
        elif attribute == _MESSAGE_PROPERTIES:
            properties = _properties(value, charset)
            _take_bodies(properties, found, charset)
        elif attribute == _NEW_ATTACHMENT:
            if len(found.files) >= MAX_TNEF_ATTACHMENTS:
                found.cut = True
                break
            found.files.append(File())
        elif found.files:
            _take_file(attribute, value, found.files[-1], charset)
    found.damaged = found.damaged or position == _HEADER
    return found


def _take_bodies(properties: dict[int, str | bytes], found: Unpacked, charset: str) -> None:
    plain, html = properties.get(_PLAIN_BODY), properties.get(_HTML_BODY)
    if isinstance(plain, str) and plain.strip():
        found.text = plain
    if html:
        found.html = html if isinstance(html, str) else decode(html.rstrip(b"\x00"), charset)[0]
    if not html and isinstance(rich := properties.get(_RICH_TEXT_BODY), bytes):
        text, html = read_rtf(decompressed(rich))
        found.html = html or found.html
        if not (found.text or "").strip():
            found.text = text


def _take_file(attribute: int, value: memoryview, file: File, charset: str) -> None:
    if attribute == _ATTACHMENT_TITLE:
        file.name = file.name or _string(value, charset)
    elif attribute == _ATTACHMENT_DATA:
        file.content = bytes(value)
    elif attribute == _ATTACHMENT_PROPERTIES:
        properties = _properties(value, charset)
        for key in (_LONG_FILENAME, _FILENAME, _DISPLAY_NAME):
            if isinstance(name := properties.get(key), str) and name:
                file.name = name
                break
        if isinstance(kind := properties.get(_MIME_TYPE), str) and "/" in kind:
            file.content_type = kind.lower()
        if isinstance(cid := properties.get(_CONTENT_ID), str):
            file.content_id = cid.strip("<>") or None
        if isinstance(content := properties.get(_DATA), bytes) and not file.content:
            # An embedded message is preceded by the identifier of its interface, 16 bytes.
            file.content = content[16:] if content[16:20] == _SIGNATURE else content


def _properties(value: memoryview, charset: str) -> dict[int, str | bytes]:
    """Texts and binaries of a list of MAPI properties ([MS-OXTNEF], section 2.1.3.4), by property id."""
    found: dict[int, str | bytes] = {}
    try:
        (count,) = struct.unpack_from("<I", value)
        position = 4
        for _ in range(min(count, _MOST_PROPERTIES)):
            kind, identifier = struct.unpack_from("<HH", value, position)
            position += 4
            if identifier >= 0x8000:
                position = _skip_name(value, position)
            position = _read_property(value, position, kind, identifier, charset, found)
    except struct.error:
        pass  # it ends in the middle: what was read counts
    return found


def _skip_name(value: memoryview, position: int) -> int:
    """A named property carries the name's set (16 bytes), its kind, and a number or a text."""
    (kind,) = struct.unpack_from("<I", value, position + 16)
    position += 20
    if kind == 0:
        return position + 4
    (length,) = struct.unpack_from("<I", value, position)
    return position + 4 + _padded(length)


def _read_property(
    value: memoryview, position: int, kind: int, identifier: int, charset: str, found: dict[int, str | bytes]
) -> int:
    base = kind & ~_MANY
    size = _FIXED.get(base) or _FIXED_LONG.get(base)
    if size and not kind & _MANY:
        return position + size
    count: int = struct.unpack_from("<I", value, position)[0]
    position += 4
    if size:
        return position + size * count
    for _ in range(min(count, _MOST_PROPERTIES)):
        length: int = struct.unpack_from("<I", value, position)[0]
        position += 4
        if position + length > len(value):
            raise struct.error("a property reaches beyond its list")
        content = value[position : position + length]
        if base == _UNICODE:
            found.setdefault(identifier, bytes(content).decode("utf-16-le", "replace").split("\x00")[0])
        elif base == _TEXT:
            found.setdefault(identifier, _string(content, charset))
        elif base in (_BINARY, _OBJECT):
            found.setdefault(identifier, bytes(content))
        position += _padded(length)
    return position


def _padded(length: int) -> int:
    return (length + 3) & ~3


def _string(value: memoryview, charset: str) -> str:
    return decode(bytes(value).split(b"\x00", 1)[0], charset)[0]
