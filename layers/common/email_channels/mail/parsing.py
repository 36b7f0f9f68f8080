"""Parses the bytes of a message into an `InboundMessage`. Pure. Takes any bytes and never raises.

mail-parser is used for two things: `get_addresses` reads address fields in plain ASCII, and `parse_mail_date` reads
dates with a numeric zone. These are the forms that the RFCs require, and most mail has no others.

mail-parser is not used for fields in other forms, which it misreads (see `addresses`, `dates`). It is not used for
structure, bodies and attachments either (see `mime`, `bodies`, `attachments`): there, mail-parser and the standard
library lose text, put attached messages into the body, or need eight times the message's size. Its message object is
not used either: its attributes are named after headers, and a misspelt name gives an empty value and no error.

No other module imports mail-parser.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Final

from mailparser.dates import parse_mail_date  # type: ignore[import-untyped]  # it has no stubs
from mailparser.utils import get_addresses  # type: ignore[import-untyped]  # it has no stubs

from email_channels.expressions import expression
from email_channels.mail.addresses import parse_addresses
from email_channels.mail.attachments import content_ids_in, make_attachment
from email_channels.mail.bodies import Content, collect
from email_channels.mail.charsets import codec_name
from email_channels.mail.charsets.hints import charset_of_message
from email_channels.mail.dates import parse_date
from email_channels.mail.headers import decoded_text, made_readable, raw_text
from email_channels.mail.limits import MAX_ADDRESSES, MAX_DEFECTS, MAX_ENCODED_WORDS, MAX_MESSAGE_IDS
from email_channels.mail.message import Address, Attachment, InboundMessage
from email_channels.mail.message_ids import message_id, message_ids
from email_channels.mail.mime import read_tree
from email_channels.mail.office.bodyless import text_without_body
from email_channels.mail.parts import Part, own_value
from email_channels.mail.shown_text import shown_text

# RFC 5322, section 3.6: a message has each of these fields at most once.
_ONCE: Final = ("From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References")
_WITH_TEXT: Final = ("From", "Sender", "Reply-To", "To", "Cc", "Subject")
_ENCODED_WORD: Final = expression(rb"=\?([A-Za-z0-9_.:-]{1,60})\?[bBqQ]\?")
_MAX_UNKNOWN_CHARSETS: Final = 3
# Address fields that mail-parser reads correctly: ASCII, no words to decode, no groups, routes or other old forms.
_PLAIN_ADDRESSES: Final = expression(r"[\w .!#$%&*+/=?^`{|}~<>@,\"-]{3,2000}", re.ASCII)
_NUMERIC_ZONE: Final = expression(r"[+-]\d{4}\s*(?:\([^()]{0,40}\))?$")
_FURTHEST_ZONE: Final = 15
"""Hours from UTC. mail-parser accepts +2500 as a zone."""


def parse_message(raw: bytes) -> InboundMessage:
    """The message in `raw`, the bytes of an email as the sender sent them."""
    buffer = made_readable(bytes(raw))
    root, defects = read_tree(buffer)
    header = _Header(root)
    if not root.fields:
        defects.append("no header fields")
    defects += header.field_defects()
    if b"\x00" in buffer:
        defects.append("NUL bytes")
    content = collect(root)
    defects += content.defects
    html = content.html
    attachments, attachment_defects = _attachments(content, html)
    defects += attachment_defects
    date = header.date()
    senders = header.addresses("From")
    subject = header.subject()
    text = content.text
    if not (text or "").strip():
        content_class = next(map(decoded_text, header.values("Content-Class")), None)
        text = text_without_body(senders[0] if senders else None, subject, attachments, content_class) or text
    return InboundMessage(
        from_=senders[0] if senders else None,
        sender=header.addresses("Sender"),
        reply_to=header.addresses("Reply-To"),
        to=header.addresses("To"),
        cc=header.addresses("Cc"),
        subject=subject,
        date=date,
        message_id=header.message_id(),
        in_reply_to=header.ids("In-Reply-To"),
        references=header.ids("References"),
        text=text,
        html=html,
        attachments=attachments,
        headers=tuple((name, decoded_text(value, header.hint)) for name, value in root.fields),
        defects=tuple(dict.fromkeys(defects + header.defects))[:MAX_DEFECTS],
    )


class _Header:
    """The header section of a message. Reading a field adds its defects to `defects`."""

    def __init__(self, root: Part) -> None:
        self.hint = None if all(value.isascii() for _, value in root.fields) else charset_of_message(root)
        """The charset that raw 8-bit fields are probably in; None if there are none, or if nothing tells it."""
        self.defects: list[str] = []
        self.by_name: dict[str, list[bytes]] = {}
        for name, value in root.fields:
            key = name.lower()
            self.by_name.setdefault(key, []).append(own_value(key, value))

    def values(self, name: str) -> list[bytes]:
        """The values of all fields of one name, in order."""
        return self.by_name.get(name.lower(), [])

    def field_defects(self) -> list[str]:
        """The defects of the fields that people read: repeated fields, and undeclared or unknown charsets."""
        defects = [f"more than one {name}" for name in _ONCE if len(self.values(name)) > 1]
        for name in _WITH_TEXT:
            defects += _text_defects(name, self.values(name))
        return defects

    def addresses(self, name: str) -> tuple[Address, ...]:
        """All addresses of all fields of one name. Real mail repeats To and Cc (against RFC 5322, section 3.6)."""
        found: list[Address] = []
        for value in self.values(name):
            text = raw_text(value, self.hint)
            if not text.strip():
                continue
            read = _well_formed_addresses(text) or parse_addresses(text)
            if not read and ":" not in text:  # a group may be empty
                self.defects.append(f"no address in {name}")
            found.extend(read)
        if len(found) >= MAX_ADDRESSES:
            self.defects.append(f"too many addresses in {name}: the rest was not read")
        return tuple(found[:MAX_ADDRESSES])

    def subject(self) -> str:
        """The first subject that is not empty, as people are shown it."""
        return next(filter(None, (shown_text(decoded_text(value, self.hint)) for value in self.values("Subject"))), "")

    def message_id(self) -> str | None:
        """The first message id."""
        return next(filter(None, map(message_id, self.values("Message-ID"))), None)

    def ids(self, name: str) -> tuple[str, ...]:
        """The ids of the fields of one name, each once.

        If there are too many, the first one (the root of the thread) and the last ones are kept.
        """
        found = tuple(dict.fromkeys(identifier for value in self.values(name) for identifier in message_ids(value)))
        if len(found) <= MAX_MESSAGE_IDS:
            return found
        self.defects.append(f"too many ids in {name}: some were not read")
        return found[:1] + found[1 - MAX_MESSAGE_IDS :]

    def date(self) -> datetime | None:
        """The first date that can be read, in the sender's zone."""
        values = self.values("Date")
        for value in values:
            text = decoded_text(value)
            zone = _NUMERIC_ZONE.search(text)
            if zone and (date := _well_formed_date(text)) is not None:
                return date
            if (date := parse_date(text)) is not None:
                if zone is None:
                    self.defects.append("Date is not in the format of RFC 5322")
                elif int(zone[0][1:3]) > _FURTHEST_ZONE:
                    self.defects.append("Date has an impossible time zone: read as UTC")
                return date
        self.defects.append("Date cannot be read" if values else "no Date")
        return None


