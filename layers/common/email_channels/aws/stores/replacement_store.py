"""What replaces an unprocessed email: an entry of a case, or the same email with another decision about it.

Each replacement is one write or one transaction, conditional on the version that was read, so an email is always in
exactly one place. (`assignment_store.py` replaces an unprocessed email by a case.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import is_conflict, retry_transient_faults
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow, bytes_of, emails_of
from email_channels.aws.rows.entry_rows import PointerRow, entry_row, pointer_of, pointer_row
from email_channels.aws.rows.table import Row, read_row, read_rows
from email_channels.aws.rows.unprocessed_rows import (
    UnprocessedRow,
    first_due,
    identity_of,
    to_notify_keys,
    unprocessed_of,
    unprocessed_row,
)
from email_channels.aws.stores.audit.transactions import audited_transaction
from email_channels.aws.stores.history_counts import count_entry
from email_channels.aws.stores.moving.merged_cases import refusal
from email_channels.cases.audit.records import AuditRecord
from email_channels.cases.case import is_full
from email_channels.cases.history import Entry
from email_channels.cases.identity import EmailIdentity
from email_channels.cases.pointer import Pointer
from email_channels.cases.references import case_number
from email_channels.cases.unprocessed import Unprocessed
from email_channels.errors import ConcurrentChange, Conflict, NotFound
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class UnprocessedRecord:
    """An unprocessed email with its identity."""

    item: Unprocessed
    identity: EmailIdentity


@dataclass(frozen=True, slots=True)
class MadeCase:
    """The record of an email that made a case."""

    case_id: str


class ReplacementStore:
    """Replaces unprocessed emails. Raises ConcurrentChange, and PynamoDB's and botocore's exceptions for AWS's faults.

    Every method that writes raises ConcurrentChange if the email is not as it was read. The write may also have been
    our own, if its answer was lost: `record` then says what the email is.
    """

    def __init__(self, mail: MailBucket) -> None:
        self._mail = mail

    def record(self, record_id: str) -> UnprocessedRecord | MadeCase | Pointer | None:
        """What the email with this record id is now, read consistently; None if there is no such email.

        A case that no email made is not the record of an email.
        """
        match read_rows([keys.record(record_id)]).get(keys.record(record_id)):
            case UnprocessedRow() as row:
                return UnprocessedRecord(self._unprocessed(row), identity_of(row))
            case PointerRow() as row:
                return pointer_of(row)
            case CaseRow() as row if row.identity:
                return MadeCase(record_id)
        return None

    def unprocessed(self, record_id: str) -> UnprocessedRecord:
        """The unprocessed email with this record id, read consistently.

        Raises NotFound if there is no such email, Conflict if it has been processed since, or is being purged.
        """
        match self.record(record_id):
            case UnprocessedRecord() as record if record.item.purge_id is None:
                return record
            case UnprocessedRecord():
                raise Conflict("The email is being purged.")
            case Pointer() as pointer:
                raise Conflict(f"This email is already in case {case_number(pointer.case_id)}.")
            case MadeCase() as made:
                raise Conflict(f"This email has already become case {case_number(made.case_id)}.")
        raise NotFound("There is no such unprocessed email.")

    def become_entry(
        self, record: UnprocessedRecord, pointer: Pointer, entry: Entry, audit: AuditRecord | None
    ) -> None:
        """Makes an unprocessed email an entry of a case, and its record a pointer to the entry, in one transaction.

        Raises NotFound if there is no such case (any more), and Conflict if it is full.
        """
        row = entry_row(entry, record.identity, record.item.id, self._mail)
        case = case_with_room(read_row(keys.record(pointer.case_id), CaseRow))
        new = pointer_row(pointer, record.identity.key)

        def write(transaction: TransactWrite) -> None:
            count_entry(transaction, case, row)
            transaction.save(row, condition=Row.pk.does_not_exist())
            transaction.save(new, condition=unchanged_unprocessed(record.item))

        _transact(write, audit)

    def stay_unprocessed(
        self, record: UnprocessedRecord, decided: Unprocessed, now: datetime, audit: AuditRecord | None
    ) -> Unprocessed:
        """Replaces the decision about an email that stays unprocessed. A hold stays.

        With another reason, the admins have not been notified yet: the email is due for notification from `now`, and
        will be purged after that. With the same reason, the notification and the time of the purge stay.
        """
        old = record.item
        new = replace(decided, held=old.held, copied_at=old.copied_at, version=old.version + 1)
        # The id of the notification stays: an event of SES about it may still arrive.
        new = replace(new, notification_message_id=old.notification_message_id)
        if decided.reason is old.reason:
            attempts, notified_at, purge_after = old.notification_attempts, old.notified_at, old.purge_after
            new = replace(new, notification_attempts=attempts, notified_at=notified_at, purge_after=purge_after)
        stored = unprocessed_email(old.id)
        row = unprocessed_row(new, record.identity, self._mail).keep_unknown(stored)
        # Its place in the log of activity never changes.
        row.gsi4pk, row.gsi4sk = stored.gsi4pk, stored.gsi4sk
        if decided.reason is not old.reason:
            # Not due before now, or `reconcile` would send the notification beside the stream.
            row.gsi2pk, row.gsi2sk = to_notify_keys(new.id, first_due(new.reason, now))
        elif old.notified_at is None:
            row.gsi2pk, row.gsi2sk = stored.gsi2pk, stored.gsi2sk

        def write(transaction: TransactWrite) -> None:
            transaction.save(row, condition=unchanged_unprocessed(old))

        _transact(write, audit)
        return new

    def _unprocessed(self, row: UnprocessedRow) -> Unprocessed:
        try:
            return unprocessed_of(row, self._mail)
        except NotFound:
            # A purge deletes the objects in the bucket first, and the item last.
            return unprocessed_of(row)


def unprocessed_email(record_id: str) -> UnprocessedRow:
    """The item of an unprocessed email. Raises NotFound if there is none, Conflict if its purge has begun."""
    row = read_row(keys.record(record_id), UnprocessedRow)
    if row is None:
        raise NotFound("There is no such unprocessed email.")
    if row.purge_id:
        raise Conflict("The email is being purged.")
    return row


def unchanged_unprocessed(item: Unprocessed) -> Condition:
    """The condition that an email is still unprocessed, and as it was read."""
    unchanged: Condition = (Row.version == item.version) & UnprocessedRow.reason.exists()
    return unchanged


def case_with_room(case: CaseRow | None) -> CaseRow:
    """The case. Raises NotFound if there is none, CaseMerged if it was merged, Conflict if it is full."""
    if case is None:
        raise NotFound("There is no such case.")
    if case.merged_into:
        raise refusal(case.merged_into)
    if is_full(emails_of(case), bytes_of(case)):
        raise Conflict("The case is full: it has 1,000 emails, or emails of 2 GB together.")
    return case


def _transact(write: Callable[[TransactWrite], None], audit: AuditRecord | None) -> None:
    """Makes one transaction, with the audit record. Raises ConcurrentChange if one of its conditions fails."""

    def attempt() -> None:
        with audited_transaction(audit) as transaction:
            write(transaction)

    try:
        retry_transient_faults(attempt)
    except TransactWriteError as error:
        if not is_conflict(error):
            raise
        raise ConcurrentChange("the email or its case changed in the meantime") from error
