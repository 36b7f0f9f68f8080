"""The records of inbound emails: each is written once, by whoever comes first."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from pynamodb.exceptions import PutError

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import condition_failed
from email_channels.aws.rows import conversion, keys
from email_channels.aws.rows.table import EntryRow, Row
from email_channels.cases.case import Case
from email_channels.cases.history import Entry
from email_channels.cases.identity import EmailIdentity
from email_channels.cases.record import Pointer, Record
from email_channels.cases.unprocessed import Unprocessed
from email_channels.errors import EmailChannelsError


class AlreadyRecorded(EmailChannelsError):
    """A record stands under this id: of the same email (another worker was first), or of one with the same short id."""


class RecordStore:
    """Reads and writes records, and the entries that pointers announce. PynamoDB's exceptions tell of AWS's faults."""

    def __init__(self, mail: MailBucket) -> None:
        self._mail = mail

    def read(self, record_id: str) -> Record | None:
        """The record of that id, read consistently, with its content."""
        row = read_rows([keys.head(record_id)]).get(keys.head(record_id))
        return conversion.record_of(row, self._mail) if row is not None else None

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
        """Writes the entry that a pointer announced; harmless if it is there already, or was moved since."""
        row = conversion.entry_row(entry, identity, pointer.id, self._mail)
        with suppress(AlreadyRecorded):
            _put_new(row)

    def has_entry(self, pointer: Pointer) -> bool:
        """Whether the entry that a pointer announced was written."""
        key = keys.entry(pointer.case_id, pointer.email_id)
        return isinstance(read_rows([key]).get(key), EntryRow)


def read_rows(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Row]:
    """The items under these primary keys that exist, read consistently: one call for each hundred keys."""
    return {(row.pk, row.sk): row for row in Row.batch_get(wanted, consistent_read=True)}


def _put_new(row: Row) -> None:
    try:
        row.save(condition=Row.pk.does_not_exist())
    except PutError as error:
        if condition_failed(error):
            raise AlreadyRecorded from error
        raise
