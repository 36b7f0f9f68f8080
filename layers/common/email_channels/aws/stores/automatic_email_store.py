"""How many automatic emails went to senders within an hour (MaxAutomaticEmailsPerHour)."""

from __future__ import annotations

from datetime import datetime

from pynamodb.exceptions import UpdateError

from email_channels.aws.retries import condition_failed
from email_channels.aws.rows import keys
from email_channels.aws.rows.notification_rows import NOTIFICATION_HOUR_LIFETIME, AutomaticHourRow
from email_channels.aws.rows.table import SCHEMA, expiry
from email_channels.times import to_text


class AutomaticEmailStore:
    """Counts acknowledgements and sender's copies. Raises PynamoDB's exceptions for AWS's faults."""

    @staticmethod
    def count(now: datetime, most: int) -> bool:
        """Counts one more email in this hour, before it is sent. Returns false if `most` were already counted.

        An email that is then not sent, and not given back, stays counted: the limit may be reached a little early, and
        never late.
        """
        try:
            _row(now).update(
                actions=[
                    AutomaticHourRow.kind.set(AutomaticHourRow),
                    AutomaticHourRow.schema.set(SCHEMA),
                    AutomaticHourRow.sent.add(1),
                    AutomaticHourRow.expires_at.set(expiry(_hour_of(now) + NOTIFICATION_HOUR_LIFETIME)),
                ],
                condition=AutomaticHourRow.sent.does_not_exist() | (AutomaticHourRow.sent < most),
            )
        except UpdateError as error:
            if condition_failed(error):
                return False
            raise
        return True

    @staticmethod
    def give_back(now: datetime) -> None:
        """Takes back what `count` counted at this time, as SES certainly did not accept the email."""
        _row(now).update(actions=[AutomaticHourRow.sent.add(-1)])


def _row(now: datetime) -> AutomaticHourRow:
    pk, sk = keys.automatic_hour(to_text(_hour_of(now)))
    return AutomaticHourRow(pk=pk, sk=sk)


def _hour_of(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)
