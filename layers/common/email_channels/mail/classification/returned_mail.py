"""The email that a bounce returns: its Message-ID, its recipients, and where its copy begins in a text."""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.classification.bounce_texts import ATTACHED_BOUNCE
from email_channels.mail.classification.delivery_reports import ADDRESS
from email_channels.mail.classification.patterns import joined
from email_channels.mail.headers import raw_text, read_fields
from email_channels.mail.limits import MAX_BOUNCE_TEXT, MAX_REPORT_BYTES
from email_channels.mail.message import Attachment, InboundMessage
from email_channels.mail.message_ids import message_id

_RETURNED_TYPES: Final = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
)
_BEHIND_DASHES: Final = (
    "copy of",
    "original message",
    "message header",
    "returned message",
    "below this line",
    "message follows",
)
_WITHOUT_DASHES: Final = (
    "original message follows",
    "copy of (?:the|your) message",
    "message headers? follows?",
    "unsent message (?:is )?follows?",
    "text of (?:the )?original message",
)
_FIRST_HEADERS: Final = ("received", "return-path", "message-id", "dkim-signature")
_COPY: Final = expression(
    rf"^(?:-{{2,200}}+.{{0,40}}(?:{joined(_BEHIND_DASHES)}).{{0,80}}"
    rf"|[ \t]{{0,20}}(?:{joined(_FIRST_HEADERS)}):\s.{{0,200}}"
    rf"|.{{0,20}}(?:{joined(_WITHOUT_DASHES)}).{{0,40}})$",
    re.IGNORECASE | re.MULTILINE,
)
"""The line with which the copy of the original begins, in a bounce without parts."""

_MESSAGE_ID: Final = expression(r"^[> \t]{0,10}message-id:\s{0,5}<?([^<>\s]{3,500})>?", re.IGNORECASE | re.MULTILINE)

_ATTACHED_HEADER: Final = 65_536
"""Bytes of an attached email that are searched for its sender."""

_SHORTEST_REPORT: Final = 40
"""The text above a copy is a report only if it has more characters than this."""


def original_message(message: InboundMessage) -> tuple[str | None, set[str]]:
    """The Message-ID of the returned email (None if not found), and its recipients in lower case.

    They are read from the attached copy. Without one, only the Message-ID is found: in the copy in the text, or else in
    the In-Reply-To or References header of the bounce.
    """
    for part in message.attachments:
        if part.content_type in _RETURNED_TYPES:
            identifier, addresses = _read_header(part)
            if identifier or addresses:
                return identifier, addresses
    text = (message.text or "")[-MAX_BOUNCE_TEXT:]
    copy = _COPY.search(text)
    if (match := _MESSAGE_ID.search(text, copy.start() if copy else 0)) is not None:
        return match[1], set()
    referred = message.in_reply_to or message.references
    return (referred[-1] if referred else None), set()


def is_returned_mail(part: Attachment) -> bool:
    """Whether the part is the returned email, and not a bounce that somebody attached in order to ask about it."""
    return part.content_type in ("message/rfc822", "text/rfc822-headers") and not is_bounce(part)


def is_bounce(part: Attachment) -> bool:
    """Whether the header of an attached email looks like that of a bounce."""
    header = re.split(rb"\r?\n\r?\n", part.content[:_ATTACHED_HEADER].lstrip(b"\r\n"), maxsplit=1)[0]
    return ATTACHED_BOUNCE.search(header) is not None


def without_copy(text: str) -> str:
    """The part of `text` above the copy of the returned email; the whole text if that part is very short."""
    copy = _COPY.search(text, 1)
    return text[: copy.start()] if copy and copy.start() > _SHORTEST_REPORT else text


def _read_header(part: Attachment) -> tuple[str | None, set[str]]:
    content = part.content[:MAX_REPORT_BYTES].lstrip(b"\r\n")
    fields, _, _ = read_fields(content, 0, len(content))
    addresses: set[str] = set()
    identifier = None
    for name, value in fields:
        if name.lower() in ("to", "cc", "delivered-to", "x-original-to"):
            addresses.update(address.lower() for address in ADDRESS.findall(raw_text(value)))
        elif name.lower() == "message-id":
            identifier = identifier or message_id(value)
    return identifier, addresses
