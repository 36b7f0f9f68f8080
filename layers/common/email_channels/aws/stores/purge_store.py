"""What is due for purge, its deletion, and the proofs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from email_channels.aws.retries import retry_transient_faults
from email_channels.aws.rows import conversion, keys
from email_channels.aws.rows.codec import pack, unpack
from email_channels.aws.rows.table import KeysRow, Row, UnprocessedRow, connection
from email_channels.aws.stores.record_store import read_rows
from email_channels.cases.purge_proof import PurgedEmail, PurgeProof
from email_channels.cases.reasons import Reason
from email_channels.cases.references import random_id
from email_channels.cases.unprocessed import Unprocessed
from email_channels.times import from_text, to_text

# DynamoDB takes 100 items in a transaction; one of them is the proof.
BATCH = 99


class PurgeRow(Row, discriminator="purge"):
    """The proof of a batch."""

    at = UnicodeAttribute()
    purged = BinaryAttribute(legacy_encoding=False)


class PurgeStore:
    """Raises PynamoDB's exceptions for AWS's faults."""

    def due(self, now: datetime) -> Iterator[list[Unprocessed]]:
        """The emails that are due at `now`, longest due first, in batches that fit a transaction."""
        found = KeysRow.gsi2.query(conversion.TO_PURGE_PARTITION, KeysRow.gsi2sk <= f"{to_text(now)}#~")
        batch: list[str] = []
        for row in found:
            batch.append(row.pk.partition("#")[2])
            if len(batch) == BATCH:
                yield self._read(batch, now)
                batch = []
        if batch:
            yield self._read(batch, now)

    def mark(self, items: Sequence[Unprocessed], now: datetime) -> list[Unprocessed]:
        """Marks the emails as being purged and writes the proof, both at once. Returns those that it holds for.

        One that was put on hold or changed in between is left out; the others are then tried one by one.
        """
        if not items:
            return []
        try:
            return retry_transient_faults(lambda: self._mark(items, now))
        except TransactWriteError as error:
            if not any(reason and reason.code == "ConditionalCheckFailed" for reason in error.cancellation_reasons):
                raise
            if len(items) == 1:
                return []
        return [marked for item in items for marked in self.mark([item], now)]

    def delete(self, items: Sequence[Unprocessed]) -> None:
        """Deletes the items of marked emails; those that are gone already do not matter."""
        for start in range(0, len(items), BATCH):
            retry_transient_faults(partial(_delete, items[start : start + BATCH]))

    def proofs(self, limit: int, before: str | None) -> tuple[list[PurgeProof], str | None]:
        """Proofs, newest first, and where to go on (a `before` of the next call) or None."""
        found = PurgeRow.query(
            "PURGES",
            PurgeRow.sk < before if before else None,
            scan_index_forward=False,
            limit=limit + 1,
            consistent_read=True,
        )
        rows = list(found)
        return [_proof_of(row) for row in rows[:limit]], rows[limit - 1].sk if len(rows) > limit else None

    @staticmethod
    def _read(record_ids: Sequence[str], now: datetime) -> list[Unprocessed]:
        rows = read_rows(keys.head(record_id) for record_id in record_ids)
        items = [conversion.unprocessed_of(row) for row in rows.values() if isinstance(row, UnprocessedRow)]
        # The index lags a little behind the items, so the items themselves are asked.
        return [item for item in items if item.purge_id or _is_due(item, now)]

    @staticmethod
    def _mark(items: Sequence[Unprocessed], now: datetime) -> list[Unprocessed]:
        purge_id = random_id()
        with TransactWrite(connection=connection()) as transaction:
            for item in items:
                pk, sk = keys.head(item.id)
                transaction.update(
                    UnprocessedRow(pk=pk, sk=sk),
                    actions=[
                        UnprocessedRow.purge_id.set(purge_id),
                        UnprocessedRow.version.set(item.version + 1),
                    ],
                    condition=(UnprocessedRow.version == item.version)
                    & UnprocessedRow.notified_at.exists()
                    & UnprocessedRow.held.does_not_exist(),
                )
            transaction.save(_proof_row(purge_id, items, now))
        return [replace(item, purge_id=purge_id, version=item.version + 1) for item in items]


def _delete(items: Sequence[Unprocessed]) -> None:
    gone: Condition = Row.pk.does_not_exist()
    with TransactWrite(connection=connection()) as transaction:
        for item in items:
            pk, sk = keys.head(item.id)
            transaction.delete(UnprocessedRow(pk=pk, sk=sk), condition=gone | UnprocessedRow.purge_id.exists())


def _is_due(item: Unprocessed, now: datetime) -> bool:
    return (
        item.notified_at is not None and item.purge_after is not None and item.purge_after <= now and item.held is None
    )


def _proof_row(purge_id: str, items: Sequence[Unprocessed], now: datetime) -> PurgeRow:
    pk, sk = keys.purge(to_text(now), purge_id)
    rows = [
        [item.id, item.reason.value, to_text(item.received_at), to_text(item.notified_at)]
        for item in items
        if item.notified_at is not None
    ]
    return PurgeRow(pk=pk, sk=sk, at=to_text(now), purged=pack(rows))


def _proof_of(row: PurgeRow) -> PurgeProof:
    return PurgeProof(
        purge_id=row.sk.partition("#")[2],
        at=from_text(row.at),
        items=tuple(
            PurgedEmail(record_id, Reason(reason), from_text(received_at), from_text(notified_at))
            for record_id, reason, received_at, notified_at in unpack(row.purged)
        ),
    )
