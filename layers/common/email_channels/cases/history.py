"""An email as the Email History keeps it, whichever way it went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from email_channels.cases.matches import MatchedBy
from email_channels.cases.recipients import Recipient
from email_channels.cases.trace import RuleResult
from email_channels.mail.message import Address

# SES takes 40 MB (its documentation, quotas); an object that is larger was not written by it.
MAX_MESSAGE_BYTES = 40 * 1024 * 1024
# Each is an object of its own, written one after the other while the function's time runs.
MAX_ATTACHMENTS = 200

PREVIEW_LENGTH = 200


class Direction(StrEnum):
    """Which way the email went."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class EntryKind(StrEnum):
    """What the email is, from the case's point of view."""

    NORMAL = "normal"
    AUTOMATIC_REPLY = "automatic_reply"
    DELIVERY_REPORT = "delivery_report"


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """An attachment in the bucket: number `n` from 1, `size` in bytes of the content under `key`."""

    n: int
    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    content_id: str | None
    key: str


@dataclass(frozen=True, slots=True)
class Content:
    """The long part of an email: kept compressed on its item, or in the bucket where it is too large for that.

    `html` is as received; whoever shows it sanitises it. `issue` is set on the email that a case was made from: the
    text below the four lines of a system-generated email, the whole text of a manual one.
    """

    text: str | None
    html: str | None
    headers: tuple[tuple[str, str], ...] = ()
    trace: tuple[RuleResult, ...] = ()
    issue: str | None = None


@dataclass(frozen=True, slots=True)
class StoredEmail:
    """One email, in or out. `email_id` sorts by time. Message ids have no angle brackets.

    `message_id` of an outbound email is what recipients see (None until SES answered). `in_reply_to` is the email_id
    of the entry that it answers. `raw_key` is the original in the bucket, None for outbound emails. `content` is None
    where a list did not need it.
    """

    email_id: str
    direction: Direction
    kind: EntryKind
    from_: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    subject: str
    at: datetime
    preview: str
    attachments: tuple[StoredAttachment, ...]
    recipients: tuple[Recipient, ...]
    matched_by: MatchedBy | None
    message_id: str | None
    references: tuple[str, ...]
    in_reply_to: str | None
    raw_key: str | None
    content: Content | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An email in the history of a case. `version` guards changes to it."""

    case_id: str
    email: StoredEmail
    version: int = 1


def preview(text: str) -> str:
    """The beginning of a text on one line, at most PREVIEW_LENGTH characters."""
    line = " ".join(text[: PREVIEW_LENGTH * 4].split())
    return line if len(line) <= PREVIEW_LENGTH else line[: PREVIEW_LENGTH - 1].rstrip() + "…"
