"""How many automatic emails went to senders within an hour (MaxAutomaticEmailsPerHour)."""

from __future__ import annotations

from datetime import datetime

from email_channels.aws.rows import keys
from email_channels.aws.rows.notification_rows import AutomaticHourRow
from email_channels.aws.stores.hourly_counts import count_up, hour_of
from email_channels.times import to_text


class AutomaticEmailStore:
    """Counts acknowledgements and sender's copies. Raises PynamoDB's exceptions for AWS's faults."""

    @staticmethod
    def count(now: datetime, most: int) -> bool:
        """Counts one more email in this hour, before it is sent. Returns false if `most` were already counted.

        An email that is then not sent, and not given back, stays counted: the limit may be reached a little early, and
        never late.
        """
        return count_up(_row(now), AutomaticHourRow.sent, now, most)

    @staticmethod
    def give_back(now: datetime) -> None:
        """Takes back what `count` counted at this time, as SES certainly did not accept the email."""
        _row(now).update(actions=[AutomaticHourRow.sent.add(-1)])


def _row(now: datetime) -> AutomaticHourRow:
    pk, sk = keys.automatic_hour(to_text(hour_of(now)))
    return AutomaticHourRow(pk=pk, sk=sk)
