"""A message's bytes -> `InboundMessage`. Pure; never raises, whatever the bytes.

mail-parser reads what it reads well: address and date fields that are written as the RFCs say. What it misreads is
read here (`addresses`, `dates`), as are structure, bodies and attachments (`mime`, `bodies`, `attachments`), where it
and the standard library lose text, leak attached messages into the body, or take eight times the message's size.
No other module imports mail-parser: its attributes are names of headers, and one misspelt is silently empty.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Final

from mailparser.dates import parse_mail_date  # type: ignore[import-untyped]  # it has no stubs
from mailparser.utils import get_addresses  # type: ignore[import-untyped]  # it has no stubs

from email_channels.mail import attachments as attached
from email_channels.mail import bodies, headers
from email_channels.mail.addresses import parse_addresses
from email_channels.mail.charsets import codec_name
from email_channels.mail.dates import parse_date
from email_channels.mail.limits import MAX_ADDRESSES, MAX_DEFECTS, MAX_ENCODED_WORDS, MAX_MESSAGE_IDS
from email_channels.mail.message import Address, Attachment, InboundMessage
from email_channels.mail.message_ids import message_id, message_ids
from email_channels.mail.mime import Part, read_tree

# Fields that mail-parser's reading of is right: ASCII, no words to decode, no groups, routes or other old forms.
_PLAIN_ADDRESSES: Final = re.compile(r"[\w .!#$%&*+/=?^`{|}~<>@,\"-]{3,2000}", re.ASCII)
_ABOVE_HEADERS: Final = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n \t]{0,200}(?=[A-Za-z][A-Za-z0-9-]{1,60}:)")
_ENCODED_WORD: Final = re.compile(rb"=\?([A-Za-z0-9_.:-]{1,60})\?[bBqQ]\?")
# RFC 5322, section 3.6, has each of them once at most.
_ONCE: Final = ("From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References")
_READ: Final = ("From", "Sender", "Reply-To", "To", "Cc", "Subject")
_FURTHEST_ZONE: Final = 15  # hours; mail-parser takes +2500 for one
_NUMERIC_ZONE: Final = re.compile(r"[+-]\d{4}\s*(?:\([^()]{0,40}\))?$")


def parse_message(raw: bytes) -> InboundMessage:
    """The message that `raw` holds."""
    buffer = _made_readable(bytes(raw))
    root, defects = read_tree(buffer)
    if not root.fields:
        defects.append("no header fields")
    hint = _charset_of_text(root)
    by_name: dict[str, list[bytes]] = {}
    for name, value in root.fields:
        by_name.setdefault(name.lower(), []).append(value)

    defects += _header_defects(by_name)
    if b"\x00" in buffer:
        defects.append("NUL bytes")

    content = bodies.collect(root)
    defects += content.defects
    html = content.html
    files, problems = _attachments(content, html)
    defects += problems
    text = content.text

    date, problem = _date(by_name.get("date", []))
    defects += problem
    senders = _addresses(by_name.get("from", []), hint, defects, "From")
    return InboundMessage(
        from_=senders[0] if senders else None,
        sender=_addresses(by_name.get("sender", []), hint, defects, "Sender"),
        reply_to=_addresses(by_name.get("reply-to", []), hint, defects, "Reply-To"),
        to=_addresses(by_name.get("to", []), hint, defects, "To"),
        cc=_addresses(by_name.get("cc", []), hint, defects, "Cc"),
        subject=_subject(by_name.get("subject", []), hint),
        date=date,
        message_id=next(filter(None, map(message_id, by_name.get("message-id", []))), None),
        in_reply_to=_ids(by_name.get("in-reply-to", []), defects, "In-Reply-To"),
        references=_ids(by_name.get("references", []), defects, "References"),
        text=text,
        html=html,
        attachments=files,
        headers=tuple((name, headers.decoded_text(value, hint)) for name, value in root.fields),
        defects=tuple(dict.fromkeys(defects))[:MAX_DEFECTS],
    )


def _made_readable(raw: bytes) -> bytes:
    """`raw` without what stands above its headers: a byte-order mark, blank lines.

    Carriage returns alone, with which old Macintoshes ended lines, become line feeds; a message that an editor stored
    as UTF-16 becomes UTF-8.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raw = raw.decode("utf-16", "replace").encode("utf-8", "replace")
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    above = _ABOVE_HEADERS.match(raw)
    return raw[above.end() :] if above else raw


