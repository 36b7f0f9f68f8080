"""Records of inbound emails. The first worker to write the record of an email decides its outcome."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from pynamodb.exceptions import PutError

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import condition_failed
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import case_rows
from email_channels.aws.rows.entry_rows import EntryRow, entry_row, pointer_row
from email_channels.aws.rows.table import Row, read_row
from email_channels.aws.rows.unprocessed_rows import unprocessed_row
from email_channels.cases.case import Case
from email_channels.cases.history import Entry
from email_channels.cases.identity import EmailIdentity
from email_channels.cases.pointer import Pointer
from email_channels.cases.unprocessed import Unprocessed
from email_channels.errors import EmailChannelsError


class AlreadyRecorded(EmailChannelsError):
    """A record with this id exists. It belongs to the same email (another worker was first), or to another email that
    happens to have the same short id."""


class RecordStore:
    """Writes records, and the entries that pointers announce. Raises PynamoDB's exceptions for AWS's faults."""

    def __init__(self, mail: MailBucket) -> None:
        self._mail = mail

    def create(self, value: Case | Unprocessed | Pointer, identity: EmailIdentity) -> None:
        """Writes the record of an email, which decides its outcome. Raises AlreadyRecorded if a record exists."""
        match value:
            case Case():
                put_new_case(*case_rows(value, identity, self._mail))
            case Unprocessed():
                _put_new(unprocessed_row(value, identity, self._mail))
            case Pointer():
                _put_new(pointer_row(value, identity.key))

    def add_entry(self, pointer: Pointer, entry: Entry, identity: EmailIdentity) -> None:
        """Writes the entry that a pointer announced. Does nothing if the entry exists, or was moved to another case."""
        row = entry_row(entry, identity, pointer.id, self._mail)
        with suppress(AlreadyRecorded):
            _put_new(row)

    def has_entry(self, pointer: Pointer) -> bool:
        """Whether the entry that a pointer announced exists."""
        return read_row(keys.entry(pointer.case_id, pointer.email_id), EntryRow) is not None


def put_new_case(others: Sequence[Row], record: Row) -> None:
    """Writes the items of a case (`case_rows`), its record last. Raises AlreadyRecorded if the record exists."""
    for other in others:
        other.save()
    _put_new(record)


def _put_new(row: Row) -> None:
    try:
        row.save(condition=Row.pk.does_not_exist())
    except PutError as error:
        if condition_failed(error):
            raise AlreadyRecorded from error
        raise
