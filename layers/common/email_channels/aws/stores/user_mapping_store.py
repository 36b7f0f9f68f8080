"""User mappings, and their copies by mailbox and sender, which intake reads."""

from __future__ import annotations

from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import keys
from email_channels.aws.rows.configuration_rows import (
    UserMappingRow,
    UserMappingSlotRow,
    user_mapping_of,
    user_mapping_row,
    user_mapping_slot_row,
)
from email_channels.aws.rows.table import Row, read_row, version_of
from email_channels.aws.stores.audit.transactions import Check, accept, audited_transaction
from email_channels.cases.audit.records import Act, AuditAction, document_of
from email_channels.cases.directory import UserMapping
from email_channels.errors import Conflict


class UserMappingStore:
    """Reads and changes user mappings. Raises ConcurrentChange, and PynamoDB's exceptions for AWS's faults."""

    def get(self, mapping_id: str) -> UserMapping | None:
        """The mapping with this id; None if there is none."""
        row = _read(mapping_id)
        return user_mapping_of(row) if row else None

    def page(self, limit: int, after: str | None) -> tuple[list[tuple[UserMapping, str]], str | None]:
        """One page of mappings by id, each with its place; and the `after` of the next page, or None.

        The page begins after the place `after` and has at most `limit` mappings.
        """
        condition = UserMappingRow.sk > after if after else None
        rows = list(UserMappingRow.query(keys.USER_MAPPINGS, condition, limit=limit + 1, consistent_read=True))
        found = [(user_mapping_of(row), row.sk) for row in rows[:limit]]
        return found, found[-1][1] if len(rows) > limit else None

    def put(self, mapping: UserMapping, act: Act, check: Check[UserMapping] = accept) -> bool:
        """Adds or replaces the mapping, its copy and the audit record, in one transaction. Returns true if it is new.

        Writes nothing if nothing changes. Raises Conflict if another mapping is for the same mailbox and sender.
        """
        return retry_on_conflict(lambda: self._put(mapping, act, check))

    def delete(self, mapping_id: str, act: Act | None, check: Check[UserMapping] = accept) -> bool:
        """Deletes the mapping and its copy. Returns false if there is no such mapping.

        Without an act there is no audit record: an erasure has one for all that it deletes.
        """
        return retry_on_conflict(lambda: self._delete(mapping_id, act, check))

    def _put(self, mapping: UserMapping, act: Act, check: Check[UserMapping]) -> bool:
        old = _read(mapping.id)
        before = user_mapping_of(old) if old else None
        check(before)
        if before == mapping:
            return False
        new = user_mapping_row(mapping, version_of(old) + 1 if old else 1, old)
        slot = user_mapping_slot_row(new)
        taken = read_row((slot.pk, slot.sk), UserMappingSlotRow)
        if taken is not None and user_mapping_of(taken).id != mapping.id:
            sender = mapping.from_ or "any sender"
            raise Conflict(f"The user mapping {user_mapping_of(taken).id} is for {mapping.mailbox} and {sender} too.")
        documents = document_of(before, "id"), document_of(mapping, "id")
        with audited_transaction(act.record(AuditAction.USER_MAPPING_PUT, mapping.id, *documents)) as transaction:
            transaction.save(
                new,
                condition=UserMappingRow.version == old.version if old else Row.pk.does_not_exist(),
            )
            transaction.save(
                slot.keep_unknown(taken),
                condition=UserMappingSlotRow.version == taken.version if taken else Row.pk.does_not_exist(),
            )
            if old is not None and (gone := _copy_key(old)) != (slot.pk, slot.sk):
                transaction.delete(UserMappingSlotRow(pk=gone[0], sk=gone[1]))
        return old is None

    def _delete(self, mapping_id: str, act: Act | None, check: Check[UserMapping]) -> bool:
        old = _read(mapping_id)
        if old is None:
            return False
        before = user_mapping_of(old)
        check(before)
        pk, sk = _copy_key(old)
        document = document_of(before, "id")
        record = act.record(AuditAction.USER_MAPPING_DELETE, mapping_id, document) if act else None
        with audited_transaction(record) as transaction:
            transaction.delete(old, condition=UserMappingRow.version == old.version)
            transaction.delete(UserMappingSlotRow(pk=pk, sk=sk))
        return True


def _read(mapping_id: str) -> UserMappingRow | None:
    return read_row(keys.user_mapping(mapping_id), UserMappingRow)


def _copy_key(row: UserMappingRow) -> tuple[str, str]:
    slot = user_mapping_slot_row(row)
    return slot.pk, slot.sk
