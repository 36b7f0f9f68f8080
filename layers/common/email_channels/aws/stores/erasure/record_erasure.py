"""Erases records of the table: cases with their histories, unprocessed emails, entries of other cases.

A record is replaced by a tombstone first, in one write: from then on, nobody sees it, nothing can be added to it, and a
further copy of the email is a duplicate. What else belongs to it is deleted after that. The tombstone is in the index
partition TO_ERASE until all is gone, so a crash leaves nothing that nobody finds. It stays there for a quarter of an
hour at least: a worker that read the record before may still write an entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from email_channels.aws.mail_bucket import content_key
from email_channels.aws.retries import condition_failed, retry_on_conflict, retry_transient_faults
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import CaseRow, with_details
from email_channels.aws.rows.email_rows import EmailRow, email_of
from email_channels.aws.rows.entry_rows import EntryRow, PointerRow
from email_channels.aws.rows.outbound_rows import SentRow
from email_channels.aws.rows.search_rows import CaseWordsRow, word_keys
from email_channels.aws.rows.table import READ_BATCH, KeysRow, Row, connection, read_row, read_rows, row_of
from email_channels.aws.rows.tombstone_rows import TombstoneRow, tombstone_row
from email_channels.aws.rows.unprocessed_rows import UnprocessedRow, unprocessed_objects, unprocessed_of
from email_channels.aws.stores.audit.transactions import audited_transaction
from email_channels.aws.stores.history_counts import take_from_counts
from email_channels.aws.stores.noticing.last_emails import note_departure
from email_channels.aws.stores.searching.word_batches import delete_words
from email_channels.aws.stores.searching.word_store import WordStore
from email_channels.cases.audit.records import AuditRecord
from email_channels.cases.history import Direction
from email_channels.cases.identity import record_id_in, sent_message_id_key
from email_channels.errors import ConcurrentChange
from email_channels.times import from_text
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """An item of a case. `objects` are the keys in the bucket that belong to it; some may not exist.

    `record_id` is the id of the record of an inbound email, `sent_key` the key under which replies find an outbound
    one. Both are None for all other items. `words` are the keys of the items that the list of a case's words names.
    """

    key: keys.Key
    objects: tuple[str, ...] = ()
    record_id: str | None = None
    sent_key: str | None = None
    words: tuple[keys.Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What may be left of an erased record: objects in the bucket, and an entry (ids of its case and of the email)."""

    erased_at: datetime
    objects: frozenset[str]
    entry: tuple[str, str] | None


