"""Deletes unprocessed emails some days after their notification (`PurgeAfterDays`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import chain

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows.unprocessed_rows import unprocessed_objects
from email_channels.aws.stores.purge_store import PurgeStore
from email_channels.cases.unprocessed import Unprocessed
from email_channels.errors import Fault
from email_channels.observability import logger
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class PurgeResult:
    """How many emails were purged. `complete` is False if time ran out; the next run then continues."""

    purged: int
    complete: bool


class Purge:
    """One run of the purge. `time_left` returns whether there is time for another batch.

    `finish_erasures` does what a crash has left of erasures. It is called with `time_left`, after the purge.
    """

    def __init__(
        self,
        store: PurgeStore,
        mail: MailBucket,
        time_left: Callable[[], bool],
        finish_erasures: Callable[[Callable[[], bool]], object] = lambda _: None,
    ) -> None:
        self._finish_erasures = finish_erasures
        self._store = store
        self._mail = mail
        self._time_left = time_left

    def run(self, now: datetime) -> PurgeResult:
        """Purges the emails that are due at `now`. An email is never due before its notification, or while on hold.

        For each batch, one transaction marks the items and writes the proof. Then the objects are deleted, then the
        items. A crash leaves marked items, with which the next run continues. If S3 does not delete an object, its
        email stays marked, the other emails are purged, and Fault is raised at the end.
        """
        purged = left = 0
        for batch in self._store.due(now):
            if not self._time_left():
                return self._result(purged, left, complete=False)
            marked = self._store.mark([item for item in batch if item.purge_id is None], now)
            to_delete = [*marked, *(item for item in batch if item.purge_id is not None)]
            objects = [unprocessed_objects(item) for item in to_delete]
            undeleted = self._mail.delete(chain.from_iterable(objects))
            gone = [item for item, keys in zip(to_delete, objects, strict=True) if undeleted.isdisjoint(keys)]
            self._store.delete(gone)
            purged += len(gone)
            left += len(to_delete) - len(gone)
            logger().info("purged", extra={"emails": len(gone)})
        try:
            self._finish_erasures(self._time_left)
        finally:  # if the erasures fail, too, the error about S3 has theirs as its context
            result = self._result(purged, left, complete=True)
        return result

    @staticmethod
    def _result(purged: int, left: int, *, complete: bool) -> PurgeResult:
        if left:
            raise Fault(f"{purged} emails purged; S3 did not delete the objects of {left}")
        logger().info("purge done", extra={"purged": purged, "complete": complete})
        return PurgeResult(purged, complete)


def why_not_discarded(item: Unprocessed) -> str | None:
    """Why an admin cannot discard the email now; None if they can."""
    if item.held is not None:
        return "The email is held. Release it first."
    return "The admins have not been notified of the email yet." if item.notified_at is None else None
