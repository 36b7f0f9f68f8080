"""One MIME entity (RFC 2045): its fields, the properties of its body, and the body, which is decoded on request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from itertools import islice
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.encoded_words import decode_words
from email_channels.mail.headers import Fields, raw_text
from email_channels.mail.limits import MAX_PARAMETERS
from email_channels.mail.parameters import parse_parameters
from email_channels.mail.transfer_encodings import decode_text_transfer, decode_transfer, encoding_name
from email_channels.values import dataclass

_TYPE: Final = expression(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}$")
# Content types that programs write without the subtype, or without the main type.
_ABBREVIATED_TYPES: Final = {
    "text": "text/plain",
    "txt": "text/plain",
    "html": "text/html",
    "plain": "text/plain",
    "multipart": "multipart/mixed",
    "pdf": "application/pdf",
    "zip": "application/zip",
    "msword": "application/msword",
    "octet-stream": "application/octet-stream",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "csv": "text/csv",
    "calendar": "text/calendar",
}
_UNKNOWN_TYPE: Final = "application/octet-stream"
_EXTENSION: Final = expression(r"\.([A-Za-z0-9]{1,5})$")
_TEXT_EXTENSIONS: Final = frozenset(("txt", "text", "log", "asc", "md", "csv", "htm", "html"))
_CONTROL: Final = expression(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SAMPLE: Final = 2_000

# Such a field on the line of another one: a program forgot the line end, or wrote it as a backslash and a letter.
_RUN_TOGETHER: Final = expression(
    rb"(?:(?:\\[rn]|[\s;,]){1,20}|(?<=\"))(MIME-Version|Content-(?:Type|Transfer-Encoding|Disposition|ID))[ \t]{0,9}:",
    re.IGNORECASE,
)
_MAY_HOLD_OTHERS: Final = frozenset(("from", "sender", "reply-to", "to", "cc", "bcc", "date", "message-id", "x-mailer"))
"""Fields without free text. Scripts set them, and forget the line end below them."""
_MAX_RUN_TOGETHER: Final = 20
_BARE_ENCODING: Final = expression(rb";\s{0,9}(base64|quoted-printable)\s{0,9}(?:;|$)", re.IGNORECASE)
_SLASHES: Final = expression(r"[/\\]{1,3}")


@dataclass(slots=True)
class Part:
    """One entity: its fields, and the position of its body in `buffer`."""

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
    """Whether the part has a valid Content-Type."""
    has_disposition: bool = False
    """Whether Content-Disposition says if the part is an attachment. A file name alone makes it one, unless it is the
    only part."""
    content_fields: dict[str, list[bytes]] = field(default_factory=dict, repr=False)
    """The fields that describe the content, by their names in lower case. `read_content_fields` finds them."""
    children: list[Part] = field(default_factory=list)

    def field(self, name: str) -> bytes | None:
        """The first field with this name (in lower case)."""
        if name in self.content_fields:
            return self.content_fields[name][0]
        return next((value for key, value in self.fields if key.lower() == name), None)

    def raw_body(self) -> bytes:
        """The body as it is in the message, not decoded."""
        return self.buffer[self.start : self.end]

    def decoded_body(self) -> tuple[bytes, str | None]:
        """The body after its transfer encoding was decoded, and the defect that was found (or None)."""
        return decode_transfer(self.raw_body(), self.encoding)

    def decoded_text_body(self) -> tuple[bytes, str | None]:
        """The same as `decoded_body`, for a part that is text."""
        return decode_text_transfer(self.raw_body(), self.encoding)

    def seems_text(self) -> bool:
        """Whether the body begins without control characters that no text has."""
        sample, _ = decode_transfer(self.buffer[self.start : min(self.end, self.start + _SAMPLE)], self.encoding)
        return _CONTROL.search(sample) is None

    def walk(self) -> Iterator[Part]:
        """This part and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def read_content_fields(self, default_type: str, hint: str | None) -> list[str]:
        """Reads Content-Type, Content-Disposition and Content-Transfer-Encoding. Returns their defects.

        `hint` is the charset of the first text of the message. Raw 8-bit fields are probably in it.
        """
        defects: list[str] = []
        self.content_type = default_type
        self.content_fields = _content_fields(self.fields)
        if (value := self.field("content-type")) is not None and value.strip():
            defects = self._read_content_type(value, hint)
        if hint is None and self.content_type.startswith("text/"):
            hint = self.parameters.get("charset")
        for value in self.content_fields.get("content-disposition", ()):
            if not self.disposition_parameters:  # some programs write the field twice
                self._read_disposition(value, hint)
        if (value := self.field("content-transfer-encoding")) is not None:
            self.encoding = encoding_name(raw_text(value))
        else:
            self.encoding = self._encoding_in_type()
        if defects and not self.declared and self.content_type == "text/plain" and self._seems_binary():
            self.content_type = _UNKNOWN_TYPE
        return defects

    def _encoding_in_type(self) -> str:
        """The encoding that is declared among the parameters of Content-Type; "" if there is none."""
        for name in ("content-transfer-encoding", "transfer-encoding", "encoding"):
            if encoding := self.parameters.get(name):
                return encoding_name(encoding)
        bare = _BARE_ENCODING.search(self.field("content-type") or b"")
        return encoding_name(bare[1].decode()) if bare is not None else ""

    def _read_content_type(self, value: bytes, hint: str | None) -> list[str]:
        """Read Content-Type. An invalid type is ignored (RFC 2045, section 5.2). Returns the defects."""
        defects: list[str] = []
        content_type, self.parameters = parse_parameters(value, hint)
        if value.count(b";") > MAX_PARAMETERS:
            defects.append("too many parameters in Content-Type: the rest was not read")
        content_type = _SLASHES.sub("/", content_type.split(",")[0].split(":")[0])
        content_type = _ABBREVIATED_TYPES.get(content_type, content_type)
        if _TYPE.match(content_type):
            self.declared = True
            self.content_type = content_type
            return defects
        if "boundary" in self.parameters:
            self.content_type = "multipart/mixed"
        return [*defects, "invalid Content-Type"]

    def _read_disposition(self, value: bytes, hint: str | None) -> None:
        if value.startswith(b"=?"):
            value = decode_words(raw_text(value)).encode("utf-8", "replace")
        self.disposition, self.disposition_parameters = parse_parameters(value, hint)
        self.has_disposition = True
        if "=" in self.disposition:  # `Content-Disposition: filename=a.pdf`
            _, self.disposition_parameters = parse_parameters(b"attachment;" + value, hint)
            self.disposition = "attachment" if self.disposition_parameters.get("filename") else ""
            self.has_disposition = False

    def _seems_binary(self) -> bool:
        """Whether a part of an invalid type is a file that is not text, by its name, or otherwise by its content."""
        name = self.disposition_parameters.get("filename") or self.parameters.get("name") or ""
        if extension := _EXTENSION.search(name.strip()):
            return extension[1].lower() not in _TEXT_EXTENSIONS
        return not self.seems_text()


