"""Items with counts and progress: how many cases a sender opened in an hour, and how far `reconcile` has come."""

from __future__ import annotations

from datetime import timedelta

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute

from email_channels.aws.rows.table import Row

RATE_LIFETIME = timedelta(hours=2)


class RateRow(Row, discriminator="rate"):
    """The record ids of the cases that a sender opened within an hour. It expires after RATE_LIFETIME."""

    records = UnicodeSetAttribute(null=True)


class OriginalsDoneRow(Row, discriminator="done"):
    """How far `reconcile` has checked the originals, which it does once a day.

    `day` is the last day on which it began. `after` is the key of the last original that it checked; None if it has
    checked all originals on that day.
    """

    day = UnicodeAttribute()
    after = UnicodeAttribute(null=True)
