"""Until when a restore of the table could bring deleted records back.

The table's point-in-time recovery restores any moment of the last days, to a new table. The bucket brings nothing back:
a purge and an erasure delete all versions of the objects at once.
"""

from datetime import datetime, timedelta

RECOVERY_PERIOD = timedelta(days=35)
"""RecoveryPeriodInDays of the table in the template."""

LONGEST_DELETION = timedelta(days=1)
"""A proof is written before the deletion. What a crash interrupts, the next daily run finishes."""


def restorable_until(proved_at: datetime) -> datetime:
    """After this moment, nothing of what was deleted with the proof of `proved_at` can be restored."""
    return proved_at + LONGEST_DELETION + RECOVERY_PERIOD
