"""Which unprocessed emails are due for notification, and which ones the admins were notified of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from pynamodb.exceptions import UpdateError

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import condition_failed
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.notification_rows import NOTIFICATION_HOUR_LIFETIME, NotificationHourRow
from email_channels.aws.rows.table import READ_BATCH, SCHEMA, KeysRow, expiry, read_rows, row_of
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

    def due(self, until: datetime) -> Iterator[Unprocessed]:
        """The emails whose notification was due before `until`, the oldest first, without contents.

        A notification does not need the contents, and the contents of all emails of a digest could fill the memory.
        """
        found = KeysRow.gsi2.query(index_keys.TO_NOTIFY, KeysRow.gsi2sk < to_text(until), page_size=READ_BATCH)
        batch: list[str] = []
        for row in found:
            batch.append(keys.record_id_of(row.pk))
            if len(batch) == READ_BATCH:
                yield from self._still_due(batch)
                batch = []
        yield from self._still_due(batch)

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

    def count_single(self, now: datetime, most: int) -> bool:
        """Counts one more notification of a single email in this hour. Returns false if `most` were already counted."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        pk, sk = keys.notification_hour(to_text(hour))
        row = NotificationHourRow(pk=pk, sk=sk)
        try:
            row.update(
                actions=[
                    NotificationHourRow.kind.set(NotificationHourRow),
                    NotificationHourRow.schema.set(SCHEMA),
                    NotificationHourRow.singles.add(1),
                    NotificationHourRow.expires_at.set(expiry(hour + NOTIFICATION_HOUR_LIFETIME)),
                ],
                condition=NotificationHourRow.singles.does_not_exist() | (NotificationHourRow.singles < most),
            )
        except UpdateError as error:
            if condition_failed(error):
                return False
            raise
        return True

    @staticmethod
    def _still_due(record_ids: list[str]) -> Iterator[Unprocessed]:
        rows = read_rows(keys.record(record_id) for record_id in record_ids) if record_ids else {}
        for record_id in record_ids:
            row = row_of(rows, keys.record(record_id), UnprocessedRow)
            if row is not None and not row.notified_at:
                item = unprocessed_of(row)
                yield replace(item, email=replace(item.email, content=None))
