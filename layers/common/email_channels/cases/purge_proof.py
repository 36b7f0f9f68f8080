"""The proof of a purge: what was deleted, when, and when the admins had been notified."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from email_channels.cases.reasons import Reason


@dataclass(frozen=True, slots=True)
class PurgedEmail:
    """One email that was purged."""

    id: str
    reason: Reason
    received_at: datetime
    notified_at: datetime


@dataclass(frozen=True, slots=True)
class PurgeProof:
    """The proof of one batch of a purge."""

    purge_id: str
    at: datetime
    items: tuple[PurgedEmail, ...]
