"""Emails that a person assigns to a case: unprocessed ones, and entries of another case.

Each assignment is one transaction, conditional on the versions that were read, so an email is always in exactly one
place. If the record of an email is a pointer to an entry, the pointer moves with the entry: a worker that finds a
pointer without its entry would write the entry again. `notify` gets the new entry or case from the table's stream, like
every other one. It then updates activity and participants, and sends the alert.
"""

from __future__ import annotations

from datetime import datetime

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import is_conflict, retry_on_conflict
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import (
    MOST_ISSUE_CHARACTERS,
    MOST_OWN_ISSUE_BYTES,
    CaseRow,
    activity_row,
    case_of,
    case_rows,
    details_row,
    with_details,
)
from email_channels.aws.rows.codec import match_to_json
from email_channels.aws.rows.compression import pack_content
from email_channels.aws.rows.email_rows import EmailRow, email_of
from email_channels.aws.rows.entry_rows import EntryRow, PointerRow, entry_of, moved_row, pointer_row
from email_channels.aws.rows.outbound_rows import SentRow
from email_channels.aws.rows.table import Row, read_row, read_rows, row_of, version_of
from email_channels.aws.rows.unprocessed_rows import UnprocessedRow, identity_of
from email_channels.aws.stores.audit.transactions import audited_transaction
from email_channels.aws.stores.history_counts import count_entry, take_from_counts
from email_channels.aws.stores.replacement_store import (
    case_with_room,
    unchanged_unprocessed,
    unprocessed_email,
)
from email_channels.cases.audit.records import Act, AuditAction, AuditRecord
from email_channels.cases.audit.targets import email_target
from email_channels.cases.case import Case
from email_channels.cases.history import Content, Direction, StoredEmail
from email_channels.cases.identity import record_id_in, sent_message_id_key
from email_channels.cases.matches import MatchedBy, MatchMethod, MatchStrength
from email_channels.cases.outcomes import Outcome
from email_channels.cases.pointer import Pointer
from email_channels.cases.unprocessed import Unprocessed
from email_channels.errors import ConcurrentChange, Conflict, NotFound
from email_channels.times import to_text

