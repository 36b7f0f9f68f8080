"""Emails that made no case, as admins read and keep them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import conversion, keys
from email_channels.aws.rows.table import KeysRow, Row, UnprocessedRow
from email_channels.aws.stores.record_store import read_rows
from email_channels.cases.unprocessed import Hold, Unprocessed
from email_channels.errors import Conflict, NotFound

_PARTS = [
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
    "summary",
]


class UnprocessedStore:
    """Reads and changes unprocessed emails. Raises PynamoDB's and botocore's exceptions for AWS's faults."""

    def __init__(self, mail: MailBucket) -> None:
        self._mail = mail

    def get(self, record_id: str) -> Unprocessed | None:
        """The unprocessed email with its content; None if there is none under this id."""
        row = _read(record_id)
        if row is None:
            return None
        try:
            return conversion.unprocessed_of(row, self._mail)
        except NotFound:
            # A purge deletes what is in the bucket first, and the item last.
            return conversion.unprocessed_of(row)

    @staticmethod
    def newest(before: str | None, page_size: int) -> Iterator[tuple[str, str]]:
        """(place, id) of all of them, newest first, after a place; a query for each `page_size` that are taken."""
        condition = KeysRow.gsi1sk < before if before else None
        found = KeysRow.gsi1.query(
            conversion.UNPROCESSED_PARTITION, condition, scan_index_forward=False, page_size=page_size
        )
        return ((row.gsi1sk, row.pk.partition("#")[2]) for row in found)

    @staticmethod
    def read_listed(record_ids: Sequence[str]) -> dict[str, Unprocessed]:
        """These emails, by id, as lists show them, without contents: a call for each hundred."""
        wanted = [keys.head(record_id) for record_id in record_ids]
        rows = Row.batch_get(wanted, consistent_read=True, attributes_to_get=_PARTS) if wanted else ()
        items = [conversion.unprocessed_of(row) for row in rows if isinstance(row, UnprocessedRow)]
        return {item.id: item for item in items}

    def hold(self, record_id: str, hold: Hold) -> Unprocessed:
        """Keeps the email from being purged; a later hold replaces an earlier one. Raises NotFound, and Conflict if it
        is being purged already."""
        return retry_on_conflict(lambda: _set_hold(record_id, hold))

    def release(self, record_id: str) -> Unprocessed:
        """Lets the email be purged again when it is due; raises as `hold` does."""
        return retry_on_conflict(lambda: _set_hold(record_id, None))


def _read(record_id: str) -> UnprocessedRow | None:
    row = read_rows([keys.head(record_id)]).get(keys.head(record_id))
    return row if isinstance(row, UnprocessedRow) else None


def _set_hold(record_id: str, hold: Hold | None) -> Unprocessed:
    row = _read(record_id)
    if row is None:
        raise NotFound("There is no unprocessed email with this id.")
    item = conversion.unprocessed_of(row)
    if item.purge_id is not None:
        raise Conflict("The email is being purged.")
    if hold is None and item.held is None:
        return item
    changed = replace(item, held=hold, version=item.version + 1)
    due_pk, due_sk = conversion.due_keys(changed)
    pk, sk = keys.head(record_id)
    UnprocessedRow(pk=pk, sk=sk).update(
        actions=[
            UnprocessedRow.version.set(changed.version),
            UnprocessedRow.held.set(conversion.hold_out(hold)) if hold else UnprocessedRow.held.remove(),
            UnprocessedRow.gsi2pk.set(due_pk) if due_pk else UnprocessedRow.gsi2pk.remove(),
            UnprocessedRow.gsi2sk.set(due_sk) if due_sk else UnprocessedRow.gsi2sk.remove(),
        ],
        condition=(Row.version == item.version) & UnprocessedRow.reason.exists(),
    )
    return changed
