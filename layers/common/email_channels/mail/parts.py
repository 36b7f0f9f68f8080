"""One MIME entity (RFC 2045): its fields, the properties of its body, and the body, which is decoded on request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from email_channels.mail.headers import Fields, raw_text
from email_channels.mail.limits import MAX_PARAMETERS
from email_channels.mail.parameters import parse_parameters
from email_channels.mail.transfer_encodings import decode_text_transfer, decode_transfer, encoding_name

_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}$")
# Content types that programs write without the subtype, or without the main type.
_ABBREVIATED_TYPES: Final = {
    "text": "text/plain",
    "html": "text/html",
    "plain": "text/plain",
    "multipart": "multipart/mixed",
}


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
    children: list[Part] = field(default_factory=list)

    def field(self, name: str) -> bytes | None:
        """The first field with this name (in lower case)."""
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
        if (value := self.field("content-type")) is not None and value.strip():
            defects = self._read_content_type(value, hint)
        if hint is None and self.content_type.startswith("text/"):
            hint = self.parameters.get("charset")
        for name, value in self.fields:
            # Some programs write the field twice.
            if name.lower() == "content-disposition" and not self.disposition_parameters:
                self._read_disposition(value, hint)
        if (value := self.field("content-transfer-encoding")) is not None:
            self.encoding = encoding_name(raw_text(value))
        return defects

    def _read_content_type(self, value: bytes, hint: str | None) -> list[str]:
        """Read Content-Type. An invalid type is ignored (RFC 2045, section 5.2). Returns the defects."""
        defects: list[str] = []
        content_type, self.parameters = parse_parameters(value, hint)
        if value.count(b";") > MAX_PARAMETERS:
            defects.append("too many parameters in Content-Type: the rest was not read")
        content_type = content_type.split(",")[0].split(":")[0]
        content_type = _ABBREVIATED_TYPES.get(content_type, content_type)
        if _TYPE.match(content_type):
            self.declared = True
            self.content_type = content_type
            return defects
        if "boundary" in self.parameters:
            self.content_type = "multipart/mixed"
        return [*defects, "invalid Content-Type"]

    def _read_disposition(self, value: bytes, hint: str | None) -> None:
        self.disposition, self.disposition_parameters = parse_parameters(value, hint)
        if "=" in self.disposition:  # `Content-Disposition: filename=a.pdf`
            self.disposition = "attachment"
            _, self.disposition_parameters = parse_parameters(b"attachment;" + value)