def _content_fields(fields: Fields) -> dict[str, list[bytes]]:
    """The fields that describe the content, by their names in lower case.

    A field on the line of another one counts if there is no other field with its name.
    """
    found: dict[str, list[bytes]] = {}
    misplaced: dict[str, list[bytes]] = {}
    for key, value in fields:
        name = key.lower()
        of_content = name.startswith("content-") or name == "mime-version"
        if of_content or name in _MAY_HOLD_OTHERS:
            own, *others = _apart(value)
            if of_content:
                found.setdefault(name, []).append(own[1])
            for other, rest in others:
                misplaced.setdefault(other, []).append(rest)
    return misplaced | found


def own_value(name: str, value: bytes) -> bytes:
    """The value of a field without the fields of the content that were run together with it."""
    return _apart(value)[0][1] if name in _MAY_HOLD_OTHERS else value


def _apart(value: bytes) -> list[tuple[str, bytes]]:
    """The value of a field, and names and values of the fields that were run together with it. The first name is ""."""
    pieces: list[tuple[str, bytes]] = []
    name, start = "", 0
    if b":" in value:
        for other in islice(_RUN_TOGETHER.finditer(value), _MAX_RUN_TOGETHER):
            if value.count(b'"', 0, other.start()) % 2 == 0:  # not within quotes
                pieces.append((name, value[start : other.start()]))
                name, start = other[1].lower().decode(), other.end()
    return [*pieces, (name, value[start:].strip())]
