"""Mailboxes that were added at run time, and their copies by receiving address, which intake reads."""

from __future__ import annotations

from email_channels.addresses import normalise
from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import keys
from email_channels.aws.rows.configuration_rows import (
    MailboxRow,
    ReceivingRow,
    mailbox_of,
    mailbox_row,
    receiving_row,
)
from email_channels.aws.rows.table import Row, read_row, version_of
from email_channels.aws.stores.audit.transactions import Check, accept, audited_transaction
from email_channels.cases.audit.records import Act, AuditAction, Document, document_of
from email_channels.cases.mailboxes import Mailbox
from email_channels.errors import Conflict


class MailboxStore:
    """Reads and changes mailboxes. Raises ConcurrentChange, and PynamoDB's exceptions for AWS's faults."""

    def get(self, address: str) -> Mailbox | None:
        """The mailbox with this address; None if there is none."""
        row = _read(address)
        return mailbox_of(row) if row else None

    def page(self, limit: int, after: str | None) -> tuple[list[Mailbox], bool]:
        """At most `limit` mailboxes after the address `after`, sorted by address; and whether there are more."""
        condition = MailboxRow.sk > after if after else None
        rows = list(MailboxRow.query(keys.MAILBOXES, condition, limit=limit + 1, consistent_read=True))
        return [mailbox_of(row) for row in rows[:limit]], len(rows) > limit

    def put(self, mailbox: Mailbox, act: Act, check: Check[Mailbox] = accept) -> bool:
        """Adds or replaces the mailbox, its copy and the audit record, in one transaction. Returns true if it is new.

        Writes nothing if nothing changes. Raises Conflict if another mailbox has the receiving address.
        """
        return retry_on_conflict(lambda: self._put(mailbox, act, check))

    def delete(self, address: str, act: Act, check: Check[Mailbox] = accept) -> bool:
        """Deletes the mailbox and its copy. Returns false if there is no such mailbox."""
        return retry_on_conflict(lambda: self._delete(address, act, check))

    def _put(self, mailbox: Mailbox, act: Act, check: Check[Mailbox]) -> bool:
        old = _read(mailbox.address)
        before = mailbox_of(old) if old else None
        check(before)
        if before == mailbox:
            return False
        receiving_key = keys.receiving(normalise(mailbox.receiving_address))
        taken = read_row(receiving_key, ReceivingRow)
        if taken is not None and mailbox_of(taken).address != mailbox.address:
            raise Conflict(
                f"The receiving address {mailbox.receiving_address} belongs to the mailbox {mailbox_of(taken).address}."
            )
        new = mailbox_row(mailbox, version_of(old) + 1 if old else 1, old)
        record = act.record(AuditAction.MAILBOX_PUT, mailbox.address, _document(before), _document(mailbox))
        with audited_transaction(record) as transaction:
            transaction.save(
                new,
                condition=MailboxRow.version == old.version if old else Row.pk.does_not_exist(),
            )
            transaction.save(
                receiving_row(new, taken),
                condition=ReceivingRow.version == taken.version if taken else Row.pk.does_not_exist(),
            )
            if before is not None and (gone := _copy_key(before)) != receiving_key:
                transaction.delete(ReceivingRow(pk=gone[0], sk=gone[1]))
        return old is None

    def _delete(self, address: str, act: Act, check: Check[Mailbox]) -> bool:
        old = _read(address)
        if old is None:
            return False
        before = mailbox_of(old)
        check(before)
        pk, sk = _copy_key(before)
        record = act.record(AuditAction.MAILBOX_DELETE, before.address, _document(before))
        with audited_transaction(record) as transaction:
            transaction.delete(old, condition=MailboxRow.version == old.version)
            transaction.delete(ReceivingRow(pk=pk, sk=sk))
        return True


def _read(address: str) -> MailboxRow | None:
    key = keys.mailbox(normalise(address))
    # DynamoDB refuses an empty key, but a request for a blank address must get "not found".
    return read_row(key, MailboxRow) if key[1] else None


def _copy_key(mailbox: Mailbox) -> tuple[str, str]:
    return keys.receiving(normalise(mailbox.receiving_address))


def _document(mailbox: Mailbox | None) -> Document | None:
    return document_of(mailbox, "address")
