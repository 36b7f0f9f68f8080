"""Erases cases, unprocessed emails and entries, with all that belongs to them.

A tombstone takes the place of the record first, so nobody sees it any more. Then its objects are deleted, and its items
last. Every step can be repeated: what was not finished is found again, by its tombstone or by its item.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.erasure.person_traces import PersonTraceStore
from email_channels.aws.stores.erasure.record_erasure import Part, RecordErasureStore
from email_channels.cases.audit.records import AuditRecord
from email_channels.errors import Fault
from email_channels.observability import logger

_LONGEST_RUN = timedelta(minutes=15)
"""No invocation of a Lambda function runs longer."""


class Erasure:
    """Erases records. Raises Fault if S3 does not delete an object, and what AWS raises; then it must be repeated."""

    def __init__(self, mail: MailBucket, now: Callable[[], datetime]) -> None:
        self._mail = mail
        self._now = now
        self._records = RecordErasureStore()
        self._traces = PersonTraceStore(mail)

    def erase_case(self, case_id: str) -> bool:
        """Erases a case. Returns false if there is no such case.

        After a crash, `finish_all` or a repeat does the rest.
        """
        buried = self.bury_case(case_id)
        self.finish(case_id)
        return buried

    def bury_case(self, case_id: str, version: int | None = None, audit: AuditRecord | None = None) -> bool:
        """The first step of `erase_case`: from then on, nobody sees the case. `finish` does the others.

        Returns false if there is no such case. Raises ConcurrentChange if it has another version than `version` (None:
        any). `audit` is written with this step.
        """
        return self._records.bury_case(case_id, self._now(), version, audit)

    def erase_unprocessed(self, record_id: str) -> bool:
        """Erases an unprocessed email. Returns false if there is none, if it is being purged, or if it is held."""
        buried = self._records.bury_unprocessed(record_id, self._now())
        self.finish(record_id)
        return buried

    def erase_entry(self, case_id: str, email_id: str) -> None:
        """Erases one entry of a case that stays."""
        for part in self._records.entry(case_id, email_id):
            self._erase_objects_of([part])
            self._records.delete_entry(part)

    def anonymise_case(self, case_id: str) -> None:
        """Erases all of a case but its number, topic, group, states and times."""
        # The second time finds an email that arrived meanwhile.
        for _ in range(2):
            # The objects first: of a longer email, only the details of the case name them.
            self._delete_objects(self._traces.own_objects(case_id))
            self._erase_parts(case_id)
            self._traces.anonymise(case_id)

    def erase_first_email(self, case_id: str, email_id: str, *, keep_issue: bool = False) -> None:
        """Erases the first email of a case that stays. Unless `keep_issue`, its subject and its issue go, too."""
        if keep_issue:
            self._traces.keep_only_issue(case_id, email_id)  # it may be in one of the objects
        self._delete_objects(self._traces.own_objects(case_id))
        self._traces.take_first_email(case_id, email_id, keep_issue=keep_issue)

    def finish(self, record_id: str, in_time: Callable[[], bool] = lambda: True) -> bool:
        """Deletes what is left of a record that has an unfinished tombstone. Returns false if `in_time` stopped it.

        A worker that read the record before may still write an entry. So the tombstone is finished only when no such
        worker can be left; until then, `finish_all` comes back to it.
        """
        tombstone = self._records.tombstone(record_id)
        if tombstone is None:
            return True
        if not self._erase_parts(record_id, in_time):
            return False
        if tombstone.entry is not None:
            self.erase_entry(*tombstone.entry)
        self._delete_objects(sorted(tombstone.objects))
        if self._now() - tombstone.erased_at >= _LONGEST_RUN:
            self._records.finish(record_id)
        logger().info("erased", extra={"record": record_id})
        return True

    def finish_all(self, in_time: Callable[[], bool]) -> int:
        """Finishes erasures that a crash has interrupted. Returns their number.

        One that fails does not stop the others. Raises Fault at the end if any failed.
        """
        finished, failed = 0, 0
        for record_id in self._records.unfinished():
            if not in_time():
                break
            try:
                finished += self.finish(record_id, in_time)
            except Exception:  # noqa: BLE001 - the other erasures are not to blame
                logger().exception("erasure not finished", extra={"record": record_id})
                failed += 1
        if failed:
            raise Fault(f"{failed} erasures were not finished")
        return finished

    def _erase_parts(self, case_id: str, in_time: Callable[[], bool] = lambda: True) -> bool:
        """Whether all were erased. A hundred at a time, and what is erased is not found again."""
        for parts in self._records.parts(case_id):
            if not in_time():
                return False
            self._erase_objects_of(parts)
            self._records.delete(parts)
        return True

    def _erase_objects_of(self, parts: Sequence[Part]) -> None:
        # The pointers first: a worker that finds a pointer without its entry would write the entry again.
        self._records.bury_pointers(parts, self._now())
        self._delete_objects([key for part in parts for key in part.objects])

    def _delete_objects(self, keys: Sequence[str]) -> None:
        if keys and self._mail.delete(keys):
            raise Fault("S3 did not delete all objects of what is erased")
