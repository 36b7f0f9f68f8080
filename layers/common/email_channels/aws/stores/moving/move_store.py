"""Moves one email to another case, which exists (move) or is made for it (split).

Each is one transaction, conditional on the versions that were read. `notify` gets an inbound email in its new case from
the table's stream, like every other entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pynamodb.transactions import TransactWrite

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow, case_rows, with_details
from email_channels.aws.rows.entry_rows import EntryRow, PointerRow, entry_of
from email_channels.aws.rows.outbound_rows import SentRow
from email_channels.aws.rows.table import Row, read_row, read_rows, row_of
from email_channels.aws.stores.audit.transactions import audited_transaction
from email_channels.aws.stores.history_counts import count_entry, take_from_counts
from email_channels.aws.stores.moving.moved_emails import (
    entry_in,
    lead_pointer,
    lead_sent,
    put_entry,
    take_entry,
    take_first_email,
)
from email_channels.aws.stores.record_store import AlreadyRecorded
from email_channels.aws.stores.replacement_store import case_with_room
from email_channels.cases.audit.records import Act, AuditAction
from email_channels.cases.audit.targets import email_target
from email_channels.cases.case import Case
from email_channels.cases.history import Direction, StoredEmail
from email_channels.cases.identity import record_id_in, sent_message_id_key
from email_channels.errors import Conflict, NotFound
from email_channels.values import dataclass

_NOT_SENT = "The email has not been sent (yet). Only emails that were sent or received can be moved."


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an email is: the item of its case, the item that holds it (that of the case, for its first email), and the
    record that leads to it."""

    case: CaseRow
    source: EntryRow | CaseRow
    pointer: PointerRow | None
    others: dict[keys.Key, Row]


class MoveStore:
    """Moves emails.

    Raises NotFound for an email or case that does not exist (any more), Conflict for a move that is not possible,
    ConcurrentChange, and PynamoDB's and botocore's exceptions for AWS's faults.
    """

    def __init__(self, mail: MailBucket) -> None:
        self._mail = mail

    def move(self, case_id: str, email_id: str, to_case_id: str, now: datetime, act: Act) -> StoredEmail:
        """Moves an email from the history of one case to that of another.

        Raises Conflict for an email that SES has not confirmed, because SES's events would not find it in the new case.
        Raises CaseMerged if the other case was merged into a third one.
        """

        def attempt() -> StoredEmail:
            to_case_key = keys.record(to_case_id)
            place = _find(case_id, email_id, [to_case_key])
            to_case = case_with_room(row_of(place.others, to_case_key, CaseRow))
            entry = entry_in(place.source, to_case_id)
            target = email_target(case_id, email_id)
            record = act.record(AuditAction.EMAIL_MOVE, target, {"case_id": case_id}, {"case_id": to_case_id})
            with audited_transaction(record) as transaction:
                count_entry(transaction, to_case, entry)
                self._move(transaction, place, entry, to_case_id, now)
            return entry_of(entry).email

        return retry_on_conflict(attempt)

    def split(self, case_id: str, email_id: str, new: Case, act: Act) -> None:
        """Makes a case, and moves an email from the history of another one into it: the only entry of the new case.

        `new.created_at` is the time of the split. Raises AlreadyRecorded if the id of the new case is taken.
        """

        def attempt() -> None:
            new_key = keys.record(new.case_id)
            place = _find(case_id, email_id, [new_key])
            if new_key in place.others:
                raise AlreadyRecorded
            entry = entry_in(place.source, new.case_id, acknowledge=True)
            others, case = case_rows(new, None, self._mail)
            case.entries, case.entry_bytes, case.counted_to = 1, int(entry.size or 0), email_id
            target = email_target(case_id, email_id)
            record = act.record(AuditAction.EMAIL_SPLIT, target, {"case_id": case_id}, {"case_id": new.case_id})
            with audited_transaction(record) as transaction:
                for other in others:
                    transaction.save(other)
                transaction.save(case, condition=Row.pk.does_not_exist())
                self._move(transaction, place, entry, new.case_id, new.created_at)

        retry_on_conflict(attempt)

    @staticmethod
    def moved_before(case_id: str, email_id: str, to_case_id: str) -> StoredEmail | None:
        """The email, if people have moved emails from the one case, and moved this one to the other; None if not."""
        case_key, entry_key = keys.record(case_id), keys.entry(to_case_id, email_id)
        rows = read_rows([case_key, entry_key])
        case, entry = row_of(rows, case_key, CaseRow), row_of(rows, entry_key, EntryRow)
        if case is None or not case.moved_out or entry is None or not entry.moved:
            return None
        return entry_of(entry).email

    @staticmethod
    def has_entry(case_id: str, email_id: str) -> bool:
        """Whether the case has this email as an entry."""
        return read_row(keys.entry(case_id, email_id), EntryRow) is not None

    def _move(self, transaction: TransactWrite, place: _Place, entry: EntryRow, to_case_id: str, now: datetime) -> None:
        """Adds what moves the email, except what changes the case to which it comes."""
        put_entry(transaction, entry)
        if isinstance(place.source, CaseRow):
            take_first_email(transaction, place.source, self._mail, now)
        else:
            take_entry(transaction, place.source, now)
            take_from_counts(transaction, place.case, place.source, moved_out=True)
        email = entry_of(entry).email
        if email.direction is Direction.OUTBOUND:
            if email.message_id is None:
                raise Conflict(_NOT_SENT)
            pk, sk = keys.sent(sent_message_id_key(email.message_id))
            sent = SentRow(pk=pk, sk=sk, case_id=keys.record_id_of(place.case.pk))
            lead_sent(transaction, sent, to_case_id, moved=True)
        elif place.pointer is not None:
            lead_pointer(transaction, place.pointer, to_case_id)


def _find(case_id: str, email_id: str, more: Iterable[keys.Key]) -> _Place:
    """Reads where an email is, and the items with these keys, too. Raises NotFound if the case has no such email."""
    case_key, entry_key = keys.record(case_id), keys.entry(case_id, email_id)
    details_key, record_key = keys.details(case_id), keys.record(record_id_in(email_id))
    more = [*more]
    rows = read_rows([case_key, entry_key, details_key, record_key, *more])
    case = row_of(rows, case_key, CaseRow)
    if case is None:
        raise NotFound("There is no such case.")
    source = row_of(rows, entry_key, EntryRow) or with_details(case, rows.get(details_key))
    if isinstance(source, CaseRow) and source.email_id != email_id:
        raise NotFound("There is no such email in this case.")
    pointer = row_of(rows, record_key, PointerRow)
    if pointer is not None and (pointer.case_id, pointer.email_id) != (case_id, email_id):
        pointer = None
    return _Place(case, source, pointer, {key: rows[key] for key in more if key in rows})
