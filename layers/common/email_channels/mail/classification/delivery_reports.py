"""Reads delivery reports (RFC 3464): the recipients, and what happened to the email of each recipient.

`nonstandard_bounces` reads bounces that have no such report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.headers import decoded_text, read_fields
from email_channels.mail.limits import MAX_REPORT_BYTES, MAX_REPORT_RECIPIENTS
from email_channels.mail.message import Attachment, InboundMessage
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class FailedRecipient:
    """One recipient that a bounce names. A value that the bounce does not give is "".

    `action` is a word of RFC 3464, section 2.3.3: "failed", "delayed", "delivered", "relayed" or "expanded"; a report
    may hold another word. `status` is an enhanced status code (RFC 3463). `diagnostic` is the remote server's text.
    """

    address: str
    action: str
    status: str
    diagnostic: str


STATUS: Final = expression(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
"""An enhanced status code (RFC 3463)."""

ADDRESS: Final = expression(
    r"[\w.!#$%&*+/=?^`{|}~-][\w.!#$%&'*+/=?^`{|}~-]{0,63}@[^\W_](?:[\w-]{0,62})(?:\.[^\W_][\w-]{0,62}){1,10}"
)
"""An address in a text."""

# Exchange puts whole directory names (IMCEAEX-_O=...) into a local part: longer than RFC 5321 allows.
_WHOLE_ADDRESS: Final = expression(r"[^\s<>()\[\]:;,\\\"@]{1,900}@[^\s<>()\[\]:;,\\\"@]{1,255}")
_DIAGNOSTIC_TYPE: Final = expression(r"^[A-Za-z0-9-]{1,40}\s*;\s*")

# What programs write instead of "failed" and "delayed" (RFC 3464).
_ACTIONS: Final = {"fail": "failed", "failure": "failed", "failed,": "failed", "delay": "delayed"}
_ACTION_BY_STATUS_CLASS: Final = {"5": "failed", "4": "delayed", "2": "delivered"}


def report_parts(message: InboundMessage) -> list[Attachment]:
    """The machine-readable parts of delivery reports (RFC 3464, RFC 6533)."""
    return [
        part
        for part in message.attachments
        if part.content_type in ("message/delivery-status", "message/global-delivery-status")
    ]


def reported_recipients(parts: list[Attachment], original: set[str]) -> tuple[FailedRecipient, ...]:
    """The recipients that RFC 3464 reports name. `original` holds the recipients of the returned email, in lower case.

    Final-Recipient is the address that refused the email, Original-Recipient the address to which the sender wrote.
    They differ if the email was forwarded. The sender knows the one that the returned email names, so it is used.
    """
    return read_reports((part.content for part in parts), original)


def read_reports(reports: Iterable[bytes], original: set[str]) -> tuple[FailedRecipient, ...]:
    """The recipients that the contents of reports name, each once. `original` is as in `reported_recipients`."""
    found: dict[str, FailedRecipient] = {}
    for report in reports:
        for group in _groups(report[:MAX_REPORT_BYTES]):
            recipient = _recipient(group, original)
            if recipient is not None and len(found) < MAX_REPORT_RECIPIENTS:
                found.setdefault(recipient.address.lower(), recipient)
    return tuple(found.values())


def _groups(content: bytes) -> list[dict[str, str]]:
    """The groups of fields of a report, by field names in lower case. If a field is repeated, the first one counts."""
    groups: list[dict[str, str]] = []
    data = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for block in re.split(rb"\n[ \t]*\n+", data.strip(b"\n")):
        if not block.strip():
            continue
        block = block.lstrip(b" \t\n")  # a line of blanks below an empty line is not a continuation
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
    address = _known_address(group, original)
    if address is None:
        return None
    diagnostic = _DIAGNOSTIC_TYPE.sub("", group.get("diagnostic-code", "")).strip()
    status = _status(group.get("status", ""), diagnostic)
    return FailedRecipient(address, _action(group.get("action", ""), status), status, diagnostic)


def _known_address(group: dict[str, str], original: set[str]) -> str | None:
    """The address of a group that the returned email names; else the first complete address, else the first value."""
    candidates = [
        address
        for key in ("original-recipient", "final-recipient", "x-actual-recipient")
        if (address := _typed_address(group.get(key, "")))
    ]
    if not candidates:
        return None
    known = [address for address in candidates if address.lower() in original]
    whole = [address for address in candidates if "@" in address]
    return (known or whole or candidates)[0]


def _typed_address(value: str) -> str:
    """`rfc822; someone@example.com` -> the address (RFC 3464, section 2.3.1)."""
    kind, semicolon, rest = value.partition(";")
    address = (rest if semicolon else kind).strip().strip("<>").strip().strip("\"'")
    if _WHOLE_ADDRESS.fullmatch(address):
        return address
    if found := ADDRESS.search(address):
        return found[0]
    address = re.sub(r"\s.*", "", address)
    return address if address and "unknown" not in kind.lower() else ""


def _status(field: str, diagnostic: str) -> str:
    """The status code of the field. If it has none, or only a general one ("5.0.0"), that of the diagnostic."""
    status = match[1] if (match := STATUS.search(field)) else ""
    if not status or status.endswith(".0.0"):
        return match[1] if (match := STATUS.search(diagnostic)) else status
    return status


def _action(field: str, status: str) -> str:
    """The action in the words of RFC 3464. If the field is missing, the class of the status decides."""
    action = field.split("(")[0].strip().split(" ")[0].lower()
    if not action and status:
        return _ACTION_BY_STATUS_CLASS[status[0]]
    return _ACTIONS.get(action, action)
