"""Jobs of the kind `discard`: purge many unprocessed emails at once, with proofs.

The order is that of every purge: one transaction marks emails and writes the proof, then the objects are deleted, then
the items. The job counts the emails after they are marked, and the next step deletes them. So a repeated step finds
what it marked before, and counts it again as discarded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import chain

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows.unprocessed_rows import unprocessed_objects
from email_channels.aws.stores.purge_store import DISCARD_BATCH, PurgeStore
from email_channels.aws.stores.unprocessed_store import UnprocessedStore
from email_channels.cases.audit.records import begin_act
from email_channels.cases.jobs.job import Job, Rejected, Step
from email_channels.cases.unprocessed import Unprocessed
from email_channels.errors import Fault
from email_channels.followup.purge import why_not_discarded
from email_channels.jobs.selection import Selection
from email_channels.times import from_text, to_text

DISCARDED = "discarded"

NO_SUCH_EMAIL = "There is no unprocessed email with this id."
_CHANGED = "The email was changed at the same time."
# The clocks of two workers may differ.
_CLOCK_DIFFERENCE = timedelta(minutes=1)


class Discarding:
    """Discards the emails that a job selected. Their audit records are kept for `audit_days`."""

    def __init__(
        self,
        selection: Selection,
        unprocessed: UnprocessedStore,
        purges: PurgeStore,
        mail: MailBucket,
        now: Callable[[], datetime],
        audit_days: int,
    ) -> None:
        self._selection = selection
        self._unprocessed = unprocessed
        self._purges = purges
        self._mail = mail
        self._now = now
        self._audit_days = audit_days

    def step(self, job: Job, in_time: Callable[[], bool]) -> Step:
        """Selects emails; or deletes what the last step marked, and marks the next ones."""
        if self._selection.is_open(job):
            return self._selection.select(job, in_time)
        self._delete(job.place.get("marked", ()))
        if "page" not in job.place:
            return Step(None)
        now = self._now()
        ids, place = self._selection.batch(job, DISCARD_BATCH)
        marked, rejected = self._mark(ids, now, job)
        if not marked and place is None:
            return Step(None, rejected=tuple(rejected))
        next_place = (place or {}) | {"marked": [item.id for item in marked], "since": to_text(now)}
        outcomes = {DISCARDED: len(ids) - len(rejected)}
        return Step(next_place, outcomes, tuple(rejected))

    def end(self, job: Job) -> None:
        """There is nothing to remove."""

    def _mark(self, ids: Sequence[str], now: datetime, job: Job) -> tuple[list[Unprocessed], list[Rejected]]:
        """Marks emails for purge. Returns those that are marked, and why the others were not discarded.

        An email that is gone counts as discarded if it was purged since this step was first tried.
        """
        items = self._unprocessed.read_listed(ids)
        open_items = [item for item in items.values() if item.purge_id is None and not why_not_discarded(item)]
        if open_items:
            self._purges.discard_many(open_items, now, lambda: begin_act(job.actor, now, self._audit_days))
            items |= self._unprocessed.read_listed([item.id for item in open_items])
        gone = [id_ for id_ in ids if id_ not in items]
        purged = self._purges.purged_since(_begun_at(job) - _CLOCK_DIFFERENCE) if gone else frozenset()
        marked = [item for item in items.values() if item.purge_id is not None]
        rejected = [Rejected(NO_SUCH_EMAIL, id_) for id_ in gone if id_ not in purged]
        rejected += [
            Rejected(why_not_discarded(item) or _CHANGED, item.id) for item in items.values() if item.purge_id is None
        ]
        return marked, rejected

    def _delete(self, ids: Sequence[str]) -> None:
        """Deletes marked emails. Emails that are gone are ignored."""
        items = [item for item in self._unprocessed.read_listed(ids).values() if item.purge_id is not None]
        if self._mail.delete(chain.from_iterable(unprocessed_objects(item) for item in items)):
            raise Fault("S3 did not delete all objects of discarded emails")
        self._purges.delete(items)


def _begun_at(job: Job) -> datetime:
    """When the previous step was written: no try of this step was earlier."""
    return from_text(job.place["since"]) if "since" in job.place else job.started_at
