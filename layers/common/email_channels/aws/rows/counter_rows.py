"""Items in which functions keep count of their own work: cases of a sender in an hour, progress of `reconcile`."""

from __future__ import annotations

from datetime import timedelta

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute

from email_channels.aws.rows.table import Row

RATE_LIFETIME = timedelta(hours=2)


class RateRow(Row, discriminator="rate"):
    """The record ids of the cases that a sender opened within an hour. It expires after RATE_LIFETIME."""

    records = UnicodeSetAttribute(null=True)


class OriginalsDoneRow(Row, discriminator="done"):
    """How far `reconcile` has looked through the originals: the last day on which it began, and, unless it has
    finished that day, the key of the last original that it looked at (`after`)."""

    day = UnicodeAttribute()
    after = UnicodeAttribute(null=True)
