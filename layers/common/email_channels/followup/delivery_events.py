"""Applies SES's events about sent emails: delivery states of entries, and notifications that reached nobody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from email_channels.aws.stores.notification_delivery_store import NotificationDeliveryStore, WithdrawalResult
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.cases.delivery_states import reached_nobody
from email_channels.cases.outgoing import DIGEST_RECORD, OutgoingKind
from email_channels.cases.sending_events import SendingEvent, read_event
from email_channels.cases.sent_emails import apply_event
from email_channels.errors import Fault
from email_channels.observability import logger

# A notification is recorded milliseconds after SES accepted it; or, after a crash, it is sent again.
RECORDING_GRACE_PERIOD = timedelta(minutes=10)


class DeliveryEvents:
    """Handles events one by one. Events may arrive several times, and in any order."""

    def __init__(self, store: OutboundStore, notifications: NotificationDeliveryStore) -> None:
        self._store = store
        self._notifications = notifications

    def handle(self, document: Mapping[str, Any], now: datetime) -> None:
        """Applies one event in the form that EventBridge delivers.

        Raises ValueError if the event is about an email of ours but is malformed, and Fault if it must be retried.
        """
        event = read_event(document)
        if event is None:
            logger().info("event about no email of ours", extra={"detail_type": str(document.get("detail-type"))})
            return
        logger().info(
            "delivery event", extra={"type": event.type, "kind": event.kind, "record": event.record} | _email(event)
        )
        match event.kind:
            case OutgoingKind.AD_HOC:
                self._entry(event)
            case OutgoingKind.NOTIFICATION:
                self._notification(event, now)
            case OutgoingKind.ALERT | OutgoingKind.ACKNOWLEDGEMENT:
                pass  # the event is logged; no state depends on it
            case _:
                logger().warning("event of an unknown kind", extra={"kind": event.kind})

    def _entry(self, event: SendingEvent) -> None:
        if self._store.change(event.record, event.email_id, lambda email: apply_event(email, event)) is not None:
            return
        # The entry was moved to another case after it was sent.
        moved = self._store.sent_as(event.message_id)
        if moved is None or self._store.change(*moved, lambda email: apply_event(email, event)) is None:
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
