"""Applies the events of SES about sent emails.

They change the delivery states of entries, and withdraw notifications that reached no admin.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from email_channels.aws.stores.notification_delivery_store import NotificationDeliveryStore, WithdrawalResult
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.cases.delivery_states import reached_nobody
from email_channels.cases.history import StoredEmail
from email_channels.cases.outgoing import DIGEST_RECORD, OutgoingKind
from email_channels.cases.sending_events import SendingEvent, read_event
from email_channels.cases.sent_emails import apply_event
from email_channels.errors import Fault
from email_channels.observability import counted, logger

# A notification is normally recorded some milliseconds after SES accepted it. After a crash in between, it is never
# recorded, but sent again. So events are retried for this long only.
RECORDING_GRACE_PERIOD = timedelta(minutes=10)


class DeliveryEvents:
    """Handles one event at a time. An event may arrive several times, and events may arrive in any order."""

    def __init__(self, store: OutboundStore, notifications: NotificationDeliveryStore) -> None:
        self._store = store
        self._notifications = notifications

    def handle(self, document: Mapping[str, Any], now: datetime) -> None:
        """Applies one event, in the format of EventBridge. Ignores events about emails that are not ours.

        Raises ValueError if an event about our email is malformed, and Fault if the event must be retried.
        """
        event = read_event(document)
        if event is None:
            logger().info("event not about an email of ours", extra={"detail_type": str(document.get("detail-type"))})
            return
        about = {"type": event.type, "kind": event.kind, "record": event.record} | _email(event)
        logger().info("delivery event", extra=about | counted("Sends", {"type": event.type}))
        match event.kind:
            case OutgoingKind.AD_HOC:
                self._entry(event, now)
            case OutgoingKind.ACKNOWLEDGEMENT if event.email_id:
                self._entry(event, now)
            case OutgoingKind.NOTIFICATION:
                self._notification(event, now)
            case OutgoingKind.ALERT | OutgoingKind.ACKNOWLEDGEMENT | OutgoingKind.SENDER_COPY | OutgoingKind.PROBE:
                pass  # the event is logged; no state depends on it
            case _:
                logger().warning("event of an unknown kind", extra={"kind": event.kind})

    def _entry(self, event: SendingEvent, now: datetime) -> None:
        def change(email: StoredEmail) -> StoredEmail:
            return apply_event(email, event)

        if self._store.change(event.record, event.email_id, change, now) is not None:
            return
        # The entry was moved to another case after it was sent.
        moved = self._store.sent_as(event.message_id)
        if moved is None or self._store.change(*moved, change, now) is None:
            logger().warning("event about an unknown entry", extra={"record": event.record} | _email(event))

    def _notification(self, event: SendingEvent, now: datetime) -> None:
        if not reached_nobody(self._notifications.after_event(event, now)):
            return
        records = [event.record]
        if event.record == DIGEST_RECORD:
            records = sorted(self._notifications.digest_records(event.message_id))
        waiting = not records
        for record in records:
            outcome = self._notifications.withdraw(record, event.message_id, now)
            waiting = waiting or outcome is WithdrawalResult.NOT_NOTIFIED
            logger().error("notification reached nobody", extra={"record": record, "outcome": outcome.name})
        if waiting and now - event.sent_at < RECORDING_GRACE_PERIOD:
            raise Fault("the notification is not recorded as sent yet; the event must be retried")


def _email(event: SendingEvent) -> dict[str, str]:
    return {"email": event.email_id} if event.email_id else {}
