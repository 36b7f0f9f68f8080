"""The items in which `inbound` counts the cases of a sender in an hour."""

from __future__ import annotations

from datetime import timedelta

from pynamodb.attributes import UnicodeSetAttribute

from email_channels.aws.rows.table import Row

RATE_LIFETIME = timedelta(hours=2)


class RateRow(Row, discriminator="rate"):
    """The record ids of the cases that a sender opened within an hour. It expires after RATE_LIFETIME."""

    records = UnicodeSetAttribute(null=True)
