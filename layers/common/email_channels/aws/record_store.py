"""The records of inbound emails: each is written once, by whoever comes first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from pynamodb.exceptions import PutError, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from email_channels.aws import conversion, keys
from email_channels.aws.contention import condition_failed, persist
from email_channels.aws.mail_store import MailStore
from email_channels.aws.rows import EmailRow, EntryRow, PointerRow, Row, connection
from email_channels.case import Case
from email_channels.errors import EmailChannelsError
from email_channels.history import Entry
from email_channels.identity import EmailIdentity
from email_channels.record import Pointer, Record
from email_channels.unprocessed import Unprocessed


class AlreadyRecorded(EmailChannelsError):
    """A record stands under this id: of the same email (another worker was first), or of one with the same short id."""


class RecordStore:
    """Reads and writes records, and the entries that pointers announce. PynamoDB's exceptions tell of AWS's faults."""

    def __init__(self, mail: MailStore) -> None:
        self._mail = mail

    def read(self, record_id: str) -> Record | None:
        """The record of that id, read consistently, with its content."""
        row = read_rows([keys.head(record_id)]).get(keys.head(record_id))
        return conversion.record_of(row, self._mail) if row is not None else None

    def original_of(self, record_id: str) -> str | None:
        """The key of the object that the record was made from; None if it has none."""
        row = read_rows([keys.head(record_id)]).get(keys.head(record_id))
        if isinstance(row, PointerRow):
            return row.raw_key
        return (row.summary or {}).get("raw_key") if isinstance(row, EmailRow) else None

    def create(self, value: Case | Unprocessed | Pointer, identity: EmailIdentity) -> None:
        """Writes the record of an email; this decides its outcome. Raises AlreadyRecorded if there is one."""
        row: Row
        match value:
            case Case():
                row = conversion.case_row(value, identity, self._mail)
            case Unprocessed():
                row = conversion.unprocessed_row(value, identity, self._mail)
            case Pointer():
                row = conversion.pointer_row(value, identity)
        _put_new(row)

    def add_entry(self, pointer: Pointer, entry: Entry, identity: EmailIdentity) -> None:
        """Writes the entry that a pointer announced; harmless if it is there already.

        Only while the pointer stands: raises AlreadyRecorded if somebody gave the email up, or moved it, in between.
        """
        row = conversion.entry_row(entry, identity, pointer.id, self._mail)
        standing = (PointerRow.case_id == pointer.case_id) & (PointerRow.email_id == pointer.email_id)
        try:
            persist(partial(_put_beside, row, Row.pk.does_not_exist(), keys.head(pointer.id), standing))
        except TransactWriteError as error:
            pointer_gone, written = _failed_conditions(error)
            if pointer_gone:
                raise AlreadyRecorded from error
            if not written:
                raise

    def give_up(self, pointer: Pointer, value: Unprocessed, identity: EmailIdentity) -> None:
        """Puts an unprocessed email in the place of a pointer whose entry cannot be written.

        Raises AlreadyRecorded if something else stands there by now, or the entry was written after all.
        """
        row = conversion.unprocessed_row(replace(value, version=pointer.version + 1), identity, self._mail)
        standing = (Row.version == pointer.version) & PointerRow.email_id.exists()
        entry_key = keys.entry(pointer.case_id, pointer.email_id)
        try:
            persist(partial(_put_beside, row, standing, entry_key, Row.pk.does_not_exist()))
        except TransactWriteError as error:
            if any(_failed_conditions(error)):
                raise AlreadyRecorded from error
            raise

    def has_entry(self, pointer: Pointer) -> bool:
        """Whether the entry that a pointer announced was written."""
        key = keys.entry(pointer.case_id, pointer.email_id)
        return isinstance(read_rows([key]).get(key), EntryRow)


def read_rows(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Row]:
    """The items under these primary keys that exist, read consistently: one call for each hundred keys."""
    return {(row.pk, row.sk): row for row in Row.batch_get(list(dict.fromkeys(wanted)), consistent_read=True)}


def _put_new(row: Row) -> None:
    try:
        row.save(condition=Row.pk.does_not_exist())
    except PutError as error:
        if condition_failed(error):
            raise AlreadyRecorded from error
        raise


def _put_beside(row: Row, condition: Condition, other: tuple[str, str], holds: Condition) -> None:
    """Puts an item if `condition` holds for it, and `holds` for another one."""
    with TransactWrite(connection=connection()) as transaction:
        transaction.condition_check(Row, *other, condition=holds)
        transaction.save(row, condition=condition)


def _failed_conditions(error: TransactWriteError) -> tuple[bool, bool]:
    """Which conditions of `_put_beside` did not hold: the other item's, the item's own."""
    reasons = [reason is not None and reason.code == "ConditionalCheckFailed" for reason in error.cancellation_reasons]
    other, own = reasons or (False, False)
    return other, own
