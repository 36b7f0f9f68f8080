"""Inbound emails that became neither a case nor an entry, with the reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from email_channels.cases.channels import Channel
from email_channels.cases.history import StoredEmail
from email_channels.cases.reasons import ADVICE, Reason
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class Hold:
    """Keeps an email from being purged: why, by which user, and since when."""

    why: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Unprocessed:
    """One unprocessed email. `id` is the record id of the email.

    `notified_at` is when SES accepted the notification to the admins (None: not yet); `purge_after` is counted from it.
    `notification_message_id` is the id that SES gave the notification. `envelope_sender` is `""` for the null sender.
    `proven`: SES proved the From address. `copied_at` is when the sender's copy was claimed; it is sent at most once.
    """

    id: str
    channel: Channel
    mailbox: str | None
    reason: Reason
    received_at: datetime
    envelope_sender: str | None
    automatic: bool
    email: StoredEmail
    notified_at: datetime | None = None
    notification_attempts: int = 0
    notification_message_id: str | None = None
    purge_after: datetime | None = None
    held: Hold | None = None
    purge_id: str | None = None
    version: int = 1
    proven: bool = False
    copied_at: datetime | None = None

    @property
    def explanation(self) -> str:
        """Why the email made no case, in plain words.

        If several employees have the sender's address, it names those that the decision trace names. The trace is part
        of the content.
        """
        explanation = ADVICE[self.reason].explanation
        trace = self.email.content.trace if self.email.content is not None else ()
        found = next((row.evidence for row in trace if row.evidence.get("employees")), None)
        if self.reason is not Reason.SENDER_MISMATCH or found is None:
            return explanation
        # The evidence was written by our own rule, `intake/rules/employee.py`.
        named: Any = found["employees"]
        names = ", ".join(f"{employee['name']} ({employee['user_id']})" for employee in named)
        more = int(str(found.get("count", len(named)))) - len(named)
        return f"{explanation} They are: {names}" + (f", and {more} more." if more > 0 else ".")
