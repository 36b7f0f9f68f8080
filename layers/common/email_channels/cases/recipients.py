"""The recipients of an outbound email, each with its delivery state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RecipientState(StrEnum):
    """How far an outbound email got for one recipient."""

    QUEUED = "queued"
    SENT = "sent"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    SUPPRESSED = "suppressed"
    FAILED = "failed"


class RecipientRole(StrEnum):
    """In which field the agent named the recipient."""

    TO = "to"
    CC = "cc"
    BCC = "bcc"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient of an outbound email; `detail` is what the other side said, `at` when the state was reached.

    `doubtful` marks a bounce that may have been an automatic answer: a delivery outweighs it (`delivery.py`).
    """

    address: str
    name: str
    role: RecipientRole
    state: RecipientState
    detail: str | None = None
    at: datetime | None = None
    doubtful: bool = False