def _text_defects(name: str, values: list[bytes]) -> list[str]:
    """The defects of the charsets in the fields of one name."""
    defects: list[str] = []
    if not all(value.isascii() or _is_utf8(value) for value in values):
        defects.append(f"8-bit text in {name} that is not UTF-8")
    words = [_ENCODED_WORD.findall(value) for value in values]
    if any(len(found) > MAX_ENCODED_WORDS for found in words):
        defects.append(f"too many encoded words in {name}: the rest was not decoded")
    charsets = {charset.decode("ascii") for found in words for charset in found}
    unknown = sorted(charset.lower() for charset in charsets if codec_name(charset) is None)
    return defects + [f"unknown charset '{charset}' in {name}" for charset in unknown[:_MAX_UNKNOWN_CHARSETS]]


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _well_formed_addresses(text: str) -> tuple[Address, ...]:
    """The addresses that mail-parser reads in a plain field; empty if it reports problems or finds no valid address."""
    if _PLAIN_ADDRESSES.fullmatch(text) is None or "=?" in text:
        return ()
    problems: list[object] = []
    pairs = get_addresses(text, defects=problems)
    if problems or not all(address and "@" in address and not address.endswith(".") for _, address in pairs):
        return ()
    return tuple(Address(" ".join(name.split()), address) for name, address in pairs)


def _well_formed_date(text: str) -> datetime | None:
    """The date that mail-parser reads in a field with a numeric zone; None if it cannot."""
    result = parse_mail_date(text)
    if result.value is None or abs(float(result.timezone)) > _FURTHEST_ZONE:
        return None
    date: datetime = result.value.astimezone(timezone(timedelta(hours=float(result.timezone))))
    return date


def _attachments(content: Content, html: str | None) -> tuple[tuple[Attachment, ...], list[str]]:
    """All attachments, and their defects."""
    made: list[Attachment] = []
    defects: list[str] = []
    shown = content_ids_in(html)
    for number, part in enumerate(content.parts, start=1):
        attachment, defect = make_attachment(part, number, html, shown)
        made.append(attachment)
        if defect:
            defects.append(defect)
    return (*made, *content.files), defects
