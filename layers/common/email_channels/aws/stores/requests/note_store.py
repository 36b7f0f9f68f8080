"""Notes: entries of a history that nobody outside gets. `docs/data-model.md` ("A note") has the order of writes."""

from __future__ import annotations

from datetime import datetime

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import CaseRow, bytes_of, emails_of, last_activity_of
from email_channels.aws.rows.entry_rows import EntryRow, entry_row
from email_channels.aws.rows.outbound_rows import IdempotencyRow
from email_channels.aws.rows.table import Row, expiry, read_row
from email_channels.aws.stores.audit.transactions import audited_transaction
from email_channels.aws.stores.history_counts import set_counts, unchanged_counts
from email_channels.aws.stores.moving.merged_cases import refusal
from email_channels.aws.stores.requests.request_keys import IdempotencyKeyTaken, RequestKey
from email_channels.cases.audit.records import AuditRecord
from email_channels.cases.case import is_full
from email_channels.cases.history import Entry
from email_channels.errors import Conflict, NotFound
from email_channels.times import from_text, to_text

FULL_CASE = "The case is full: it has 1,000 emails, or emails of 2 GB together. Open a new case."


class NoteStore:
    """Writes notes. Raises ConcurrentChange, and PynamoDB's exceptions for AWS's faults."""

    def __init__(self, mail: MailBucket) -> None:
        self._mail = mail

    def create(self, entry: Entry, storage_id: str, used: RequestKey | None, record: AuditRecord) -> None:
        """Writes the note, the Idempotency-Key if there is one, the case's activity, and the audit record, in one
        transaction.

        A long text is written to the bucket first, under `storage_id`. Raises IdempotencyKeyTaken if the key was used
        in the last day, NotFound if there is no such case, Conflict if the case is full, CaseMerged if it is merged.
        """
        row = entry_row(entry, None, storage_id, self._mail)
        now = entry.email.at
        use = used.row(entry.case_id, entry.email.email_id, now) if used else None
        retry_on_conflict(lambda: _create(row, entry, use, now, record))


def _create(row: EntryRow, entry: Entry, use: IdempotencyRow | None, now: datetime, record: AuditRecord) -> None:
    case = read_row(keys.record(entry.case_id), CaseRow)
    if case is None:
        raise NotFound("There is no such case.")
    if case.merged_into:
        raise refusal(case.merged_into)
    if is_full(emails_of(case), bytes_of(case)):
        raise Conflict(FULL_CASE)
    at = to_text(max(now, from_text(case.updated_at)))
    unmerged = CaseRow.merged_into.does_not_exist()
    try:
        with audited_transaction(record) as transaction:
            if use is not None:
                unused = Row.pk.does_not_exist() | (Row.expires_at <= expiry(now))
                transaction.save(use, condition=unused)
            transaction.save(row, condition=Row.pk.does_not_exist())
            transaction.update(
                CaseRow(pk=case.pk, sk=case.sk),
                actions=_activity(case, at, row, entry),
                condition=unmerged & (CaseRow.updated_at <= at) & unchanged_counts(case),
            )
    except TransactWriteError as error:
        reasons = error.cancellation_reasons
        if use is not None and reasons and reasons[0] is not None and reasons[0].code == "ConditionalCheckFailed":
            raise IdempotencyKeyTaken from error
        raise


def _activity(case: CaseRow, at: str, row: EntryRow, entry: Entry) -> list[Action]:
    """The actions that count the note and move the case forward in lists. On whom it waits stays as it is."""
    counted_to = max(case.counted_to or "", entry.email.email_id)
    actions: list[Action] = [
        CaseRow.updated_at.set(at),
        CaseRow.gsi1sk.set(index_keys.at_time(at, entry.case_id)),
        *set_counts(int(case.entries or 0) + 1, int(case.entry_bytes or 0) + entry.email.size, counted_to),
    ]
    if row.gsi4sk and row.gsi4sk > last_activity_of(case):
        actions.append(CaseRow.last_activity.set(row.gsi4sk))
    return actions
