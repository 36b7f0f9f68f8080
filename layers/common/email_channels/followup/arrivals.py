"""Checks each original 15 minutes after it arrived, and repairs a lost notification or a lost follow-up.

The bucket reports each original twice: to the queue of `inbound`, and through EventBridge to the arrivals queue, which
has a delay. This module handles the messages of the arrivals queue. So the bucket need not be listed, and originals
that are kept cost nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from email_channels.aws.inbound_queue import InboundQueue
from email_channels.aws.mail_bucket import MailBucket, content_key
from email_channels.aws.stores.reconcile_store import ReconcileStore
from email_channels.cases.channels import SETUP_NOTIFICATION
from email_channels.errors import Fault, NotFound
from email_channels.observability import logger
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a message asks for: a look at the original with this key, or the follow-up of a case or entry."""

    object_key: str | None = None
    follow_up: tuple[str, str | None] | None = None


def read_message(body: str) -> Arrival:
    """What the message asks for: it is an event `Object Created` of the bucket, or one of `ArrivalsQueue`.

    Raises ValueError for anything else.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html (keys are not URL-encoded)
    """
    try:
        message = json.loads(body)
        if wanted := message.get("follow_up"):
            return Arrival(follow_up=(str(wanted["case_id"]), wanted["email_id"] and str(wanted["email_id"])))
        key = message["detail"]["object"]["key"]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ValueError("a message that is not an event of the bucket") from None
    if not isinstance(key, str):
        raise ValueError("a message that is not an event of the bucket")  # noqa: TRY004 - it is a wrong message, too
    return Arrival(object_key=key)


class Arrivals:
    """Handles the messages of the arrivals queue.

    An original is never downloaded if its email has an outcome. `follow_up` takes a case id, and the email id of an
    entry or None, and returns whether a step was missing. `time_left` says whether there is time for another original.
    """

    def __init__(
        self,
        store: ReconcileStore,
        mail: MailBucket,
        queue: InboundQueue,
        follow_up: Callable[[str, str | None], bool],
        time_left: Callable[[], bool],
    ) -> None:
        self._store = store
        self._mail = mail
        self._queue = queue
        self._follow_up = follow_up
        self._time_left = time_left

    def check(self, records: Iterable[Mapping[str, Any]]) -> list[str]:
        """Checks the originals that a batch of messages names. Returns the message ids to retry.

        An original without an outcome is given to `inbound` again, and its message is retried: after the queue's
        visibility timeout, the original must have its outcome. Messages with the most receives come first, so that a
        message does not run out of time on its last receive. A message that fails does not stop the others.
        """
        retry: list[str] = []
        missing: list[str] = []
        for record in sorted(records, key=_receives, reverse=True):
            if not self._time_left():
                retry.append(record["messageId"])
                continue
            try:
                arrival = read_message(record["body"])
                if arrival.object_key is None or self._is_finished(arrival.object_key):
                    if arrival.follow_up is not None:
                        self._follow_up(*arrival.follow_up)
                        self._delete_lost_issue(arrival.follow_up[0])
                    continue
                missing.append(arrival.object_key)
            except Exception:  # noqa: BLE001 - whatever it is, the other messages are not to blame
                logger().exception("arrival not looked at", extra={"message_id": record["messageId"]})
            retry.append(record["messageId"])
        if missing:
            self._give_to_inbound(missing)
        return retry

    def _delete_lost_issue(self, case_id: str) -> None:
        """Deletes the issue of a case that was never made: a long one is written to the bucket before the case.

        No request runs for as long as a message waits, so the case will not be made any more.
        """
        if not self._store.exists(case_id) and (left := self._mail.delete([content_key(case_id)])):
            raise Fault(f"not deleted: {', '.join(left)}")

    def _is_finished(self, key: str) -> bool:
        """Whether an original needs nothing more. A missing follow-up of its outcome is made first."""
        if key.endswith(SETUP_NOTIFICATION):
            return True
        stored_at = self._mail.stored_at(key)
        if stored_at is None:  # purged with its record, or deleted by hand
            return True
        progress = self._store.progress(key, stored_at)
        if progress.follow_up is not None:
            if self._follow_up(*progress.follow_up):
                record, email = progress.follow_up
                logger().warning("followed up late", extra={"record": record, "email": email})
            return True
        if progress.has_outcome:
            return True
        try:
            return self._mail.is_duplicate(key)
        except NotFound:
            return True

    def _give_to_inbound(self, keys: list[str]) -> None:
        """Gives originals without an outcome to `inbound`.

        If many emails wait for `inbound`, these probably do too. Nothing is sent then: it would make the queue longer.
        """
        try:
            if self._queue.is_long():
                logger().warning("originals without outcome, and a long queue", extra={"originals": len(keys)})
                return
        except Exception:  # noqa: BLE001 - their messages are retried anyway
            logger().exception("originals without outcome not given to inbound", extra={"originals": len(keys)})
            return
        for key in keys:
            try:
                self._queue.send(key)
            except Exception:  # noqa: BLE001 - whatever it is, the other originals are not to blame
                logger().exception("original without outcome not given to inbound", extra={"object": key})
            else:
                logger().warning("original without outcome given to inbound again", extra={"object": key})


def _receives(record: Mapping[str, Any]) -> int:
    """How often the message was received, this time included."""
    return int(record["attributes"]["ApproximateReceiveCount"])
