"""Unprocessed emails that a person assigns to a case.

Each assignment is one transaction, conditional on the versions that were read, so an email is always in exactly one
place. `notify` gets the new entry or case from the table's stream, like every other one. It then updates activity and
participants, and sends the alert.
"""

from __future__ import annotations

from pynamodb.exceptions import TransactWriteError

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import is_conflict, retry_on_conflict
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow, activity_row, case_rows
from email_channels.aws.rows.entry_rows import entry_of, pointer_row
from email_channels.aws.rows.table import Row, read_row, version_of
from email_channels.aws.rows.unprocessed_rows import UnprocessedRow, identity_of
from email_channels.aws.stores.audit.transactions import audited_transaction
from email_channels.aws.stores.history_counts import count_entry
from email_channels.aws.stores.moving.moved_emails import ASSIGNED, entry_in
from email_channels.aws.stores.replacement_store import (
    case_with_room,
    unchanged_unprocessed,
    unprocessed_email,
)
from email_channels.cases.audit.records import Act, AuditAction, AuditRecord
from email_channels.cases.case import Case
from email_channels.cases.history import StoredEmail
from email_channels.cases.outcomes import Outcome
from email_channels.cases.pointer import Pointer
from email_channels.cases.unprocessed import Unprocessed
from email_channels.errors import ConcurrentChange
from email_channels.times import to_text


class AssignmentStore:
    """Assigns emails to cases.

    Raises NotFound for an email or case that does not exist (any more), Conflict for an assignment that is not
    possible, ConcurrentChange, and PynamoDB's and botocore's exceptions for AWS's faults.
    """

    def __init__(self, mail: MailBucket) -> None:
        self._mail = mail

    def add_to_case(self, record_id: str, case_id: str, act: Act) -> StoredEmail:
        """Makes an unprocessed email an entry of an existing case, and its record a pointer to the entry."""
        return retry_on_conflict(lambda: _add_to_case(record_id, case_id, act))

    def make_case(
        self, item: Unprocessed, case: Case, act: Act | None, action: AuditAction = AuditAction.UNPROCESSED_ASSIGN
    ) -> None:
        """Replaces an unprocessed email by a case, which has the email's id and the next version.

        Raises ConcurrentChange if the unprocessed email was changed after it was read.
        """
        row = unprocessed_email(item.id)
        others, new = case_rows(case, identity_of(row), self._mail)
        # The case is in the log of activity twice: as its email, by which `reconcile` finds the original, and now.
        new.gsi4sk = row.gsi4sk
        made = activity_row(case.case_id, case.created_at)
        new.last_activity = made.gsi4sk
        record = _assigned(act, row, Outcome.CASE, case.case_id, case.topic, action) if act else None
        try:
            # One transaction: a failure in between would leave details of a case that does not exist.
            with audited_transaction(record) as transaction:
                for other in [*others, made]:
                    transaction.save(other)
                transaction.save(new, condition=unchanged_unprocessed(item))
        except TransactWriteError as error:
            if not is_conflict(error):
                raise
            # The conflict may be with our own write: the SDK repeats a write whose answer was lost.
            stored = read_row((new.pk, new.sk), CaseRow)
            if stored is None or stored.attribute_values != new.attribute_values:
                raise ConcurrentChange(f"unprocessed email {item.id} changed in between") from error


def _assigned(
    act: Act,
    row: UnprocessedRow,
    outcome: Outcome,
    case_id: str,
    topic: str | None = None,
    action: AuditAction = AuditAction.UNPROCESSED_ASSIGN,
) -> AuditRecord:
    """The audit record of an unprocessed email that became something else. `topic` is that of a new case."""
    before = {"outcome": "unprocessed", "reason": row.reason}
    after = {"outcome": outcome.value, "reason": None, "case_id": case_id, **({"topic": topic} if topic else {})}
    return act.record(action, keys.record_id_of(row.pk), before, after)


def _add_to_case(record_id: str, case_id: str, act: Act) -> StoredEmail:
    row = unprocessed_email(record_id)
    case = case_with_room(read_row(keys.record(case_id), CaseRow))
    entry = entry_in(row, case_id, moved=False)
    entry.entered_at = to_text(act.at)
    email = entry_of(entry).email
    pointer = Pointer(
        id=record_id,
        outcome=Outcome.ENTRY,
        case_id=case_id,
        email_id=email.email_id,
        raw_key=email.raw_key,
        matched_by=ASSIGNED,
        version=version_of(row) + 1,
    )
    with audited_transaction(_assigned(act, row, Outcome.ENTRY, case_id)) as transaction:
        count_entry(transaction, case, entry)
        transaction.save(entry, condition=Row.pk.does_not_exist())
        transaction.save(
            pointer_row(pointer, row.identity), condition=(Row.version == row.version) & UnprocessedRow.reason.exists()
        )
    return email
