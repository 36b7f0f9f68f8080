"""Delivery reports -> the recipients that they speak of.

RFC 3464 reports are read here; so are X-Failed-Recipients and the texts of mail servers that write no such report, with
flufl.bounce (Mailman's collection of their formats) for those that it knows.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final

from email_channels.mail.headers import decoded_text, message_id, raw_text, read_fields
from email_channels.mail.limits import (
    MAX_BOUNCE_LINE,
    MAX_BOUNCE_LINES,
    MAX_BOUNCE_TEXT,
    MAX_REPORT_BYTES,
    MAX_REPORT_RECIPIENTS,
)
from email_channels.mail.message import Attachment, InboundMessage


@dataclass(frozen=True, slots=True)
class FailedRecipient:
    """One recipient of a report. `action` is RFC 3464's (section 2.3.3) or "" where nothing says it.

    `status` is an enhanced status code (RFC 3463) or "", `diagnostic` the remote server's words or "".
    """

    address: str
    action: str
    status: str
    diagnostic: str


_STATUS: Final = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY_CODE: Final = re.compile(r"(?<![\d.])([45])\d\d(?:[\s-]|$)")
_ADDRESS: Final = re.compile(
    r"[\w.!#$%&*+/=?^`{|}~-][\w.!#$%&'*+/=?^`{|}~-]{0,63}@[^\W_](?:[\w-]{0,62})(?:\.[^\W_][\w-]{0,62}){1,10}"
)
# Exchange puts whole directory names (IMCEAEX-_O=...) into a local part: longer than RFC 5321 allows.
_WHOLE_ADDRESS: Final = re.compile(r"[^\s<>()\[\]:;,\\\"@]{1,900}@[^\s<>()\[\]:;,\\\"@]{1,255}")
# One that stands on a line by itself; where flufl.bounce takes one of these, the others are of the same list.
_ALONE: Final = re.compile(rf"^[ \t]{{0,20}}[\"'<]?({_ADDRESS.pattern})[>\"']?:?[ \t]{{0,20}}$", re.MULTILINE)
# What a report says of how the failed address came about: not whom the sender wrote to, but not another failure.
_CAME_FROM: Final = re.compile(r"\((?:generated|expanded) (?:from|by):? {0,3}<?([^\s<>()]{3,320}?)>?\)", re.IGNORECASE)
# Where the copy of the original begins in the text of a report that has no parts.
_COPY: Final = re.compile(
    r"^(?:-{2,}.{0,40}(?:copy of|original message|message header|returned message|below this line|message follows)"
    r".{0,80}"
    r"|[ \t]{0,20}(?:received|return-path|message-id|dkim-signature):\s.{0,200}"
    r"|.{0,20}(?:original message follows|copy of (?:the|your) message|message headers? follows?"
    r"|unsent message (?:is )?follows?|text of (?:the )?original message).{0,40})$",
    re.IGNORECASE | re.MULTILINE,
)
_ORIGINAL_ID: Final = re.compile(r"^[> \t]{0,10}message-id:\s{0,5}<?([^<>\s]{3,500})>?", re.IGNORECASE | re.MULTILINE)
_DELAY: Final = re.compile(
    r"\b(?:delay(?:ed)?|warning:? (?:could not send|message|e-?mail|mail|delivery)|not yet"
    r"|still (?:trying|being)|will (?:be retried|keep trying|continue)|temporar)"
    r"|verzögert|différée|retardée?|retras|ritard|atraso|vertraag|fördröj|forsink|opóźn|zpožd"
    r"|задерж|延迟|延遲|遅延|遅れ|지연",
    re.IGNORECASE,
)
# What is not tried again, though flufl.bounce has its filter's reports among those that are.
_REFUSED: Final = re.compile(r"\b(?:blocked|rejected|refused|denied) ", re.IGNORECASE)
# A report whose part went under another type, or was pasted into the text.
_REPORT_LINES: Final = re.compile(
    r"^(?:reporting-mta|final-recipient|original-recipient)[ \t]{0,5}:", re.IGNORECASE | re.MULTILINE
)
_SELF: Final = re.compile(
    r"^(?:mailer-daemon|postmaster|mail-daemon|mailerdaemon|mdaemon|noreply|no-reply|bounce)", re.IGNORECASE
)


def report_parts(message: InboundMessage) -> list[Attachment]:
    """The machine-readable parts of delivery reports (RFC 3464, RFC 6533)."""
    return [
        part
        for part in message.attachments
        if part.content_type in ("message/delivery-status", "message/global-delivery-status")
    ]


def reported_recipients(parts: list[Attachment], original: set[str]) -> tuple[FailedRecipient, ...]:
    """Recipients of RFC 3464 reports. `original` holds the addresses (in lower case) that the returned mail was for.

    The Final-Recipient is who refused it, the Original-Recipient whom the sender wrote to; after a forwarding they
    differ. Whichever the returned mail names is the one that the sender knows.
    """
    return _recipients((part.content for part in parts), original)


def _recipients(reports: Iterable[bytes], original: set[str]) -> tuple[FailedRecipient, ...]:
    found: dict[str, FailedRecipient] = {}
    for report in reports:
        for group in _groups(report[:MAX_REPORT_BYTES]):
            recipient = _recipient(group, original)
            if recipient is not None and len(found) < MAX_REPORT_RECIPIENTS:
                found.setdefault(recipient.address.lower(), recipient)
    return tuple(found.values())


def _groups(content: bytes) -> list[dict[str, str]]:
    """The groups of fields of a report, each by lower-case names; the first field of a name counts."""
    groups: list[dict[str, str]] = []
    data = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for block in re.split(rb"\n[ \t]*\n+", data.strip(b"\n")):
        if not block.strip():
            continue
        block = block.lstrip(b"\n")
        fields, _, _ = read_fields(block, 0, len(block))
        group: dict[str, str] = {}
        for name, value in fields:
            key = name.lower()
            if key == "final-recipient" and key in group:  # groups without a blank line between them
                groups.append(group)
                group = {}
            group.setdefault(key, decoded_text(value))
        if group:
            groups.append(group)
    return groups


def _recipient(group: dict[str, str], original: set[str]) -> FailedRecipient | None:
    candidates = [
        address
        for key in ("original-recipient", "final-recipient", "x-actual-recipient")
        if (address := _typed_address(group.get(key, "")))
    ]
    if not candidates:
        return None
    known = [address for address in candidates if address.lower() in original]
    whole = [address for address in candidates if "@" in address]
    action = group.get("action", "").split("(")[0].strip().split(" ")[0].lower()
    action = {"fail": "failed", "failure": "failed", "failed,": "failed", "delay": "delayed"}.get(action, action)
    diagnostic = re.sub(r"^[A-Za-z0-9-]{1,40}\s*;\s*", "", group.get("diagnostic-code", "")).strip()
    status_text = group.get("status", "")
    status = match[1] if (match := _STATUS.search(status_text)) else ""
    if not status or status.endswith(".0.0"):
        status = match[1] if (match := _STATUS.search(diagnostic)) else status
    if not action and status:
        action = {"5": "failed", "4": "delayed", "2": "delivered"}[status[0]]
    return FailedRecipient((known or whole or candidates)[0], action, status, diagnostic)


def _typed_address(value: str) -> str:
    """`rfc822; someone@example.com` -> the address (RFC 3464, section 2.3.1)."""
    kind, semicolon, rest = value.partition(";")
    address = (rest if semicolon else kind).strip().strip("<>").strip().strip("\"'")
    if _WHOLE_ADDRESS.fullmatch(address):
        return address
    if found := _ADDRESS.search(address):
        return found[0]
    address = re.sub(r"\s.*", "", address)
    return address if address and "unknown" not in kind.lower() else ""


def original_message(message: InboundMessage) -> tuple[str | None, set[str]]:
    """Message-ID of the returned mail, and the addresses in lower case that it was for."""
    for part in message.attachments:
        if part.content_type in (
            "message/rfc822",
            "text/rfc822-headers",
            "message/rfc822-headers",
            "message/global",
            "message/global-headers",
        ):
            content = part.content[:MAX_REPORT_BYTES].lstrip(b"\r\n")
            fields, _, _ = read_fields(content, 0, len(content))
            addresses: set[str] = set()
            identifier = None
            for name, value in fields:
                if name.lower() in ("to", "cc", "delivered-to", "x-original-to"):
                    addresses.update(address.lower() for address in _ADDRESS.findall(raw_text(value)))
                elif name.lower() == "message-id":
                    identifier = identifier or message_id(value)
            if identifier or addresses:
                return identifier, addresses
    text = (message.text or "")[-MAX_BOUNCE_TEXT:]
    copy = _COPY.search(text)
    if (match := _ORIGINAL_ID.search(text, copy.start() if copy else 0)) is not None:
        return match[1], set()
    referred = message.in_reply_to or message.references
    return (referred[-1] if referred else None), set()


def described_recipients(message: InboundMessage, original: set[str]) -> tuple[FailedRecipient, ...]:
    """Recipients that a report names in its own way, found by header, by flufl.bounce, then by reading its text."""
    text = (message.text or "")[:MAX_BOUNCE_TEXT]
    copy = _COPY.search(text, 1)
    report = text[: copy.start()] if copy and copy.start() > 40 else text
    if reported := _recipients(_mistyped_reports(message, text), original):
        return reported
    named = [
        address
        for name in ("x-failed-recipients", "x-failed-recipient", "x-mailer-daemon-recipients")
        for value in message.all_headers(name)
        for address in _ADDRESS.findall(value)
    ]
    delayed: set[str] = set()
    if not named:
        delayed_found, named = _known_formats(message)
        delayed = {address.lower() for address in delayed_found}
        named = [*named, *delayed_found]
        alone = [match[1] for match in _ALONE.finditer(report)]
        if not {address.lower() for address in named}.isdisjoint(address.lower() for address in alone):
            own = {address.address.lower() for address in (*message.to, *message.cc)}
            named = [*named, *(address for address in alone if address.lower() not in own and not _SELF.match(address))]
    if not named:
        named = _read_text(message, report, original) or _read_text(message, text, original)
    if origins := {address.lower() for address in _CAME_FROM.findall(report)} - original:
        named = [address for address in named if address.lower() not in origins] or named
    subject_delays = bool(_DELAY.search(message.subject))
    recipients: dict[str, FailedRecipient] = {}
    for address in named[:MAX_REPORT_RECIPIENTS]:
        diagnostic = _near(report, address)
        # Of one recipient alone, the code may stand before the address too.
        match = _STATUS.search(diagnostic) or (_STATUS.search(report) if len(named) == 1 else None)
        status = match[1] if match else ""
        code = _REPLY_CODE.search(diagnostic)
        waits = address.lower() in delayed and not _REFUSED.search(diagnostic)
        late = waits or subject_delays or (status or (code[1] if code else "5"))[0] == "4"
        recipients.setdefault(
            address.lower(), FailedRecipient(address, "delayed" if late else "failed", status, diagnostic)
        )
    return tuple(recipients.values())


def _mistyped_reports(message: InboundMessage, text: str) -> Iterator[bytes]:
    """Fields of RFC 3464 in the text, and in what is attached as something else ("details.txt"), from the first on."""
    if begins := _REPORT_LINES.search(text):
        yield text[begins.start() :].encode("utf-8", "replace")
    for part in message.attachments:
        if part.content_type.startswith("text/") or part.content_type == "application/octet-stream":
            attached = part.content[:MAX_REPORT_BYTES].decode("utf-8", "replace")
            if begins := _REPORT_LINES.search(attached):
                yield attached[begins.start() :].encode("utf-8", "replace")


def _known_formats(message: InboundMessage) -> tuple[list[str], list[str]]:
    """What flufl.bounce makes of the report: addresses that are delayed, and that failed."""
    from flufl.bounce import all_failures  # few mails are bounces, and fewer without a report

    rebuilt = Message()
    rebuilt["From"] = message.from_.address if message.from_ and message.from_.address.isascii() else "unknown@invalid"
    for name, value in message.headers:
        if name.lower() in ("to", "subject", "x-mailer", "x-failed-recipients"):
            rebuilt[name] = value.encode("ascii", "replace").decode("ascii")
    rebuilt["Content-Type"] = "text/plain"
    # Its detectors try every pattern on every line, and take the square of a long one's length.
    lines = (message.text or "")[:MAX_BOUNCE_TEXT].split("\n", MAX_BOUNCE_LINES)[:MAX_BOUNCE_LINES]
    rebuilt.set_payload("\n".join(line[:MAX_BOUNCE_LINE] for line in lines).encode("ascii", "replace").decode("ascii"))
    # It logs what it stumbles over, addresses included.
    logging.getLogger("flufl.bounce").disabled = True
    try:
        temporary, permanent = all_failures(rebuilt)
    except Exception:  # noqa: BLE001  # its detectors take regular mail for granted; ours need not be
        return [], []
    return _texts(temporary), _texts(permanent)


def _texts(addresses: object) -> list[str]:
    found = (
        [address.decode("ascii", "replace") for address in addresses if isinstance(address, bytes)]
        if isinstance(addresses, (set, frozenset))
        else []
    )
    return sorted(match[0] for address in found if (match := _ADDRESS.search(address)))


def _read_text(message: InboundMessage, report: str, original: set[str]) -> list[str]:
    """Addresses in the report's text: those that the returned mail was for, else those that stand out as recipients."""
    own = {address.address.lower() for address in (*message.to, *message.cc)}
    if message.from_ is not None:
        own.add(message.from_.address.lower())
    found = list(dict.fromkeys(address.rstrip(".") for address in _ADDRESS.findall(report)))
    found = [address for address in found if address.lower() not in own and not _SELF.match(address)]
    if known := [address for address in found if address.lower() in original]:
        return known
    marked = [
        address
        for address in found
        if re.search(
            rf"(?:^|\n)[ \t>]{{0,20}}(?:to:?\s{{0,3}})?[<\"'(]?{re.escape(address)}[>\"')]?", report, re.IGNORECASE
        )
    ]
    if marked:
        return marked
    if found:
        return found[:1]
    return sorted(original) if len(original) == 1 else []


def _near(report: str, address: str) -> str:
    """The words of the report around an address, on one line: where servers put the reason."""
    at = report.lower().find(address.lower())
    if at < 0:
        return ""
    around = report[at + len(address) : at + len(address) + 600].strip("<>: \t\r\n\"'")
    paragraph = re.split(r"\n\s*\n\s*\n", around)[0]
    return re.sub(r"\s+", " ", paragraph).strip()[:500]
