"""The recipients of an outbound email, each with its delivery state."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from email_channels.values import dataclass


class RecipientState(StrEnum):
    """How far an outbound email got for one recipient.

    - `QUEUED`: not yet given to SES
    - `SENT`: SES accepted it
    - `DELAYED`: the recipient's server has not accepted it yet; SES tries again
    - `DELIVERED`: the recipient's server accepted it
    - `BOUNCED`: the recipient's server rejected it, or returned it later
    - `COMPLAINED`: the recipient reported it as unwanted
    - `SUPPRESSED`: SES did not try, because the address is on a suppression list
    - `FAILED`: SES did not accept it, or has not confirmed it
    """

    QUEUED = "queued"
    SENT = "sent"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    SUPPRESSED = "suppressed"
    FAILED = "failed"


class RecipientRole(StrEnum):
    """The field in which the agent named the recipient. `FORWARDED`: nobody named it, but a report did.

    Servers that forward an email report the address that they forwarded it to.
    """

    TO = "to"
    CC = "cc"
    BCC = "bcc"
    FORWARDED = "forwarded"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient of an outbound email. `detail` is what the other server said, `at` when the state was reached.

    `doubtful`: the bounce may be an automatic reply, so a delivery has precedence over it (`delivery_states.py`).
    """

    address: str
    name: str
    role: RecipientRole
    state: RecipientState
    detail: str | None = None
    at: datetime | None = None
    doubtful: bool = False
