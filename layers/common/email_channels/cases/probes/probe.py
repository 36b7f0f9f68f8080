"""Probes: emails that the system sends to a mailbox to see whether the mailbox's redirect brings them back."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from email_channels.values import dataclass

RETURN_TIME = timedelta(minutes=14)
"""A probe that has not come back after this time makes its mailbox silent. (Schedules run every 15 minutes, and a
little early or late.)"""
MARK_LIFETIME = timedelta(days=1)
"""An email with an older mark is not taken for a probe."""


class ProbeState(StrEnum):
    """What the last probes of a mailbox show.

    - `waiting`: the last probe is under way
    - `ok`: it came back
    - `silent`: it did not come back in time, nor did a later one
    """

    WAITING = "waiting"
    OK = "ok"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Probe:
    """How the redirect of a mailbox is probed.

    - `sent_at`: when the last probe was sent
    - `waiting_since`: when the first probe was sent after the last one that came back, or that one
    - `returned`: when the newest probe that came back had been sent; `returned_at`: when it came back
    - `silent_since`: when the first probe was sent that did not come back, once the admins have been notified of that
    """

    mailbox: str
    sent_at: datetime | None = None
    waiting_since: datetime | None = None
    returned: datetime | None = None
    returned_at: datetime | None = None
    silent_since: datetime | None = None

    @property
    def state(self) -> ProbeState:
        """What admins are shown."""
        if self.silent_since is not None and not self.has_returned(self.silent_since):
            return ProbeState.SILENT
        waiting = self.sent_at is not None and not self.has_returned(self.sent_at)
        return ProbeState.WAITING if waiting else ProbeState.OK

    @property
    def seconds(self) -> int | None:
        """How long the newest probe that came back was under way."""
        if self.returned is None or self.returned_at is None:
            return None
        return max(0, round((self.returned_at - self.returned).total_seconds()))

    def has_returned(self, sent_at: datetime) -> bool:
        """Whether the probe sent at this time came back, or a later one."""
        return self.returned is not None and self.returned >= sent_at

    def is_due(self, now: datetime, minutes: int) -> bool:
        """Whether the next probe is to be sent. A run that is a minute early counts as in time."""
        return self.sent_at is None or now - self.sent_at >= timedelta(minutes=minutes - 1)

    def became_silent(self, now: datetime) -> bool:
        """Whether a probe is missing, and the admins have not been notified of that."""
        since = self.waiting_since
        missing = since is not None and not self.has_returned(since) and now - since >= RETURN_TIME
        return missing and self.silent_since is None

    @property
    def came_back(self) -> bool:
        """Whether a silent mailbox brings probes back again, and the admins have not been notified of that."""
        return self.silent_since is not None and self.has_returned(self.silent_since)
