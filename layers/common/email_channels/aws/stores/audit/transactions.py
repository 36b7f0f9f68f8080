"""Transactions that write a change by a person together with its audit record, and what a caller may require of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from email_channels.aws.retries import is_conflict
from email_channels.aws.rows import keys
from email_channels.aws.rows.audit_rows import AuditRow, audit_row
from email_channels.aws.rows.table import Row, connection, read_row
from email_channels.cases.audit.records import AuditRecord

_Stored = TypeVar("_Stored", contravariant=True)


class Check(Protocol[_Stored]):
    """What a caller requires of the thing that a change replaces or deletes (None: there is none).

    A store calls it with what it has read. The write fails if that has changed since, and then the store reads again.
    """

    def __call__(self, stored: _Stored | None, /) -> None:
        """Raises a Refusal if the change must not be made."""


def accept(_stored: object) -> None:
    """Accepts every change."""


@contextmanager
def audited_transaction(record: AuditRecord | None) -> Iterator[TransactWrite]:
    """A transaction that also writes the record of the change (None: nobody asked for the change, so there is none).

    Raises PynamoDB's exceptions, except for a conflict with this transaction itself: the SDK repeats a write whose
    answer was lost, and the repeated one fails. If the record exists, the first one succeeded.
    """
    try:
        with TransactWrite(connection=connection()) as transaction:
            yield transaction
            if record is not None:
                transaction.save(audit_row(record), condition=Row.pk.does_not_exist())
    except TransactWriteError as error:
        if record is None or not is_conflict(error) or not _exists(record):
            raise


def _exists(record: AuditRecord) -> bool:
    return read_row(keys.audit(record.id), AuditRow) is not None
