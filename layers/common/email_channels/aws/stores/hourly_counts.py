"""Counts what may happen only so often in an hour, in an item for each hour."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pynamodb.attributes import NumberAttribute
from pynamodb.exceptions import UpdateError

from email_channels.aws.retries import condition_failed
from email_channels.aws.rows.notification_rows import NOTIFICATION_HOUR_LIFETIME
from email_channels.aws.rows.table import SCHEMA, Row, expiry


def hour_of(now: datetime) -> datetime:
    """The beginning of the hour."""
    return now.replace(minute=0, second=0, microsecond=0)


def count_up(row: Row, counter: NumberAttribute, now: datetime, most: int) -> bool:
    """Counts one more in the item of this hour. Returns false if `most` were already counted.

    `counter` is the attribute that counts. Raises PynamoDB's exceptions for AWS's faults.
    """
    kind: Any = type(row)
    try:
        row.update(
            actions=[
                kind.kind.set(kind),
                kind.schema.set(SCHEMA),
                counter.add(1),
                kind.expires_at.set(expiry(hour_of(now) + NOTIFICATION_HOUR_LIFETIME)),
            ],
            condition=counter.does_not_exist() | (counter < most),
        )
    except UpdateError as error:
        if condition_failed(error):
            return False
        raise
    return True
