"""Finishes work for which no event will arrive any more.

This is: overdue notifications, sends that SES has not confirmed, originals without an outcome, and cases and entries
without their follow-up.
"""

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

# A younger original may still wait in the queue or be retried, so it is not checked.
SETTLED_AFTER = timedelta(hours=1)
# Originals are checked until this age. Each one is checked on several days, in case a run fails.
LOOK_BACK = timedelta(days=4)
_BATCH = 100


class Reconcile:
    """One run of `reconcile`, which has three parts. If one fails, the others still run."""

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
        """Runs each part for the time `now`. Returns what each part did.

        `originals` is None if the originals have been checked today already. Raises Fault at the end if a part failed,
        so that Lambda invokes the function again.
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
            except Exception:  # noqa: BLE001 - no failure of one part may stop the others
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
    """What one check did: originals checked, originals queued again, and cases and entries followed up.

    `complete` is False if time ran out; the next run then continues.
    """

    looked_at: int
    requeued: int
    followed_up: int
    complete: bool


class OriginalsCheck:
    """Checks the originals of the last days, once a day.

    Originals without an outcome are queued for `inbound` again; a duplicate does no harm there. Cases and entries that
    the stream failed to follow up are followed up. `follow_up` takes a case id, and the email id of an entry or None.
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
        """Checks the originals. Returns None if they have been checked on the day of `now` already.

        Each batch is recorded when it is done. If a run fails or has no time left, the next one continues from there.
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
                logger().warning("original without outcome queued again", extra={"object": key})
            for case_id, email_id in [*((case_id, None) for case_id in unfinished.cases), *unfinished.entries]:
                if not self._time_left():  # the next run checks this batch again
                    return OriginalsCheckResult(looked_at, requeued, followed_up, complete=False)
                followed_up += self._followed_up(case_id, email_id)
            looked_at += len(batch)
            left = batch[-1].key
            self._store.mark_originals_done(now.date(), up_to=left)
        self._store.mark_originals_done(now.date())
        return OriginalsCheckResult(looked_at, requeued, followed_up, complete=True)

    def _followed_up(self, case_id: str, email_id: str | None) -> bool:
        """Follows up a case or an entry. Returns whether this worked. A failure is logged; the next day retries it."""
        about = {"record": case_id, "email": email_id}
        try:
            self._follow_up(case_id, email_id)
        except Exception:  # noqa: BLE001 - no failure of one item may stop the others
            logger().exception("follow-up failed", extra=about)
            return False
        logger().warning("followed up late", extra=about)
        return True

    def _settled(self, now: datetime, after: str) -> Iterator[list[Original]]:
        """Batches of the originals to check, in the order of their keys, from the first key behind `after`."""
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
        """The identity of each email, by the key of its original."""
        identities = {}
        for original in batch:
            try:
                raw = self._mail.read(original.key)
            except NotFound:  # purged meanwhile
                continue
            ses_headers, start = read_ses_headers(raw)
            identities[original.key] = identify(raw[start:], ses_headers.recipient, original.key)
        return identities
