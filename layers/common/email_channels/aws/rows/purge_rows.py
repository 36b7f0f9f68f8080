"""The item that proves a purge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from email_channels.aws.rows import keys
from email_channels.aws.rows.compression import pack, unpack
from email_channels.aws.rows.table import Row
from email_channels.cases.purge_proof import PurgedEmail, PurgeProof
from email_channels.cases.reasons import Reason
from email_channels.cases.unprocessed import Unprocessed
from email_channels.times import from_text, to_text


class PurgeRow(Row, discriminator="purge"):
    """The proof of the purge of one batch. `purged` is compressed JSON with a row for each email."""

    at = UnicodeAttribute()
    purged = BinaryAttribute(legacy_encoding=False)


def purge_row(purge_id: str, items: Sequence[Unprocessed], now: datetime) -> PurgeRow:
    """The proof that these emails are purged. The admins were notified of each of them before."""
    pk, sk = keys.purge(to_text(now), purge_id)
    rows = [
        [item.id, item.reason.value, to_text(item.received_at), to_text(item.notified_at)]
        for item in items
        if item.notified_at is not None
    ]
    return PurgeRow(pk=pk, sk=sk, at=to_text(now), purged=pack(rows))


def proof_of(row: PurgeRow) -> PurgeProof:
    """The proof that an item holds."""
    return PurgeProof(
        purge_id=keys.purge_id_of(row.sk),
        at=from_text(row.at),
        items=tuple(
            PurgedEmail(record_id, Reason(reason), from_text(received_at), from_text(notified_at))
            for record_id, reason, received_at, notified_at, *_ in unpack(row.purged)
        ),
    )
