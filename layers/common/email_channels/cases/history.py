"""The Email History: emails in and out, and the notes that agents write between them."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from enum import StrEnum

from email_channels.cases.matches import MatchedBy
from email_channels.cases.people.agent import Agent
from email_channels.cases.recipients import Recipient
from email_channels.cases.trace import RuleResult
from email_channels.cases.warnings import EmailWarning
from email_channels.mail.message import Address
from email_channels.values import dataclass

# SES receives at most 40 MB (SES documentation, quotas). A larger object was not written by SES.
MAX_RECEIVED_BYTES = 40 * 1024 * 1024
# Each attachment is a separate object, and all of them must be written within the time of the function.
MAX_ATTACHMENTS = 200

PREVIEW_LENGTH = 200


class Direction(StrEnum):
    """Whether we received the email or sent it. `INTERNAL`: neither, it is a note."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class EntryKind(StrEnum):
    """What the email is, from the case's point of view.

    `ACKNOWLEDGEMENT`: the system sent it when the case was made. `NOTE`: an agent wrote it for other agents, and it is
    never sent.
    """

    NORMAL = "normal"
    AUTOMATIC_REPLY = "automatic_reply"
    DELIVERY_REPORT = "delivery_report"
    ACKNOWLEDGEMENT = "acknowledgement"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """An attachment. `n` counts from 1; `key` is the object that holds the content, `size` its size in bytes."""

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
    """The long part of an email, or of a case. It is kept compressed on an item, or in the bucket if it is long.

    `html` is kept as received, and must be sanitised before it is shown. `issue` is set only on cases: what an agent
    wrote, or of the email that the case was made from, the text below the form lines if there are any, otherwise the
    whole text.
    """

    text: str | None
    html: str | None
    headers: tuple[tuple[str, str], ...] = ()
    trace: tuple[RuleResult, ...] = ()
    issue: str | None = None


@dataclass(frozen=True, slots=True)
class StoredEmail:
    """One email, inbound or outbound, or a note. `email_id` sorts by time. Message-IDs have no angle brackets.

    `message_id` of an outbound email is the one that recipients see; it is None until SES has answered. `in_reply_to`
    is the email_id of the entry that the email answers, or whose thread it continues. `raw_key` is the original in the
    bucket; notes have none, nor do emails that were sent before originals were kept. `content` is None where it was not
    read, as in lists. `size` is the size of the whole email in bytes, as it was received or sent. `stored_at` is when
    the bucket stored the original; it is known only while the email is processed. `author` is the agent who wrote an
    outbound email or a note; None for what the system sends.
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
    size: int = 0
    reply_to: tuple[Address, ...] = ()
    warnings: tuple[EmailWarning, ...] = ()
    stored_at: datetime | None = field(default=None, compare=False)
    author: Agent | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An email in the history of a case. `version` protects it from concurrent changes.

    `entered_at` is when an inbound email came into the case, known only while it is written: it may have waited before,
    or a person may have assigned it.
    """

    case_id: str
    email: StoredEmail
    version: int = 1
    entered_at: datetime | None = field(default=None, compare=False)


def preview(text: str) -> str:
    """The beginning of a text on one line, at most PREVIEW_LENGTH characters."""
    line = " ".join(text[: PREVIEW_LENGTH * 4].split())
    return line if len(line) <= PREVIEW_LENGTH else line[: PREVIEW_LENGTH - 1].rstrip() + "…"