def _charset_of_text(root: Part) -> str | None:
    """The charset that the first text names, else the first encoded word: raw headers are likely to be in it, too."""
    for part in root.walk():
        if part.content_type.startswith("text/") and (charset := part.parameters.get("charset")):
            return charset
    for name, value in root.fields:
        if name.lower() in ("from", "to", "subject", "cc") and (word := _ENCODED_WORD.search(value)) is not None:
            return word[1].decode("ascii", "replace")
    return None


def _header_defects(by_name: dict[str, list[bytes]]) -> list[str]:
    """What is wrong with the fields that people read: given again, or in a charset that is not named or not known."""
    defects = [f"more than one {name}" for name in _ONCE if len(by_name.get(name.lower(), ())) > 1]
    for name in _READ:
        if any(not value.isascii() and not _is_utf8(value) for value in by_name.get(name.lower(), ())):
            defects.append(f"8-bit text in {name} that is not UTF-8")
        words = [_ENCODED_WORD.findall(value) for value in by_name.get(name.lower(), ())]
        if any(len(found) > MAX_ENCODED_WORDS for found in words):
            defects.append(f"too many encoded words in {name}: the rest was not decoded")
        charsets = {charset for found in words for charset in found}
        unknown = sorted(word.decode("ascii").lower() for word in charsets if codec_name(word.decode("ascii")) is None)
        defects += [f"unknown charset '{charset}' in {name}" for charset in unknown[:3]]
    return defects


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _subject(values: list[bytes], hint: str | None) -> str:
    """The first subject that says something."""
    decoded = [headers.decoded_text(value, hint) for value in values]
    subject = next(filter(None, decoded), "")
    return re.sub(r"[\t\r\n]", " ", subject).strip()


def _ids(values: list[bytes], defects: list[str], name: str) -> tuple[str, ...]:
    """The ids of the fields of one name, each once. Of too many the first and the last: the root, and the parent."""
    found = tuple(dict.fromkeys(identifier for value in values for identifier in message_ids(value)))
    if len(found) <= MAX_MESSAGE_IDS:
        return found
    defects.append(f"too many ids in {name}: some were not read")
    return found[:1] + found[1 - MAX_MESSAGE_IDS :]


def _addresses(values: list[bytes], hint: str | None, defects: list[str], name: str) -> tuple[Address, ...]:
    """All addresses of the fields of one name: real mail repeats To and Cc (against RFC 5322, section 3.6)."""
    found: list[Address] = []
    for value in values:
        text = headers.raw_text(value, hint)
        if not text.strip():
            continue
        read = _well_formed_addresses(text) or parse_addresses(text)
        if not read and ":" not in text:
            defects.append(f"no address in {name}")
        found.extend(read)
    if len(found) >= MAX_ADDRESSES:
        defects.append(f"too many addresses in {name}: the rest was not read")
    return tuple(found[:MAX_ADDRESSES])


def _well_formed_addresses(text: str) -> tuple[Address, ...]:
    """What mail-parser makes of a plain field, or nothing where it had to recover or found less than there is."""
    if _PLAIN_ADDRESSES.fullmatch(text) is None or "=?" in text:
        return ()
    problems: list[object] = []
    pairs = get_addresses(text, defects=problems)
    if problems or not all(address and "@" in address and not address.endswith(".") for _, address in pairs):
        return ()
    return tuple(Address(" ".join(name.split()), address) for name, address in pairs)


def _date(values: list[bytes]) -> tuple[datetime | None, list[str]]:
    """The first date that can be read, in the sender's zone."""
    for value in values:
        text = headers.decoded_text(value)
        if _NUMERIC_ZONE.search(text):
            result = parse_mail_date(text)
            if result.value is not None and abs(float(result.timezone)) <= _FURTHEST_ZONE:
                zone = timezone(timedelta(hours=float(result.timezone)))
                return result.value.astimezone(zone), []
        if (date := parse_date(text)) is not None:
            zone_given = _NUMERIC_ZONE.search(text)
            if zone_given and int(zone_given[0][1:3]) > _FURTHEST_ZONE:
                return date, ["Date in a zone that is nowhere: taken as UTC"]
            return date, [] if zone_given else ["Date not as RFC 5322 wants it"]
    return None, ["Date cannot be read"] if values else ["no Date"]


def _attachments(content: bodies.Content, html: str | None) -> tuple[tuple[Attachment, ...], list[str]]:
    made: list[Attachment] = []
    defects: list[str] = []
    shown = attached.referred_to(html)
    for number, part in enumerate(content.parts, start=1):
        attachment, defect = attached.make_attachment(part, number, html, shown)
        made.append(attachment)
        if defect:
            defects.append(defect)
    return (*made, *content.files), defects
