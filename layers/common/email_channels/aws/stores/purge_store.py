"""Purge of unprocessed emails: which are due, their deletion, and the proofs of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from email_channels.aws.retries import retry_transient_faults
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.audit_rows import audit_row
from email_channels.aws.rows.purge_rows import PurgeRow, proof_of, purge_row
from email_channels.aws.rows.table import TRANSACTION_ITEMS, KeysRow, Row, connection, read_rows
from email_channels.aws.rows.unprocessed_rows import UnprocessedRow, unprocessed_of
from email_channels.aws.stores.audit.transactions import audited_transaction
from email_channels.cases.audit.records import Act, AuditAction, AuditRecord
from email_channels.cases.purge_proof import PurgeProof
from email_channels.cases.references import random_id
from email_channels.cases.unprocessed import Unprocessed
from email_channels.times import to_text

# One item of the transaction is the proof.
BATCH = TRANSACTION_ITEMS - 1
# Each email that a person discards has an audit record in the transaction.
DISCARD_BATCH = BATCH // 2


class PurgeStore:
    """Marks and deletes unprocessed emails. Raises PynamoDB's exceptions for AWS's faults."""

    def due(self, now: datetime) -> Iterator[list[Unprocessed]]:
        """Batches of the emails that are due for purge at `now`, or whose purge has begun, the longest due first.

        Each batch fits into one transaction.
        """
        found = KeysRow.gsi2.query(index_keys.TO_PURGE, KeysRow.gsi2sk <= index_keys.until(now))
        batch: list[str] = []
        for row in found:
            batch.append(keys.record_id_of(row.pk))
            if len(batch) == BATCH:
                yield self._read(batch, now)
                batch = []
        if batch:
            yield self._read(batch, now)

    def mark(self, items: Sequence[Unprocessed], now: datetime) -> list[Unprocessed]:
        """Marks the emails as being purged and writes the proof, in one transaction. Returns the marked emails.

        If one of them was put on hold or changed in the meantime, the emails are marked one by one, except that one.
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

    def discard(self, item: Unprocessed, now: datetime, act: Act) -> bool:
        """Marks one email as being purged because a person discards it, with the proof and the audit record.

        Returns false if it was put on hold or changed in the meantime.
        """
        return bool(self.discard_many([item], now, lambda: act))

    def discard_many(
        self, items: Sequence[Unprocessed], now: datetime, new_act: Callable[[], Act]
    ) -> list[Unprocessed]:
        """Marks up to DISCARD_BATCH emails because a person discards them, each with an audit record of its own.

        Returns the marked emails. If one of them was put on hold or changed in the meantime, the emails are marked one
        by one, except that one.
        """
        if not items:
            return []
        records = [_discarded(item, new_act()) for item in items]
        try:
            return retry_transient_faults(lambda: self._mark(items, now, records))
        except TransactWriteError as error:
            if not any(reason and reason.code == "ConditionalCheckFailed" for reason in error.cancellation_reasons):
                raise
        if len(items) == 1:
            return []
        return [marked for item in items for marked in self.discard_many([item], now, new_act)]

    def delete(self, items: Sequence[Unprocessed]) -> None:
        """Deletes the items of marked emails. Ignores items that no longer exist."""
        for start in range(0, len(items), BATCH):
            retry_transient_faults(partial(_delete, items[start : start + BATCH]))

    def proofs(self, limit: int, before: str | None) -> tuple[list[PurgeProof], str | None]:
        """One page of at most `limit` proofs, newest first; and the `before` of the next page, or None."""
        found = PurgeRow.query(
            keys.PURGES,
            PurgeRow.sk < before if before else None,
            scan_index_forward=False,
            limit=limit + 1,
            consistent_read=True,
        )
        rows = list(found)
        return [proof_of(row) for row in rows[:limit]], rows[limit - 1].sk if len(rows) > limit else None

    @staticmethod
    def purged_since(at: datetime) -> frozenset[str]:
        """The ids of the emails whose purge was proven since a time."""
        found = PurgeRow.query(keys.PURGES, PurgeRow.sk >= to_text(at), consistent_read=True)
        return frozenset(email.id for row in found for email in proof_of(row).items)

    @staticmethod
    def _read(record_ids: Sequence[str], now: datetime) -> list[Unprocessed]:
        rows = read_rows(keys.record(record_id) for record_id in record_ids)
        items = [unprocessed_of(row) for row in rows.values() if isinstance(row, UnprocessedRow)]
        # The index lags a little behind the items, so the items themselves decide.
        return [item for item in items if item.purge_id or _is_due(item, now)]

    @staticmethod
    def _mark(items: Sequence[Unprocessed], now: datetime, records: Sequence[AuditRecord] = ()) -> list[Unprocessed]:
        purge_id = random_id()
        first, *others = records or (None,)
        with audited_transaction(first) as transaction:
            for other in others:
                transaction.save(audit_row(other))
            for item in items:
                pk, sk = keys.record(item.id)
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
            transaction.save(purge_row(purge_id, items, now))
        return [replace(item, purge_id=purge_id, version=item.version + 1) for item in items]


def _discarded(item: Unprocessed, act: Act) -> AuditRecord:
    return act.record(AuditAction.UNPROCESSED_DISCARD, item.id, {"reason": item.reason.value})


def _delete(items: Sequence[Unprocessed]) -> None:
    gone: Condition = Row.pk.does_not_exist()
    with TransactWrite(connection=connection()) as transaction:
        for item in items:
            pk, sk = keys.record(item.id)
            transaction.delete(UnprocessedRow(pk=pk, sk=sk), condition=gone | UnprocessedRow.purge_id.exists())


def _is_due(item: Unprocessed, now: datetime) -> bool:
    return (
        item.notified_at is not None and item.purge_after is not None and item.purge_after <= now and item.held is None
    )