ASSIGNED = MatchedBy(MatchMethod.ASSIGNED, MatchStrength.PERSON)


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

    def move(self, case_id: str, email_id: str, to_case_id: str, now: datetime, act: Act) -> StoredEmail:
        """Moves an email from the history of one case to that of another.

        Raises Conflict for an email that SES has not confirmed, because SES's events would not find it in the new case.
        """
        return retry_on_conflict(lambda: self._move(case_id, email_id, to_case_id, now, act))

    def _move(self, case_id: str, email_id: str, to_case_id: str, now: datetime, act: Act) -> StoredEmail:
        case_key, entry_key = keys.record(case_id), keys.entry(case_id, email_id)
        details_key, record_key = keys.details(case_id), keys.record(record_id_in(email_id))
        to_case_key = keys.record(to_case_id)
        rows = read_rows([case_key, entry_key, details_key, record_key, to_case_key])
        case = row_of(rows, case_key, CaseRow)
        if case is None:
            raise NotFound("There is no such case.")
        source = row_of(rows, entry_key, EntryRow) or with_details(case, rows.get(details_key))
        if isinstance(source, CaseRow) and source.email_id != email_id:
            raise NotFound("There is no such email in this case.")
        to_case = case_with_room(row_of(rows, to_case_key, CaseRow))
        pointer = row_of(rows, record_key, PointerRow)
        new = _entry_row(source, to_case_id)
        email = entry_of(new).email
        target = email_target(case_id, email_id)
        moved = act.record(AuditAction.EMAIL_MOVE, target, {"case_id": case_id}, {"case_id": to_case_id})
        with audited_transaction(moved) as transaction:
            count_entry(transaction, to_case, new)
            # An item with `expires_at` is a MovedRow: the email was in this case before, and may come back.
            transaction.save(new, condition=Row.pk.does_not_exist() | Row.expires_at.exists())
            if isinstance(source, CaseRow):
                self._take_first_email(transaction, source, now)
            else:
                transaction.save(moved_row(source, now), condition=Row.version == source.version)
                take_from_counts(transaction, case, source)
            if email.direction is Direction.OUTBOUND:
                _move_sent(transaction, email, case_id, to_case_id)
            elif pointer is not None and (pointer.case_id, pointer.email_id) == (case_id, email_id):
                transaction.update(
                    pointer,
                    actions=[PointerRow.case_id.set(to_case_id), Row.version.set(version_of(pointer) + 1)],
                    condition=Row.version == pointer.version,
                )
        return email

    def _take_first_email(self, transaction: TransactWrite, row: CaseRow, now: datetime) -> None:
        """Removes the case's first email from the items of the case, which keep the issue and the identity."""
        issue = case_of(row, self._mail).issue
        kept = issue if len(issue) <= MOST_ISSUE_CHARACTERS else f"{issue[:MOST_ISSUE_CHARACTERS]}\n[...]"
        packed = pack_content(Content(text=None, html=None, issue=kept))
        case_id = keys.record_id_of(row.pk)
        details = details_row(case_id, packed)
        if len(packed) > MOST_OWN_ISSUE_BYTES:
            transaction.save(details)
            placed = [CaseRow.email.remove(), CaseRow.detailed.set(True)]
        else:
            if row.detailed:
                transaction.delete(details)
            placed = [CaseRow.email.set(packed), CaseRow.detailed.remove()]
        at = max(to_text(now), row.updated_at)
        removed = (
            *(CaseRow.email_id, CaseRow.recipients, CaseRow.content_key, CaseRow.size),
            *(CaseRow.matched_by, CaseRow.gsi3pk, CaseRow.gsi3sk),
        )
        transaction.update(
            CaseRow(pk=row.pk, sk=row.sk),
            actions=[
                *placed,
                *(attribute.remove() for attribute in removed),
                CaseRow.updated_at.set(at),
                CaseRow.gsi1sk.set(index_keys.at_time(at, case_id)),
                Row.version.set(version_of(row) + 1),
            ],
            condition=Row.version == row.version,
        )


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
    entry = _entry_row(row, case_id)
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


def _entry_row(source: EmailRow, case_id: str) -> EntryRow:
    """The item of an email as an entry of another case. It copies the email's attributes from its present item.

    Attributes that this code does not know move with an entry. Those of an unprocessed email or a case stay behind:
    they may say something about that, and not about the email.
    """
    email = email_of(source, None)
    assert email is not None
    inbound = email.direction is Direction.INBOUND
    thread = index_keys.thread(source.thread_key) if isinstance(source, UnprocessedRow) else source.gsi3pk
    pk, sk = keys.entry(case_id, email.email_id)
    return EntryRow(
        pk=pk,
        sk=sk,
        # Higher than before: if the entry comes back, no slow worker takes it for the one that it has read.
        version=version_of(source) + 1 if isinstance(source, EntryRow) else 1,
        direction=None if inbound else email.direction.value,
        moved=None if isinstance(source, UnprocessedRow) else True,
        matched_by=match_to_json(ASSIGNED) if inbound else None,
        message_id=source.message_id,
        email=source.email,
        recipients=source.recipients,
        content_key=source.content_key,
        size=source.size,
        gsi3pk=thread,
        gsi3sk=index_keys.at_time(to_text(email.at), case_id) if thread else None,
        gsi4pk=index_keys.ACTIVITY,
        gsi4sk=index_keys.activity_of_case(source.gsi4sk, case_id) if source.gsi4sk else None,
    ).keep_unknown(source if isinstance(source, EntryRow) else None)


def _move_sent(transaction: TransactWrite, email: StoredEmail, case_id: str, to_case_id: str) -> None:
    """Moves the email's SentRow too, so that replies and SES's events find the email in the new case."""
    if email.message_id is None:
        raise Conflict("The email has not been sent (yet). Only emails that were sent or received can be moved.")
    pk, sk = keys.sent(sent_message_id_key(email.message_id))
    transaction.update(
        SentRow(pk=pk, sk=sk),
        actions=[SentRow.case_id.set(to_case_id), SentRow.moved.set(True)],
        condition=SentRow.case_id == case_id,
    )
