"""Finishes what no event will finish: originals without an outcome, and outcomes without their follow-up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from email_channels.aws.inbound_queue import InboundQueue
from email_channels.aws.mail_bucket import MailBucket, Original
from email_channels.aws.stores.reconcile_store import ReconcileStore
from email_channels.cases.channels import SETUP_NOTIFICATION
from email_channels.cases.identity import EmailIdentity, identify
from email_channels.errors import Fault, NotFound
from email_channels.mail.ses_headers import read_ses_headers
from email_channels.observability import logger

# A younger original may still be in the queue, or be retried.
SETTLED_AFTER = timedelta(hours=1)
# Earlier runs have checked older originals. The days overlap in case a run failed.
LOOK_BACK = timedelta(days=4)
_BATCH = 100


class Reconcile:
    """One run of `reconcile`, in parts. A part that fails does not keep the others from being done."""

    def __init__(
        self,
        notify_overdue: Callable[[datetime], int],
        close_stuck_sends: Callable[[datetime], int],
        originals: OriginalsCheck,
    ) -> None:
        self._notify_overdue = notify_overdue
        self._close_stuck_sends = close_stuck_sends
        self._originals = originals

    def run(self, now: datetime) -> dict[str, Any]:
        """Does each part as of `now`. Returns how much there was to do (`originals` is None if done for the day).

        Raises Fault in the end if a part failed, so that Lambda invokes the function again.
        """
        parts: dict[str, Callable[[datetime], Any]] = {
            "notified": self._notify_overdue,
            "sends_closed": self._close_stuck_sends,
            "originals": self._look_at_originals,
        }
        done, failed = {}, []
        for name, part in parts.items():
            try:
                done[name] = part(now)
            except Exception:  # noqa: BLE001 - whatever it is, the other parts are not to blame
                logger().exception("part failed", extra={"part": name})
                failed.append(name)
        logger().info("reconciled", extra=done)
        if failed:
            raise Fault(f"not done: {', '.join(failed)}")
        return done

    def _look_at_originals(self, now: datetime) -> dict[str, Any] | None:
        result = self._originals.run_daily(now)
        return asdict(result) if result else None


@dataclass(frozen=True, slots=True)
class OriginalsCheckResult:
    """How many originals were checked and how many of them queued again, how many cases and entries were followed up,
    and whether there was time for all."""

    looked_at: int
    requeued: int
    followed_up: int
    complete: bool


class OriginalsCheck:
    """Checks the originals of the last days, once a day.

    Originals without an outcome go to the queue of `inbound` again, where duplicates do no harm. Outcomes whose
    follow-up the stream gave up are followed up. `follow_up` takes a case id, and the email id of an entry or None.
    """

    def __init__(
        self,
        store: ReconcileStore,
        mail: MailBucket,
        queue: InboundQueue,
        follow_up: Callable[[str, str | None], None],
        time_left: Callable[[], bool],
    ) -> None:
        self._store = store
        self._mail = mail
        self._queue = queue
        self._follow_up = follow_up
        self._time_left = time_left

    def run_daily(self, now: datetime) -> OriginalsCheckResult | None:
        """Checks the originals; returns None if that is done for the day of `now`.

        Each batch is recorded when it is done. So a run that has no time left, or fails, is continued by the next one.
        """
        left = self._store.originals_left(now.date())
        if left is None:
            return None
        looked_at = requeued = followed_up = 0
        for batch in self._settled(now, left):
            if not self._time_left():
                return OriginalsCheckResult(looked_at, requeued, followed_up, complete=False)
            unfinished = self._store.unfinished(self._identities(batch))
            for key in unfinished.originals:
                self._queue.send(key)
                requeued += 1
                logger().warning("original without outcome given to inbound again", extra={"object": key})
            for case_id, email_id in [*((case_id, None) for case_id in unfinished.cases), *unfinished.entries]:
                if not self._time_left():  # the next run looks at this batch again
                    return OriginalsCheckResult(looked_at, requeued, followed_up, complete=False)
                followed_up += self._followed_up(case_id, email_id)
            looked_at += len(batch)
            left = batch[-1].key
            self._store.mark_originals_done(now.date(), up_to=left)
        self._store.mark_originals_done(now.date())
        return OriginalsCheckResult(looked_at, requeued, followed_up, complete=True)

    def _followed_up(self, case_id: str, email_id: str | None) -> bool:
        """Follows up one item; tells whether it worked. A failure does not stop the others; the next day retries it."""
        about = {"record": case_id, "email": email_id}
        try:
            self._follow_up(case_id, email_id)
        except Exception:  # noqa: BLE001 - whatever it is, the others are not to blame
            logger().exception("follow-up failed", extra=about)
            return False
        logger().warning("followed up late", extra=about)
        return True

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
            ses_headers, start = read_ses_headers(raw)
            identities[original.key] = identify(raw[start:], ses_headers.recipient, original.key)
        return identities
