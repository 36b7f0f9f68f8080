"""Reads the stored record of an email: a case, a pointer, or an unprocessed email."""

from __future__ import annotations

from dataclasses import dataclass

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow, case_of, with_details
from email_channels.aws.rows.entry_rows import PointerRow, pointer_of
from email_channels.aws.rows.table import read_rows
from email_channels.aws.rows.unprocessed_rows import UnprocessedRow, unprocessed_of
from email_channels.cases.case import Case
from email_channels.cases.pointer import Pointer
from email_channels.cases.unprocessed import Unprocessed


@dataclass(frozen=True, slots=True)
class Record:
    """The one item of an email. `identity` is its `EmailIdentity.key`; None for a case that a person made."""

    identity: str | None
    value: Case | Unprocessed | Pointer


def read_record(mail: MailBucket, record_id: str) -> Record | None:
    """The record with this id and its content; None if there is no such record."""
    key, details = keys.record(record_id), keys.details(record_id)
    rows = read_rows([key, details])
    match rows.get(key):
        case None:
            return None
        case CaseRow() as row:
            return Record(row.identity, case_of(with_details(row, rows.get(details)), mail))
        case UnprocessedRow() as row:
            return Record(row.identity, unprocessed_of(row, mail))
        case PointerRow() as row:
            return Record(row.identity, pointer_of(row))
        case row:
            raise AssertionError(f"an item of kind {type(row).__name__} is not a record")