class RecordErasureStore:
    """Erases records. Raises ConcurrentChange, and PynamoDB's exceptions for AWS's faults."""

    def bury_case(
        self, case_id: str, now: datetime, version: int | None = None, audit: AuditRecord | None = None
    ) -> bool:
        """Replaces a case by a tombstone. Returns false if there is no such case.

        Raises ConcurrentChange if it has another version than `version` (None: any).
        """

        def attempt() -> bool:
            key, details = keys.record(case_id), keys.details(case_id)
            rows = read_rows([key, details])
            row = row_of(rows, key, CaseRow)
            if row is None:
                return False
            if version is not None and row.version != version:
                raise ConcurrentChange(f"case {case_id} has another version")
            objects = objects_of(with_details(row, rows.get(details)), case_id)
            new = tombstone_row(
                case_id, row.identity, now, [*objects, *([row.replaced_key] if row.replaced_key else [])]
            )
            with audited_transaction(audit) as transaction:
                transaction.save(new, condition=Row.version == row.version)
            return True

        return retry_on_conflict(attempt)

    def bury_unprocessed(self, record_id: str, now: datetime) -> bool:
        """Replaces an unprocessed email by a tombstone.

        Returns false if there is no such email, if it is being purged, or if it is held.
        """

        def attempt() -> bool:
            row = read_row(keys.record(record_id), UnprocessedRow)
            if row is None or row.purge_id or row.held:
                return False
            new = tombstone_row(record_id, row.identity, now, unprocessed_objects(unprocessed_of(row)))
            with TransactWrite(connection=connection()) as transaction:
                transaction.save(new, condition=(Row.version == row.version) & UnprocessedRow.reason.exists())
            return True

        return retry_on_conflict(attempt)

    def bury_pointers(self, parts: Iterable[Part], now: datetime) -> None:
        """Replaces the pointers to these entries by tombstones."""
        wanted = {keys.record(part.record_id): part for part in parts if part.record_id is not None}
        rows = read_rows(wanted) if wanted else {}
        for key, part in wanted.items():
            pointer = row_of(rows, key, PointerRow)
            if pointer is not None and keys.entry(pointer.case_id, pointer.email_id) == part.key:
                retry_on_conflict(partial(_bury_pointer, key, part.key, now))

    def parts(self, case_id: str) -> Iterator[list[Part]]:
        """All items of a case but its record, a hundred at a time."""
        pk, record_sk = keys.record(case_id)
        found = KeysRow.query(pk, consistent_read=True, attributes_to_get=["pk", "sk"])
        batch: list[keys.Key] = []
        for row in found:
            if row.sk != record_sk:
                batch.append((row.pk, row.sk))
            if len(batch) == READ_BATCH:
                yield _read_parts(batch)
                batch = []
        if batch:
            yield _read_parts(batch)

    def entry(self, case_id: str, email_id: str) -> list[Part]:
        """The entry of a case; empty if there is none."""
        row = read_row(keys.entry(case_id, email_id), EntryRow)
        return [part_of(row)] if row is not None else []

    def delete(self, parts: Sequence[Part]) -> None:
        """Deletes items, and what finds their emails by the id that SES gave them. A repeat changes nothing."""
        delete_words([key for part in parts for key in part.words])
        for start in range(0, len(parts), READ_BATCH // 2):
            retry_transient_faults(partial(_delete, parts[start : start + READ_BATCH // 2]))

    def delete_entry(self, part: Part) -> None:
        """Deletes an entry of a case that stays, with the words that it brought, and counts it no more."""
        WordStore.forget(keys.record_id_of(part.key[0]), keys.email_id_of(part.key[1]))
        retry_on_conflict(lambda: _delete_entry(part))
        note_departure(keys.record_id_of(part.key[0]))

    def tombstone(self, record_id: str) -> Tombstone | None:
        """The unfinished tombstone of a record; None if there is none, or if it is finished."""
        row = read_row(keys.record(record_id), TombstoneRow)
        if row is None or not row.gsi2pk:
            return None
        erased_at = from_text(index_keys.time_of(row.gsi2sk or ""))
        return Tombstone(erased_at, frozenset(row.objects or ()), tuple(row.entry) if row.entry else None)

    def finish(self, record_id: str) -> None:
        """Notes that nothing is left but the tombstone."""
        pk, sk = keys.record(record_id)
        try:
            TombstoneRow(pk=pk, sk=sk).update(
                actions=[
                    TombstoneRow.objects.remove(),
                    TombstoneRow.entry.remove(),
                    TombstoneRow.gsi2pk.remove(),
                    TombstoneRow.gsi2sk.remove(),
                ],
                condition=TombstoneRow.gsi2pk == index_keys.TO_ERASE,
            )
        except UpdateError as error:
            if not condition_failed(error):  # otherwise it is finished already
                raise

    @staticmethod
    def unfinished() -> Iterator[str]:
        """The ids of tombstones of which something is left, the oldest first."""
        for row in KeysRow.gsi2.query(index_keys.TO_ERASE):
            yield keys.record_id_of(row.pk)


def objects_of(row: EmailRow, record_id: str) -> list[str]:
    """The keys in the bucket that belong to the email of an item, and to nothing else.

    The first email of a case may have been moved to another case. Its objects went with it, although their keys are
    made of the id of the old case, and the old case still has the key of the original.
    """
    email = email_of(row, None)
    found: set[str | None] = {row.content_key}
    if email is not None:
        found |= {content_key(record_id), email.raw_key, *(attachment.key for attachment in email.attachments)}
    return sorted(key for key in found if key)


def part_of(row: Row) -> Part:
    """An item of a case, with what belongs to it."""
    key = (row.pk, row.sk)
    if isinstance(row, CaseWordsRow):
        return Part(key, words=tuple(word_keys(row)))
    if not isinstance(row, EntryRow):
        return Part(key)
    email = email_of(row, None)
    inbound = email is not None and email.direction is Direction.INBOUND
    email_id = keys.email_id_of(row.sk)
    record_id = record_id_in(email_id) if inbound else None
    objects = tuple(objects_of(row, record_id or email_id))
    message_id = email.message_id if email is not None and not inbound else None
    sent = sent_message_id_key(message_id) if message_id else None
    return Part(key, objects, record_id, sent)


def _read_parts(batch: Sequence[keys.Key]) -> list[Part]:
    return [part_of(row) for row in read_rows(batch).values()]


def _bury_pointer(key: keys.Key, entry: keys.Key, now: datetime) -> None:
    pointer = read_row(key, PointerRow)
    if pointer is None or keys.entry(pointer.case_id, pointer.email_id) != entry:
        return
    copy = [pointer.replaced_key] if pointer.replaced_key else []
    place = (pointer.case_id, pointer.email_id)
    new = tombstone_row(keys.record_id_of(pointer.pk), pointer.identity, now, copy, place)
    with TransactWrite(connection=connection()) as transaction:
        transaction.save(new, condition=(Row.version == pointer.version) & PointerRow.outcome.exists())


def _delete(parts: Sequence[Part]) -> None:
    with TransactWrite(connection=connection()) as transaction:
        for part in parts:
            pk, sk = part.key
            transaction.delete(Row(pk=pk, sk=sk))
            _delete_sent(transaction, part)


def _delete_sent(transaction: TransactWrite, part: Part) -> None:
    if part.sent_key is not None:
        pk, sk = keys.sent(part.sent_key)
        transaction.delete(SentRow(pk=pk, sk=sk))


def _delete_entry(part: Part) -> None:
    case_key = keys.record(keys.record_id_of(part.key[0]))
    rows = read_rows([case_key, part.key])
    case, entry = row_of(rows, case_key, CaseRow), row_of(rows, part.key, EntryRow)
    if entry is None:
        return
    unchanged: Condition = Row.version == entry.version
    with TransactWrite(connection=connection()) as transaction:
        transaction.delete(entry, condition=unchanged)
        _delete_sent(transaction, part)
        if case is not None:
            take_from_counts(transaction, case, entry)
