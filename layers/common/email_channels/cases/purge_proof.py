"""The proof of a purge: what was deleted, when, and when the admins had been notified.

It also says until when a restore of the table could bring the records back. The table's point-in-time recovery restores
any moment of the last days, to a new table. The bucket brings nothing back: a purge and an erasure delete all versions
of the objects at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from email_channels.cases.reasons import Reason
from email_channels.values import dataclass

RECOVERY_PERIOD = timedelta(days=35)
"""RecoveryPeriodInDays of the table in the template."""

LONGEST_DELETION = timedelta(days=1)
"""A proof is written before the deletion. What a crash interrupts, the next daily run finishes."""


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


def restorable_until(proved_at: datetime) -> datetime:
    """After this moment, nothing of what was deleted with the proof of `proved_at` can be restored."""
    return proved_at + LONGEST_DELETION + RECOVERY_PERIOD
