"""Unprocessed emails, as admins read and hold them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.codec import hold_to_json
from email_channels.aws.rows.table import KeysRow, Row, read_row
from email_channels.aws.rows.unprocessed_rows import (
    UnprocessedRow,
    due_actions,
    due_keys,
    unprocessed_of,
    update_unprocessed,
)
from email_channels.aws.stores.audit.transactions import audited_transaction
from email_channels.cases.audit.records import Act, AuditAction, Document
from email_channels.cases.unprocessed import Hold, Unprocessed
from email_channels.errors import Conflict, NotFound

# The attributes that lists show.
_LISTED_ATTRIBUTES = [
    "pk",
    "sk",
    "kind",
    "version",
    "channel",
    "mailbox",
    "reason",
    "received_at",
    "envelope_sender",
    "automatic",
    "notified_at",
    "purge_after",
    "held",
    "purge_id",
    "email",
    "content_key",
    UnprocessedRow.email_id.attr_name,
    UnprocessedRow.raw_key.attr_name,
    "size",
]


class UnprocessedStore:
    """Reads and holds unprocessed emails. Raises PynamoDB's and botocore's exceptions for AWS's faults."""

    def __init__(self, mail: MailBucket) -> None:
        self._mail = mail

    def get(self, record_id: str) -> Unprocessed | None:
        """The unprocessed email with its content; None if there is none under this id."""
        row = _read(record_id)
        if row is None:
            return None
        try:
            return unprocessed_of(row, self._mail)
        except NotFound:
            # A purge deletes the objects in the bucket first, and the item last.
            return unprocessed_of(row)

    @staticmethod
    def count(most: int) -> int:
        """How many unprocessed emails there are, counted to `most` at most. Needs one query for up to 1,000."""
        return KeysRow.gsi1.count(index_keys.UNPROCESSED, limit=most)

    @staticmethod
    def newest(
        before: str | None, page_size: int, *, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[tuple[str, str]]:
        """(place, id) of the unprocessed emails, newest first, beginning after the place `before`.

        With `since`, those that were received at this time or later; with `until`, those at this time or earlier. Needs
        one query for every `page_size` emails that are taken.
        """
        first = index_keys.before(since) if since else "0"
        # No place has a character that sorts after `~`.
        last = min(before or "~", index_keys.until(until) if until else "~")
        if last < first:
            return iter(())
        condition = KeysRow.gsi1sk.between(first, last)
        found = KeysRow.gsi1.query(index_keys.UNPROCESSED, condition, scan_index_forward=False, page_size=page_size)
        return ((row.gsi1sk, keys.record_id_of(row.pk)) for row in found if row.gsi1sk != before)

    @staticmethod
    def received_until(until: datetime, after: str | None, page_size: int) -> Iterator[tuple[str, str]]:
        """(place, id) of the unprocessed emails that were received until a time, the oldest first, after the place
        `after`. Needs one query for every `page_size` emails that are taken."""
        last = index_keys.until(until)
        condition = KeysRow.gsi1sk.between(after, last) if after else KeysRow.gsi1sk <= last
        found = KeysRow.gsi1.query(index_keys.UNPROCESSED, condition, page_size=page_size)
        return ((row.gsi1sk, keys.record_id_of(row.pk)) for row in found if row.gsi1sk != after)

    @staticmethod
    def read_listed(record_ids: Sequence[str]) -> dict[str, Unprocessed]:
        """These emails by id, as lists show them (without contents). One call for each hundred."""
        wanted = [keys.record(record_id) for record_id in record_ids]
        rows = Row.batch_get(wanted, consistent_read=True, attributes_to_get=_LISTED_ATTRIBUTES) if wanted else ()
        items = [unprocessed_of(row) for row in rows if isinstance(row, UnprocessedRow)]
        return {item.id: item for item in items}

    def hold(self, record_id: str, hold: Hold, act: Act) -> Unprocessed:
        """Puts the email on hold, so that it is not purged. Replaces an earlier hold.

        Raises NotFound if there is no such email, and Conflict if its purge has begun.
        """
        return retry_on_conflict(lambda: _set_hold(record_id, hold, act))

    def release(self, record_id: str, act: Act) -> Unprocessed:
        """Ends the hold, so that the email is purged when it is due. Raises the same exceptions as `hold`.

        Writes nothing if the email is not on hold.
        """
        return retry_on_conflict(lambda: _set_hold(record_id, None, act))


def _read(record_id: str) -> UnprocessedRow | None:
    return read_row(keys.record(record_id), UnprocessedRow)


def _set_hold(record_id: str, hold: Hold | None, act: Act) -> Unprocessed:
    row = _read(record_id)
    if row is None:
        raise NotFound("There is no unprocessed email with this id.")
    item = unprocessed_of(row)
    if item.purge_id is not None:
        raise Conflict("The email is being purged.")
    if hold is None and item.held is None:
        return item
    changed = replace(item, held=hold, version=item.version + 1)
    held = UnprocessedRow.held.set(hold_to_json(hold)) if hold else UnprocessedRow.held.remove()
    action = AuditAction.UNPROCESSED_HOLD if hold else AuditAction.UNPROCESSED_RELEASE
    record = act.record(action, item.id, _held_document(item.held), _held_document(hold))
    with audited_transaction(record) as transaction:
        update_unprocessed(item, [held, *due_actions(due_keys(changed))], transaction)
    return changed


def _held_document(hold: Hold | None) -> Document:
    """`why` is a note, so the audit only names it."""
    return {"held": True, "why": hold} if hold else {"held": False, "why": None}
