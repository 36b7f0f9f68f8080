"""Reads how far the email of an original has come, by its original in the bucket."""

from __future__ import annotations

from datetime import datetime

from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.entry_rows import EntryRow, entry_of
from email_channels.aws.rows.keys import Key
from email_channels.aws.rows.table import KeysRow, read_rows, row_of
from email_channels.cases.history import EntryKind
from email_channels.cases.matches import MatchMethod
from email_channels.times import to_text
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class OriginalProgress:
    """How far the email of an original has come.

    `has_outcome` is false if the email has no outcome yet or only a pointer, if the original is a duplicate, or if both
    are purged. `follow_up` is set if the email must be followed up: the case id, and the email id of an entry or None.
    """

    has_outcome: bool
    follow_up: tuple[str, str | None] | None = None


_FINISHED = OriginalProgress(has_outcome=True)


class ReconcileStore:
    """Finds emails by their originals. Raises PynamoDB's exceptions for AWS's faults."""

    @staticmethod
    def exists(record_id: str) -> bool:
        """Whether anything has this record id: a case, an email, or what is left of an erased one."""
        return bool(read_rows([keys.record(record_id)]))

    def progress(self, object_key: str, stored_at: datetime) -> OriginalProgress:
        """How far the email of the original with this key has come, which the bucket stored at `stored_at`.

        An index that lags behind may miss an email. The original is then checked again, which does no harm. The items
        are read at half the price, because these reads are never a quarter of an hour behind. If one were, the email
        would be followed up once more, which changes nothing.
        """
        found = _find(index_keys.ACTIVITY, object_key, stored_at)
        if found is None:
            unprocessed = _find(index_keys.ARRIVED_UNPROCESSED, object_key, stored_at)
            return OriginalProgress(has_outcome=unprocessed is not None)
        case_key = keys.record(keys.record_id_of(found[0]))
        rows = read_rows([found, case_key], consistent=False)
        case, entry = row_of(rows, case_key, CaseRow), row_of(rows, found, EntryRow)
        if entry is not None and not _is_shown(entry, case):
            return _not_followed_up(found)
        if found == case_key and case is not None and not _is_followed_up(case):
            return _not_followed_up(found)
        return _FINISHED


def _find(partition: str, object_key: str, stored_at: datetime) -> Key | None:
    """The key of the item of the email with this original; None if there is none."""
    beginning = index_keys.original(stored_at, object_key)
    rows = KeysRow.gsi4.query(partition, KeysRow.gsi4sk.startswith(beginning), limit=1)
    return next(((row.pk, row.sk) for row in rows), None)


def _not_followed_up(found: Key) -> OriginalProgress:
    pk, sk = found
    follow_up = (keys.record_id_of(pk), keys.email_id_of(sk) or None)
    return OriginalProgress(has_outcome=True, follow_up=follow_up)


def _is_followed_up(row: CaseRow) -> bool:
    """Whether the follow-up of a case is certainly done: its last steps are the alert and the acknowledgement.

    A case without an alert may be one whose group has no address; then following it up again changes nothing.
    """
    return row.email_id is None or bool(row.alerted_at and (row.acknowledged_at or not row.acknowledge))


def _is_shown(entry: EntryRow, case: CaseRow | None) -> bool:
    """Whether the case counts the entry, and its last activity is the entry's or a later one."""
    if case is None:
        return True
    if case.merged_into:
        return False  # it goes to another case
    if case.counted_to != keys.email_id_of(entry.sk):
        return False  # not counted; or a later one was, and nothing shows whether this one was followed up
    if case.alert_owed:
        return False
    email = entry_of(entry).email
    if email.matched_by is not None and email.matched_by.method is MatchMethod.ASSIGNED:
        return True  # often older than the last activity; whoever assigned it has asked for a follow-up of its own
    # Only normal emails are activity.
    return email.kind is not EntryKind.NORMAL or bool(case.updated_at >= to_text(email.at))
