"""The item that stays, for a while, in the place of a case or of an email's record that was erased."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pynamodb.attributes import JSONAttribute, UnicodeSetAttribute

from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.codec import HexAttribute
from email_channels.aws.rows.table import Row, expiry
from email_channels.times import to_text

# Longer than a restore of the table reaches back: `make restore` brings nothing back that has a tombstone.
TOMBSTONE_LIFETIME = timedelta(days=40)


class TombstoneRow(Row, discriminator="tombstone"):
    """Says that the email with this identity was erased, so that a further copy of it is a duplicate.

    `identity` is a hash; None for a case that no email made. While the rest of it may still have to be deleted, the
    item is in the index partition TO_ERASE, and `objects` has the keys in the bucket that nothing else names any more.
    If the email was an entry of a case that stays, `entry` has the ids of the case and of the email.
    """

    identity = HexAttribute(null=True)
    objects = UnicodeSetAttribute(null=True)
    entry = JSONAttribute(null=True)


def tombstone_row(
    record_id: str,
    identity: str | None,
    now: datetime,
    objects: Iterable[str] = (),
    entry: tuple[str, str] | None = None,
) -> TombstoneRow:
    """The item in the place of a record, the rest of which is still to be deleted."""
    pk, sk = keys.record(record_id)
    return TombstoneRow(
        pk=pk,
        sk=sk,
        identity=identity,
        objects=set(objects) or None,
        entry=list(entry) if entry else None,
        expires_at=expiry(now + TOMBSTONE_LIFETIME),
        gsi2pk=index_keys.TO_ERASE,
        gsi2sk=index_keys.at_time(to_text(now), record_id),
    )
