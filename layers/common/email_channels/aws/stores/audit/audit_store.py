"""The lists of audit records, and records that are written before their change. Nothing changes a record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from heapq import merge

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex

from email_channels.aws.retries import condition_failed
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.audit_rows import AuditRow, audit_record_of, audit_row
from email_channels.aws.rows.table import KeysRow, Row, read_rows
from email_channels.cases.audit.records import AuditRecord
from email_channels.cases.identity import sortable_id
from email_channels.values import dataclass

# The ids of later times would be too long.
_LATEST = datetime(3000, 1, 1, tzinfo=UTC)

Read = Callable[[Sequence[str]], Mapping[str, AuditRecord]]
"""Reads records by id; those that do not exist (any more) are left out."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which records a list holds; None matches all. `targets` are the forms in which a target may be recorded."""

    targets: Sequence[str] | None = None
    actor: str | None = None
    action: str | None = None
    since: datetime | None = None

    def matches(self, record: AuditRecord, now: datetime) -> bool:
        """Whether the record matches, and has not expired. DynamoDB deletes expired items days later."""
        return (
            record.kept_until > now
            and self.actor in {None, record.actor}
            and self.action in {None, record.action}
            and (self.since is None or record.at >= self.since)
            and (self.targets is None or any(_is_about(record, target) for target in self.targets))
        )


class AuditStore:
    """Writes and lists audit records. Raises PynamoDB's exceptions for AWS's faults."""

    @staticmethod
    def write(record: AuditRecord) -> None:
        """Writes a record before the change, where both cannot be one transaction. Does nothing if it exists."""
        try:
            audit_row(record).save(condition=Row.pk.does_not_exist())
        except PutError as error:
            if not condition_failed(error):
                raise

    @staticmethod
    def newest(wanted: AuditFilter, before: str | None, page_size: int) -> tuple[Iterator[tuple[str, str]], Read]:
        """(place, id) of the records that may match, newest first, beginning after the place `before`; and the function
        that reads records by id.

        Records of one target or one actor come from an index: one query for every `page_size` records that are taken
        (and for each form of the target), and one call for each hundred that are read. All others come whole from the
        partition of the records.
        """
        first = sortable_id(min(wanted.since, _LATEST), "") if wanted.since else None
        if first is not None and before is not None and before < first:
            return iter(()), _read  # DynamoDB refuses such a range
        if wanted.targets is not None:
            lists = [
                _ids(KeysRow.gsi1, KeysRow.gsi1sk, partition, first, before, page_size)
                for partition in sorted({part for target in wanted.targets for part in _partitions(target)})
            ]
        elif wanted.actor is not None:
            lists = [_ids(KeysRow.gsi2, KeysRow.gsi2sk, index_keys.audit_actor(wanted.actor), first, before, page_size)]
        else:
            return _whole(first, before, page_size)
        return ((audit_id, audit_id) for audit_id in merge(*lists, reverse=True)), _read


def _read(audit_ids: Sequence[str]) -> dict[str, AuditRecord]:
    rows = read_rows(map(keys.audit, audit_ids))
    return {row.sk: audit_record_of(row) for row in rows.values() if isinstance(row, AuditRow)}


def _ids(
    index: GlobalSecondaryIndex[KeysRow],
    sort_key: UnicodeAttribute,
    partition: str,
    first: str | None,
    before: str | None,
    page_size: int,
) -> Iterator[str]:
    """The audit ids in a partition of an index, newest first."""
    found = index.query(partition, _range(sort_key, first, before), scan_index_forward=False, page_size=page_size)
    return (row.sk for row in found if row.sk != before)


def _whole(first: str | None, before: str | None, page_size: int) -> tuple[Iterator[tuple[str, str]], Read]:
    """All records. A query returns them whole, so they need not be read again."""
    seen: dict[str, AuditRecord] = {}
    found = AuditRow.query(
        keys.AUDIT,
        _range(AuditRow.sk, first, before),
        scan_index_forward=False,
        consistent_read=True,
        page_size=page_size,
    )

    def places() -> Iterator[tuple[str, str]]:
        for row in found:
            if row.sk != before:
                seen[row.sk] = audit_record_of(row)
                yield row.sk, row.sk

    return places(), lambda audit_ids: {audit_id: seen[audit_id] for audit_id in audit_ids}


def _range(sort_key: UnicodeAttribute, first: str | None, before: str | None) -> Condition | None:
    """The ids from `first`, and before `before`. DynamoDB takes only one condition on a sort key, so a range that ends
    at `before` may hold it; `_ids` and `places` leave it out."""
    if before is None:
        return None if first is None else sort_key >= first
    return sort_key < before if first is None else sort_key.between(first, before)


def _partitions(target: str) -> set[str]:
    """The partitions of gsi1 that may hold records of a target."""
    return {index_keys.audit_target(action, target) for action in ("", "email.")}


def _is_about(record: AuditRecord, target: str) -> bool:
    """Whether a record is about a target. Records of the emails of a case are about the case, too."""
    recorded, wanted = record.target.casefold(), target.casefold()
    return recorded == wanted or (
        record.action.startswith(("email.", "note.", "attachment.")) and recorded.startswith(f"{wanted}/")
    )
