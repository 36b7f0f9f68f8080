"""How far notifications got: one that reached no admin is due again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum, auto

from pynamodb.attributes import JSONAttribute, UnicodeSetAttribute

from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import conversion, keys
from email_channels.aws.rows.codec import recipients_in, recipients_out
from email_channels.aws.rows.table import Row, UnprocessedRow
from email_channels.aws.stores.record_store import read_rows
from email_channels.cases.delivery_states import merge_states
from email_channels.cases.identity import sent_message_id_key
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.cases.sending_events import SendingEvent

# Servers report what they could not deliver for up to five days (RFC 5321, section 4.5.4.1).
LIFETIME = timedelta(days=14)
FIRST_WAIT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(days=1)


class NotificationRow(Row, discriminator="notification"):
    """The states of a notification's To recipients; of a digest also which emails it names."""

    recipients = JSONAttribute(null=True)
    records = UnicodeSetAttribute(null=True)


class WithdrawalResult(Enum):
    """What came of taking `notified_at` back."""

    WITHDRAWN = auto()
    NOTIFIED_OTHERWISE = auto()
    """The email was notified of in another way since, or is no unprocessed email any more."""
    NOT_NOTIFIED = auto()
    """Nobody has written down that it was notified of."""


class NotificationStates:
    """Raises ConcurrentChange, and PynamoDB's exceptions for AWS's faults."""

    @staticmethod
    def note_digest(message_id: str, record_ids: Iterable[str], now: datetime) -> None:
        """Notes which emails a digest names, as soon as SES has given it an id."""
        pk, sk = keys.notification(sent_message_id_key(message_id))
        NotificationRow(pk=pk, sk=sk).update(
            actions=[
                NotificationRow.kind.set(NotificationRow),
                NotificationRow.records.add(set(record_ids)),
                NotificationRow.expires_at.set(int((now + LIFETIME).timestamp())),
            ]
        )

    @staticmethod
    def digest_records(message_id: str) -> frozenset[str]:
        """The emails that a digest names."""
        row = _read(message_id)
        return frozenset(row.records or ()) if row else frozenset()

    @staticmethod
    def after_event(event: SendingEvent, now: datetime) -> tuple[Recipient, ...]:
        """Folds the event into the states of the admins that the notification went to, and returns them."""

        def attempt() -> tuple[Recipient, ...]:
            row = _read(event.message_id)
            old = recipients_in(row.recipients) if row and row.recipients else _sent_to(event)
            new = merge_states(old, event.changes)
            if row is not None and row.recipients and new == old:
                return new
            pk, sk = keys.notification(sent_message_id_key(event.message_id))
            version = int(row.version or 0) if row else 0
            NotificationRow(pk=pk, sk=sk).update(
                actions=[
                    NotificationRow.kind.set(NotificationRow),
                    NotificationRow.recipients.set(recipients_out(new)),
                    NotificationRow.version.set(version + 1),
                    NotificationRow.expires_at.set(int((now + LIFETIME).timestamp())),
                ],
                condition=NotificationRow.version == version if version else NotificationRow.version.does_not_exist(),
            )
            return new

        return retry_on_conflict(attempt)

    @staticmethod
    def take_back(record_id: str, message_id: str, now: datetime) -> WithdrawalResult:
        """Makes an unprocessed email due for notification again, if this is the notification that was sent of it.

        It is due at once the first time, then after waits that double, as nobody can be reached: up to a day.
        """
        return retry_on_conflict(lambda: _take_back(record_id, message_id, now))


def _take_back(record_id: str, message_id: str, now: datetime) -> WithdrawalResult:
    key = keys.head(record_id)
    row = read_rows([key]).get(key)
    if not isinstance(row, UnprocessedRow) or row.purge_id:
        return WithdrawalResult.NOTIFIED_OTHERWISE
    item = conversion.unprocessed_of(row)
    if item.notification_message_id != message_id:
        return WithdrawalResult.NOTIFIED_OTHERWISE if item.notified_at else WithdrawalResult.NOT_NOTIFIED
    if item.notified_at is None:
        return WithdrawalResult.WITHDRAWN
    wait = min(FIRST_WAIT * 2 ** min(item.notification_attempts - 1, 10), LONGEST_WAIT)
    due_pk, due_sk = conversion.to_notify_keys(item.id, now + wait if item.notification_attempts > 1 else now)
    UnprocessedRow(pk=row.pk, sk=row.sk).update(
        actions=[
            UnprocessedRow.notified_at.remove(),
            UnprocessedRow.purge_after.remove(),
            UnprocessedRow.gsi2pk.set(due_pk),
            UnprocessedRow.gsi2sk.set(due_sk),
            UnprocessedRow.version.set(item.version + 1),
        ],
        condition=(Row.version == item.version) & UnprocessedRow.reason.exists(),
    )
    return WithdrawalResult.WITHDRAWN


def _read(message_id: str) -> NotificationRow | None:
    key = keys.notification(sent_message_id_key(message_id))
    row = read_rows([key]).get(key)
    return row if isinstance(row, NotificationRow) else None


def _sent_to(event: SendingEvent) -> tuple[Recipient, ...]:
    return tuple(
        Recipient(address, "", RecipientRole.TO, RecipientState.SENT, None, event.sent_at) for address in event.to
    )
