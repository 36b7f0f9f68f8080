"""Items about notifications to admins: how far each was delivered, and how many were asked for."""

from __future__ import annotations

from datetime import timedelta

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from email_channels.aws.rows.table import Row

# Mail servers retry for up to five days (RFC 5321, section 4.5.4.1), so a bounce may arrive that late.
NOTIFICATION_LIFETIME = timedelta(days=14)
NOTIFICATION_HOUR_LIFETIME = timedelta(hours=2)


class NotificationRow(Row, discriminator="notification"):
    """The delivery states of a notification's To recipients. For a digest, `records` has the emails that it names."""

    recipients = JSONAttribute(null=True)
    records = UnicodeSetAttribute(null=True)


class AutomaticHourRow(Row, discriminator="automatic_hour"):
    """How many automatic emails went to senders within an hour: acknowledgements and sender's copies."""

    sent = NumberAttribute()


class NotificationMinuteRow(Row, discriminator="notification_minute"):
    """How many unprocessed emails asked for a notification within a minute."""

    asked = NumberAttribute()


class LastDigestRow(Row, discriminator="last_digest"):
    """When the last digest was claimed."""

    at = UnicodeAttribute()
