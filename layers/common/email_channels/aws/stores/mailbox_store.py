"""Mailboxes that were added at run time, and their copies by receiving address, which intake reads."""

from __future__ import annotations

from pynamodb.transactions import TransactWrite

from email_channels.addresses import normalise
from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import keys
from email_channels.aws.rows.configuration_rows import MailboxRow, ReceivingRow, mailbox_of, mailbox_row, receiving_row
from email_channels.aws.rows.table import Row, connection, read_row, version_of
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

    def put(self, mailbox: Mailbox) -> bool:
        """Adds or replaces the mailbox and its copy, in one transaction. Returns true if the mailbox is new.

        Raises Conflict if another mailbox has the receiving address.
        """
        return retry_on_conflict(lambda: self._put(mailbox))

    def delete(self, address: str) -> bool:
        """Deletes the mailbox and its copy. Returns false if there is no such mailbox."""
        return retry_on_conflict(lambda: self._delete(address))

    def _put(self, mailbox: Mailbox) -> bool:
        old = _read(mailbox.address)
        receiving_key = keys.receiving(normalise(mailbox.receiving_address))
        taken = read_row(receiving_key, ReceivingRow)
        if taken is not None and mailbox_of(taken).address != mailbox.address:
            raise Conflict(
                f"The receiving address {mailbox.receiving_address} belongs to the mailbox {mailbox_of(taken).address}."
            )
        new = mailbox_row(mailbox, version_of(old) + 1 if old else 1, old)
        with TransactWrite(connection=connection()) as transaction:
            transaction.save(
                new,
                condition=MailboxRow.version == old.version if old else Row.pk.does_not_exist(),
            )
            transaction.save(
                receiving_row(new, taken),
                condition=ReceivingRow.version == taken.version if taken else Row.pk.does_not_exist(),
            )
            if old is not None and (gone := _copy_key(mailbox_of(old))) != receiving_key:
                transaction.delete(ReceivingRow(pk=gone[0], sk=gone[1]))
        return old is None

    def _delete(self, address: str) -> bool:
        old = _read(address)
        if old is None:
            return False
        pk, sk = _copy_key(mailbox_of(old))
        with TransactWrite(connection=connection()) as transaction:
            transaction.delete(old, condition=MailboxRow.version == old.version)
            transaction.delete(ReceivingRow(pk=pk, sk=sk))
        return True


def _read(address: str) -> MailboxRow | None:
    key = keys.mailbox(normalise(address))
    # DynamoDB refuses an empty key, but a request for a blank address must get "not found".
    return read_row(key, MailboxRow) if key[1] else None


def _copy_key(mailbox: Mailbox) -> tuple[str, str]:
    return keys.receiving(normalise(mailbox.receiving_address))
