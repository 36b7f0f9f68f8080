"""Which unprocessed emails the admins have been told of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import condition_failed
from email_channels.aws.rows import conversion, keys
from email_channels.aws.rows.table import KeysRow, Row, UnprocessedRow
from email_channels.aws.stores.record_store import read_rows
from email_channels.cases.unprocessed import Unprocessed
from email_channels.errors import ConcurrentChange, NotFound
from email_channels.times import to_text

_READ_BATCH = 100
_COUNTER_LIFETIME = timedelta(hours=2)


class NotificationHourRow(Row, discriminator="notification_hour"):
    """How many notifications of single emails went out in an hour."""

    singles = NumberAttribute()


class NotificationStore:
    """Reads and marks unprocessed emails. Raises ConcurrentChange, and PynamoDB's exceptions for AWS's faults."""

    def __init__(self, mail: MailBucket) -> None:
        self._mail = mail

    def read(self, record_id: str) -> Unprocessed | None:
        """The unprocessed email, read consistently; None if it is none (any longer).

        A content that is gone from the bucket is left out: admins are told all the same.
        """
        row = read_rows([keys.head(record_id)]).get(keys.head(record_id))
        if not isinstance(row, UnprocessedRow):
            return None
        try:
            return conversion.unprocessed_of(row, self._mail)
        except NotFound:
            return conversion.unprocessed_of(row)

    def due(self, until: datetime) -> Iterator[Unprocessed]:
        """The emails whose notification has been due since before `until`, the oldest first.

        Without their contents: no notification needs them, and those of all emails of a digest fill the memory.
        """
        found = KeysRow.gsi2.query(
            conversion.TO_NOTIFY_PARTITION, KeysRow.gsi2sk < to_text(until), page_size=_READ_BATCH
        )
        batch: list[str] = []
        for row in found:
            batch.append(row.pk.partition("#")[2])
            if len(batch) == _READ_BATCH:
                yield from self._still_due(batch)
                batch = []
        yield from self._still_due(batch)

    def mark_notified(self, item: Unprocessed, at: datetime, purge_after: datetime, message_id: str) -> None:
        """Notes that SES took the notification; raises ConcurrentChange if the item is another version than `item`."""
        marked = replace(item, notified_at=at, purge_after=purge_after)
        due_pk, due_sk = conversion.due_keys(marked)
        self._update(
            item,
            UnprocessedRow.notified_at.set(to_text(at)),
            UnprocessedRow.purge_after.set(to_text(purge_after)),
            UnprocessedRow.notification_message_id.set(message_id),
            UnprocessedRow.notification_attempts.set(item.notification_attempts + 1),
            UnprocessedRow.gsi2pk.set(due_pk) if due_pk else UnprocessedRow.gsi2pk.remove(),
            UnprocessedRow.gsi2sk.set(due_sk) if due_sk else UnprocessedRow.gsi2sk.remove(),
        )

    def take_single(self, now: datetime, most: int) -> bool:
        """Whether one more notification of a single email may go out in this hour; counts it if so."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        row = NotificationHourRow(pk="NOTIFICATIONS", sk=to_text(hour))
        try:
            row.update(
                actions=[
                    NotificationHourRow.kind.set(NotificationHourRow),
                    NotificationHourRow.singles.add(1),
                    NotificationHourRow.expires_at.set(int((hour + _COUNTER_LIFETIME).timestamp())),
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
        rows = read_rows(keys.head(record_id) for record_id in record_ids) if record_ids else {}
        for record_id in record_ids:
            row = rows.get(keys.head(record_id))
            if isinstance(row, UnprocessedRow) and not row.notified_at:
                item = conversion.unprocessed_of(row)
                yield replace(item, email=replace(item.email, content=None))

    @staticmethod
    def _update(item: Unprocessed, *actions: Action) -> None:
        pk, sk = keys.head(item.id)
        row = UnprocessedRow(pk=pk, sk=sk)
        try:
            row.update(
                actions=[*actions, UnprocessedRow.version.set(item.version + 1)],
                condition=(Row.version == item.version) & UnprocessedRow.reason.exists(),
            )
        except UpdateError as error:
            if condition_failed(error):
                raise ConcurrentChange(f"unprocessed email {item.id} changed in between") from error
            raise
