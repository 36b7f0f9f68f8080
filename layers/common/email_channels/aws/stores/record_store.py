"""Records of inbound emails. The first worker to write the record of an email decides its outcome."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TypeVar

from pynamodb.exceptions import PutError, TransactWriteError
from pynamodb.expressions.condition import Condition

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import condition_failed, is_conflict, retry_transient_faults
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow, case_rows
from email_channels.aws.rows.entry_rows import EntryRow, PointerRow, entry_row, pointer_row
from email_channels.aws.rows.table import Row, expiry, read_row
from email_channels.aws.rows.unprocessed_rows import UnprocessedRow, unprocessed_row
from email_channels.aws.stores.audit.transactions import audited_transaction
from email_channels.aws.stores.requests.new_case_keys import NewCaseKey
from email_channels.cases.audit.records import AuditRecord
from email_channels.cases.case import Case
from email_channels.cases.history import Entry
from email_channels.cases.identity import EmailIdentity
from email_channels.cases.pointer import Pointer
from email_channels.cases.unprocessed import Unprocessed
from email_channels.errors import EmailChannelsError
from email_channels.values import dataclass

_Record = TypeVar("_Record", CaseRow, PointerRow)


class AlreadyRecorded(EmailChannelsError):
    """A record with this id exists. It belongs to the same email (another worker was first), or to another email that
    happens to have the same short id."""


@dataclass(frozen=True, slots=True)
class ReplaceableRecord:
    """An unprocessed email that a further copy may replace: its version, its original, and whether its purge began."""

    version: int
    raw_key: str | None
    purged: bool


class RecordStore:
    """Writes records, and the entries that pointers announce. Raises PynamoDB's exceptions for AWS's faults."""

    def __init__(self, mail: MailBucket) -> None:
        self._mail = mail

    def create(
        self,
        value: Case | Unprocessed | Pointer,
        identity: EmailIdentity,
        replaced: ReplaceableRecord | None = None,
    ) -> None:
        """Writes the record of an email, which decides its outcome.

        A case or pointer may take the place of an unprocessed email of the same identity (`replaced`). Raises
        AlreadyRecorded if another record exists, or if the unprocessed email has been changed.
        """
        match value:
            case Case():
                others, row = case_rows(value, identity, self._mail)
                put_new_case(others, _replacing(row, replaced), _condition(replaced))
            case Unprocessed():
                _put_new(unprocessed_row(value, identity, self._mail))
            case Pointer():
                _put_new(_replacing(pointer_row(value, identity.key), replaced), _condition(replaced))

    def add_entry(self, pointer: Pointer, entry: Entry, identity: EmailIdentity) -> None:
        """Writes the entry that a pointer announced. Does nothing if the entry exists, or was moved to another case."""
        row = entry_row(entry, identity, pointer.id, self._mail)
        with suppress(AlreadyRecorded):
            _put_new(row)

    def has_entry(self, pointer: Pointer) -> bool:
        """Whether the entry that a pointer announced exists."""
        return read_row(keys.entry(pointer.case_id, pointer.email_id), EntryRow) is not None


def put_new_case(
    others: Sequence[Row],
    row: Row,
    condition: Condition | None = None,
    record: AuditRecord | None = None,
    key: NewCaseKey | None = None,
) -> None:
    """Writes the items of a case (`case_rows`), together with the audit record and the Idempotency-Key, if any.

    If there are several, one transaction writes them: if the email ends otherwise after a crash, or another worker is
    faster with another copy, nothing is left that no record names. Raises AlreadyRecorded if the case's own item
    exists, or if it does not meet the condition; also if the key was used within a day.
    """
    if record is None and not others:
        _put_new(row, condition)
        return

    def write() -> None:
        with audited_transaction(record) as transaction:
            if key is not None:
                unused = Row.pk.does_not_exist() | (Row.expires_at <= expiry(key.now))
                transaction.save(key.row(keys.record_id_of(row.pk)), condition=unused)
            for other in others:
                transaction.save(other)
            transaction.save(row, condition=Row.pk.does_not_exist() if condition is None else condition)

    try:
        retry_transient_faults(write)
    except TransactWriteError as error:
        if is_conflict(error):
            raise AlreadyRecorded from error
        raise


def _replacing(row: _Record, replaced: ReplaceableRecord | None) -> _Record:
    if replaced is not None:
        row.version = replaced.version + 1
        row.replaced_key = replaced.raw_key
    return row


def _condition(replaced: ReplaceableRecord | None) -> Condition | None:
    if replaced is None:
        return None
    not_purged = UnprocessedRow.reason.exists() & UnprocessedRow.purge_id.does_not_exist()
    unchanged: Condition = (Row.version == replaced.version) & not_purged
    return unchanged


def _put_new(row: Row, condition: Condition | None = None) -> None:
    try:
        row.save(condition=Row.pk.does_not_exist() if condition is None else condition)
    except PutError as error:
        if condition_failed(error):
            raise AlreadyRecorded from error
        raise
