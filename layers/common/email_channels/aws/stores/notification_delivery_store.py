"""Delivery states of notifications to admins. A notification that reached no admin is withdrawn and sent again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum, auto

from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import keys
from email_channels.aws.rows.codec import recipients_from_json, recipients_to_json
from email_channels.aws.rows.notification_rows import NOTIFICATION_LIFETIME, NotificationRow
from email_channels.aws.rows.table import SCHEMA, expiry, read_row
from email_channels.aws.rows.unprocessed_rows import (
    UnprocessedRow,
    due_actions,
    to_notify_keys,
    unprocessed_of,
    update_unprocessed,
)
from email_channels.cases.delivery_states import merge_states
from email_channels.cases.identity import sent_message_id_key
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.cases.sending_events import SendingEvent

_FIRST_WAIT = timedelta(minutes=30)
_LONGEST_WAIT = timedelta(days=1)


class WithdrawalResult(Enum):
    """The result of withdrawing a notification of an unprocessed email."""

    WITHDRAWN = auto()
    """The email is due for notification again."""
    NOTIFIED_OTHERWISE = auto()
    """Another notification of the email was sent later, or the email is no longer unprocessed."""
    NOT_NOTIFIED = auto()
    """The email's item does not name this notification (yet)."""


class NotificationDeliveryStore:
    """Writes delivery states of notifications. Raises ConcurrentChange, and PynamoDB's exceptions for AWS's faults."""

    @staticmethod
    def note_digest(message_id: str, record_ids: Iterable[str], now: datetime) -> None:
        """Notes which emails a digest names. `message_id` is the id that SES gave the digest."""
        pk, sk = keys.notification(sent_message_id_key(message_id))
        NotificationRow(pk=pk, sk=sk).update(
            actions=[
                NotificationRow.kind.set(NotificationRow),
                NotificationRow.schema.set(SCHEMA),
                NotificationRow.records.add(set(record_ids)),
                NotificationRow.expires_at.set(expiry(now + NOTIFICATION_LIFETIME)),
            ]
        )

    @staticmethod
    def digest_records(message_id: str) -> frozenset[str]:
        """The record ids of the emails that a digest names."""
        row = _read(message_id)
        return frozenset(row.records or ()) if row else frozenset()

    @staticmethod
    def after_event(event: SendingEvent, now: datetime) -> tuple[Recipient, ...]:
        """Merges an event into the delivery states of the admins that got the notification. Returns the new states."""

        def attempt() -> tuple[Recipient, ...]:
            row = _read(event.message_id)
            old = recipients_from_json(row.recipients) if row and row.recipients else _sent_to(event)
            new = merge_states(old, event.changes)
            if row is not None and row.recipients and new == old:
                return new
            pk, sk = keys.notification(sent_message_id_key(event.message_id))
            version = int(row.version or 0) if row else 0
            NotificationRow(pk=pk, sk=sk).update(
                actions=[
                    NotificationRow.kind.set(NotificationRow),
                    NotificationRow.schema.set(SCHEMA),
                    NotificationRow.recipients.set(recipients_to_json(new)),
                    NotificationRow.version.set(version + 1),
                    NotificationRow.expires_at.set(expiry(now + NOTIFICATION_LIFETIME)),
                ],
                condition=NotificationRow.version == version if version else NotificationRow.version.does_not_exist(),
            )
            return new

        return retry_on_conflict(attempt)

    @staticmethod
    def withdraw(record_id: str, message_id: str, now: datetime) -> WithdrawalResult:
        """Makes an unprocessed email due for notification again, if this is the notification that its item names.

        After the first notification it is due at once. After a later one, no admin seems to be reachable, so it is due
        after a wait: 30 minutes, then twice as long each time, up to a day.
        """
        return retry_on_conflict(lambda: _withdraw(record_id, message_id, now))


def _withdraw(record_id: str, message_id: str, now: datetime) -> WithdrawalResult:
    row = read_row(keys.record(record_id), UnprocessedRow)
    if row is None or row.purge_id:
        return WithdrawalResult.NOTIFIED_OTHERWISE
    item = unprocessed_of(row)
    if item.notification_message_id != message_id:
        return WithdrawalResult.NOTIFIED_OTHERWISE if item.notified_at else WithdrawalResult.NOT_NOTIFIED
    if item.notified_at is None:
        return WithdrawalResult.WITHDRAWN
    due = to_notify_keys(item.id, now + _wait_after(item.notification_attempts))
    update_unprocessed(
        item, [UnprocessedRow.notified_at.remove(), UnprocessedRow.purge_after.remove(), *due_actions(due)]
    )
    return WithdrawalResult.WITHDRAWN


def _wait_after(notifications: int) -> timedelta:
    """The wait before the next notification of an email, after this many reached no admin."""
    if notifications <= 1:
        return timedelta(0)
    wait: timedelta = _FIRST_WAIT * 2 ** min(notifications - 2, 9)
    return min(wait, _LONGEST_WAIT)


def _read(message_id: str) -> NotificationRow | None:
    return read_row(keys.notification(sent_message_id_key(message_id)), NotificationRow)


def _sent_to(event: SendingEvent) -> tuple[Recipient, ...]:
    return tuple(
        Recipient(address, "", RecipientRole.TO, RecipientState.SENT, None, event.sent_at) for address in event.to
    )
