"""Which unprocessed emails are due for notification, and which ones the admins were notified of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pynamodb.exceptions import UpdateError

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import condition_failed
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.keys import Key
from email_channels.aws.rows.notification_rows import (
    NOTIFICATION_HOUR_LIFETIME,
    LastDigestRow,
    NotificationMinuteRow,
)
from email_channels.aws.rows.table import READ_BATCH, SCHEMA, KeysRow, Row, expiry, row_of
from email_channels.aws.rows.unprocessed_rows import (
    UnprocessedRow,
    due_actions,
    due_keys,
    unprocessed_of,
    update_unprocessed,
)
from email_channels.aws.stores.unprocessed_store import UnprocessedStore
from email_channels.cases.unprocessed import Unprocessed
from email_channels.errors import ConcurrentChange
from email_channels.times import to_text

STORM_WINDOW = timedelta(minutes=10)
"""Notifications are counted over this time."""

DIGEST_PAUSE = timedelta(seconds=50)
"""A little less than the minute between two runs, which do not begin on the second."""


class NotificationStore:
    """Reads unprocessed emails and marks them as notified.

    Raises ConcurrentChange, and PynamoDB's exceptions for AWS's faults.
    """

    def __init__(self, mail: MailBucket) -> None:
        self._mail = mail

    def read(self, record_id: str) -> Unprocessed | None:
        """The unprocessed email, read consistently; None if there is none (any more).

        Content that is no longer in the bucket is left out, so the admins are still notified.
        """
        return UnprocessedStore(self._mail).get(record_id)

    def due(self, until: datetime, failed: Callable[[Exception, str], object]) -> Iterator[Unprocessed]:
        """The emails whose notification was due before `until`, the oldest first, without contents.

        A notification does not need the contents, and the contents of all emails of a digest could fill the memory. An
        item that cannot be read does not stop the others: `failed` gets the error and the id of the email.
        """
        found = KeysRow.gsi2.query(
            index_keys.TO_NOTIFY, KeysRow.gsi2sk < index_keys.before(until), page_size=READ_BATCH
        )
        batch: list[str] = []
        for row in found:
            batch.append(keys.record_id_of(row.pk))
            if len(batch) == READ_BATCH:
                yield from _still_due(batch, failed)
                batch = []
        yield from _still_due(batch, failed)

    def mark_notified(
        self, item: Unprocessed, at: datetime, purge_after: datetime, message_id: str, *, copying: bool = False
    ) -> None:
        """Notes that SES accepted the notification, and if `copying` claims the sender's copy in the same write.

        Raises ConcurrentChange if the stored email has another version.
        """
        marked = replace(item, notified_at=at, purge_after=purge_after)
        actions = [
            UnprocessedRow.notified_at.set(to_text(at)),
            UnprocessedRow.purge_after.set(to_text(purge_after)),
            UnprocessedRow.notification_message_id.set(message_id),
            UnprocessedRow.notification_attempts.set(item.notification_attempts + 1),
            *([UnprocessedRow.copied_at.set(to_text(at))] if copying else []),
            *due_actions(due_keys(marked)),
        ]
        try:
            update_unprocessed(item, actions)
        except UpdateError as error:
            if condition_failed(error):
                raise ConcurrentChange(f"unprocessed email {item.id} changed in between") from error
            raise

    @staticmethod
    def count(now: datetime) -> int:
        """Counts one more email that asks for a notification. Returns its number among those of the last ten minutes.

        The minute that began ten minutes before this one counts as a whole, so that no part of the time is left out.
        """
        minute = now.replace(second=0, microsecond=0)
        pk, sk = keys.notification_minute(to_text(minute))
        row = NotificationMinuteRow(pk=pk, sk=sk)
        row.update(
            actions=[
                NotificationMinuteRow.kind.set(NotificationMinuteRow),
                NotificationMinuteRow.schema.set(SCHEMA),
                NotificationMinuteRow.asked.add(1),
                NotificationMinuteRow.expires_at.set(expiry(minute + NOTIFICATION_HOUR_LIFETIME)),
            ]
        )
        return int(row.asked) + _asked_before(minute)

    @staticmethod
    def asked(now: datetime) -> int:
        """How many emails asked for a notification in the last ten minutes."""
        return _asked_before(now + timedelta(minutes=1))

    @staticmethod
    def claim_digest(at: datetime, now: datetime) -> bool:
        """Claims the digest of this minute, for a run that stands for the time `at`.

        Returns false if the last digest was claimed less than DIGEST_PAUSE before.
        """
        pk, sk = keys.last_digest()
        try:
            LastDigestRow(pk=pk, sk=sk).update(
                actions=[
                    LastDigestRow.kind.set(LastDigestRow),
                    LastDigestRow.schema.set(SCHEMA),
                    LastDigestRow.at.set(to_text(now)),
                ],
                condition=LastDigestRow.at.does_not_exist() | (LastDigestRow.at <= to_text(at - DIGEST_PAUSE)),
            )
        except UpdateError as error:
            if condition_failed(error):
                return False
            raise
        return True


def _asked_before(minute: datetime) -> int:
    """The sum of the counts of the minutes before this one, back to the one that began STORM_WINDOW before it."""
    first, end = to_text(minute - STORM_WINDOW), to_text(minute)
    wanted = NotificationMinuteRow.sk.between(first, end)
    found = NotificationMinuteRow.query(keys.NOTIFICATIONS, wanted, consistent_read=True)
    return sum(int(row.asked) for row in found if row.sk < end)


def _still_due(record_ids: Sequence[str], failed: Callable[[Exception, str], object]) -> Iterator[Unprocessed]:
    """Those of these emails that are not notified. `failed` gets the emails that cannot be read, each with its error.

    If AWS refuses the call, these are all of them. The call is not repeated, so nothing hides that it was refused.
    """
    wanted = [keys.record(record_id) for record_id in record_ids]

    def unreadable(error: Exception, key: Key) -> None:
        failed(error, keys.record_id_of(key[0]))

    try:
        rows: dict[Key, Row] = {(row.pk, row.sk): row for row in Row.batch_get_readable(wanted, unreadable)}
    except Exception as error:  # noqa: BLE001 - whatever it is, the next emails are not to blame
        for key in wanted:
            unreadable(error, key)
        return
    for key in wanted:
        row = row_of(rows, key, UnprocessedRow)
        if row is None or row.notified_at:
            continue
        try:
            item = unprocessed_of(row)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other emails are not to blame
            unreadable(error, key)
        else:
            yield replace(item, email=replace(item.email, content=None))
