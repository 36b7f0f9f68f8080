"""Finds by looking what no event will finish: originals without an outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from email_channels.aws.inbound_queue import InboundQueue
from email_channels.aws.mail_store import MailStore, Original
from email_channels.aws.reconcile_store import ReconcileStore
from email_channels.errors import NotFound
from email_channels.identity import EmailIdentity, identify
from email_channels.observability import logger
from email_channels.receipt import read_receipt

# An original that is younger may still be on its way through the queue and its retries.
SETTLED_AFTER = timedelta(hours=1)
# An older one was looked at by earlier runs; the overlap of days is for runs that failed.
LOOK_BACK = timedelta(days=4)
# SES writes an object of this name when a rule is made; it is no email.
SETUP_NOTIFICATION = "AMAZON_SES_SETUP_NOTIFICATION"
_BATCH = 100


@dataclass(frozen=True, slots=True)
class OriginalsResult:
    """How many originals were looked at, how many went back to the queue, and whether time sufficed for all."""

    looked_at: int
    requeued: int
    complete: bool


class Originals:
    """Gives originals without a finished outcome to `inbound` again, which does nothing twice."""

    def __init__(
        self, store: ReconcileStore, mail: MailStore, queue: InboundQueue, time_left: Callable[[], bool]
    ) -> None:
        self._store = store
        self._mail = mail
        self._queue = queue
        self._time_left = time_left

    def run_daily(self, now: datetime) -> OriginalsResult | None:
        """Looks at the originals of the last days, once for each day; None if that is done for the day of `now`.

        What a run has no time for, the next goes on with.
        """
        left = self._store.originals_left(now.date())
        if left is None:
            return None
        looked_at = requeued = 0
        for batch in self._settled(now, left):
            if not self._time_left():
                self._store.mark_originals_done(now.date(), up_to=left)
                return OriginalsResult(looked_at, requeued, complete=False)
            identities = self._identities(batch)
            for key in self._store.unfinished(identities):
                self._queue.send(key)
                requeued += 1
                logger().warning("original without outcome given to inbound again", extra={"object": key})
            looked_at += len(batch)
            left = batch[-1].key
        self._store.mark_originals_done(now.date())
        return OriginalsResult(looked_at, requeued, complete=True)

    def _settled(self, now: datetime, after: str) -> Iterator[list[Original]]:
        batch: list[Original] = []
        for original in self._mail.originals(after):
            in_time = now - LOOK_BACK <= original.written_at <= now - SETTLED_AFTER
            if in_time and not original.key.endswith(SETUP_NOTIFICATION):
                batch.append(original)
            if len(batch) == _BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def _identities(self, batch: list[Original]) -> dict[str, EmailIdentity]:
        identities = {}
        for original in batch:
            try:
                raw = self._mail.read(original.key)
            except NotFound:  # purged in between
                continue
            receipt, start = read_receipt(raw)
            identities[original.key] = identify(raw[start:], receipt.recipient, original.key)
        return identities
