"""Reads how far the email of an original has come, by the key of the original in the bucket."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.codec import match_from_json
from email_channels.aws.rows.entry_rows import EntryRow, PointerRow
from email_channels.aws.rows.table import KeysRow, read_row, read_rows
from email_channels.cases.history import EntryKind
from email_channels.cases.matches import MatchMethod


class OriginalState(Enum):
    """How far the email of an original has come."""

    NO_RECORD = auto()
    """No record names the original: the email has no outcome, the original is a duplicate, or both are purged."""
    NO_ENTRY = auto()
    """Its record is a pointer, and the entry that the pointer announces was not written."""
    NOT_FOLLOWED_UP = auto()
    """It has its outcome, but the table's stream gave up its follow-up."""
    ASSIGNED = auto()
    """A person assigned it to a case. Nothing shows whether it was followed up."""
    FINISHED = auto()


@dataclass(frozen=True, slots=True)
class OriginalProgress:
    """`follow_up` is set if the email must be followed up: the case id, and the email id of an entry or None."""

    state: OriginalState
    follow_up: tuple[str, str | None] | None = None


_FINISHED = OriginalProgress(OriginalState.FINISHED)


class ReconcileStore:
    """Reads records by their originals. Raises PynamoDB's exceptions for AWS's faults."""

    def progress(self, object_key: str) -> OriginalProgress:
        """How far the email of the original with this key has come.

        An index that lags behind may miss a record. The original is then checked again, which does no harm.
        """
        found = [(row.pk, row.sk) for row in KeysRow.gsi4.query(index_keys.original(object_key), limit=1)]
        record = next(iter(read_rows(found).values()), None) if found else None
        match record:
            case None:
                return OriginalProgress(OriginalState.NO_RECORD)
            case PointerRow():
                return _of_pointer(record)
            case CaseRow() if not _followed_up(record):
                return OriginalProgress(OriginalState.NOT_FOLLOWED_UP, (keys.record_id_of(record.pk), None))
        return _FINISHED


def _of_pointer(pointer: PointerRow) -> OriginalProgress:
    entry = read_row(keys.entry(pointer.case_id, pointer.email_id), EntryRow)
    if entry is None:
        return OriginalProgress(OriginalState.NO_ENTRY)
    matched_by = match_from_json(entry.summary.get("matched_by"))
    if matched_by is not None and matched_by.method is MatchMethod.ASSIGNED:
        # The email is often older than the case's last activity.
        state = OriginalState.ASSIGNED
    elif _shown_by_case(entry):
        return _FINISHED
    else:
        state = OriginalState.NOT_FOLLOWED_UP
    return OriginalProgress(state, (pointer.case_id, pointer.email_id))


def _followed_up(row: CaseRow) -> bool:
    """Whether the follow-up of a case is done: `alerted_at` and the acknowledgement are its last steps."""
    return row.summary is None or bool(row.alerted_at and (row.acknowledged_at or not row.acknowledge))


def _shown_by_case(entry: EntryRow) -> bool:
    """Whether the case's last activity is the entry's, or a later one. Only normal emails are activity."""
    if entry.summary["kind"] != EntryKind.NORMAL.value:
        return True
    case = read_row(keys.record(keys.record_id_of(entry.pk)), CaseRow)
    return case is None or bool(case.updated_at >= entry.summary["at"])
