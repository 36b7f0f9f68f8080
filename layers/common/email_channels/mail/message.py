"""An inbound email as values: the result of parsing, which all other code reads.

The values are as the sender wrote them, and are not verified. `ses_headers` has the values that SES itself adds
(envelope recipient, verdicts).
"""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from functools import cached_property

from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox of RFC 5322, section 3.4: a display name (decoded, may be empty) and an address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part of the message that is not its body.

    `size` (bytes) and `sha256` (hexadecimal) describe the decoded `content`. `filename` has no path and is never
    empty. `content_id` has no angle brackets. `inline` is true for parts that the HTML body shows (RFC 2183, section
    2.1).
    """

    filename: str
    content_type: str
    size: int
    sha256: str
    content_id: str | None
    inline: bool
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class InboundMessage:
    """A parsed message. Message ids have no angle brackets, `date` has a zone, texts are unfolded and decoded.

    `headers` has all header fields in order, decoded, with their names as the sender wrote them. `defects` describes in
    words what is wrong with the message.
    """

    from_: Address | None
    sender: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    date: datetime | None
    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    text: str | None
    html: str | None
    attachments: tuple[Attachment, ...]
    headers: tuple[tuple[str, str], ...]
    defects: tuple[str, ...]

    def header(self, name: str) -> str | None:
        """The value of the first header field with this name (in any case); None if there is none."""
        return next(iter(self.all_headers(name)), None)

    def all_headers(self, name: str) -> tuple[str, ...]:
        """The values of all header fields with this name (in any case), in order."""
        return tuple(self._by_name.get(name.lower(), ()))

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        """The values of the header fields by their names in lower case. Rules ask for more than a hundred fields."""
        found: dict[str, list[str]] = {}
        for name, value in self.headers:
            found.setdefault(name.lower(), []).append(value)
        return found
