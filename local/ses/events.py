"""The events that SES publishes to EventBridge about what it sent, in the shape that SES gives them.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html (the detail),
https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html (the envelope),
https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator (the simulator).
"""

import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

logger = logging.getLogger(__name__)

_DETAIL_TYPES = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
    "Reject": "Email Rejected",
}
_SIMULATOR = "simulator.amazonses.com"


@dataclass(frozen=True)
class SendDetails:
    """What the events about one accepted send tell."""

    message_id: str
    region: str
    account: str
    configuration_set: str
    sent_at: datetime
    source: str  # the From that SES was given, with its name
    recipients: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    common_headers: dict[str, Any]
    tags: dict[str, list[str]]
    infected: bool


def events_of(sending: SendDetails, published: frozenset[str]) -> list[dict[str, Any]]:
    """What happens to a send, in order: one event for all (Send, Reject), then for each recipient what becomes of it.

    `published` are the event types of the configuration set (`SEND`, `BOUNCE`, ...): others are left out.
    """
    events = [_event(sending, "Send", {}, 0)]
    if sending.infected:
        events.append(_event(sending, "Reject", {"reason": "Bad content"}, 10))
    else:
        for recipient in sending.recipients:
            events.extend(_delivery_events(sending, recipient))
    return [event for event in events if event["detail"]["eventType"].upper() in published]


def _delivery_events(sending: SendDetails, recipient: str) -> list[dict[str, Any]]:
    local, _, domain = recipient.lower().rpartition("@")
    scene = local.partition("+")[0] if domain == _SIMULATOR else ""
    if scene == "bounce":
        return [_bounce(sending, recipient, "General", "5.1.1", "smtp; 550 5.1.1 user unknown")]
    if scene == "suppressionlist":
        why = (
            "Amazon SES did not send the message to this address because it is on the suppression list for your "
            "account. For more information about removing addresses from the suppression list, see the Amazon SES "
            "Developer Guide at https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html"
        )
        return [_bounce(sending, recipient, "OnAccountSuppressionList", "5.1.1", why)]
    delivery = {
        "timestamp": _time(sending.sent_at, 10),
        "processingTimeMillis": 10,
        "recipients": [recipient],
        "smtpResponse": "250 2.6.0 Message received",
        "reportingMTA": f"a1-1.smtp-out.{sending.region}.amazonses.com",
        "remoteMtaIp": "192.0.2.25",
    }
    fate = [_event(sending, "Delivery", delivery, 10)]
    if scene == "complaint":
        complaint = {
            "complainedRecipients": [{"emailAddress": recipient}],
            "timestamp": _time(sending.sent_at, 20),
            "feedbackId": _feedback_id(sending),
            "complaintSubType": None,
            "userAgent": "Amazon SES Mailbox Simulator",
            "complaintFeedbackType": "abuse",
            "arrivalDate": _time(sending.sent_at, 20),
        }
        fate.append(_event(sending, "Complaint", complaint, 20))
    return fate


def _bounce(sending: SendDetails, recipient: str, sub_type: str, status: str, diagnostic: str) -> dict[str, Any]:
    bounce = {
        "bounceType": "Permanent",
        "bounceSubType": sub_type,
        "bouncedRecipients": [
            {"emailAddress": recipient, "action": "failed", "status": status, "diagnosticCode": diagnostic}
        ],
        "timestamp": _time(sending.sent_at, 10),
        "feedbackId": _feedback_id(sending),
        "reportingMTA": f"dns; a1-1.smtp-out.{sending.region}.amazonses.com",
    }
    return _event(sending, "Bounce", bounce, 10)


def _event(sending: SendDetails, type_: str, what: dict[str, Any], after_ms: int) -> dict[str, Any]:
    set_arn = f"arn:aws:ses:{sending.region}:{sending.account}:configuration-set/{sending.configuration_set}"
    domain = sending.source.rpartition("@")[2].rstrip("> ")
    tags = {
        "ses:source-tls-version": ["TLSv1.3"],
        "ses:operation": ["SendEmail"],
        "ses:configuration-set": [sending.configuration_set],
        "ses:source-ip": ["127.0.0.1"],
        "ses:from-domain": [domain],
        "ses:caller-identity": ["local"],
    } | sending.tags
    if type_ == "Delivery":
        tags["ses:outgoing-ip"] = ["192.0.2.10"]
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": _DETAIL_TYPES[type_],
        "source": "aws.ses",
        "account": sending.account,
        "time": (sending.sent_at + timedelta(milliseconds=after_ms)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": sending.region,
        "resources": [set_arn],
        "detail": {
            "eventType": type_,
            "mail": {
                "timestamp": _time(sending.sent_at, 0),
                "source": sending.source,
                "sourceArn": f"arn:aws:ses:{sending.region}:{sending.account}:identity/{domain}",
                "sendingAccountId": sending.account,
                "messageId": sending.message_id,
                "destination": list(sending.recipients),
                "headersTruncated": False,
                "headers": [{"name": name, "value": value} for name, value in sending.headers],
                "commonHeaders": sending.common_headers,
                "tags": tags,
            },
            type_.lower(): what,
        },
    }


def _time(at: datetime, after_ms: int) -> str:
    return (at + timedelta(milliseconds=after_ms)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _feedback_id(sending: SendDetails) -> str:
    return f"{sending.message_id[:16]}-{uuid.uuid4()}-000000"


class EventPublisher:
    """Hands events to `emit` from a thread of its own, `delay` seconds after `publish`: events come after the answer.

    An `emit` that raises is logged and the rest goes on: EventBridge, too, gives events at best effort.
    """

    def __init__(self, emit: Callable[[dict[str, Any]], None], delay: float = 0.03) -> None:
        self._emit = emit
        self._delay = delay
        self._doubled = False
        self._reversed = False
        self._pending = 0
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[tuple[float, list[dict[str, Any]]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def order(self, *, doubled: bool, reversed_: bool) -> None:
        """From now on each event twice, and those of one send last first: SES promises neither once nor in order."""
        with self._lock:
            self._doubled, self._reversed = doubled, reversed_

    def publish(self, events: Iterable[dict[str, Any]]) -> None:
        """The events of one send, in their natural order."""
        with self._lock:
            ordered = list(events)
            if self._reversed:
                ordered.reverse()
            if self._doubled:
                ordered = [event for event in ordered for _ in range(2)]
            if not ordered:
                return
            self._pending += len(ordered)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ses-events", daemon=True)
                self._thread.start()
            self._queue.put((time.monotonic() + self._delay, ordered))

    def pending(self) -> int:
        """Events not yet handed to `emit`, or in its hands now."""
        with self._lock:
            return self._pending

    def stop(self) -> None:
        """Hands out what is due and ends the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread:
            self._queue.put(None)
            thread.join()

    def _run(self) -> None:
        while (batch := self._queue.get()) is not None:
            due, events = batch
            time.sleep(max(0.0, due - time.monotonic()))
            for event in events:
                try:
                    self._emit(event)
                except Exception:
                    logger.exception("An SES event could not be handed over")
                finally:
                    with self._lock:
                        self._pending -= 1
